import { type CreateJob, problem, type ScheduledJob } from '@andon/core'
import {
  type CreatedJob,
  createJobs,
  getJobs,
  type NewJob,
  requestedJob,
  requestedWork,
  type SetKey,
} from '@andon/store'
import type { ServerContext } from '../context.ts'
import type { Actor } from '../policies/actor.ts'
import { visibilityOf } from '../policies/visibility.ts'
import { refuseUnseenNames } from './lane-name.ts'
import { ownKey } from './request-key.ts'

/** Where in the request a job stands: '' alone, `/jobs/3` among others. */
export interface RequestedJob {
  readonly body: CreateJob
  readonly field: string
  /** Key of the request's header; the job's own goes before it. */
  readonly idempotencyKey: string | null
}

/** Jobs of one request. */
export interface RequestedJobs {
  readonly requests: readonly RequestedJob[]
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
    requests.map((request) => newJob(request, actor)),
    setKey,
  )
}

function newJob({ body, field, idempotencyKey }: RequestedJob, actor: Actor): NewJob {
  refuseUnseenNames(body.queue, `${field}/queue`)
  return {
    ...requestedJob(body, field),
    idempotencyKey: ownKey(actor, body.idempotency_key ?? idempotencyKey),
    createdBy: actor.name,
    accountId: actor.accountId,
  }
}

/**
 * What a job does, whoever makes it and when.
 *
 * @param field where the job stands in the request
 * @throws `validation_failed` for a type that only `/api/print` makes
 */
export function workOf(body: ScheduledJob, field: string): Omit<NewJob, 'createdBy'> {
  refuseUnseenNames(body.queue, `${field}/queue`)
  return requestedWork(body, field)
}
