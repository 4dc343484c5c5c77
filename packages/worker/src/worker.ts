import { hostname } from 'node:os'
import {
  type CancelRequest,
  type ClaimedJob,
  type ItemChange,
  type ItemSource,
  type JobSource,
  type LogLine,
  problem,
  type ProgressUpdate,
  type SettleReport,
  type StoredItem,
  type WorkerLease,
  type WorkHint,
} from '@andon/core'
import { type Clock, SYSTEM_CLOCK } from './clock.ts'
import { type Handler, StopReason } from './handler.ts'
import { JobRun, type RunSink } from './job-run.ts'
import { LaneBook, type WorkerLane } from './lane-book.ts'
import { machineSample } from './machine.ts'

export interface WorkerOptions {
  readonly source: JobSource & ItemSource
  /** Shown to people; several workers may have the same. Default: `host:pid`. */
  readonly name?: string
  readonly kind?: 'server' | 'worker' | 'station'
  readonly version: string
  readonly handlers: ReadonlyMap<string, Handler>
  /** The lanes to claim from; asked again on each hint and at least every `pollMs`. */
  readonly lanes: () => Promise<readonly WorkerLane[]>
  /** Jobs at once. Default 10. */
  readonly slots?: number
  /** Jobs held beyond those that run, for handlers that are shorter than a claim. Default 0. */
  readonly prefetch?: number
  /** Default 30,000. */
  readonly leaseMs?: number
  /** Behind every hint stands this poll. Default 2,000. */
  readonly pollMs?: number
  /** How long `stop()` lets handlers finish before it asks them to stop. Default 0. */
  readonly drainMs?: number
  readonly clock?: Clock
  readonly onError?: (error: unknown, doing: string) => void
}

/** Progress of a job is written at most this often. */
const PROGRESS_MS = 200

/**
 * Claims jobs, runs their handlers, renews the lease, reports outcomes.
 *
 * One claim is under way at a time; its size is what fits. A hint (or the poll) wakes the loop. When the lease is
 * lost, every run is told to stop, nothing is reported, and the worker registers anew: its old self is dead.
 */
export class Worker implements RunSink {
  readonly #options: Required<Omit<WorkerOptions, 'name'>> & { name: string }
  readonly #runs = new Map<string, { run: JobRun; done: Promise<void> }>()
  readonly #waiting: ClaimedJob[] = []
  readonly #dirty = new Set<JobRun>()
  readonly #lanes = new LaneBook()
  #lines: LogLine[] = []
  #lease: WorkerLease | null = null
  #subscription: AsyncDisposable | null = null
  #state: 'idle' | 'running' | 'draining' | 'stopped' = 'idle'
  #wake: (() => void) | null = null
  #claims = 0
  #isClaiming = false
  #isHinted = false
  #claiming: Promise<void> = Promise.resolve()
  #writing: Promise<void> = Promise.resolve()
  #callOffWrite: (() => void) | null = null
  #callOffHeartbeat: (() => void) | null = null

  constructor(options: WorkerOptions) {
    this.#options = {
      kind: 'worker',
      slots: 10,
      prefetch: 0,
      leaseMs: 30_000,
      pollMs: 2_000,
      drainMs: 0,
      clock: SYSTEM_CLOCK,
      onError: () => {},
      ...options,
      name: options.name ?? `${hostname()}:${process.pid}`,
    }
  }

  /** What it holds now. */
  get jobIds(): string[] {
    return [...this.#runs.keys(), ...this.#waiting.map((job) => job.jobId)]
  }

  /** The worker's id in the database; null before `start()`. */
  get id(): number | null {
    return this.#lease?.workerId ?? null
  }

  async start(): Promise<void> {
    if (this.#state !== 'idle') return
    this.#state = 'running'
    await this.#register()
    this.#scheduleHeartbeat()
    this.#claiming = this.#claimLoop()
  }

  /** Claims nothing more, lets go of what it holds, and resolves when nothing runs. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return
    this.#state = 'stopped'
    this.#wakeUp()
    await this.#claiming
    await this.#returnWaiting()
    await this.#finishRuns()
    this.#callOffHeartbeat?.()
    await this.#write()
    await this.#subscription?.[Symbol.asyncDispose]()
    if (this.#lease) await this.#attempt('unregister', (lease) => this.#options.source.unregister(lease))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Claims nothing more; what runs goes on to its end. */
  drain(): void {
    if (this.#state === 'running') this.#state = 'draining'
  }

  progressed(run: JobRun): void {
    this.#dirty.add(run)
    this.#writeSoon()
  }

  logged(line: LogLine): void {
    this.#lines.push(line)
    this.#writeSoon()
  }

  readItems(run: JobRun, from: number, limit: number): Promise<StoredItem[]> {
    return this.#options.source.items(run.job.jobId, from, limit)
  }

  async changeItems(changes: readonly ItemChange[]): Promise<void> {
    if (!this.#lease) throw problem('lease_lost')
    await this.#options.source.change(this.#lease, changes)
  }

  async flush(run: JobRun): Promise<void> {
    this.#dirty.add(run)
    await this.#write()
  }

  async #register(): Promise<void> {
    const { source, name, kind, version, handlers, slots, leaseMs } = this.#options
    await this.#subscription?.[Symbol.asyncDispose]()
    const lease = await source.register({
      name,
      kind,
      host: hostname(),
      pid: process.pid,
      version,
      types: [...handlers.keys()],
      slots,
      leaseMs,
    })
    this.#lease = lease
    this.#subscription = await source.subscribe(lease, (hint) => this.#hinted(hint))
  }

  #hinted(hint: WorkHint): void {
    if (hint.kind === 'cancel') void this.#pollCancels()
    else this.#wakeUp()
  }

  async #claimLoop(): Promise<void> {
    while (this.#state !== 'stopped') {
      this.#isHinted = false
      const isMoreLikely = this.#state === 'running' && (await this.#claimOnce())
      if (!isMoreLikely && !this.#isHinted) await this.#sleep(this.#options.pollMs)
    }
  }

  /** Whether another claim is likely to find something at once. */
  async #claimOnce(): Promise<boolean> {
    const { source, slots, prefetch, handlers } = this.#options
    const room = slots + prefetch - this.#runs.size - this.#waiting.length
    if (room <= 0) return false
    this.#claims += 1
    this.#isClaiming = true
    const claimed = await this.#attempt('claim', async (lease) => {
      const lanes = this.#lanes.withRoom(await this.#options.lanes(), room)
      return lanes.length === 0 ? [] : source.claim(lease, { lanes, types: [...handlers.keys()], limit: room })
    })
    this.#isClaiming = false
    this.#take(claimed ?? [])
    return claimed?.length === room
  }

  #take(jobs: readonly ClaimedJob[]): void {
    for (const job of jobs) {
      this.#lanes.took(job)
      this.#waiting.push(job)
    }
    this.#startRuns()
  }

  #startRuns(): void {
    while (this.#runs.size < this.#options.slots) {
      const job = this.#waiting.shift()
      if (!job) return
      const run = new JobRun(job, this, this.#options.clock)
      this.#runs.set(job.jobId, { run, done: this.#execute(run) })
    }
  }

  async #execute(run: JobRun): Promise<void> {
    const { job } = run
    const handler = this.#options.handlers.get(job.type) ?? missingHandler
    const lease = this.#lease
    const report = await run.run(handler)
    if (this.#dirty.has(run) || this.#lines.length > 0) await this.#write()
    if (lease) await this.#settle(lease, report)
    this.#runs.delete(job.jobId)
    this.#lanes.left(job)
    this.#startRuns()
    this.#wakeUp()
  }

  #scheduleHeartbeat(): void {
    this.#callOffHeartbeat = this.#options.clock.after(Math.max(100, this.#options.leaseMs / 3), () => {
      void this.#heartbeat().finally(() => this.#scheduleHeartbeat())
    })
  }

  async #heartbeat(): Promise<void> {
    const sample = { ...machineSample(), running: this.#runs.size }
    const answer = await this.#attempt('heartbeat', (lease) => this.#options.source.heartbeat(lease, sample))
    if (!answer) return
    if (!answer.alive) return this.#lostLease()
    if (answer.drain) this.drain()
    this.#cancel(answer.cancels)
    if (this.#state === 'running') this.#take((await this.#missed()) ?? [])
  }

  /** Two looks must agree: what a claim is just bringing is no miss. */
  async #missed(): Promise<ClaimedJob[] | undefined> {
    const before = this.#claims
    const missed = await this.#attempt('missed', (lease) => this.#options.source.missed(lease, this.jobIds))
    return before === this.#claims && !this.#isClaiming ? missed?.filter((job) => !this.#knows(job.jobId)) : undefined
  }

  #knows(jobId: string): boolean {
    return this.#runs.has(jobId) || this.#waiting.some((job) => job.jobId === jobId)
  }

  /** Somebody else has the jobs now: what still runs here must not be reported. */
  async #lostLease(): Promise<void> {
    this.#waiting.length = 0
    for (const { run } of this.#runs.values()) run.stop(new StopReason('lease_lost', 'The lease was lost.'))
    this.#lease = null
    if (this.#state === 'running') await this.#register().catch((error) => this.#options.onError(error, 'register'))
  }

  async #pollCancels(): Promise<void> {
    const cancels = await this.#attempt('cancelled', (lease) => this.#options.source.cancelled(lease))
    this.#cancel(cancels ?? [])
  }

  #cancel(requests: readonly CancelRequest[]): void {
    for (const { jobId, reason, by, kill } of requests) {
      const text = reason ?? `cancelled by ${by}`
      this.#runs.get(jobId)?.run.stop(new StopReason(kill ? 'killed' : 'cancelled', text))
      const index = this.#waiting.findIndex((job) => job.jobId === jobId)
      const [job] = index < 0 ? [] : this.#waiting.splice(index, 1)
      if (job) void this.#settleUnstarted(job, { outcome: 'cancelled', summary: text })
    }
  }

  /**
   * A report that the source could not take is given again until it is taken or the lease is lost: a job that is
   * held but neither run nor reported would stand still for ever.
   */
  async #settle(lease: WorkerLease, report: SettleReport): Promise<void> {
    for (let delayMs = 100; lease === this.#lease; delayMs = Math.min(2 * delayMs, this.#options.pollMs)) {
      const answer = await this.#attempt('settle', (held) => this.#options.source.settle(held, [report]))
      if (answer) return
      if (this.#state === 'stopped' && delayMs > 1_000) return
      await this.#pause(delayMs)
    }
  }

  async #returnWaiting(): Promise<void> {
    const jobs = this.#waiting.splice(0)
    await Promise.all(
      jobs.map((job) => this.#settleUnstarted(job, { outcome: 'returned', reason: 'the worker stops' })),
    )
  }

  async #settleUnstarted(
    job: ClaimedJob,
    outcome: { outcome: 'cancelled'; summary: string } | { outcome: 'returned'; reason: string },
  ): Promise<void> {
    const { jobId, fence } = job
    if (this.#lease) await this.#settle(this.#lease, { jobId, fence, ...outcome })
    this.#lanes.left(job)
  }

  async #finishRuns(): Promise<void> {
    const ended = () => Promise.all([...this.#runs.values()].map(({ done }) => done))
    if (this.#options.drainMs > 0) await Promise.race([ended(), this.#pause(this.#options.drainMs)])
    for (const { run } of this.#runs.values()) run.stop(new StopReason('shutdown', 'The worker stops.'))
    await ended()
  }

  #writeSoon(): void {
    this.#callOffWrite ??= this.#options.clock.after(PROGRESS_MS, () => {
      this.#callOffWrite = null
      void this.#write()
    })
  }

  /** Writes progress and log lines; writes never overlap, so that the latest wins. */
  #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const updates = [...this.#dirty].map((run) => run.takeUpdate()).filter((update) => update !== null)
      const lines = this.#lines
      this.#dirty.clear()
      this.#lines = []
      if (updates.length > 0) await this.#attempt('progress', (lease) => this.#writeProgress(lease, updates))
      if (lines.length > 0) await this.#attempt('log', () => this.#options.source.log(lines))
    })
    return this.#writing
  }

  async #writeProgress(lease: WorkerLease, updates: readonly ProgressUpdate[]): Promise<void> {
    for (const stale of await this.#options.source.progress(lease, updates)) {
      this.#runs.get(stale.jobId)?.run.stop(new StopReason('lease_lost', `The job is ${stale.state} elsewhere.`))
    }
  }

  /** Errors of the source are told and outlived: the lease decides what becomes of the work. */
  async #attempt<T>(doing: string, act: (lease: WorkerLease) => Promise<T>): Promise<T | undefined> {
    if (!this.#lease) return undefined
    try {
      return await act(this.#lease)
    } catch (error) {
      this.#options.onError(error, doing)
      return undefined
    }
  }

  #sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const callOff = this.#options.clock.after(delayMs, resolve)
      this.#wake = () => {
        callOff()
        resolve()
      }
    })
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.clock.after(delayMs, resolve)
    })
  }

  /** A hint that comes while a claim is under way is remembered: the claim may have looked too early. */
  #wakeUp(): void {
    this.#isHinted = true
    this.#wake?.()
    this.#wake = null
  }
}

function missingHandler(): never {
  throw new Error('This worker has no handler for the type.')
}
