import type {
  CancelRequest,
  CancelView,
  ClaimedJob,
  ClaimedJobView,
  ClaimRequest,
  CreateJob,
  HeartbeatAnswer,
  HeartbeatView,
  HintsView,
  ItemChange,
  ItemSource,
  JobSource,
  JobToken,
  LogLine,
  ProgressUpdate,
  RegisteredWorker,
  SettleReport,
  StaleToken,
  StaleView,
  StoredItem,
  StoredItemView,
  WorkerLaneView,
  WorkerLease,
  WorkerRegistration,
  WorkerSample,
  WorkHint,
} from '@andon/core'
import {
  camelKeys,
  fromClaimedJobView,
  LEASE_HEADER,
  problem,
  snakeKeys,
  toDeclareFields,
  toLogFields,
  toProgressFields,
  WORKER_LIMITS,
} from '@andon/core/base'
import { Http, type HttpOptions, pause } from './http.ts'
import { route } from './route.ts'
import { amount, isLost, leased, orWhenLost, staleOf, workerPath } from './worker-calls.ts'
import { inSets, lastResort, type Sending, sendSet, settleFieldsOf } from './worker-sets.ts'

/** How a worker reaches its server. */
export interface HttpSourceOptions extends HttpOptions {
  /**
   * Number or name of the station whose printers the worker drives; then its token needs the scope `station`, not
   * `worker`. The name is asked for once: from its registration on the worker speaks of the station by its number.
   */
  readonly station?: number | string | undefined
  /** Called with each lease it gets: who starts again can say then that the one before is dead. */
  readonly onLease?: ((lease: WorkerLease) => void) | undefined
}

/** A queue that a worker over HTTP claims from, as `Worker` wants it. */
export interface QueueLane {
  readonly laneId: number
  readonly name: string
  readonly queueIds: readonly number[]
  /** Jobs of it that may be held at once, by all workers; null without a limit. */
  readonly slots: number | null
  readonly isExclusive: boolean
}

/** From one long poll to the next, so that a busy shop does not make a request of each of its jobs. */
const PACE_MS = 25
const RETRY_MIN_MS = 200
const RETRY_MAX_MS = 5_000
/** A worker that stops waits for what it asked last: unless told otherwise, not so long as a person would. */
const TIMEOUT_MS = 10_000
/** Queues seldom change, and a worker asks before each claim. */
const LANES_MS = 5_000
/** Longer than the server waits. */
const HINTS_TIMEOUT_MS = WORKER_LIMITS.waitMs + 10_000
/** Jobs whose leases are remembered: log lines may come after the end of their job. */
const LEASES_LIMIT = 20_000

/**
 * The worker's port over HTTP: `Worker` of `@andon/worker` runs against it as it runs beside the database.
 *
 *     const source = httpJobSource({ url, token })
 *     new Worker({ source, lanes: () => source.queueLanes(['reports']), handlers, version })
 */
export function httpJobSource(options: HttpSourceOptions): HttpJobSource {
  return new HttpJobSource(options)
}

/**
 * Of one worker at a time: log lines and reads of items carry no lease of their own, so the source remembers under
 * which one each job came.
 */
export class HttpJobSource implements JobSource, ItemSource {
  readonly #http: Http
  #station: number | string | undefined
  readonly #onLease: (lease: WorkerLease) => void
  readonly #leases = new Map<string, WorkerLease>()
  #lease: WorkerLease | null = null
  #queueIds: number[] | null = null
  #queues: { readonly key: string; readonly at: number; readonly lanes: QueueLane[] } | null = null

  constructor(options: HttpSourceOptions) {
    this.#http = new Http({ ...options, timeoutMs: options.timeoutMs ?? TIMEOUT_MS })
    this.#station = options.station
    this.#onLease = options.onLease ?? (() => undefined)
  }

  /** What it registered with last; null before. */
  get lease(): WorkerLease | null {
    return this.#lease
  }

  /** The station as the server is to be asked for it: its number once that is known; undefined for other workers. */
  get station(): number | string | undefined {
    return this.#station
  }

  async register(worker: WorkerRegistration): Promise<WorkerLease> {
    const { declares, host, leaseMs, name, pid, slots, types, version } = worker
    const kind = this.#station === undefined ? { kind: 'worker' } : { kind: 'station', station: this.#station }
    const registered = await this.#http.json<RegisteredWorker>({
      method: 'POST',
      path: '/api/workers',
      body: {
        ...kind,
        ...(declares ? { declares: toDeclareFields(declares) } : {}),
        host,
        lease_ms: leaseMs,
        name,
        pid,
        slots,
        types,
        version,
      },
    })
    const { station_id: stationId, ...granted } = registered
    const lease: WorkerLease = camelKeys(granted)
    this.#station = stationId ?? this.#station
    this.#lease = lease
    this.#onLease(lease)
    return lease
  }

  /** Ends the lease of a worker that is dead for certain, so that what it held is taken up without waiting. */
  async abandon(lease: WorkerLease): Promise<void> {
    const call = { method: 'POST', path: workerPath(lease, 'abandon'), body: leased(lease, {}) } as const
    await orWhenLost(this.#http.empty(call), undefined)
  }

  async heartbeat(lease: WorkerLease, sample: WorkerSample): Promise<HeartbeatAnswer> {
    const { cpuPercent, memoryMb, running, waitsFor = null } = sample
    const body = {
      lease_ms: lease.leaseMs,
      sample: { cpu_percent: amount(cpuPercent), memory_mb: amount(memoryMb), running, waits_for: waitsFor },
    }
    const answer = await orWhenLost(this.#call<HeartbeatView>(lease, 'heartbeat', body), null)
    if (answer === null) return { alive: false, drain: false, cancels: [] }
    return { alive: true, drain: answer.drain, cancels: answer.cancels.map(camelKeys) }
  }

  async claim(lease: WorkerLease, { lanes, limit, types }: ClaimRequest): Promise<ClaimedJob[]> {
    const wanted = lanes.slice(0, WORKER_LIMITS.set)
    this.#queueIds = [...new Set(wanted.flatMap(({ queueIds }) => queueIds))].slice(0, WORKER_LIMITS.set)
    const body = {
      lanes: wanted.map(({ laneId, limit: most, queueIds }) => ({
        lane_id: laneId,
        queue_ids: queueIds,
        limit: Math.min(most, WORKER_LIMITS.set),
      })),
      limit: Math.min(limit, WORKER_LIMITS.set),
      types,
    }
    const nothing = { data: [] }
    const { data } = await orWhenLost(this.#call<{ data: ClaimedJobView[] }>(lease, 'claim', body), nothing)
    return this.#took(lease, data)
  }

  async missed(lease: WorkerLease, knownJobIds: readonly string[]): Promise<ClaimedJob[]> {
    const known = knownJobIds.slice(0, WORKER_LIMITS.known)
    const nothing = { data: [] }
    const { data } = await orWhenLost(this.#call<{ data: ClaimedJobView[] }>(lease, 'missed', { known }), nothing)
    return this.#took(lease, data)
  }

  async progress(lease: WorkerLease, updates: readonly ProgressUpdate[]): Promise<StaleToken[]> {
    return this.#inSets(updates.map(toProgressFields), {
      send: async (set) => {
        const answer = await orWhenLost(this.#call<StaleView>(lease, 'progress', { updates: set }), null)
        return answer === null ? set.map(staleOf) : answer.stale.map(camelKeys)
      },
      // Progress that the server cannot keep is worth less than the work that it is of.
      refused: async () => [],
    })
  }

  async settle(lease: WorkerLease, reports: readonly SettleReport[]): Promise<StaleToken[]> {
    const send = async (set: readonly Settled[]): Promise<StaleToken[]> => {
      const answer = await orWhenLost(this.#call<StaleView>(lease, 'settle', { reports: set }), null)
      return answer === null ? set.map(staleOf) : answer.stale.map(camelKeys)
    }
    return this.#inSets(reports.map(settleFieldsOf), {
      send,
      refused: (report, error) => send([lastResort(report, error)]),
    })
  }

  async log(lines: readonly LogLine[]): Promise<void> {
    const lease = this.#lease
    if (lease === null) return
    for (const [of, own] of Map.groupBy(lines, ({ jobId }) => this.#leases.get(jobId) ?? lease)) {
      await this.#inSets(own.map(toLogFields), {
        send: async (set) => {
          await orWhenLost(this.#call<unknown>(of, 'logs', { lines: set }), null)
          return []
        },
        refused: async () => [],
      })
    }
  }

  async create(lease: WorkerLease, parent: JobToken, jobs: readonly CreateJob[]): Promise<string[]> {
    const ids: string[] = []
    for (const set of inSets(jobs)) {
      const { data } = await this.#http.json<{ data: string[] }>({
        method: 'POST',
        path: route`/api/workers/${lease.workerId}/jobs/${parent.jobId}/children`,
        body: leased(lease, { fence: parent.fence, jobs: set }),
      })
      ids.push(...data)
    }
    return ids
  }

  async cancelled(lease: WorkerLease): Promise<CancelRequest[]> {
    const answer = await orWhenLost(this.#call<{ data: CancelView[] }>(lease, 'cancelled', {}), null)
    return answer === null ? [] : answer.data.map(camelKeys)
  }

  async unregister(lease: WorkerLease): Promise<void> {
    await orWhenLost(this.#call<unknown>(lease, 'unregister', {}), null)
  }

  async subscribe(lease: WorkerLease, onHint: (hint: WorkHint) => void): Promise<AsyncDisposable> {
    const ending = new AbortController()
    const following = this.#follow(lease, onHint, ending.signal)
    return {
      [Symbol.asyncDispose]: async () => {
        ending.abort()
        await following
      },
    }
  }

  async items(jobId: string, from: number, limit: number): Promise<StoredItem[]> {
    const lease = this.#leaseOf(jobId)
    const items: StoredItem[] = []
    while (items.length < limit) {
      const size = Math.min(limit - items.length, WORKER_LIMITS.set)
      const { data } = await this.#http.json<{ data: StoredItemView[] }>({
        path: route`/api/workers/${lease.workerId}/jobs/${jobId}/items`,
        query: { from: from + items.length, limit: size },
        headers: { [LEASE_HEADER]: lease.fence },
      })
      items.push(...data.map(camelKeys))
      if (data.length < size) break
    }
    return items
  }

  /** Sets are applied one after another: of more than 500 changes those before a refused set stay. */
  async change(lease: WorkerLease, changes: readonly ItemChange[]): Promise<void> {
    for (const set of inSets(changes.map(snakeKeys))) {
      await this.#http.empty({
        method: 'POST',
        path: workerPath(lease, 'items'),
        body: leased(lease, { changes: set }),
      })
    }
  }

  /**
   * The queues to claim from: those named, which are made where they do not exist, or all; as they were at most 5
   * seconds ago. Empty before it registered.
   */
  async queueLanes(names?: readonly string[]): Promise<QueueLane[]> {
    const key = JSON.stringify([this.#lease?.workerId, names])
    if (this.#queues?.key === key && performance.now() - this.#queues.at < LANES_MS) return this.#queues.lanes
    const at = performance.now()
    const lanes = (await this.lanes(names)).map((lane) => ({ ...camelKeys(lane), isExclusive: false }))
    this.#queues = { key, at, lanes }
    return lanes
  }

  /** What the server says of the lanes to claim from, for a station with all of its printers that it holds now. */
  async lanes(queues?: readonly string[]): Promise<WorkerLaneView[]> {
    if (this.#lease === null) return []
    const body = queues === undefined ? {} : { queues }
    return (await this.#call<{ data: WorkerLaneView[] }>(this.#lease, 'lanes', body)).data
  }

  /** Sends something of this worker's to a route of its own. */
  async send(path: string, body: object): Promise<void> {
    const lease = this.#lease
    if (lease === null) throw problem('lease_lost')
    await this.#http.empty({ method: 'POST', path: workerPath(lease, path), body: leased(lease, body) })
  }

  /** The same, for a route that answers. */
  async ask<T>(path: string, body: object): Promise<T> {
    const lease = this.#lease
    if (lease === null) throw problem('lease_lost')
    return this.#call<T>(lease, path, body)
  }

  /** The bytes that belong to a job that this worker holds. */
  async document(jobId: string, signal?: AbortSignal): Promise<Response> {
    const lease = this.#leaseOf(jobId)
    return this.#http.response({
      path: route`/api/workers/${lease.workerId}/jobs/${jobId}/document`,
      headers: { [LEASE_HEADER]: lease.fence },
      signal,
    })
  }

  #call<T>(lease: WorkerLease, path: string, body: object, signal?: AbortSignal): Promise<T> {
    const isHints = path === 'hints'
    return this.#http.json<T>({
      method: 'POST',
      path: workerPath(lease, path),
      body: leased(lease, body),
      signal,
      ...(isHints ? { timeoutMs: HINTS_TIMEOUT_MS } : {}),
    })
  }

  async #inSets<T extends object>(entries: readonly T[], how: Sending<T>): Promise<StaleToken[]> {
    const stale: StaleToken[] = []
    for (const set of inSets(entries)) stale.push(...(await sendSet(set, how)))
    return stale
  }

  #took(lease: WorkerLease, views: readonly ClaimedJobView[]): ClaimedJob[] {
    for (const { job_id: jobId } of views) {
      this.#leases.delete(jobId)
      this.#leases.set(jobId, lease)
    }
    for (const jobId of this.#leases.keys()) {
      if (this.#leases.size <= LEASES_LIMIT) break
      this.#leases.delete(jobId)
    }
    return views.map(fromClaimedJobView)
  }

  #leaseOf(jobId: string): WorkerLease {
    const lease = this.#leases.get(jobId) ?? this.#lease
    if (lease === null) throw problem('lease_lost')
    return lease
  }

  /** Asks for hints until it is told to end, or the lease is lost, which the next heartbeat finds as well. */
  async #follow(lease: WorkerLease, onHint: (hint: WorkHint) => void, signal: AbortSignal): Promise<void> {
    let isAway = false
    let retryMs = RETRY_MIN_MS
    while (!signal.aborted) {
      const askedMs = performance.now()
      try {
        const hints = await this.#hints(lease, signal)
        if (signal.aborted) return
        tell(isAway ? { ...hints, sweep: true } : hints, onHint)
        isAway = false
        retryMs = RETRY_MIN_MS
      } catch (error) {
        if (signal.aborted || isLost(error)) return
        isAway = true
        retryMs = Math.min(2 * retryMs, RETRY_MAX_MS)
      }
      const waitMs = isAway ? retryMs * (0.5 + Math.random() / 2) : PACE_MS - (performance.now() - askedMs)
      if (waitMs > 0) await pause(waitMs, signal).catch(() => undefined)
    }
  }

  #hints(lease: WorkerLease, signal: AbortSignal): Promise<HintsView> {
    const queues = this.#queueIds === null ? {} : { queue_ids: this.#queueIds }
    return this.#call<HintsView>(lease, 'hints', { ...queues, wait_ms: WORKER_LIMITS.waitMs }, signal)
  }
}

type Settled = ReturnType<typeof settleFieldsOf>

function tell({ cancels, ready, sweep }: HintsView, onHint: (hint: WorkHint) => void): void {
  if (sweep) onHint({ kind: 'sweep' })
  if (cancels.length > 0) onHint({ kind: 'cancel', jobIds: cancels })
  if (ready.length > 0) onHint({ kind: 'ready', laneIds: ready })
}
