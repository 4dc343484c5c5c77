import { type ClaimedJob, type ClaimLane, problem, type WorkerClaim } from '@andon/core'
import { lanesById, type Notification, printersOfStation } from '@andon/store'
import type { ServerContext } from '../context.ts'
import type { Actor } from '../policies/actor.ts'
import { authorize } from '../policies/policy.ts'
import { WORKERS } from '../policies/workers.ts'
import type { WorkerCaller } from './access.ts'

export interface WaitingClaim {
  readonly actor: Actor
  readonly caller: WorkerCaller
  readonly claim: WorkerClaim
  /** Aborted when nobody waits for the answer any more: nothing is claimed for it then. */
  readonly gone: AbortSignal
}

/**
 * Claims jobs; where there are none it waits as long as the claim wants. Whether caller and lanes are still in order
 * is looked at before each attempt.
 *
 * @throws `forbidden` for lanes that are not the worker's
 */
export async function claimForWorker(context: ServerContext, waiting: WaitingClaim): Promise<ClaimedJob[]> {
  const { caller, claim, gone } = waiting
  const waitMs = claim.wait_ms ?? 0
  if (waitMs === 0) return claimOnce(context, caller, claim)
  const queueIds = new Set(claim.lanes.flatMap((lane) => lane.queue_ids))
  const time = AbortSignal.timeout(waitMs)
  const over = AbortSignal.any([gone, context.stopping, time])
  const bell = new Bell()
  await using stack = new AsyncDisposableStack()
  stack.use(
    context.store.listen((notification) => {
      if (isOfInterest(notification, queueIds)) bell.ring()
    }),
  )
  while (true) {
    bell.reset()
    const jobs = await claimOnce(context, caller, claim)
    if (jobs.length > 0 || over.aborted) return jobs
    await bell.heard(over)
    if (gone.aborted || context.stopping.aborted) return []
    await requireActor(context, waiting.actor)
  }
}

async function claimOnce(
  { jobSource, store }: ServerContext,
  caller: WorkerCaller,
  { lanes: wanted, limit, types }: WorkerClaim,
): Promise<ClaimedJob[]> {
  const lanes =
    caller.stationId === null
      ? await queueLanes(store, wanted)
      : await printerLanes(store, { workerId: caller.lease.workerId, stationId: caller.stationId }, wanted)
  return jobSource.claim(caller.lease, { lanes, limit, types })
}

type Wanted = WorkerClaim['lanes']

/** A worker's lanes are queues, each of which takes from itself. */
async function queueLanes(store: ServerContext['store'], wanted: Wanted): Promise<ClaimLane[]> {
  const lanes = await lanesById(
    store,
    wanted.map(({ lane_id: laneId }) => laneId),
  )
  return wanted.map(({ lane_id: laneId, limit, queue_ids: queueIds }, index) => {
    const isOwn = lanes.get(laneId)?.kind === 'queue' && queueIds.every((id) => id === laneId)
    if (!isOwn) throw notYours(index, `Lane ${laneId} is not a queue that takes from itself`)
    return { laneId, queueIds: [laneId], limit, slot: null }
  })
}

/** A station's lanes are the printers that it holds, one job at a time, each of which takes from its pool as well. */
async function printerLanes(
  store: ServerContext['store'],
  { stationId, workerId }: { readonly stationId: number; readonly workerId: number },
  wanted: Wanted,
): Promise<ClaimLane[]> {
  const held = await printersOfStation(store, stationId, workerId)
  const queues = new Map(held.map(({ id, pool_id: poolId }) => [id, poolId === null ? [id] : [id, poolId]]))
  return wanted.map(({ lane_id: laneId, queue_ids: queueIds }, index) => {
    const own = queues.get(laneId)
    if (own === undefined) throw notYours(index, `Lane ${laneId} is no printer that this station holds`)
    if (!queueIds.every((id) => own.includes(id))) {
      throw notYours(index, `Lane ${laneId} takes from ${own.join(' and ')} only`)
    }
    return { laneId, queueIds, limit: 1, slot: 0 }
  })
}

function notYours(index: number, detail: string): Error {
  return problem('forbidden', {
    detail,
    field: `/lanes/${index}/lane_id`,
    hint: 'Ask for your lanes with POST /api/workers/{id}/lanes.',
    extra: { permission: WORKERS.work.name },
  })
}

/** @throws `unauthenticated` or `forbidden` when the caller lost its right meanwhile */
async function requireActor({ actors }: ServerContext, actor: Actor): Promise<void> {
  authorize(WORKERS.work, await actors.refresh(actor))
}

function isOfInterest(notification: Notification, queueIds: ReadonlySet<number>): boolean {
  if (notification.kind === 'ready') return notification.queueIds.some((id) => queueIds.has(id))
  return notification.kind === 'sweep'
}

/** Remembers a ring that came before anybody waited for it. */
class Bell {
  #rung = Promise.withResolvers<void>()

  reset(): void {
    this.#rung = Promise.withResolvers<void>()
  }

  ring(): void {
    this.#rung.resolve()
  }

  async heard(over: AbortSignal): Promise<void> {
    const { promise, resolve } = this.#rung
    const end = (): void => resolve()
    if (over.aborted) return
    over.addEventListener('abort', end, { once: true })
    await promise
    over.removeEventListener('abort', end)
  }
}
