import {
  CancelJob,
  ConfirmJob,
  CreatedJob,
  HoldJob,
  JobDetail,
  MoveJob,
  PrioritiseJob,
  problem,
  RetryJob,
  SnoozeJob,
} from '@andon/core'
import { cancelJob, confirmJob, holdJob, moveJob, prioritiseJob, releaseJob, retryJob, snoozeJob } from '@andon/store'
import { Type } from 'typebox'
import { cloneJob } from '../commands/clone-job.ts'
import { requireJob } from '../commands/find-job.ts'
import { requireLaneToMoveTo } from '../commands/find-lane.ts'
import type { ServerContext } from '../context.ts'
import { idempotencyKey } from '../http/idempotency.ts'
import { type Call, type Route, route } from '../http/route.ts'
import type { Actor } from '../policies/actor.ts'
import { JOBS } from '../policies/jobs.ts'
import { presentCreated } from '../presenters/created.ts'
import { auditActor } from '../sign-in/actors.ts'
import { JobParam } from './fields.ts'

const detail = { status: 200, schema: JobDetail } as const
const created = { status: 201, schema: CreatedJob } as const
const Nothing = Type.Object({}, { additionalProperties: false })

/** What a person can do to one job. */
export function jobCommandRoutes(context: ServerContext): Route[] {
  return [
    ...endRoutes(context),
    ...againRoutes(context),
    cloneRoute(context),
    ...waitRoutes(context),
    ...orderRoutes(context),
  ]
}

function endRoutes(context: ServerContext): Route[] {
  const cancel = async ({ actor, params, body, request }: JobCall<typeof CancelJob>): Promise<JobDetail> => {
    const job = await requireJob(context.store, params.id, actor)
    const { kill = false, reason = null } = body ?? {}
    await cancelJob(context.store, job.id, { actor: auditActor(actor, request), kill, reason })
    return present(context, job.id, actor)
  }
  return [
    route({
      method: 'POST',
      url: '/api/jobs/:id/cancel',
      tag: 'jobs',
      summary: 'Ends a job that waits; asks the holder of one that runs',
      policy: JOBS.cancel,
      params: JobParam,
      body: CancelJob,
      answer: detail,
      run: cancel,
    }),
    route({
      method: 'DELETE',
      url: '/api/jobs/:id',
      tag: 'jobs',
      summary: 'The same as cancel',
      policy: JOBS.cancel,
      params: JobParam,
      body: CancelJob,
      answer: detail,
      run: cancel,
    }),
  ]
}

function againRoutes(context: ServerContext): Route[] {
  const { store } = context
  return [
    route({
      method: 'POST',
      url: '/api/jobs/:id/retry',
      tag: 'jobs',
      summary: 'Does it again as a new job: all, the failed items, or those from an index on',
      policy: JOBS.retry,
      params: JobParam,
      body: RetryJob,
      answer: created,
      run: async ({ actor, params, body, request }) => {
        const job = await requireJob(store, params.id, actor)
        const items = body.items === undefined ? {} : { items: body.items }
        const id = await retryJob(store, job.id, { actor: auditActor(actor, request), ...items })
        return presentCreated({ id, isExisting: false })
      },
    }),
    route({
      method: 'POST',
      url: '/api/jobs/:id/confirm',
      tag: 'jobs',
      summary: 'Says of a print that nobody can prove whether it was printed',
      policy: JOBS.confirm,
      params: JobParam,
      body: ConfirmJob,
      answer: detail,
      otherwise: [created],
      run: async ({ actor, params, body, request, reply }) => {
        const job = await requireJob(store, params.id, actor)
        const { from, note, printed } = body
        checkFrom(printed, from)
        const { retryId } = await confirmJob(store, job.id, {
          actor: auditActor(actor, request),
          printed,
          note: note ?? null,
          ...(from === undefined ? {} : { from }),
        })
        if (retryId === null) return present(context, job.id, actor)
        reply.code(201)
        return presentCreated({ id: retryId, isExisting: false })
      },
    }),
  ]
}

function cloneRoute(context: ServerContext): Route {
  return route({
    method: 'POST',
    url: '/api/jobs/:id/clone',
    tag: 'jobs',
    summary: 'A new job like this one, that is not linked to it',
    policy: JOBS.clone,
    params: JobParam,
    body: Nothing,
    takesIdempotencyKey: true,
    answer: created,
    run: async ({ actor, params, request }) => {
      const job = await requireJob(context.store, params.id, actor)
      const order = { job, idempotencyKey: idempotencyKey(request) }
      return presentCreated(await cloneJob(context, actor, order))
    },
  })
}

function waitRoutes(context: ServerContext): Route[] {
  const { store } = context
  return [
    route({
      method: 'POST',
      url: '/api/jobs/:id/hold',
      tag: 'jobs',
      summary: 'Puts a waiting job aside until somebody releases it',
      policy: JOBS.hold,
      params: JobParam,
      body: HoldJob,
      answer: detail,
      run: async ({ actor, params, body, request }) => {
        const job = await requireJob(store, params.id, actor)
        await holdJob(store, job.id, { actor: auditActor(actor, request), reason: body.reason ?? null })
        return present(context, job.id, actor)
      },
    }),
    route({
      method: 'POST',
      url: '/api/jobs/:id/release',
      tag: 'jobs',
      summary: 'Lets a job run now that was held, scheduled, or waits for a retry',
      policy: JOBS.hold,
      params: JobParam,
      body: Nothing,
      answer: detail,
      run: async ({ actor, params, request }) => {
        const job = await requireJob(store, params.id, actor)
        await releaseJob(store, job.id, { actor: auditActor(actor, request) })
        return present(context, job.id, actor)
      },
    }),
    route({
      method: 'POST',
      url: '/api/jobs/:id/snooze',
      tag: 'jobs',
      summary: 'Puts a waiting job off until a time',
      policy: JOBS.hold,
      params: JobParam,
      body: SnoozeJob,
      answer: detail,
      run: async ({ actor, params, body, request }) => {
        const job = await requireJob(store, params.id, actor)
        const until = new Date(body.until)
        if (until.getTime() <= Date.now())
          throw problem('validation_failed', { field: '/until', allowed: 'a time to come' })
        await snoozeJob(store, job.id, { actor: auditActor(actor, request), until })
        return present(context, job.id, actor)
      },
    }),
  ]
}

function orderRoutes(context: ServerContext): Route[] {
  const { store } = context
  return [
    route({
      method: 'POST',
      url: '/api/jobs/:id/priority',
      tag: 'jobs',
      summary: 'Another priority, or before everything that waits in its queue',
      policy: JOBS.prioritise,
      params: JobParam,
      body: PrioritiseJob,
      answer: detail,
      run: async ({ actor, params, body, request }) => {
        const job = await requireJob(store, params.id, actor)
        if (body.priority === undefined && body.front === undefined) {
          throw problem('validation_failed', { field: '/priority', detail: 'Say priority or front' })
        }
        await prioritiseJob(store, job.id, { actor: auditActor(actor, request), ...definedOf(body) })
        return present(context, job.id, actor)
      },
    }),
    route({
      method: 'POST',
      url: '/api/jobs/:id/move',
      tag: 'jobs',
      summary: 'To another queue, printer or pool',
      policy: JOBS.move,
      params: JobParam,
      body: MoveJob,
      answer: detail,
      run: async ({ actor, params, body, request }) => {
        const job = await requireJob(store, params.id, actor)
        const lane = await requireLaneToMoveTo(store, job, body)
        await moveJob(store, job.id, { actor: auditActor(actor, request), laneId: lane.id })
        return present(context, job.id, actor)
      },
    }),
  ]
}

type JobCall<B extends typeof CancelJob> = Call<typeof JobParam, undefined, B>

async function present({ jobs, store }: ServerContext, id: string, actor: Actor): Promise<JobDetail> {
  return jobs.detail(await requireJob(store, id, actor), actor)
}

function checkFrom(printed: boolean, from: number | undefined): void {
  if (!printed || from === undefined) return
  throw problem('validation_failed', { field: '/from', detail: '/from goes with printed: false only' })
}

function definedOf({ front, priority }: PrioritiseJob) {
  return { ...(front === undefined ? {} : { front }), ...(priority === undefined ? {} : { priority }) }
}
