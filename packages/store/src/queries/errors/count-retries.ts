import type { Queryable } from '../../pool.ts'
import { onlyRow } from '../../rows.ts'
import { keptStatement } from '../../statement.ts'

// A job that search does not know yet is not counted in its group either. One that it will never know, since its month
// was archived, is let go of after a day.
const COUNT_RETRIES = keptStatement(
  'count_error_retries',
  `with fresh as (
     update retried set is_counted = true
     where job_id = any(array(
       select r.job_id from retried r
       where not r.is_counted and (r.created_at < now() - interval '1 day'
         or exists (select from job_search s where s.job_id = r.job_id))
       order by r.created_at limit $1 for update skip locked))
     returning job_id
   ), counted as (
     update error_hour h set retried = h.retried + x.n
     from (
       select c.id, date_trunc('hour', d.finished_at, 'UTC') as hour, count(*) as n
       from fresh f
       join job_search s on s.job_id = f.job_id
       join job_done d on d.id = f.job_id
       join error_cause c on c.fingerprint = d.fingerprint and c.type_id = d.type_id
         and c.account_id = coalesce(d.account_id, 0)
       group by 1, 2
     ) x
     where h.cause_id = x.id and h.hour = x.hour
   )
   select count(*)::int as n from fresh`,
)

/** Counts retries of jobs in the groups of their errors, each once, at most `limit`; how many were looked at. */
export async function countRetries(db: Queryable, limit = 2_000): Promise<number> {
  return onlyRow(await db.query<{ n: number }>(COUNT_RETRIES, [limit])).n
}
