import { PauseRequest, problem, QueueLimits, QueueView } from '@andon/core'
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
      body: PauseRequest,
      answer,
      run: async ({ actor, body, params, request }) => {
        const lane = await findQueueToPause(context, params.name, actor)
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
      body: Type.Object({}, { additionalProperties: false }),
      answer,
      run: async ({ actor, params, request }) => {
        const lane = await findQueueToPause(context, params.name, actor)
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
      body: QueueLimits,
      answer,
      run: async ({ actor, body, params, request }) => {
        const lane = await findQueue(context, params.name)
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
      body: DrainRequest,
      answer,
      run: async ({ actor, body, params, request }) => {
        const lane = await findQueue(context, params.name)
        await drainLane(store, lane.id, body.is_draining ?? true, auditActor(actor, request))
        return present(context, lane.id)
      },
    }),
  ]
}

/** @throws `queue_not_found` */
async function findQueue({ store }: ServerContext, name: string): Promise<Lane> {
  const lane = (await findLane(store, 'queue', name)) ?? (await findLane(store, 'printer', name))
  if (lane === null) throw problem('queue_not_found', { detail: `There is no queue "${name}"` })
  return lane
}

/** What stands still is the printer, whichever of its two addresses is used. */
async function findQueueToPause(context: ServerContext, name: string, actor: Actor): Promise<Lane> {
  const lane = await findQueue(context, name)
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
