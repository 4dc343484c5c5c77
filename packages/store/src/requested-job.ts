import {
  ARCHIVE_TYPE,
  BULK_TYPE,
  CLEANUP_TYPE,
  type CreateJob,
  fromRetryFields,
  problem,
  type ScheduledJob,
} from '@andon/core'
import { refuseUnseenNames } from '@andon/core/requests'
import type { NewJob } from './queries/create.ts'

/** Types whose jobs need more than a request says, such as a printer and checked labels, with the way to make them. */
const MADE_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['print.label', 'POST /api/print'],
  ['print.document', 'POST /api/print'],
  [BULK_TYPE, 'POST /api/jobs/bulk'],
  [CLEANUP_TYPE, 'POST /api/retention/run'],
  [ARCHIVE_TYPE, 'POST /api/history/:month/archive or /restore'],
])

/** What a job is made of when it came as a request; whose it is and under which key is for the caller to say. */
export type RequestedJob = Omit<NewJob, 'createdBy' | 'idempotencyKey'>

/** Whose a job is. */
export interface Creator {
  readonly accountId: number
  /** Name of the account. */
  readonly name: string
}

/** A job of a request. */
export interface JobRequest {
  readonly body: CreateJob
  /** Where it stands in the request: '' alone, `/jobs/3` among others. */
  readonly field: string
  /** Key of the request's header; the job's own goes before it. */
  readonly idempotencyKey: string | null
}

/**
 * A requested job as it is made for somebody, by whichever way the request came.
 *
 * @throws what `requestedJob` throws
 */
export function jobOf(creator: Creator, { body, field, idempotencyKey }: JobRequest): NewJob {
  return {
    ...requestedJob(body, field),
    idempotencyKey: ownKey(creator, body.idempotency_key ?? idempotencyKey),
    createdBy: creator.name,
    accountId: creator.accountId,
  }
}

/** Keys are an account's own: those of others neither find its jobs nor clash with them. */
export function ownKey({ accountId }: Pick<Creator, 'accountId'>, key: string | null | undefined): string | null {
  return key === null || key === undefined ? null : `${accountId}:${key}`
}

/**
 * A requested job as it is made.
 *
 * @param field where it stands in its request: '' alone, `/jobs/3` among others
 * @throws `validation_failed` for a type that only a print request makes, and for times that have passed
 */
export function requestedJob(body: CreateJob, field: string): RequestedJob {
  checkTimes(body, field)
  return {
    ...requestedWork(body, field),
    runAt: dateOf(body.run_at),
    deadlineAt: dateOf(body.deadline_at),
    expiresAt: dateOf(body.expires_at),
    uniqueKey: body.unique_key ?? null,
    parents: body.parents ?? [],
  }
}

/**
 * What a requested job does, whoever makes it and when.
 *
 * @throws `validation_failed` for a type that only a print request makes, and for a queue whose name is not seen as it is
 */
export function requestedWork(body: ScheduledJob, field: string): RequestedJob {
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
    ...(body.retry === undefined ? {} : { retry: fromRetryFields(body.retry) }),
    estimatedMs: body.estimated_ms ?? null,
    isHeld: body.is_held ?? false,
    items: body.items ?? [],
  }
}

function checkType({ type }: ScheduledJob, field: string): void {
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
