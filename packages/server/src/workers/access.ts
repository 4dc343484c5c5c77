import { problem, type WorkerLease } from '@andon/core'
import { type RemoteWorker, remoteWorker, type Store } from '@andon/store'
import type { Actor } from '../policies/actor.ts'

/** Renewed by this when a heartbeat does not say. */
export const DEFAULT_LEASE_MS = 30_000

/** A worker on whose behalf a call is made, checked to be the caller's. */
export interface WorkerCaller {
  readonly lease: WorkerLease
  readonly name: string
  readonly kind: 'worker' | 'station'
  /** Set for stations. */
  readonly stationId: number | null
}

/** How a call says which worker it is from. */
export interface WorkerCall {
  readonly actor: Actor
  readonly id: number
  readonly fence: string
  readonly leaseMs?: number | undefined
}

/**
 * The worker of a call. Its number and fence can be guessed, so it is the account that registered it which counts.
 *
 * @throws `worker_not_found` for workers of others and those near the database; `lease_lost` when the fence is not, or
 * no longer, that of the worker; `forbidden` for a token without the scope of its kind
 */
export async function requireWorker(store: Store, call: WorkerCall): Promise<WorkerCaller> {
  const { caller, isCurrent } = await findWorker(store, call)
  if (!isCurrent) throw leaseLost(call.id)
  return caller
}

/** The same, but a lease that was lost is told, not thrown: for reports that are then refused and kept in the log. */
export async function findWorker(
  store: Store,
  { actor, fence, id, leaseMs = DEFAULT_LEASE_MS }: WorkerCall,
): Promise<{ readonly caller: WorkerCaller; readonly isCurrent: boolean }> {
  const lease = { workerId: id, fence, leaseMs }
  const row = await remoteWorker(store, lease, actor.accountId)
  if (row === null || !isRemote(row) || isOfOther(actor, row)) {
    throw problem('worker_not_found', { detail: `${actor.name} has registered no worker ${id}` })
  }
  requireScope(actor, row.kind)
  return {
    caller: { lease, name: row.name, kind: row.kind, stationId: row.station_id },
    isCurrent: row.is_current,
  }
}

/** @throws `forbidden` when a token was not made for workers of the kind */
export function requireScope({ name, scopes }: Actor, kind: 'worker' | 'station'): void {
  if (scopes === null || scopes.has(kind)) return
  throw problem('forbidden', {
    detail: `A ${kind} needs a token with the scope ${kind}, which that of ${name} does not have`,
    extra: { permission: 'workers.work' },
  })
}

/** For calls of a worker whose time is over. */
export function leaseLost(id: number): Error {
  return problem('lease_lost', {
    detail: `The lease of worker ${id} is over, or was never this one`,
    hint: 'Stop what it was doing and register anew; what it had may be done by others now.',
  })
}

/** The token of one station does not speak for the workers of others, though they are of the same account. */
function isOfOther({ stationId }: Actor, row: RemoteWorker): boolean {
  return stationId !== null && row.station_id !== stationId
}

function isRemote(row: RemoteWorker): row is RemoteWorker & { kind: 'worker' | 'station' } {
  return row.kind !== 'server'
}
