import { EVENT_KINDS } from '@andon/core'
import type { Store } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { keptStatement, statement } from '../statement.ts'

const STAGE = keptStatement(
  'stage_due',
  `with due as materialized (
     select id from job where phase = 0 and hold <= 2 and run_at <= now()
     order by run_at, id limit $2 for update skip locked
   ), staged as (
     update job set phase = 1, hold = null, queued_at = now(), version = version + 1
     where id = any(array(select id from due))
     returning id, site_id, queue_id
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $1::int, queue_id, s.state, s.sign * count(*) from staged, (values (0, -1), (2, 1)) as s (state, sign)
     group by queue_id, s.state, s.sign order by queue_id, s.state
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event_batch (site_id, kind, job_ids) select site_id, $3, array_agg(id) from staged group by site_id
   )
   select queue_id, count(*)::int as n from staged group by queue_id`,
)

/** How long until the next job is due, by the database's clock; null when none waits for its time. */
const NEXT_DUE = keptStatement(
  'next_due',
  `select greatest(0, extract(epoch from min(run_at) - now()) * 1000)::float8 as wait_ms
   from job where phase = 0 and hold <= 2`,
)

const AGE = statement(
  'age_ranks',
  `with old as materialized (
     select j.id from lane l cross join lateral (
       select id from job
       where phase = 1 and queue_id = l.id and rank = $1 and run_at < now() - $2::bigint * interval '1 millisecond'
       order by run_at, id limit $3 for update skip locked
     ) j
     where l.removed_at is null and l.paused_at is null
   )
   update job set rank = rank + 1 where id = any(array(select id from old)) returning id`,
)

/** Makes jobs claimable whose time has come, at most `limit`; how many. Safe to run in several processes. */
export async function stageDue(store: Store, limit = 1_000): Promise<number> {
  const rows = await store.counters.use((processId) =>
    store.query<{ queue_id: number; n: number }>(STAGE, [processId, limit, EVENT_KINDS.ready]),
  )
  if (rows.length > 0) store.notifier.ready(rows.map((row) => row.queue_id))
  return rows.reduce((sum, row) => sum + row.n, 0)
}

/** Milliseconds until the next job is due (0 when one is); null when none waits for its time. */
export async function nextDueMs(store: Store): Promise<number | null> {
  return onlyRow(await store.query<{ wait_ms: number | null }>(NEXT_DUE)).wait_ms
}

/**
 * Raises the rank of jobs that have waited long in a lane that moves, so that strict priority starves nobody. Ranks
 * below `urgent` rise by one each time they have waited another `afterMs`; the shown priority stays.
 *
 * @returns how many were raised
 */
export async function ageRanks(
  store: Store,
  { afterMs, limit = 1_000 }: { readonly afterMs: number; readonly limit?: number },
): Promise<number> {
  let raised = 0
  // From the top, so that one pass raises a job once; a higher rank takes that many times as long.
  for (const rank of [2, 1, 0]) {
    raised += (await store.query(AGE, [rank, afterMs * (rank + 1), limit])).length
  }
  return raised
}
