import { type CreateJob, problem, type RetryPolicy, type ScheduledJob } from '@andon/core'
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
 * @throws `validation_failed` for a type that only `/api/print` makes, `job_not_found` for a parent that may not be seen, `queue_full`, `idempotency_conflict`
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

/** Types that a printer takes: their jobs need a printer, checked labels, and a document that may be seen. */
const PRINT_TYPES: ReadonlySet<string> = new Set(['print.label', 'print.document'])

function newJob({ body, field, idempotencyKey }: RequestedJob, actor: Actor): NewJob {
  checkTimes(body, field)
  return {
    ...workOf(body, field),
    runAt: dateOf(body.run_at),
    deadlineAt: dateOf(body.deadline_at),
    expiresAt: dateOf(body.expires_at),
    uniqueKey: body.unique_key ?? null,
    idempotencyKey: ownKey(actor, body.idempotency_key ?? idempotencyKey),
    parents: body.parents ?? [],
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
  checkType(body, field)
  refuseUnseenNames(body.queue, `${field}/queue`)
  return {
    type: body.type,
    queue: body.queue ?? 'default',
    description: body.description ?? null,
    input: body.input ?? null,
    priority: body.priority ?? 'normal',
    subject: body.subject ?? null,
    tags: body.tags ?? null,
    ...(body.max_attempts === undefined ? {} : { maxAttempts: body.max_attempts }),
    ...(body.retry === undefined ? {} : { retry: policyOf(body.retry) }),
    estimatedMs: body.estimated_ms ?? null,
    isHeld: body.is_held ?? false,
    items: body.items ?? [],
  }
}

function checkType({ type }: ScheduledJob, field: string): void {
  if (!PRINT_TYPES.has(type)) return
  throw problem('validation_failed', {
    field: `${field}/type`,
    detail: `Jobs of the type ${type} are made with POST /api/print.`,
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

function policyOf(retry: NonNullable<CreateJob['retry']>): RetryPolicy {
  if (retry.kind === 'fixed') return { kind: 'fixed', delaysMs: retry.delays_ms }
  const { base_ms, cap_ms, factor, jitter, retries } = retry
  return { kind: 'exponential', baseMs: base_ms, factor, capMs: cap_ms, jitter, retries }
}
