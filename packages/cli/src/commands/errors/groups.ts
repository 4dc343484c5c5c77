import type { ErrorGroupDetail, ErrorGroupView } from '@andon/core'
import { parseDuration, parseTime, quoteValue } from '@andon/core/base'
import type { ErrorPeriod } from '@andon/sdk'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { FIELDS } from '../../output/fields.ts'
import { printDetails, printRows, type RowsSpec } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { type BulkFlags, runBulk } from '../jobs/bulk.ts'

/** Flags that say of which time the errors are. */
export interface PeriodFlags {
  readonly since?: string
  readonly until?: string
}

/** Flags of `errors list`. */
export interface ErrorListFlags extends PeriodFlags {
  readonly limit: string
  readonly open?: boolean
  readonly type?: string
}

const LIMIT_MAX = 10_000

const ROWS: RowsSpec<ErrorGroupView> = {
  fields: FIELDS.ErrorGroupView,
  columns: [
    { name: 'fingerprint', title: 'GROUP', value: (group) => group.fingerprint },
    { name: 'count', title: 'JOBS', align: 'right', value: (group) => group.count },
    { name: 'open', title: 'OPEN', align: 'right', value: (group) => group.open },
    { name: 'message', title: 'WHAT', shrink: 20, value: (group) => group.title ?? group.message },
    { name: 'types', title: 'TYPES', shrink: 12, drop: 2, value: (group) => group.types.join(' ') },
    {
      name: 'first_seen_at',
      title: 'SINCE',
      drop: 1,
      value: (group) => group.first_seen_at,
      cell: (group, look) => look.time(group.first_seen_at),
    },
    {
      name: 'last_seen_at',
      title: 'LAST',
      value: (group) => group.last_seen_at,
      cell: (group, look) => look.time(group.last_seen_at),
    },
  ],
  empty: 'Nothing failed in this period.',
  name: (group) => group.fingerprint,
}

/** `andon errors list` */
export async function listErrors(session: Session, flags: ErrorListFlags): Promise<ExitCode> {
  const limit = Number(flags.limit)
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new UsageError(`--limit is "${flags.limit}".`, `Give a number from 1 to ${LIMIT_MAX}.`)
  }
  const andon = await session.andon()
  const { open, type } = flags
  const groups: ErrorGroupView[] = []
  const asked = { ...periodOf(session, flags), open, type, limit: Math.min(limit, 500) }
  for await (const group of andon.errors.each(asked)) {
    groups.push(group)
    if (groups.length >= limit) break
  }
  printRows(session, groups, ROWS)
  return EXIT.ok
}

/** `andon errors show` */
export async function showError(session: Session, fingerprint: string, flags: PeriodFlags): Promise<ExitCode> {
  const andon = await session.andon()
  const group = await andon.errors.get(fingerprint, periodOf(session, flags))
  const look = session.look()
  const fields = (shown: ErrorGroupDetail): [name: string, value: string][] => [
    ['group', shown.fingerprint],
    ['what', shown.title ?? shown.code],
    ['message', shown.message],
    ['hint', shown.hint ?? ''],
    ['jobs', `${shown.count}, of which ${shown.open} were not retried`],
    ['types', shown.types.join(' ')],
    ['since', look.time(shown.first_seen_at)],
    ['last', `${look.time(shown.last_seen_at)} (job ${shown.last_job})`],
    ['spread', spreadWords(shown)],
  ]
  printDetails(session, [group], {
    ...ROWS,
    lines: (shown) =>
      fields(shown)
        .filter(([, value]) => value !== '')
        .map(([name, value]) => `${name.padEnd(9)}${value}`),
  })
  if (session.format === 'table') {
    session.note(`See its jobs with: andon jobs list 'fingerprint:${quoteValue(fingerprint)}'`)
    if (group.open > 0) session.note(`Retry what is left with: andon errors retry '${fingerprint}'`)
  }
  return EXIT.ok
}

/** `andon errors retry` */
export async function retryError(
  session: Session,
  fingerprint: string,
  flags: BulkFlags & PeriodFlags,
): Promise<ExitCode> {
  const andon = await session.andon()
  const period = periodOf(session, flags)
  return runBulk(session, flags, {
    action: 'retry',
    preview: () => andon.errors.previewRetry(fingerprint, period),
    start: () => andon.errors.retry(fingerprint, period),
  })
}

/** In how many of its hours or days something failed. */
function spreadWords({ bucket, counts }: ErrorGroupDetail): string {
  const hit = counts.filter((count) => count > 0).length
  return `${hit} of ${counts.length} ${bucket}s`
}

function periodOf(session: Session, { since, until }: PeriodFlags): ErrorPeriod {
  return {
    ...(since === undefined ? {} : { since: timeOf('--since', since, session.io.now()) }),
    ...(until === undefined ? {} : { until: timeOf('--until', until, session.io.now()) }),
  }
}

/** @throws UsageError for what is neither an age nor a time */
function timeOf(flag: string, written: string, nowMs: number): string {
  const ageMs = parseDuration(written)
  if (ageMs !== null) return new Date(nowMs - ageMs).toISOString()
  const time = parseTime(written)
  if (time !== null) return new Date(time.timeMs).toISOString()
  throw new UsageError(
    `${flag} does not understand "${written}".`,
    'Give an age such as 30d, or a date such as 2026-11-22.',
  )
}
