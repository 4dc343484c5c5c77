import { type WorkerLease, problem } from '@andon/core'
import { heartbeat, lockStation, registerWorker, type StationRow, workerOfName } from '@andon/store'
import type { ServerContext } from '../context.ts'
import type { Actor } from '../policies/actor.ts'

/** Marks the workers of stations that say no more than how their jobs stand. */
const HOST = 'station'
/** A station that is not heard of for so long counts as lost as well. */
const DEFAULT_LEASE_MS = 120_000

/**
 * The lease under which an account works for a station, made when there is none. It lasts from word to word: each
 * report on a job and each heartbeat of the station renews it.
 */
export async function leaseOfStation(
  { store }: ServerContext,
  { accountId }: Actor,
  { leaseMs = DEFAULT_LEASE_MS, station }: { readonly station: StationRow; readonly leaseMs?: number | undefined },
): Promise<WorkerLease> {
  const { id: stationId, name } = station
  const about = {
    name,
    kind: 'station',
    host: HOST,
    pid: 0,
    version: station.version ?? '',
    types: [],
    slots: 1,
  } as const
  // Two first calls at once would make two workers, of which one would hold printers that the other asks for.
  const lease = await store.transaction(async (tx) => {
    await lockStation(tx, stationId)
    const known = await workerOfName(tx, accountId, { name, host: HOST })
    if (known === null) return registerWorker(tx, { ...about, leaseMs }, { accountId, stationId })
    return { workerId: known.id, fence: known.fence, leaseMs }
  })
  if (!(await heartbeat(store, lease, null)).alive) throw problem('lease_lost')
  store.notifier.events()
  return lease
}

/** Renews the lease of a station that has one, since it was heard of. */
export async function renewLeaseOfStation(
  { store }: ServerContext,
  { accountId }: Actor,
  { name }: StationRow,
): Promise<void> {
  const known = await workerOfName(store, accountId, { name, host: HOST })
  if (known !== null)
    await heartbeat(store, { workerId: known.id, fence: known.fence, leaseMs: DEFAULT_LEASE_MS }, null)
}
