import type { QueueView, QueueWait } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'
import { type PauseColumns, toPauseView } from './printer-view.ts'
import { queueWaits, waitFacts } from './queue-waits.ts'

/** A lane with its limits, its pause, and how many jobs it has in each live state. */
export interface QueueRow extends PauseColumns {
  id: number
  name: string
  kind: 'queue' | 'printer' | 'pool'
  slots: number | null
  depth_limit: number | null
  rate_limit: number | null
  rate_per_ms: number | null
  is_draining: boolean
  pending: number
  queued: number
  running: number
  /** Seconds since the oldest ready job could have been taken; null when none is ready. */
  oldest_wait_s: number | null
  /** Why its ready jobs wait, what weighs most first. */
  waits: QueueWait[]
}

// The oldest ready job of a queue stands first within its rank, so each rank is one look into the index.
const LIST_QUEUES = statement(
  'list_queues',
  `with counts as (
     select queue_id, greatest(coalesce(sum(n) filter (where state = 0), 0), 0)::int as pending,
       greatest(coalesce(sum(n) filter (where state = 2), 0), 0)::int as queued,
       greatest(coalesce(sum(n) filter (where state in (1, 3)), 0), 0)::int as running
     from counter where state <= 3 group by queue_id
   )
   select l.id, l.name, l.kind, l.slots, l.depth_limit, l.rate_limit, l.rate_per_ms, l.is_draining, l.paused_at,
     l.paused_by, l.paused_reason, l.paused_until, l.is_paused_by_trouble, coalesce(c.pending, 0) as pending,
     coalesce(c.queued, 0) as queued, coalesce(c.running, 0) as running,
     case when oldest.run_at is not null then greatest(0, extract(epoch from now() - oldest.run_at)) end::float8
       as oldest_wait_s
   from lane l
   left join counts c on c.queue_id = l.id
   left join lateral (
     with recursive ranks as (
       (select j.rank, j.run_at from job j where j.queue_id = l.id and j.phase = 1
        order by j.rank desc, j.run_at, j.id limit 1)
       union all
       select next.rank, next.run_at from ranks r cross join lateral (
         select j.rank, j.run_at from job j where j.queue_id = l.id and j.phase = 1 and j.rank < r.rank
         order by j.rank desc, j.run_at, j.id limit 1) next
     )
     select min(run_at) as run_at from ranks
   ) oldest on true
   where l.removed_at is null and ($1::int is null or l.id = $1)
   order by l.kind = 'queue' desc, l.name`,
)

/**
 * All lanes: queues first, then printers and pools, each by name. Reads counters and the beginning of an index, never
 * all jobs.
 */
export function listQueues(db: Queryable): Promise<QueueRow[]> {
  return queueRows(db, null)
}

/** One lane; null when there is none of this id. */
export async function queueRow(db: Queryable, laneId: number): Promise<QueueRow | null> {
  return (await queueRows(db, laneId))[0] ?? null
}

async function queueRows(db: Queryable, laneId: number | null): Promise<QueueRow[]> {
  const rows = await db.query<Omit<QueueRow, 'waits'>>(LIST_QUEUES, [laneId])
  const waiting = rows.filter((row) => row.queued > 0 && row.paused_at === null)
  const facts = await waitFacts(
    db,
    waiting.map(({ id }) => id),
  )
  return rows.map((row) => ({ ...row, waits: queueWaits(row, facts.get(row.id)) }))
}

/** A lane as it is shown. */
export function toQueueView(row: QueueRow): QueueView {
  const { name, kind, slots, depth_limit, rate_limit, rate_per_ms, is_draining, pending, queued, running } = row
  return {
    name,
    kind,
    slots,
    depth_limit,
    rate_limit,
    rate_per_ms,
    is_draining,
    pause: toPauseView(row),
    pending,
    queued,
    running,
    oldest_wait_s: row.oldest_wait_s,
    waits: row.waits,
  }
}
