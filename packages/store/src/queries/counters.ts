import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'

/** One statement, so that the sum is true at every moment. The rows of running writers are left to them. */
const FOLD = statement(
  'fold_counters',
  `with gone as (
     delete from counter where (process_id, queue_id, state) in (
       select process_id, queue_id, state from counter where process_id <> 0
       order by process_id, queue_id, state for update skip locked)
     returning queue_id, state, n
   )
   insert into counter as c (process_id, queue_id, state, n)
   select 0, queue_id, state, sum(n) from gone group by queue_id, state having sum(n) <> 0 order by queue_id, state
   on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   returning 1`,
)

const LOCK_COUNTERS = statement('lock_counters', `select pg_advisory_xact_lock(hashtextextended('andon.counters', 0))`)

/** The same snapshot for rows and counters: what differs in it differs for good. */
const RECONCILE_LIVE = statement(
  'reconcile_live_counters',
  `with truth as (
     select queue_id, case phase when 0 then 0 when 1 then 2 else substate end::int as state, count(*) as n
     from job group by 1, 2
   ), kept as (
     select queue_id, state::int, sum(n) as n from counter where state < 4 group by 1, 2
   ), wrong as (
     select coalesce(t.queue_id, k.queue_id) as queue_id, coalesce(t.state, k.state) as state,
       coalesce(t.n, 0) - coalesce(k.n, 0) as d
     from truth t full join kept k on k.queue_id = t.queue_id and k.state = t.state
     where coalesce(t.n, 0) <> coalesce(k.n, 0)
   )
   insert into counter as c (process_id, queue_id, state, n)
   select 0, queue_id, state, d from wrong order by queue_id, state
   on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   returning queue_id, state`,
)

const SUBTRACT_DONE = statement(
  'subtract_done_counters',
  `insert into counter as c (process_id, queue_id, state, n)
   select 0, d.queue_id, d.state, d.n
   from unnest($1::int[], $2::smallint[], $3::bigint[]) as d (queue_id, state, n) order by 1, 2, 3
   on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n`,
)

/** Gathers the rows of all processes into one set; sums are true throughout. */
export async function foldCounters(db: Queryable): Promise<void> {
  await db.query(FOLD)
}

/**
 * Compares the counters of live work with the rows and mends them; one process at a time.
 *
 * @returns how many were wrong: more than none is a defect worth a line in the log
 */
export async function reconcileCounters(tx: Queryable): Promise<number> {
  await tx.query(LOCK_COUNTERS)
  return (await tx.query(RECONCILE_LIVE)).length
}

/** Adds to (or, negative, takes from) the counters of finished work. */
export async function addToCounters(
  db: Queryable,
  changes: readonly { readonly queueId: number; readonly state: number; readonly n: number }[],
): Promise<void> {
  if (changes.length === 0) return
  await db.query(SUBTRACT_DONE, [
    changes.map((change) => change.queueId),
    changes.map((change) => change.state),
    changes.map((change) => change.n),
  ])
}
