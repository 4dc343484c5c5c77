import { JOB_STATES, type JobStats } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { listQueues, type QueueRow } from './queue-list.ts'

const COUNT_STATES = statement(
  'count_states',
  `select state, greatest(sum(n), 0)::int as n from counter group by state order by state`,
)

const COUNT_UNCONFIRMED = statement(
  'count_unconfirmed',
  `select count(*)::int as n from job where phase = 0 and hold = 5`,
)

// What the counters of final states had reached at the last sample of each minute.
const SAMPLE_THROUGHPUT = statement(
  'sample_throughput',
  `insert into throughput (process_id, minute, state, n)
   select 0, date_trunc('minute', now()), s.state, coalesce(sum(c.n), 0)
   from unnest('{4,5,6,7}'::smallint[]) s (state) left join counter c on c.state = s.state
   group by s.state order by s.state
   on conflict (minute, process_id, state) do update set n = excluded.n`,
)

// What ended since the last sample belongs to this minute. A difference below zero is retention taking its counts away.
const LAST_HOUR = statement(
  'last_hour',
  `with reached as (
     select minute as at, state, n from throughput where process_id = 0
     union all
     select now(), s.state, coalesce(sum(c.n), 0)
     from unnest('{4,5,6,7}'::smallint[]) s (state) left join counter c on c.state = s.state
     group by s.state
   ), steps as (
     select date_trunc('minute', at) as minute, state,
       greatest(0, n - lag(n) over (partition by state order by at)) as n
     from reached
   )
   select m.minute, coalesce(sum(s.n) filter (where s.state in (4, 5)), 0)::int as completed,
     coalesce(sum(s.n) filter (where s.state = 6), 0)::int as failed
   from generate_series(date_trunc('minute', now()) - interval '59 minutes', date_trunc('minute', now()),
     interval '1 minute') m (minute)
   left join steps s on s.minute = m.minute
   group by m.minute order by m.minute`,
)

// A sequence that was never used says 1, which is still to be taken.
const LAST_SEQ = statement(
  'last_event_seq',
  `select case when is_called then last_value else 0 end as seq from event_seq`,
)

const PRUNE_THROUGHPUT = statement(
  'prune_throughput',
  `delete from throughput where minute < now() - interval '2 hours'`,
)

/**
 * The board's figures. Sums of counters and looks into partial indexes: the cost does not depend on how many jobs
 * there are. `seq` was read first, so that every change that is missing here comes later in the stream.
 */
export async function jobStats(db: Queryable): Promise<JobStats> {
  const seq = await lastEventSeq(db)
  const states = await db.query<{ state: number; n: number }>(COUNT_STATES)
  const unconfirmed = onlyRow(await db.query<{ n: number }>(COUNT_UNCONFIRMED))
  const minutes = await db.query<{ minute: Date; completed: number; failed: number }>(LAST_HOUR)
  const queues = await listQueues(db)
  const waits = queues.flatMap((queue) => (queue.oldest_wait_s === null ? [] : [queue.oldest_wait_s]))
  const counts = new Map(states.map(({ state, n }) => [state, n]))
  return {
    by_state: Object.fromEntries(JOB_STATES.map((state, index) => [state, counts.get(index) ?? 0])),
    by_queue: queues.map(toQueueStats),
    oldest_wait_s: waits.length === 0 ? null : Math.max(...waits),
    needs_confirmation: unconfirmed.n,
    completed_last_hour: minutes.reduce((sum, minute) => sum + minute.completed, 0),
    failed_last_hour: minutes.reduce((sum, minute) => sum + minute.failed, 0),
    throughput: minutes.map((row) => ({ ...row, minute: row.minute.toISOString() })),
    seq,
  }
}

/** The number of the newest event that anybody took; the event itself may not be visible yet. */
export async function lastEventSeq(db: Queryable): Promise<number> {
  return Number(onlyRow(await db.query<{ seq: string }>(LAST_SEQ)).seq)
}

/**
 * Notes how many jobs have ended so far, for the throughput of the last hour, and forgets what is older than two. To be
 * called a few times a minute by one process or by several; a minute without a call counts to the next one with.
 */
export async function sampleThroughput(db: Queryable): Promise<void> {
  await db.query(SAMPLE_THROUGHPUT)
  await db.query(PRUNE_THROUGHPUT)
}

function toQueueStats(row: QueueRow): JobStats['by_queue'][number] {
  return {
    queue: row.name,
    pending: row.pending,
    queued: row.queued,
    running: row.running,
    slots: row.slots,
    is_paused: row.paused_at !== null,
    oldest_wait_s: row.oldest_wait_s,
  }
}
