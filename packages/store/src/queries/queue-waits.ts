import { durationWords, type QueueWait } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'
import type { QueueRow } from './queue-list.ts'

/** What keeps the ready jobs of a lane from being taken, as it is now. */
export interface WaitFacts {
  id: number
  /** Types of its first jobs that no living worker can run. */
  unserved: string[]
  /** Workers that can run one of its first jobs, and of those the ones that are full, or wait for the machine. */
  able: number
  full: number
  over_cpu: number
  over_memory: number
  /** Starts of its rate limit are used up; milliseconds until there are new ones. */
  rate_in_ms: number | null
  /** Printers that somebody alive drives: itself, or those of a pool. */
  driven: number
  /** Those of them that are not paused. */
  open: number
}

// Only the first jobs of a lane are looked at, however many wait: what stands before them is what holds them up, and
// jobs of a type that nobody runs gather there.
const QUEUE_WAITS = statement(
  'queue_waits',
  `with alive as materialized (
     select w.id, w.types, w.slots <= (select count(*) from job h where h.worker_id = w.id and h.phase = 2) as is_full,
       w.sample->>'waits_for' as waits_for
     from worker w where w.stopped_at is null and w.lease_until > now() and not w.is_draining
   ), first_types as materialized (
     select q.id as lane_id, t.name as type
     from unnest($1::int[]) as q (id)
     cross join lateral (
       select distinct type_id from (
         select j.type_id from job j where j.queue_id = q.id and j.phase = 1
         order by j.rank desc, j.run_at, j.id limit 200) first
     ) f
     join job_type t on t.id = f.type_id
   ), pairs as materialized (
     select f.lane_id, f.type, a.id as worker_id, a.is_full, a.waits_for
     from first_types f left join alive a on f.type = any(a.types) or '*' = any(a.types)
   ), workers as (
     select lane_id, count(*) as able, count(*) filter (where is_full) as full,
       count(*) filter (where not is_full and waits_for = 'cpu') as over_cpu,
       count(*) filter (where not is_full and waits_for = 'memory') as over_memory
     from (select distinct lane_id, worker_id, is_full, waits_for from pairs where worker_id is not null) w
     group by lane_id
   ), printers as (
     select coalesce(p.pool_lane, p.id) as lane_id, count(*) as driven,
       count(*) filter (where not l.is_draining and (l.paused_at is null or l.paused_until <= now())) as open
     from (select id, null::int as pool_lane from printer union all select id, pool_id from printer where pool_id is not null)
       p
     join lane l on l.id = p.id and l.removed_at is null
     join worker h on h.id = l.holder and h.stopped_at is null and h.lease_until > now()
     where coalesce(p.pool_lane, p.id) = any($1::int[])
     group by 1
   )
   select l.id, array(select type from pairs u where u.lane_id = l.id and u.worker_id is null order by type) as unserved,
     coalesce(w.able, 0)::int as able, coalesce(w.full, 0)::int as full, coalesce(w.over_cpu, 0)::int as over_cpu,
     coalesce(w.over_memory, 0)::int as over_memory, coalesce(p.driven, 0)::int as driven,
     coalesce(p.open, 0)::int as open,
     case when l.rate_limit is not null and l.rate_used >= l.rate_limit
         and l.rate_since > now() - l.rate_per_ms * interval '1 millisecond'
       then extract(epoch from l.rate_since + l.rate_per_ms * interval '1 millisecond' - now()) * 1000
     end::float8 as rate_in_ms
   from unnest($1::int[]) as q (id) join lane l on l.id = q.id
   left join workers w on w.lane_id = l.id
   left join printers p on p.lane_id = l.id`,
)

/** What holds up each of these lanes, in one reading. */
export async function waitFacts(db: Queryable, laneIds: readonly number[]): Promise<ReadonlyMap<number, WaitFacts>> {
  if (laneIds.length === 0) return new Map()
  return new Map((await db.query<WaitFacts>(QUEUE_WAITS, [laneIds])).map((facts) => [facts.id, facts]))
}

/** Why the ready jobs of a lane wait, what weighs most first; empty when none waits, or when they are about to start. */
export function queueWaits(row: Omit<QueueRow, 'waits'>, facts: WaitFacts | undefined): QueueWait[] {
  if (row.queued === 0) return []
  if (row.paused_at !== null) return [pausedWait(row)]
  if (facts === undefined) return []
  const own = row.kind === 'queue' ? workerWaits(facts) : printerWaits(row, facts)
  return [...own, ...limitWaits(row, facts)]
}

function pausedWait({ paused_by, paused_reason, is_paused_by_trouble }: Omit<QueueRow, 'waits'>): QueueWait {
  const why = paused_reason === null ? '' : `: ${paused_reason}`
  return {
    reason: 'paused',
    text: `Paused by ${paused_by}${why}.`,
    advice: is_paused_by_trouble
      ? 'It goes on by itself when the device is well.'
      : 'Resume it when its cause is mended.',
  }
}

function workerWaits({ able, full, over_cpu, over_memory, unserved }: WaitFacts): QueueWait[] {
  const waits: QueueWait[] = []
  if (unserved.length > 0) {
    waits.push({
      reason: 'no_worker',
      text: `No worker runs ${unserved.join(', ')}.`,
      advice:
        unserved.length === 1 ? 'Start a worker that can run this type.' : 'Start workers that can run these types.',
    })
  }
  if (able === 0 || full + over_cpu + over_memory < able) return waits
  if (full > 0) {
    waits.push({
      reason: 'workers_full',
      text: fullText(full, able),
      advice: 'Wait, or start another worker.',
    })
  }
  for (const [reason, count, what, until] of [
    ['cpu', over_cpu, 'CPU is above its threshold', 'it is below'],
    ['memory', over_memory, 'memory is short', 'there is more'],
  ] as const) {
    if (count === 0) continue
    const where = able === 1 ? 'the worker' : count === able ? 'all workers' : `${count} of ${able} workers`
    waits.push({
      reason,
      text: `On the machine of ${where} the ${what}.`,
      advice: `Nothing new starts until ${until}. Wait, or start a worker on another machine.`,
    })
  }
  return waits
}

function fullText(full: number, able: number): string {
  if (able === 1) return 'The worker that could run them has as many jobs as it has slots.'
  if (full === able) return `All ${able} workers that could run them have as many jobs as they have slots.`
  return `${full} of ${able} workers ${full === 1 ? 'has as many jobs as it has' : 'have as many jobs as they have'} slots.`
}

function printerWaits({ kind, running }: Omit<QueueRow, 'waits'>, { driven, open }: WaitFacts): QueueWait[] {
  if (driven === 0) {
    return [
      {
        reason: 'no_worker',
        text: kind === 'pool' ? 'Nobody drives a printer of this pool.' : 'Nobody drives this printer.',
        advice: 'Start the server, worker or station that reaches it.',
      },
    ]
  }
  if (kind === 'pool' && open === 0) {
    return [
      {
        reason: 'paused',
        text: 'All printers of this pool are paused.',
        advice: 'Look at its printers and resume one of them.',
      },
    ]
  }
  if (kind === 'pool' || running === 0) return []
  return [{ reason: 'slots', text: 'A printer does one job at a time.', advice: 'Wait: it is next in line.' }]
}

function limitWaits(row: Omit<QueueRow, 'waits'>, { rate_in_ms: rateInMs }: WaitFacts): QueueWait[] {
  const waits: QueueWait[] = []
  if (row.kind === 'queue' && row.slots !== null && row.running >= row.slots) {
    waits.push({
      reason: 'slots',
      text: `${row.running} of ${row.slots} that may run at once do.`,
      advice: 'Wait, or raise its limit.',
    })
  }
  if (rateInMs !== null && row.rate_limit !== null && row.rate_per_ms !== null) {
    waits.push({
      reason: 'rate',
      text: `Its ${row.rate_limit} starts in ${durationWords(row.rate_per_ms)} are used up.`,
      advice: `There are new ones in ${durationWords(Math.max(0, Math.round(rateInMs / 1000) * 1000))}.`,
    })
  }
  return waits
}
