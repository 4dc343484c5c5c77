import type { Queryable } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'

/** By id, since ids tell when a job was made: the pass reads from the oldest on and stops at the limit. */
const DELETE_SHORT_LIVED = statement(
  'delete_short_lived',
  `with old as materialized (
     select d.id, d.queue_id, d.state from job_type t join job_done d on d.type_id = t.id
     where t.keep_days is not null and d.id < uuid_floor(now() - t.keep_days * interval '1 day')
       and d.finished_at < now() - t.keep_days * interval '1 day'
     limit $1
   ), gone as (
     delete from job_done where id = any(array(select id from old)) returning id, queue_id, state
   ), items as (
     delete from item where job_id = any(array(select id from old))
   ), attempts as (
     delete from attempt where job_id = any(array(select id from old))
   ), logs as (
     delete from job_log where job_id = any(array(select id from old))
   ), words as (
     delete from job_search where job_id = any(array(select id from old))
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select 0, queue_id, state, -count(*) from gone group by queue_id, state order by queue_id, state
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   )
   select count(*)::int as n from gone`,
)

const FORGET_WORKERS = statement(
  'forget_workers',
  `delete from worker where stopped_at < now() - $1::bigint * interval '1 millisecond'`,
)

const FORGET_SECRETS = statement(
  'forget_secrets',
  `with tickets as (
     delete from ticket where expires_at < now() - interval '1 day'
   ), sessions as (
     delete from session where expires_at < now()
   )
   delete from sign_in_failure where last_at < now() - interval '1 day'`,
)

/** Deletes finished jobs of types that are kept shorter than the shop's history, at most `limit`; how many. */
export async function deleteShortLived(db: Queryable, limit = 5_000): Promise<number> {
  return onlyRow(await db.query<{ n: number }>(DELETE_SHORT_LIVED, [limit])).n
}

/** Forgets workers that ended longer ago than `keepMs`; their names stay with the attempts. */
export async function forgetWorkers(db: Queryable, keepMs: number): Promise<void> {
  await db.query(FORGET_WORKERS, [keepMs])
}

/** Forgets sessions and tickets that nobody can use any more, and failures to sign in of yesterday. */
export async function forgetSecrets(db: Queryable): Promise<void> {
  await db.query(FORGET_SECRETS)
}
