import { problem } from '@andon/core'
import { type CreatedJob, createJobs, getJobs, jobOf, type JobRequest, type SetKey } from '@andon/store'
import type { ServerContext } from '../context.ts'
import type { Actor } from '../policies/actor.ts'
import { visibilityOf } from '../policies/visibility.ts'

/** Jobs of one request. */
export interface RequestedJobs {
  readonly requests: readonly JobRequest[]
  /** Of the request's header, for all of them together; default none. */
  readonly setKey?: SetKey | null
}

/**
 * Makes jobs, all or none.
 *
 * @throws `validation_failed` for a type that is made elsewhere, `job_not_found` for a parent that may not be seen, `queue_full`, `idempotency_conflict`
 */
export async function createRequestedJobs(
  { store }: ServerContext,
  actor: Actor,
  { requests, setKey = null }: RequestedJobs,
): Promise<CreatedJob[]> {
  const parents = [...new Set(requests.flatMap(({ body }) => body.parents ?? []))]
  const seen = new Set((await getJobs(store, parents, visibilityOf(actor))).map((row) => row.id))
  const unseen = parents.find((id) => !seen.has(id.toLowerCase()))
  if (unseen) throw problem('job_not_found', { field: '/parents', detail: `There is no job ${unseen}` })
  return createJobs(
    store,
    requests.map((request) => jobOf(actor, request)),
    setKey,
  )
}
