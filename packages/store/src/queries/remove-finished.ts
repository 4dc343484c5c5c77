import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'

// The groups of their errors count them no more.
const REMOVE_FINISHED = statement(
  'remove_finished',
  `with gone as (
     delete from job_done where id = any($2::uuid[]) and ($3::timestamptz is null or finished_at < $3)
     returning id, queue_id, type_id, state, fingerprint, account_id, finished_at, description
   ), items as (
     delete from item where job_id = any(array(select id from gone))
   ), attempts as (
     delete from attempt where job_id = any(array(select id from gone))
   ), logs as (
     delete from job_log where job_id = any(array(select id from gone))
   ), documents as (
     delete from document where job_id = any(array(select id from gone)) and not is_shared
   ), cleaned as (
     delete from cleaned_job where job_id = any(array(select id from gone))
   ), words as (
     delete from job_search where job_id = any(array(select id from gone)) returning job_id
   ), again as (
     delete from retried where job_id = any(array(select id from gone)) returning job_id, is_counted
   ), fewer as (
     update error_hour h set n = h.n - x.n, retried = h.retried - x.retried
     from (
       select c.id, date_trunc('hour', g.finished_at, 'UTC') as hour, count(*) as n,
         count(*) filter (where a.is_counted) as retried
       from gone g
       join words w on w.job_id = g.id
       join error_cause c on c.fingerprint = g.fingerprint and c.type_id = g.type_id
         and c.account_id = coalesce(g.account_id, 0)
       left join again a on a.job_id = g.id
       group by 1, 2
     ) x
     where h.cause_id = x.id and h.hour = x.hour
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $1::int, queue_id, state, -count(*) from gone group by queue_id, state order by queue_id, state
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   )
   select g.id, g.state, t.name as type, g.description from gone g join job_type t on t.id = g.type_id`,
)

/** A finished job that was removed. */
export interface RemovedJob {
  id: string
  /** Position in JOB_STATES. */
  state: number
  type: string
  description: string | null
}

/** Which finished jobs are removed. */
export interface RemoveFinished {
  readonly processId: number
  readonly ids: readonly string[]
  /** Only those that ended before; null is all. */
  readonly before: Date | null
}

/** Deletes finished jobs with all that hangs on them but their events and the audit. */
export function removeFinished(tx: Queryable, { before, ids, processId }: RemoveFinished): Promise<RemovedJob[]> {
  return tx.query<RemovedJob>(REMOVE_FINISHED, [processId, ids, before])
}
