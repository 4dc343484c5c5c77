import { type CreateJob, type JobToken, problem, type WorkerLease } from '@andon/core'
import type { Queryable, Store } from '../pool.ts'
import { checkedJobs } from '../checked-jobs.ts'
import { requestedJob } from '../requested-job.ts'
import { statement } from '../statement.ts'
import { createJobs } from './create.ts'

const HELD_PARENT = statement(
  'held_parent',
  `select j.site_id, j.created_by, j.account_id from job j join worker w on w.id = j.worker_id
   where j.id = $1 and j.fence = $2 and j.worker_id = $3 and w.fence = $4 and w.stopped_at is null and j.phase = 2`,
)

const OTHERS = statement(
  'jobs_of_others',
  `select i.id from unnest($2::uuid[]) as i (id)
   where not exists (select from job_any a where a.id = i.id and a.parent_id = $1) limit 1`,
)

interface Parent {
  site_id: number
  created_by: string
  account_id: number | null
}

/**
 * Makes jobs for a job that a worker holds: they belong to whom that job belongs to, and hang on it. Their idempotency
 * keys are the job's own, so that its next attempt finds what the last one made.
 *
 * @param jobs as a handler asks for them, unchecked
 * @returns their ids, in order
 * @throws validation_failed and the like for what no request may say; lease_lost when the worker does not hold the job now; job_not_found when one is to wait for a job that this
 *   job did not make; what `createJobs` throws
 */
export async function createChildren(
  store: Store,
  lease: WorkerLease,
  { jobs: asked, token }: { readonly jobs: readonly CreateJob[]; readonly token: JobToken },
): Promise<string[]> {
  const jobs = checkedJobs(asked)
  const [parent] = await store.query<Parent>(HELD_PARENT, [token.jobId, token.fence, lease.workerId, lease.fence])
  if (parent === undefined) throw problem('lease_lost')
  await refuseOthers(store, token.jobId, jobs)
  const made = await createJobs(
    store,
    jobs.map((job, index) => ({
      ...requestedJob(job, `/jobs/${index}`),
      siteId: parent.site_id,
      createdBy: parent.created_by,
      accountId: parent.account_id,
      parentId: token.jobId,
      idempotencyKey: job.idempotency_key === undefined ? null : `${token.jobId}:${job.idempotency_key}`,
    })),
  )
  return made.map(({ id }) => id)
}

async function refuseOthers(db: Queryable, jobId: string, jobs: readonly CreateJob[]): Promise<void> {
  const parents = [...new Set(jobs.flatMap((job) => job.parents ?? []))]
  if (parents.length === 0) return
  const [other] = await db.query<{ id: string }>(OTHERS, [jobId, parents])
  if (other === undefined) return
  throw problem('job_not_found', { field: '/parents', detail: `This job has made no job ${other.id}` })
}
