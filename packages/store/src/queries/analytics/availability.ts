import {
  type AvailabilityPeriod,
  type AvailabilityView,
  EVENT_KINDS,
  PRINTER_STATES,
  type PrinterState,
  troubleshoot,
} from '@andon/core'
import type { Queryable } from '../../pool.ts'
import { statement } from '../../statement.ts'
import { type AnalyticsSpan, shareOf, spanBefore, spanView } from './request.ts'

// A printer's state lasts from the event that tells it to the next one. What held at the beginning is told by the last
// event before; where there is none, nothing is known.
const PRINTER_TIME = statement(
  'printer_time',
  `with place as (
     select p.id, l.name, greatest(l.created_at, $1) as since, least(coalesce(l.removed_at, $3), $3, now()) as until
     from printer p join lane l on l.id = p.id
     where l.created_at < $3 and (l.removed_at is null or l.removed_at > $1) and ($4::text is null or l.name = $4)
   ), moment as (
     select id, 0::bigint as seq, since as at, '{"state": "unknown"}'::jsonb as data from place
     union all
     select place.id, e.seq, place.since, e.data from place cross join lateral (
       select seq, data from event
       where topic = 'printer:' || place.id and kind = $5 and data ? 'state' and at < place.since
       order by seq desc limit 1
     ) e
     union all
     select place.id, e.seq, e.at, e.data from place join event e on e.topic = 'printer:' || place.id
     where e.kind = $5 and e.data ? 'state' and e.at >= place.since and e.at < place.until and e.at >= $1 and e.at < $3
   ), stretch as (
     select moment.id, at as since, lead(at, 1, place.until) over (partition by moment.id order by at, seq) as until,
       data->>'state' as state,
       case when data->>'state' in ('stopped', 'offline')
         then jsonb_path_query_first(data, '$.reasons[*] ? (@.severity != "info").reason') #>> '{}' end as reason
     from moment join place on place.id = moment.id
   )
   select period.is_current, place.name as printer, stretch.state, stretch.reason,
     sum(greatest(0, extract(epoch from
       least(stretch.until, period.until) - greatest(stretch.since, period.since))))::float8 as seconds
   from stretch join place on place.id = stretch.id
   join (values (false, $1::timestamptz, $2::timestamptz), (true, $2, $3)) period (is_current, since, until)
     on stretch.since < period.until and stretch.until > period.since
   group by 1, 2, 3, 4 order by printer, reason, state`,
)

interface TimeRow {
  is_current: boolean
  printer: string
  state: PrinterState
  reason: string | null
  seconds: number
}

/** Whose time in which period. */
export interface AvailabilityRequest extends AnalyticsSpan {
  /** Name of one printer; null is all. */
  readonly printer: string | null
}

/** How long printers could print and what stopped them, in a period and in the one before; never beyond now. */
export async function readAvailability(db: Queryable, request: AvailabilityRequest): Promise<AvailabilityView> {
  const before = spanBefore(request)
  const { printer, since, until } = request
  const rows = await db.query<TimeRow>(PRINTER_TIME, [before.since, since, until, printer, EVENT_KINDS.printer_changed])
  return {
    current: periodOf(
      request,
      rows.filter((row) => row.is_current),
    ),
    previous: periodOf(
      before,
      rows.filter((row) => !row.is_current),
    ),
  }
}

function periodOf(span: AnalyticsSpan, rows: readonly TimeRow[]): AvailabilityPeriod {
  const printers = [...Map.groupBy(rows, ({ printer }) => printer)].map(([name, own]) => ({ name, ...timeOf(own) }))
  const { available, stopped } = timeOf(rows)
  return { ...spanView(span), printers, available, stopped }
}

function timeOf(rows: readonly TimeRow[]): Omit<AvailabilityPeriod['printers'][number], 'name'> {
  const sumOf = (state: PrinterState): number =>
    rows.reduce((sum, row) => (row.state === state ? sum + row.seconds : sum), 0)
  const [idle, processing, stopped, offline, unknown] = PRINTER_STATES.map(sumOf) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const up = idle + processing
  return {
    seconds: { idle, processing, stopped, offline, unknown },
    available: shareOf(up, up + stopped + offline),
    stopped: stoppedTime(rows),
  }
}

function stoppedTime(rows: readonly TimeRow[]): AvailabilityPeriod['stopped'] {
  const down = rows.filter(({ state }) => state === 'stopped' || state === 'offline')
  const byReason = Map.groupBy(down, ({ reason }) => reason)
  return [...byReason]
    .map(([reason, own]) => ({
      reason,
      title: reason === null ? 'No reason given' : troubleshoot(reason).title,
      seconds: own.reduce((sum, row) => sum + row.seconds, 0),
    }))
    .toSorted((one, other) => other.seconds - one.seconds)
}
