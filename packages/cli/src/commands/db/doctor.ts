import { durationWords } from '@andon/core/base'
import {
  type DatabaseFacts,
  databaseFacts,
  type MigrationStatus,
  migrationStatus,
  type Queryable,
  searchLag,
  stuckQueues,
  type Trouble,
  unrescuedJobs,
} from '@andon/store'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { withTarget } from './run.ts'
import type { DatabaseFlags } from './target.ts'

/** One thing that was looked at. */
export interface Finding {
  readonly name: string
  readonly status: 'bad' | 'ok' | 'warning'
  readonly text: string
  /** What to do; null when all is well. */
  readonly hint: string | null
}

const OLDEST_MAJOR = 15
const CLOCK_LIMIT_MS = 30_000
const TRANSACTION_LIMIT_S = 300
const SIGNS = { ok: ['✓', 'green'], warning: ['!', 'yellow'], bad: ['✗', 'red'] } as const

/** `andon db doctor`: ok unless something is bad. */
export function examineDatabase(session: Session, flags: DatabaseFlags): Promise<ExitCode> {
  return withTarget(session, flags, async ({ name, store }) => {
    const migrations = await migrationStatus(store.pool)
    const isCurrent = migrations.databaseVersion === migrations.codeVersion
    const work = isCurrent ? await workFindings(store) : []
    const findings = [...findingsOf(await databaseFacts(store), migrations), ...work]
    if (session.format === 'table') {
      session.note(name)
      for (const { hint, name: what, status, text } of findings) {
        const [sign, style] = SIGNS[status]
        session.io.stdout.write(`${session.paint(style, sign)} ${what}: ${text}\n`)
        if (hint !== null) session.io.stdout.write(`  ${session.paint('cyan', '→')} ${hint}\n`)
      }
    } else session.io.stdout.write(`${JSON.stringify({ database: name, findings }, null, 2)}\n`)
    return findings.some((finding) => finding.status === 'bad') ? EXIT.error : EXIT.ok
  })
}

/** What the facts mean. */
export function findingsOf(facts: DatabaseFacts, migrations: MigrationStatus): Finding[] {
  return [
    versionFinding(facts),
    schemaFinding(migrations),
    finding('durability', facts.isDurable, {
      good: 'what is committed survives a power cut',
      bad: 'a power cut can lose or destroy what is committed',
      hint: 'Set fsync, full_page_writes and synchronous_commit to on.',
    }),
    finding('checksums', facts.hasChecksums, {
      good: 'pages are checked when they are read',
      bad: 'a bad disk would go unnoticed',
      hint: 'Stop the server and run: pg_checksums --enable',
      isWarning: true,
    }),
    finding('clock', Math.abs(facts.clockAheadMs) < CLOCK_LIMIT_MS, {
      good: 'the same as here',
      bad: `${durationWords(Math.abs(facts.clockAheadMs))} ${facts.clockAheadMs > 0 ? 'ahead' : 'behind'}`,
      hint: 'Set the clocks of both machines by NTP; leases go by the clock of the database.',
      isWarning: true,
    }),
    finding('connections', facts.connections < facts.connectionLimit * 0.8, {
      good: `${facts.connections} of ${facts.connectionLimit}`,
      bad: `${facts.connections} of ${facts.connectionLimit}: nearly all are taken`,
      hint: 'Raise max_connections, or put pgbouncer in between.',
      isWarning: true,
    }),
    finding('transactions', facts.oldestTransactionS < TRANSACTION_LIMIT_S, {
      good: 'none is open for long',
      bad: `one is open for ${durationWords(facts.oldestTransactionS * 1000)}, which slows everything down`,
      hint: 'Find it in pg_stat_activity by xact_start, and end it.',
      isWarning: true,
    }),
    finding('dead rows', facts.deadJobShare < 0.5 || facts.liveJobs < 10_000, {
      good: `${Math.round(facts.deadJobShare * 100)} % of the table of live jobs`,
      bad: `${Math.round(facts.deadJobShare * 100)} % of the table of live jobs`,
      hint: 'Autovacuum does not keep up: see whether it is on, and run: vacuum job',
      isWarning: true,
    }),
    { name: 'size', status: 'ok', text: sizeText(facts.sizeBytes), hint: null },
  ]
}

/** Whether work goes on. Only of a database whose schema is the one that is known here. */
async function workFindings(db: Queryable): Promise<Finding[]> {
  return [
    workFinding('queues', 'nothing that could run waits for long', await stuckQueues(db)),
    workFinding('workers', 'no job is left by a worker that was lost', await unrescuedJobs(db)),
    workFinding('search', 'what has ended is found', await searchLag(db)),
  ]
}

function workFinding(name: string, good: string, trouble: Trouble | null): Finding {
  if (trouble === null) return { name, status: 'ok', text: good, hint: null }
  return { name, status: 'warning', text: trouble.text, hint: trouble.hint }
}

function versionFinding(facts: DatabaseFacts): Finding {
  return finding('version', facts.versionNumber >= OLDEST_MAJOR * 10_000, {
    good: `PostgreSQL ${facts.version}`,
    bad: `PostgreSQL ${facts.version} is too old`,
    hint: `Use PostgreSQL ${OLDEST_MAJOR} or later.`,
  })
}

function schemaFinding({ codeVersion, databaseVersion, pending }: MigrationStatus): Finding {
  if (databaseVersion > codeVersion) {
    const text = `version ${databaseVersion}, and this Andon knows versions up to ${codeVersion}`
    return { name: 'schema', status: 'bad', text, hint: 'Use the Andon that last used this database, or a later one.' }
  }
  return finding('schema', pending.length === 0, {
    good: `version ${databaseVersion}`,
    bad: `version ${databaseVersion} of ${codeVersion}`,
    hint: 'Bring it up to date with: andon db migrate',
  })
}

interface Words {
  readonly bad: string
  readonly good: string
  readonly hint: string
  /** Andon works all the same. */
  readonly isWarning?: boolean
}

function finding(name: string, isWell: boolean, words: Words): Finding {
  if (isWell) return { name, status: 'ok', text: words.good, hint: null }
  return { name, status: words.isWarning === true ? 'warning' : 'bad', text: words.bad, hint: words.hint }
}

function sizeText(bytes: number): string {
  const megabytes = bytes / (1024 * 1024)
  return megabytes < 1024 ? `${Math.round(megabytes)} MB` : `${(megabytes / 1024).toFixed(1)} GB`
}
