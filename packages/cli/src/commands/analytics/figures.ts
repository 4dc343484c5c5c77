import type { BucketAnalyticsQuery } from '@andon/core'
import { ANALYTICS_GROUPS, parseDuration, parseTime } from '@andon/core/base'
import type { Andon } from '@andon/sdk'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { printRows, type RowsSpec } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import * as rows from './rows.ts'

/** One set of figures; reasons are those of the failures. */
export type FigureName = 'availability' | 'failures' | 'media' | 'reasons' | 'reprints' | 'throughput' | 'waits'

/** Flags of all of them; each command has those that mean something there. */
export interface FigureFlags {
  readonly by?: string
  readonly printer?: string
  readonly since?: string
  readonly type?: string
  readonly until?: string
  readonly user?: string
}

/** `andon analytics throughput`, `failures` and so on: a row for each printer, type, user, reason or size. */
export async function showFigures(session: Session, name: FigureName, flags: FigureFlags): Promise<ExitCode> {
  const query = queryOf(flags, session.io.now())
  await FIGURES[name](session, await session.andon(), query)
  return EXIT.ok
}

const FIGURES: Record<FigureName, (session: Session, andon: Andon, query: BucketAnalyticsQuery) => Promise<void>> = {
  throughput: async (session, andon, query) =>
    show(session, rows.throughputRows(await andon.analytics.throughput(query)), rows.THROUGHPUT),
  failures: async (session, andon, query) =>
    show(session, rows.failureRows(await andon.analytics.failures(query)), rows.FAILURES),
  reasons: async (session, andon, query) =>
    show(session, rows.reasonRows(await andon.analytics.failures(query)), rows.REASONS),
  waits: async (session, andon, query) => show(session, rows.waitRows(await andon.analytics.waits(query)), rows.WAITS),
  reprints: async (session, andon, query) =>
    show(session, rows.reprintRows(await andon.analytics.reprints(query)), rows.REPRINTS),
  availability: async (session, andon, query) =>
    show(session, rows.availabilityRows(await andon.analytics.availability(query)), rows.AVAILABILITY),
  media: async (session, andon, query) => show(session, rows.mediaRows(await andon.analytics.media(query)), rows.MEDIA),
}

function show<T extends object>(session: Session, found: readonly T[], spec: RowsSpec<T>): void {
  printRows(session, found, spec)
}

function queryOf(flags: FigureFlags, nowMs: number): BucketAnalyticsQuery {
  const { by, printer, since, type, until, user } = flags
  const group = ANALYTICS_GROUPS.find((word) => word === by)
  if (by !== undefined && group === undefined) {
    throw new UsageError(`--by does not know "${by}".`, `Choose from: ${ANALYTICS_GROUPS.join(', ')}`)
  }
  return {
    ...(since === undefined ? {} : { since: timeOf('--since', since, nowMs) }),
    ...(until === undefined ? {} : { until: timeOf('--until', until, nowMs) }),
    ...(group === undefined ? {} : { by: group }),
    ...(printer === undefined ? {} : { printer }),
    ...(type === undefined ? {} : { type }),
    ...(user === undefined ? {} : { user }),
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
