import {
  camelKeys,
  fromDeclareFields,
  HeartbeatView,
  HintsView,
  LeaseOnly,
  problem,
  RegisteredWorker,
  RegisterWorker,
  snakeKeys,
  type TypeDeclaration,
  WaitForHints,
  WORKER_LIMITS,
  WorkerHeartbeat,
} from '@andon/core'
import {
  abandonWorker,
  declareTypes,
  hearStation,
  registerWorker,
  type Store,
  stationToWorkFor,
  unregisterWorker,
} from '@andon/store'
import { Type } from 'typebox'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { requireVoiceOf } from '../policies/stations.ts'
import { WORKERS } from '../policies/workers.ts'
import { DEFAULT_LEASE_MS, requireScope, requireWorker } from '../workers/access.ts'
import { clientGone } from '../workers/gone.ts'
import { NumberParam } from './fields.ts'

const common = { method: 'POST', tag: 'workers', policy: WORKERS.work } as const

/** The life of a worker over HTTP: what it does with jobs is in `worker-jobs.ts`. */
export function workerProtocolRoutes(context: ServerContext): Route[] {
  return [register(context), beat(context), abandon(context), unregister(context), waitForHints(context)]
}

function register({ store }: ServerContext): Route {
  return route({
    ...common,
    url: '/api/workers',
    summary: 'Registers a worker; all its calls are made by the same account and carry the fence as `lease`',
    body: RegisterWorker,
    answer: { status: 201, schema: RegisteredWorker },
    run: async ({ actor, body }) => {
      const { host = '', kind = 'worker', name, pid = 0, slots = 1, station, types, version = '' } = body
      requireScope(actor, kind)
      const stationId = await stationOf(store, kind, station)
      if (stationId !== null) requireVoiceOf(actor, { id: stationId, name: String(station) })
      const leaseMs = body.lease_ms ?? DEFAULT_LEASE_MS
      await declareTypes(store, declaresOf(body))
      const worker = { name, kind, host, pid, version, types, slots, leaseMs }
      const lease = await registerWorker(store, worker, { accountId: actor.accountId, stationId })
      store.notifier.events()
      return { ...snakeKeys(lease), station_id: stationId }
    },
  })
}

/** @throws `validation_failed` for a type that the worker has no code for */
function declaresOf({ declares = {}, types }: RegisterWorker): ReadonlyMap<string, TypeDeclaration> {
  const other = Object.keys(declares).find((type) => !types.includes(type))
  if (other === undefined) return fromDeclareFields(declares)
  throw problem('validation_failed', {
    field: `/declares/${other}`,
    detail: 'A worker declares types of its own only',
    allowed: types,
  })
}

/** @throws `station_not_found`; `validation_failed` when kind and name do not go together */
async function stationOf(
  store: Store,
  kind: 'worker' | 'station',
  key: RegisterWorker['station'],
): Promise<number | null> {
  if ((kind === 'station') !== (key !== undefined)) {
    const detail =
      kind === 'station' ? 'A station says its number or name in /station' : 'Only the kind station has a station'
    throw problem('validation_failed', { field: '/station', detail })
  }
  if (key === undefined) return null
  const id = await stationToWorkFor(store, key)
  if (id === null) {
    throw problem('station_not_found', { field: '/station', detail: `There is no station "${key}"` })
  }
  return id
}

function beat({ jobSource, store }: ServerContext): Route {
  return route({
    ...common,
    url: '/api/workers/:id/heartbeat',
    summary: 'Renews the lease, and tells whether to drain and what to cancel',
    params: NumberParam,
    body: WorkerHeartbeat,
    answer: { status: 200, schema: HeartbeatView },
    run: async ({ actor, body, params }) => {
      const { lease: fence, lease_ms: leaseMs, sample } = body
      const { lease, stationId } = await requireWorker(store, { actor, id: params.id, fence, leaseMs })
      const told = sample === undefined ? { cpuPercent: null, memoryMb: null, running: 0 } : camelKeys(sample)
      const answer = await jobSource.heartbeat(lease, told)
      if (!answer.alive) throw problem('lease_lost')
      if (stationId !== null) await hearStation(store, stationId, {})
      return { drain: answer.drain, cancels: answer.cancels.map(snakeKeys) }
    },
  })
}

/** An agent that starts again says so of the one before it, which it knows to be dead. */
function abandon({ store }: ServerContext): Route {
  return route({
    ...common,
    url: '/api/workers/:id/abandon',
    summary: 'Ends the lease of a worker that is dead, so that what it held is taken up at once',
    params: NumberParam,
    body: LeaseOnly,
    answer: { status: 204, schema: null },
    run: async ({ actor, body, params }) => {
      const { lease } = await requireWorker(store, { actor, id: params.id, fence: body.lease })
      await abandonWorker(store, lease)
    },
  })
}

/**
 * Straight at the database: the source waits there until all that was reported is written, by whomever, while this
 * worker's own reports were answered before it said goodbye.
 */
function unregister({ hints, store }: ServerContext): Route {
  return route({
    ...common,
    url: '/api/workers/:id/unregister',
    summary: 'Ends a worker under whose lease nothing is held',
    params: NumberParam,
    body: LeaseOnly,
    answer: { status: 200, schema: Type.Object({ is_stopped: Type.Boolean() }) },
    run: async ({ actor, body, params }) => {
      const { lease } = await requireWorker(store, { actor, id: params.id, fence: body.lease })
      const isStopped = await unregisterWorker(store, lease)
      if (isStopped) hints.forget(params.id)
      return { is_stopped: isStopped }
    },
  })
}

function waitForHints({ hints, jobSource, store }: ServerContext): Route {
  return route({
    ...common,
    url: '/api/workers/:id/hints',
    summary: 'Waits until there may be work or something is to be cancelled; everything can be asked for besides',
    params: NumberParam,
    body: WaitForHints,
    answer: { status: 200, schema: HintsView },
    run: async ({ actor, body, params, reply }) => {
      const gone = clientGone(reply)
      const { lease } = await requireWorker(store, { actor, id: params.id, fence: body.lease })
      return hints.wait(lease.workerId, {
        queueIds: body.queue_ids === undefined ? null : new Set(body.queue_ids),
        waitMs: body.wait_ms ?? WORKER_LIMITS.waitMs,
        gone,
        cancels: async () => (await jobSource.cancelled(lease)).map(({ jobId }) => jobId),
      })
    },
  })
}
