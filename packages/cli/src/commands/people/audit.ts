import type { AuditView } from '@andon/core'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { FIELDS } from '../../output/fields.ts'
import { printRows, type RowsSpec } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { pastFlag } from '../moment.ts'

/** Flags of `audit`. */
export interface AuditFlags {
  readonly action?: string
  readonly actor?: string
  readonly limit: string
  readonly since?: string
  readonly target?: string
  readonly until?: string
}

const LIMIT_MAX = 100_000

const ROWS: RowsSpec<AuditView> = {
  fields: FIELDS.AuditView,
  columns: [
    { name: 'at', title: 'WHEN', value: (entry) => entry.at, cell: (entry, look) => look.time(entry.at) },
    { name: 'actor', title: 'WHO', value: (entry) => entry.actor },
    { name: 'action', title: 'WHAT', value: (entry) => entry.action },
    { name: 'target', title: 'TO WHAT', shrink: 12, value: (entry) => entry.target },
    { name: 'address', title: 'FROM', drop: 1, value: (entry) => entry.address },
    { name: 'before', title: 'BEFORE', drop: 3, shrink: 16, value: (entry) => entry.before },
    { name: 'after', title: 'NOW', drop: 2, shrink: 16, value: (entry) => entry.after },
  ],
  empty: 'Nobody did anything of that kind.',
  name: (entry) => entry.id,
}

/** `andon audit` */
export async function showAudit(session: Session, flags: AuditFlags): Promise<ExitCode> {
  const limit = Number(flags.limit)
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new UsageError(`--limit is "${flags.limit}".`, `Give a number from 1 to ${LIMIT_MAX}.`)
  }
  const andon = await session.andon()
  const entries: AuditView[] = []
  const nowMs = session.io.now()
  const filter = {
    action: flags.action,
    actor: flags.actor,
    since: flags.since === undefined ? undefined : pastFlag('--since', flags.since, nowMs),
    target: flags.target,
    until: flags.until === undefined ? undefined : pastFlag('--until', flags.until, nowMs),
    limit: Math.min(limit, 500),
  }
  for await (const entry of andon.audit.each(filter)) {
    entries.push(entry)
    if (entries.length >= limit) break
  }
  printRows(session, entries, ROWS)
  return EXIT.ok
}
