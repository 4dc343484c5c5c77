import { ATTEMPT_OUTCOMES, type AttemptView } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { wordAt } from '../rows.ts'
import { statement } from '../statement.ts'
import type { StoredError, StoredResources } from './job-row.ts'
import { isoOf, toErrorView } from './job-view.ts'

interface AttemptRow {
  number: number
  worker: string | null
  started_at: Date
  ended_at: Date | null
  outcome: number | null
  error: StoredError | null
  external_ref: string | null
  resources: StoredResources | null
}

// Attempts that are going on, and the one that simply succeeded, have no row of their own: the job's times are theirs.
const LIST_ATTEMPTS = statement(
  'list_attempts',
  `select a.number, coalesce(a.worker_name, w.name) as worker, a.started_at, a.ended_at, a.outcome, a.error,
     a.external_ref, a.resources
   from attempt a left join worker w on w.id = a.worker_id where a.job_id = $1
   union all
   select j.attempt, w.name, coalesce(least(j.sent_at, j.started_at), j.queued_at, j.created_at), j.finished_at,
     case when j.state in (4, 5) then 0 when j.state = 6 then 1 when j.state = 7 then 2 end::smallint, null,
     j.external_ref, j.resources
   from job_any j left join worker w on w.id = j.worker_id
   where j.id = $1 and j.attempt > 0 and (j.phase = 2 or (j.phase = 3 and j.started_at is not null))
     and not exists (select from attempt a where a.job_id = j.id and a.number = j.attempt)
   order by 1`,
)

/** The attempts of a job, first to last, the one that is going on among them. */
export async function listAttempts(db: Queryable, jobId: string): Promise<AttemptView[]> {
  const rows = await db.query<AttemptRow>(LIST_ATTEMPTS, [jobId])
  return rows.map((row) => ({
    number: row.number,
    worker: row.worker,
    started_at: row.started_at.toISOString(),
    ended_at: isoOf(row.ended_at),
    outcome: row.outcome === null ? null : wordAt(ATTEMPT_OUTCOMES, row.outcome),
    error: row.error === null ? null : toErrorView(row.error),
    external_ref: row.external_ref,
    resources: row.resources,
  }))
}
