import { type BulkOutcome, JOB_STATES } from '@andon/core'
import { type Actor, writeAudit } from '../../actor.ts'
import type { Store } from '../../pool.ts'
import { wordAt } from '../../rows.ts'
import { statement } from '../../statement.ts'
import type { SetOutcomes } from './change.ts'

// The groups of their errors count them no more.
const DELETE_JOBS = statement(
  'bulk_delete_jobs',
  `with gone as (
     delete from job_done where id = any($2::uuid[])
     returning id, queue_id, type_id, state, fingerprint, account_id, finished_at, description
   ), items as (
     delete from item where job_id = any(array(select id from gone))
   ), attempts as (
     delete from attempt where job_id = any(array(select id from gone))
   ), logs as (
     delete from job_log where job_id = any(array(select id from gone))
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

interface Gone {
  id: string
  state: number
  type: string
  description: string | null
}

/** Deletes finished jobs with all that hangs on them but their events and the audit, which says what they were. */
export async function deleteJobs(store: Store, ids: readonly string[], actor: Actor): Promise<SetOutcomes> {
  const gone = await store.counters.use((processId) =>
    store.transaction(async (tx) => {
      const rows = await tx.query<Gone>(DELETE_JOBS, [processId, ids])
      await writeAudit(
        tx,
        actor,
        rows.map(({ description, id, state, type }) => ({
          action: 'job.delete',
          target: `job:${id}`,
          before: { type, state: wordAt(JOB_STATES, state), description },
        })),
      )
      return rows.length
    }),
  )
  return new Map<BulkOutcome, number>([
    ['deleted', gone],
    ['not_found', ids.length - gone],
  ])
}
