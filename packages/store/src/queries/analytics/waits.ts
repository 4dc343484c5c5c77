import type { SpreadView, WaitsPeriod, WaitsView } from '@andon/core'
import type { Queryable } from '../../pool.ts'
import { statement } from '../../statement.ts'
import { type AnalyticsRequest, type AnalyticsSpan, cutValues, filterValues, spanBefore, spanView } from './request.ts'
import { type Starts, startsOf } from './starts.ts'

// A part of the jobs is not a sum of parts: each place where it is shown is worked out from the jobs themselves.
const SPREAD_WAITS = statement(
  'spread_waits',
  `select * from (
     select is_current, start, name, grouping(start) = 0 as has_start, grouping(name) = 0 as has_name,
       count(waiting_s)::int as waiting_jobs,
       percentile_cont(array[0.5, 0.95]) within group (order by waiting_s) as waiting,
       count(running_s)::int as running_jobs,
       percentile_cont(array[0.5, 0.95]) within group (order by running_s) as running
     from (
       select finished_at >= $2 as is_current, date_trunc($9, finished_at, $10) as start,
         case $11 when 'printer' then printer when 'type' then type else created_by end as name,
         greatest(0, extract(epoch from started_at - queued_at))::float8 as waiting_s,
         case when state in (4, 5) then greatest(0, extract(epoch from finished_at - started_at))::float8 end
           as running_s
       from job_ended
       where finished_at >= $1 and finished_at < $3 and id < $4 and started_at is not null
         and ($5::text is null or printer = $5) and ($7::text is null or created_by = $7)
         and ($6::text is null or type = $6 or ($6 like '%.*' and starts_with(type, left($6, -1))))
         and ($8::int is null or account_id = $8 or is_print)
     ) started
     group by grouping sets ((is_current), (is_current, start), (is_current, name))
   ) spread
   order by waiting[2] desc, name`,
)

interface SpreadRow {
  is_current: boolean
  start: Date
  name: string | null
  has_start: boolean
  has_name: boolean
  waiting_jobs: number
  waiting: [number | null, number | null] | null
  running_jobs: number
  running: [number | null, number | null] | null
}

const NONE: SpreadView = { jobs: 0, p50_s: null, p95_s: null }

/**
 * How long jobs waited for their start and then ran, in a period and in the one before.
 *
 * @throws validation_failed when the database does not know the zone
 */
export async function readWaits(db: Queryable, request: AnalyticsRequest): Promise<WaitsView> {
  const starts = await startsOf(db, request)
  const rows = await db.query<SpreadRow>(SPREAD_WAITS, [...filterValues(request), ...cutValues(request)])
  const { bucket, by, zone } = request
  return {
    bucket,
    zone,
    by,
    current: periodOf(
      request,
      starts.current,
      rows.filter((row) => row.is_current),
    ),
    previous: periodOf(
      spanBefore(request),
      starts.previous,
      rows.filter((row) => !row.is_current),
    ),
  }
}

function periodOf(span: AnalyticsSpan, starts: Starts, rows: readonly SpreadRow[]): WaitsPeriod {
  const whole = rows.find(({ has_name: hasName, has_start: hasStart }) => !hasStart && !hasName)
  const parts = rows.filter((row) => row.has_start)
  const groups = rows.filter((row) => row.has_name).map((row) => ({ name: row.name, ...spreadsOf(row) }))
  return {
    ...spanView(span),
    ...(whole === undefined ? { waiting: NONE, running: NONE } : spreadsOf(whole)),
    starts: [...starts.times],
    waiting_at: starts.spread(parts, (row) => spreadsOf(row).waiting, NONE),
    running_at: starts.spread(parts, (row) => spreadsOf(row).running, NONE),
    groups,
  }
}

function spreadsOf(row: SpreadRow): { waiting: SpreadView; running: SpreadView } {
  return { waiting: spreadOf(row.waiting_jobs, row.waiting), running: spreadOf(row.running_jobs, row.running) }
}

function spreadOf(jobs: number, places: SpreadRow['waiting']): SpreadView {
  return { jobs, p50_s: milliseconds(places?.[0]), p95_s: milliseconds(places?.[1]) }
}

/** Seconds to three places, which is what times are kept to on the wire. */
function milliseconds(seconds: number | null | undefined): number | null {
  return seconds === null || seconds === undefined ? null : Math.round(seconds * 1000) / 1000
}
