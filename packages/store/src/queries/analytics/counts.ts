import type { FailuresPeriod, FailuresView, ReprintsPeriod, ReprintsView, ThroughputPeriod } from '@andon/core'
import { errorEntry, type ThroughputView } from '@andon/core'
import type { Queryable } from '../../pool.ts'
import { statement } from '../../statement.ts'
import {
  type AnalyticsRequest,
  type AnalyticsSpan,
  cutValues,
  filterValues,
  shareOf,
  spanBefore,
  spanView,
} from './request.ts'
import { type Starts, startsOf } from './starts.ts'

const COUNT_ENDED = statement(
  'count_ended_jobs',
  `select finished_at >= $2 as is_current, date_trunc($9, finished_at, $10) as start,
     case $11 when 'printer' then printer when 'type' then type else created_by end as name,
     count(*)::int as jobs, sum(labels)::float8 as labels,
     count(*) filter (where state <> 7)::int as judged, count(*) filter (where state in (5, 6))::int as failed,
     count(*) filter (where is_print)::int as prints,
     count(*) filter (where is_print and retry_of is not null)::int as reprints,
     coalesce(sum(labels) filter (where retry_of is not null), 0)::float8 as reprinted_labels
   from job_ended
   where finished_at >= $1 and finished_at < $3 and id < $4
     and ($5::text is null or printer = $5) and ($7::text is null or created_by = $7)
     and ($6::text is null or type = $6 or ($6 like '%.*' and starts_with(type, left($6, -1))))
     and ($8::int is null or account_id = $8 or is_print)
   group by 1, 2, 3 order by name`,
)

const COUNT_REASONS = statement(
  'count_failure_reasons',
  `select finished_at >= $2 as is_current, coalesce(error_code, 'unknown') as code, count(*)::int as jobs
   from job_ended
   where finished_at >= $1 and finished_at < $3 and id < $4 and state in (5, 6)
     and ($5::text is null or printer = $5) and ($7::text is null or created_by = $7)
     and ($6::text is null or type = $6 or ($6 like '%.*' and starts_with(type, left($6, -1))))
     and ($8::int is null or account_id = $8 or is_print)
   group by 1, 2 order by jobs desc, code`,
)

interface CountRow {
  is_current: boolean
  start: Date
  name: string | null
  jobs: number
  labels: number
  /** Not cancelled. */
  judged: number
  failed: number
  prints: number
  reprints: number
  reprinted_labels: number
}

interface ReasonRow {
  is_current: boolean
  code: string
  jobs: number
}

/** The rows of one period, with its starts. */
interface CountedSpan {
  readonly span: AnalyticsSpan
  readonly rows: readonly CountRow[]
  readonly starts: Starts
}

/**
 * Jobs that ended and labels that came out, in a period and in the one before.
 *
 * @throws validation_failed when the database does not know the zone
 */
export async function readThroughput(db: Queryable, request: AnalyticsRequest): Promise<ThroughputView> {
  const { current, previous } = await countedSpans(db, request)
  return { ...cutOf(request), current: throughputOf(current), previous: throughputOf(previous) }
}

/**
 * How many jobs failed and why, in a period and in the one before.
 *
 * @throws validation_failed when the database does not know the zone
 */
export async function readFailures(db: Queryable, request: AnalyticsRequest): Promise<FailuresView> {
  const { current, previous } = await countedSpans(db, request)
  const reasons = await db.query<ReasonRow>(COUNT_REASONS, filterValues(request))
  const now = reasons.filter((row) => row.is_current)
  const before = reasons.filter((row) => !row.is_current)
  return { ...cutOf(request), current: failuresOf(current, now), previous: failuresOf(previous, before) }
}

/**
 * Prints that were done again of earlier ones, in a period and in the one before.
 *
 * @throws validation_failed when the database does not know the zone
 */
export async function readReprints(db: Queryable, request: AnalyticsRequest): Promise<ReprintsView> {
  const { current, previous } = await countedSpans(db, request)
  return { ...cutOf(request), current: reprintsOf(current), previous: reprintsOf(previous) }
}

async function countedSpans(
  db: Queryable,
  request: AnalyticsRequest,
): Promise<{ readonly current: CountedSpan; readonly previous: CountedSpan }> {
  const starts = await startsOf(db, request)
  const rows = await db.query<CountRow>(COUNT_ENDED, [...filterValues(request), ...cutValues(request)])
  return {
    current: { span: request, rows: rows.filter((row) => row.is_current), starts: starts.current },
    previous: { span: spanBefore(request), rows: rows.filter((row) => !row.is_current), starts: starts.previous },
  }
}

function throughputOf({ rows, span, starts }: CountedSpan): ThroughputPeriod {
  const groups = groupsOf(rows).map(({ members, name }) => ({
    name,
    ...amountsOf(members),
    jobs_at: starts.sums(members, ({ jobs }) => jobs),
    labels_at: starts.sums(members, ({ labels }) => labels),
  }))
  return {
    ...spanView(span),
    ...amountsOf(rows),
    starts: [...starts.times],
    groups: groups.toSorted((one, other) => other.labels - one.labels || other.jobs - one.jobs),
  }
}

function failuresOf({ rows, span, starts }: CountedSpan, reasons: readonly ReasonRow[]): FailuresPeriod {
  const groups = groupsOf(rows).map(({ members, name }) => ({ name, ...failureCounts(members) }))
  return {
    ...spanView(span),
    ...failureCounts(rows),
    starts: [...starts.times],
    jobs_at: starts.sums(rows, ({ judged }) => judged),
    failed_at: starts.sums(rows, ({ failed }) => failed),
    reasons: reasons.map(({ code, jobs }) => ({ code, title: errorEntry(code)?.title ?? null, jobs })),
    groups: groups.toSorted((one, other) => other.failed - one.failed || other.jobs - one.jobs),
  }
}

function reprintsOf({ rows, span, starts }: CountedSpan): ReprintsPeriod {
  const groups = groupsOf(rows).map(({ members, name }) => ({ name, ...reprintCounts(members) }))
  return {
    ...spanView(span),
    ...reprintCounts(rows),
    starts: [...starts.times],
    reprints_at: starts.sums(rows, ({ reprints }) => reprints),
    groups: groups.toSorted((one, other) => other.reprints - one.reprints || other.jobs - one.jobs),
  }
}

function amountsOf(rows: readonly CountRow[]): { jobs: number; labels: number } {
  return { jobs: sumOf(rows, 'jobs'), labels: sumOf(rows, 'labels') }
}

function failureCounts(rows: readonly CountRow[]): { jobs: number; failed: number; rate: number | null } {
  const [jobs, failed] = [sumOf(rows, 'judged'), sumOf(rows, 'failed')]
  return { jobs, failed, rate: shareOf(failed, jobs) }
}

function reprintCounts(rows: readonly CountRow[]) {
  const [jobs, reprints] = [sumOf(rows, 'prints'), sumOf(rows, 'reprints')]
  return { jobs, reprints, labels: sumOf(rows, 'reprinted_labels'), rate: shareOf(reprints, jobs) }
}

function sumOf(rows: readonly CountRow[], field: Exclude<keyof CountRow, 'is_current' | 'start' | 'name'>): number {
  return rows.reduce((sum, row) => sum + row[field], 0)
}

/** Rows by name, the names in the order of the alphabet and the nameless last: what is equal keeps that order. */
function groupsOf(rows: readonly CountRow[]): { name: string | null; members: CountRow[] }[] {
  return [...Map.groupBy(rows, ({ name }) => name)].map(([name, members]) => ({ name, members }))
}

function cutOf({ bucket, by, zone }: AnalyticsRequest): Pick<AnalyticsRequest, 'bucket' | 'by' | 'zone'> {
  return { bucket, zone, by }
}
