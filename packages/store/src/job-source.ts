import {
  type CancelRequest,
  type ClaimedJob,
  type ClaimLane,
  type ClaimRequest,
  type CreateJob,
  Flusher,
  type HeartbeatAnswer,
  type ItemChange,
  type ItemSource,
  type JobSource,
  type JobToken,
  type LogLine,
  type ProgressUpdate,
  type SettleReport,
  type StaleToken,
  type StoredItem,
  type WorkerLease,
  type WorkerRegistration,
  type WorkerSample,
  type WorkHint,
  problem,
} from '@andon/core'
import type { Notification } from './listener.ts'
import { Parking } from './parking.ts'
import type { Store } from './pool.ts'
import { cancelRequests } from './queries/cancel.ts'
import { createChildren } from './queries/children.ts'
import { claimJobs, missedJobs, toClaimedJob } from './queries/claim.ts'
import { giveBackRate, shrinkShares, takeRate, takeShare } from './queries/grants.ts'
import { changeItems, readItems } from './queries/items.ts'
import { type Lane, lanesById } from './queries/lanes.ts'
import { writeLogs } from './queries/logs.ts'
import { reportProgress } from './queries/progress.ts'
import { settleJobs } from './queries/settle.ts'
import { declareTypes } from './queries/types.ts'
import { heartbeat, registerWorker, unregisterWorker } from './queries/workers.ts'
import { onlyRow } from './rows.ts'

/** What hands out jobs near the database. */
export type StoreJobSource = JobSource & ItemSource

/**
 * The worker's port over the database. Reports of the same moment are written together, however many callers they
 * come from; a lone one is written at once.
 */
export function storeJobSource(store: Store, options: { readonly siteId?: number } = {}): StoreJobSource {
  return new DatabaseJobSource(store, options.siteId ?? 1)
}

type Settle = readonly [WorkerLease, readonly SettleReport[]]
type Items = readonly [WorkerLease, readonly ItemChange[]]
type Progress = readonly [WorkerLease, readonly ProgressUpdate[]]

class DatabaseJobSource implements StoreJobSource {
  readonly #store: Store
  readonly #siteId: number
  readonly #settles: Flusher<Settle, StaleToken[]>
  readonly #items: Flusher<Items, StaleToken[]>
  readonly #progress: Flusher<Progress, StaleToken[]>
  readonly #logs: Flusher<readonly LogLine[], true>
  /** Leases that have shares of limited lanes, with what was last done about them: one thing at a time. */
  readonly #sharing = new Map<number, Promise<unknown>>()
  /** Of the workers that listen: nobody else can be handed anything. */
  readonly #parkings = new Map<number, Parking>()

  constructor(store: Store, siteId: number) {
    this.#store = store
    this.#siteId = siteId
    this.#settles = new Flusher((sets) => byLease(sets, (lease, reports) => settleJobs(store, lease, reports)), {
      maxInFlight: 2,
    })
    this.#items = new Flusher((sets) => byLease(sets, (lease, changes) => changeItems(store, lease, changes)))
    this.#progress = new Flusher((sets) => byLease(sets, (lease, updates) => reportProgress(store, lease, updates)))
    this.#logs = new Flusher(async (sets) => {
      await writeLogs(store, sets.flat())
      return sets.map(() => true)
    })
  }

  async register(worker: WorkerRegistration): Promise<WorkerLease> {
    if (worker.declares) await declareTypes(this.#store, worker.declares)
    return registerWorker(this.#store, worker, { siteId: this.#siteId })
  }

  async heartbeat(lease: WorkerLease, sample: WorkerSample): Promise<HeartbeatAnswer> {
    const answer = await heartbeat(this.#store, lease, sample)
    if (this.#sharing.has(lease.workerId))
      await this.#alone(lease, () => shrinkShares(this.#store, lease, { forgetWants: true }))
    return answer
  }

  async claim(lease: WorkerLease, request: ClaimRequest): Promise<ClaimedJob[]> {
    const parking = this.#parkings.get(lease.workerId)
    if (parking === undefined) return this.#claim(lease, request)
    if (!(await parking.leave())) return []
    const jobs = await this.#claim(lease, request)
    const laneIds = request.lanes.filter(takesForItself).map(({ laneId }) => laneId)
    if (jobs.length === 0 && laneIds.length > 0 && this.#store.isListening === true) await parking.enter(laneIds)
    return jobs
  }

  async missed(lease: WorkerLease, knownJobIds: readonly string[]): Promise<ClaimedJob[]> {
    await this.#parkings.get(lease.workerId)?.close()
    return missedJobs(this.#store, lease, knownJobIds)
  }

  progress(lease: WorkerLease, updates: readonly ProgressUpdate[]): Promise<StaleToken[]> {
    return this.#progress.add([lease, updates])
  }

  settle(lease: WorkerLease, reports: readonly SettleReport[]): Promise<StaleToken[]> {
    return this.#settles.add([lease, reports])
  }

  async log(lines: readonly LogLine[]): Promise<void> {
    await this.#logs.add(lines)
  }

  create(lease: WorkerLease, token: JobToken, jobs: readonly CreateJob[]): Promise<string[]> {
    return createChildren(this.#store, lease, { jobs, token })
  }

  cancelled(lease: WorkerLease): Promise<CancelRequest[]> {
    return cancelRequests(this.#store, lease)
  }

  async unregister(lease: WorkerLease): Promise<void> {
    await Promise.all([this.#settles.drained(), this.#items.drained(), this.#progress.drained(), this.#logs.drained()])
    this.#sharing.delete(lease.workerId)
    await unregisterWorker(this.#store, lease)
  }

  async subscribe(lease: WorkerLease, onHint: (hint: WorkHint) => void): Promise<AsyncDisposable> {
    const parking = new Parking(this.#store, lease)
    this.#parkings.set(lease.workerId, parking)
    const listening = this.#store.listen((notification) => {
      const hint = notification.kind === 'handed' ? handedHint(notification, lease, parking) : hintOf(notification)
      if (hint !== null) onHint(hint)
    })
    return {
      [Symbol.asyncDispose]: async () => {
        this.#parkings.delete(lease.workerId)
        await listening[Symbol.asyncDispose]()
      },
    }
  }

  items(jobId: string, from: number, limit: number): Promise<StoredItem[]> {
    return readItems(this.#store, jobId, { from, limit })
  }

  async change(lease: WorkerLease, changes: readonly ItemChange[]): Promise<void> {
    const stale = await this.#items.add([lease, changes])
    if (stale.length > 0) throw problem('lease_lost')
  }

  async #claim(lease: WorkerLease, request: ClaimRequest): Promise<ClaimedJob[]> {
    const lanes = await lanesById(
      this.#store,
      request.lanes.map((lane) => lane.laneId),
    )
    const isLimited = request.lanes.some(({ laneId }) => hasLimits(lanes.get(laneId)))
    if (!isLimited) return claimJobs(this.#store, lease, request)
    return this.#alone(lease, () => this.#claimLimited(lease, request, lanes))
  }

  async #claimLimited(
    lease: WorkerLease,
    request: ClaimRequest,
    lanes: ReadonlyMap<number, Lane>,
  ): Promise<ClaimedJob[]> {
    const allowed: ClaimLane[] = []
    for (const want of request.lanes) {
      const lane = lanes.get(want.laneId)
      const limit = lane === undefined ? 0 : await this.#allowance(lease, lane, want)
      if (limit > 0) allowed.push({ ...want, limit })
    }
    const jobs = await claimJobs(this.#store, lease, { ...request, lanes: allowed })
    await shrinkShares(this.#store, lease, { forgetWants: false })
    for (const { laneId, limit } of allowed) {
      if (lanes.get(laneId)?.rateLimit === null) continue
      await giveBackRate(this.#store, laneId, limit - jobs.filter((job) => job.laneId === laneId).length)
    }
    return jobs
  }

  /** Runs `work` when nothing else is done about the shares of this lease. */
  async #alone<T>(lease: WorkerLease, work: () => Promise<T>): Promise<T> {
    const before = this.#sharing.get(lease.workerId)
    const mine = Promise.resolve(before)
      .catch(() => undefined)
      .then(work)
    this.#sharing.set(lease.workerId, mine)
    return mine
  }

  /** How many a lane's own limits let this worker start now. */
  async #allowance(lease: WorkerLease, lane: Lane, want: ClaimLane): Promise<number> {
    let limit = want.limit
    if (lane.kind === 'queue' && lane.slots !== null) {
      const share = await this.#store.transaction((tx) => takeShare(tx, lease, { laneId: lane.id, wanted: want.limit }))
      limit = Math.min(limit, share ?? limit)
    }
    if (limit > 0 && lane.rateLimit !== null && lane.ratePerMs !== null) {
      limit = await takeRate(this.#store, lane.id, limit)
    }
    return limit
  }
}

function hasLimits(lane: Lane | undefined): boolean {
  if (lane === undefined) return true
  return (lane.kind === 'queue' && lane.slots !== null) || lane.rateLimit !== null
}

/** A queue that takes from itself, which is where a job can be handed over. */
function takesForItself({ laneId, queueIds, slot }: ClaimLane): boolean {
  return slot === null && queueIds.includes(laneId)
}

/** A job that is too long to travel, is asked for. */
function handedHint(
  { workerId, ticket, row }: Extract<Notification, { kind: 'handed' }>,
  lease: WorkerLease,
  parking: Parking,
): WorkHint | null {
  if (workerId !== lease.workerId) return null
  if (row === null) return { kind: 'sweep' }
  return parking.takes(ticket) ? { kind: 'handed', job: toClaimedJob(row, row.type) } : null
}

/** Hints name lanes of the queue side: whoever takes from one of them looks. */
function hintOf(notification: Notification): WorkHint | null {
  if (notification.kind === 'ready') return { kind: 'ready', laneIds: notification.queueIds }
  if (notification.kind === 'cancel') return { kind: 'cancel', jobIds: notification.jobIds }
  return notification.kind === 'sweep' ? { kind: 'sweep' } : null
}

/** Writes the sets of each lease as one and gives each caller those of its own tokens that are stale. */
async function byLease<T extends JobToken>(
  sets: readonly (readonly [WorkerLease, readonly T[]])[],
  write: (lease: WorkerLease, items: readonly T[]) => Promise<StaleToken[]>,
): Promise<StaleToken[][]> {
  const stale = new Map<readonly T[], StaleToken[]>()
  for (const ofLease of Map.groupBy(sets, ([lease]) => `${lease.workerId}/${lease.fence}`).values()) {
    const [lease] = onlyRow(ofLease)
    const found = await write(
      lease,
      ofLease.flatMap(([, items]) => items),
    )
    for (const [, items] of ofLease) {
      const tokens = new Set(items.map(tokenKey))
      stale.set(
        items,
        found.filter((token) => tokens.has(tokenKey(token))),
      )
    }
  }
  return sets.map(([, items]) => stale.get(items) ?? [])
}

function tokenKey({ jobId, fence }: JobToken): string {
  return `${jobId}/${fence}`
}
