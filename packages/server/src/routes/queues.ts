import { PauseRequest, problem, QueueKindQuery, QueueLimits, QueueView } from '@andon/core'
import {
  drainLane,
  findLane,
  type Lane,
  listQueues,
  pauseLane,
  queueRow,
  resumeLane,
  setLaneLimits,
  toQueueView,
} from '@andon/store'
import { Type } from 'typebox'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import type { Actor } from '../policies/actor.ts'
import { authorize } from '../policies/policy.ts'
import { PRINTERS } from '../policies/printers.ts'
import { QUEUES } from '../policies/queues.ts'
import { auditActor } from '../sign-in/actors.ts'
import { DrainRequest, pauseOf } from './lane-requests.ts'
import { listOf, NameParam } from './fields.ts'

const answer = { status: 200, schema: QueueView } as const

/** Queues, and the lanes of printers and pools seen as queues. */
export function queueRoutes(context: ServerContext): Route[] {
  return [...pauseRoutes(context), ...limitRoutes(context)]
}

function pauseRoutes(context: ServerContext): Route[] {
  const { store } = context
  return [
    route({
      method: 'GET',
      url: '/api/queues',
      tag: 'queues',
      summary: 'All queues, printers and pools with what waits in them',
      policy: QUEUES.read,
      answer: { status: 200, schema: listOf(QueueView) },
      run: async () => ({ data: (await listQueues(store)).map(toQueueView) }),
    }),
    route({
      method: 'POST',
      url: '/api/queues/:name/pause',
      tag: 'queues',
      summary: 'Lets nothing more start; changes no job',
      policy: QUEUES.pause,
      params: NameParam,
      query: QueueKindQuery,
      body: PauseRequest,
      answer,
      run: async ({ actor, body, params, query, request }) => {
        const lane = await findQueueToPause(context, { ...params, ...query }, actor)
        await pauseLane(store, lane.id, pauseOf(body), auditActor(actor, request))
        return present(context, lane.id)
      },
    }),
    route({
      method: 'POST',
      url: '/api/queues/:name/resume',
      tag: 'queues',
      summary: 'Ends a pause',
      policy: QUEUES.pause,
      params: NameParam,
      query: QueueKindQuery,
      body: Type.Object({}, { additionalProperties: false }),
      answer,
      run: async ({ actor, params, query, request }) => {
        const lane = await findQueueToPause(context, { ...params, ...query }, actor)
        await resumeLane(store, lane.id, auditActor(actor, request))
        return present(context, lane.id)
      },
    }),
  ]
}

function limitRoutes(context: ServerContext): Route[] {
  const { store } = context
  return [
    route({
      method: 'POST',
      url: '/api/queues/:name/limits',
      tag: 'queues',
      summary: 'Sets how many run at once, how many may wait, and how many start in a time',
      policy: QUEUES.limit,
      params: NameParam,
      query: QueueKindQuery,
      body: QueueLimits,
      answer,
      run: async ({ actor, body, params, query, request }) => {
        const lane = await findQueue(context, { ...params, ...query })
        await setLaneLimits(store, lane.id, limitsOf(lane, body), auditActor(actor, request))
        return present(context, lane.id)
      },
    }),
    route({
      method: 'POST',
      url: '/api/queues/:name/drain',
      tag: 'queues',
      summary: 'Takes no new jobs; what waits is still done',
      policy: QUEUES.drain,
      params: NameParam,
      query: QueueKindQuery,
      body: DrainRequest,
      answer,
      run: async ({ actor, body, params, query, request }) => {
        const lane = await findQueue(context, { ...params, ...query })
        await drainLane(store, lane.id, body.is_draining ?? true, auditActor(actor, request))
        return present(context, lane.id)
      },
    }),
  ]
}

type NamedQueue = QueueKindQuery & { readonly name: string }

/** @throws `queue_not_found` */
async function findQueue({ store }: ServerContext, { kind, name }: NamedQueue): Promise<Lane> {
  for (const each of ['queue', 'printer'] as const) {
    const lane = await findLane(store, each, name)
    if (lane !== null && lane.kind === (kind ?? lane.kind)) return lane
  }
  throw problem('queue_not_found', { detail: `There is no ${kind ?? 'queue'} "${name}"` })
}

/** What stands still is the printer, whichever of its two addresses is used. */
async function findQueueToPause(context: ServerContext, named: NamedQueue, actor: Actor): Promise<Lane> {
  const lane = await findQueue(context, named)
  if (lane.kind !== 'queue') authorize(PRINTERS.pause, actor)
  return lane
}

async function present({ store }: ServerContext, laneId: number): Promise<QueueView> {
  const row = await queueRow(store, laneId)
  if (row === null) throw problem('queue_not_found')
  return toQueueView(row)
}

function limitsOf(lane: Lane, body: QueueLimits) {
  const { slots, depth_limit, rate_limit, rate_per_ms } = body
  if (lane.kind === 'printer' && slots !== undefined && slots !== 1) {
    throw problem('validation_failed', { field: '/slots', detail: 'A printer does one job at a time', allowed: '1' })
  }
  const limits = {
    ...(slots === undefined ? {} : { slots }),
    ...(depth_limit === undefined ? {} : { depthLimit: depth_limit }),
    ...(rate_limit === undefined ? {} : { rateLimit: rate_limit }),
    ...(rate_per_ms === undefined ? {} : { ratePerMs: rate_per_ms }),
  }
  const after = { ...lane, ...limits }
  if ((after.rateLimit === null) === (after.ratePerMs === null)) return limits
  throw problem('validation_failed', { field: '/rate_per_ms', detail: 'rate_limit and rate_per_ms go together' })
}
