import { BULK_TYPE, type CreateJob, fromRetryFields, problem } from '@andon/core'
import { type CreatedJob, createJobs, getJobs, type NewJob } from '@andon/store'
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

/**
 * Makes jobs, all or none.
 *
 * @throws `validation_failed` for a type that is made elsewhere, `job_not_found` for a parent that may not be seen, `queue_full`, `idempotency_conflict`
 */
export async function createRequestedJobs(
  { store }: ServerContext,
  actor: Actor,
  requests: readonly RequestedJob[],
): Promise<CreatedJob[]> {
  const parents = [...new Set(requests.flatMap(({ body }) => body.parents ?? []))]
  const seen = new Set((await getJobs(store, parents, visibilityOf(actor))).map((row) => row.id))
  const unseen = parents.find((id) => !seen.has(id.toLowerCase()))
  if (unseen) throw problem('job_not_found', { field: '/parents', detail: `There is no job ${unseen}` })
  return createJobs(
    store,
    requests.map((request) => newJob(request, actor)),
  )
}

/** Types whose jobs need more than a request says, such as a printer and checked labels, with the way to make them. */
const MADE_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['print.label', 'POST /api/print'],
  ['print.document', 'POST /api/print'],
  [BULK_TYPE, 'POST /api/jobs/bulk'],
])

function newJob({ body, field, idempotencyKey }: RequestedJob, actor: Actor): NewJob {
  checkType(body, field)
  refuseUnseenNames(body.queue, `${field}/queue`)
  checkTimes(body, field)
  return {
    type: body.type,
    queue: body.queue ?? 'default',
    description: body.description ?? null,
    input: body.input ?? null,
    priority: body.priority ?? 'normal',
    subject: body.subject ?? null,
    tags: body.tags ?? null,
    runAt: dateOf(body.run_at),
    deadlineAt: dateOf(body.deadline_at),
    expiresAt: dateOf(body.expires_at),
    ...(body.max_attempts === undefined ? {} : { maxAttempts: body.max_attempts }),
    ...(body.retry === undefined ? {} : { retry: fromRetryFields(body.retry) }),
    uniqueKey: body.unique_key ?? null,
    idempotencyKey: ownKey(actor, body.idempotency_key ?? idempotencyKey),
    parents: body.parents ?? [],
    estimatedMs: body.estimated_ms ?? null,
    isHeld: body.is_held ?? false,
    items: body.items ?? [],
    createdBy: actor.name,
    accountId: actor.accountId,
  }
}

function checkType({ type }: CreateJob, field: string): void {
  const way = MADE_ELSEWHERE.get(type)
  if (way === undefined) return
  throw problem('validation_failed', {
    field: `${field}/type`,
    detail: `Jobs of the type ${type} are made with ${way}.`,
    allowed: 'a type of your own',
  })
}

function checkTimes({ expires_at, deadline_at, run_at }: CreateJob, field: string): void {
  const runAtMs = run_at === undefined ? Date.now() : Date.parse(run_at)
  for (const [name, time] of Object.entries({ expires_at, deadline_at })) {
    if (time === undefined || Date.parse(time) > runAtMs) continue
    const detail = `${name} is before the job may start`
    throw problem('validation_failed', {
      field: `${field}/${name}`,
      detail,
      allowed: 'a time after run_at and after now',
    })
  }
}

function dateOf(time: string | undefined): Date | null {
  return time === undefined ? null : new Date(time)
}
