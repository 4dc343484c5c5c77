import {
  type CancelRequest,
  type ClaimedJob,
  problem,
  type SettleOutcome,
  type Shortage,
  type WorkerLease,
  type WorkHint,
} from '@andon/core'
import { Ahead } from './ahead.ts'
import { StopReason } from './handler.ts'
import { type HeldJob, HeldJobs } from './held-jobs.ts'
import { JobRun, type RunSink } from './job-run.ts'
import type { Room } from './lane-book.ts'
import { machineSample, thisMachine } from './machine.ts'
import { afterStop, missingHandler } from './outcome.ts'
import { RunWriter } from './run-writer.ts'
import { Settler } from './settler.ts'
import { lateReason, stopReasonOf, timeLimitReason } from './stop-reason.ts'
import { Bell, pause, Tasks } from './tasks.ts'
import { TypeBook } from './type-book.ts'
import { withDefaults, type WorkerOptions } from './worker-options.ts'

/** How often the machine is looked at. */
const SHORTAGE_MS = 500

/** What is held ahead and has not begun by then is given back. */
const WAITING_MS = 500

const TOO_MANY = 'the worker runs as many of this type as it may'
const LATE = 'those before it take longer than expected'
const FEW_ATTEMPTS = 'one that came with it has few attempts left'
const NO_MORE = 'the worker takes no more work'

/** Timers take no longer delays; what lies further off is seen by the engine. */
const DEADLINE_WATCH_MS = 2_000_000_000

/**
 * Claims jobs, runs their handlers, renews the lease, reports outcomes.
 *
 * One claim is under way at a time; its size is what fits. A hint, an end or the poll wakes the loop. Between claims
 * the loop takes up what it holds without knowing, so that neither can mistake the other's answer. When the lease is
 * lost, every run is told to stop, nothing but their own results is reported (to be refused and kept in the log), and
 * the worker registers anew: its old self is dead.
 */
export class Worker {
  readonly #options: Required<WorkerOptions>
  readonly #held: HeldJobs
  readonly #ahead: Ahead
  readonly #writer: RunWriter
  readonly #settler: Settler
  readonly #sink: RunSink
  readonly #tasks: Tasks
  readonly #bell = new Bell()
  /** Cancels that came before the answer of the claim that brings their jobs. */
  readonly #earlyCancels = new Map<string, CancelRequest>()
  #lease: WorkerLease | null = null
  #subscription: AsyncDisposable | null = null
  #state: 'idle' | 'running' | 'stopping' = 'idle'
  #isDraining = false
  #queueIds: ReadonlySet<number> = new Set()
  #isClaiming = false
  #wasClaimFull = false
  #mayHaveMissed = false
  #waitsFor: Shortage | null = null
  #starting: Promise<void> = Promise.resolve()
  #claiming: Promise<void> = Promise.resolve()
  #stopping: Promise<void> | null = null

  constructor(options: WorkerOptions) {
    this.#options = withDefaults(options)
    const { source, clock, handlers, onError, pollMs, typeSlots } = this.#options
    this.#held = new HeldJobs(new TypeBook(handlers.keys(), typeSlots))
    this.#ahead = new Ahead(this.#held, this.#options)
    this.#tasks = new Tasks(clock)
    this.#writer = new RunWriter({ source, clock, onError, lease: () => this.#lease })
    this.#settler = new Settler({ source, clock, onError, pollMs, isCurrent: (lease) => lease === this.#lease })
    this.#sink = {
      progressed: (run) => this.#writer.progressed(run),
      logged: (run, line) => this.#writer.logged(run, line),
      flush: (run) => this.#writer.flush(run),
      readItems: (run, from, limit) => source.items(run.job.jobId, from, limit),
      changeItems: async (run, changes) => {
        if (this.#lease === null || run.isLost) throw problem('lease_lost')
        await source.change(this.#lease, changes)
      },
      create: async (run, child) => {
        if (this.#lease === null || run.isLost) throw problem('lease_lost')
        const [id] = await source.create(this.#lease, run.job, [child])
        if (id === undefined) throw problem('internal', { detail: 'a job was made without an id' })
        return id
      },
    }
  }

  /** What it holds now. */
  get jobIds(): string[] {
    return this.#held.ids
  }

  /** What stands for it in writes of its own; null before `start()` and while it has none. */
  get lease(): WorkerLease | null {
    return this.#lease
  }

  /** The worker's id in the database; null before `start()` and while it has no lease. */
  get id(): number | null {
    return this.#lease?.workerId ?? null
  }

  /**
   * Registers and begins to claim; a second call does nothing.
   *
   * @throws what the source says when it cannot register; it may be tried again
   */
  async start(): Promise<void> {
    if (this.#state !== 'idle') return
    this.#state = 'running'
    this.#starting = this.#register()
    try {
      await this.#starting
    } catch (error) {
      if (this.#stopping === null) this.#state = 'idle'
      throw error
    }
    const { leaseMs, pollMs } = this.#options
    this.#tasks.every('shortage', SHORTAGE_MS, () => this.#lookAtMachine())
    this.#tasks.every('waiting', WAITING_MS, async () => this.#giveBack(this.#ahead.late(), LATE))
    this.#tasks.every('heartbeat', Math.max(50, leaseMs / 3), () => this.#heartbeat())
    this.#tasks.every('poll', pollMs, async () => {
      this.#look()
      if (this.#held.size > 0) await this.#pollCancels()
    })
    this.#claiming = this.#claimLoop()
  }

  /** Claims nothing more, lets go of what it holds, and resolves when nothing runs. May be called again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  get #takesWork(): boolean {
    return this.#state === 'running' && !this.#isDraining
  }

  async #stop(): Promise<void> {
    const wasStarted = this.#state === 'running'
    this.#state = 'stopping'
    this.#bell.ring()
    this.#settler.stop()
    await this.#starting.catch(() => undefined)
    await this.#claiming
    await this.#bring(() => this.#missed())
    this.#returnWaiting()
    await this.#finishRuns()
    await this.#writer.write()
    await this.#tasks.close()
    await this.#subscription?.[Symbol.asyncDispose]()
    if (wasStarted) await this.#attempt('unregister', (lease) => this.#options.source.unregister(lease))
    this.#lease = null
  }

  async #register(): Promise<void> {
    const { source, name, kind, version, handlers, declares, slots, leaseMs } = this.#options
    await this.#subscription?.[Symbol.asyncDispose]()
    this.#subscription = null
    const types = [...handlers.keys()]
    const lease = await source.register({ name, kind, ...thisMachine(), version, types, declares, slots, leaseMs })
    this.#subscription = await source.subscribe(lease, (hint) => this.#hinted(hint))
    this.#lease = lease
    this.#bell.ring()
  }

  #hinted(hint: WorkHint): void {
    if (hint.kind === 'cancel' || hint.kind === 'sweep') void this.#pollCancels()
    if (hint.kind === 'sweep') this.#look()
    if (hint.kind === 'handed' && this.#lease !== null) this.#take([hint.job])
    if (hint.kind === 'ready' && hint.laneIds.some((id) => this.#queueIds.has(id))) this.#bell.ring()
  }

  /** Asks for what may have been missed, then for work. */
  #look(): void {
    this.#mayHaveMissed = true
    this.#bell.ring()
  }

  async #claimLoop(): Promise<void> {
    while (this.#state === 'running') {
      this.#bell.reset()
      const isMoreLikely = await this.#claimTurn()
      if (!isMoreLikely) await this.#bell.sleep()
    }
  }

  /** Whether another claim is likely to find something at once. */
  async #claimTurn(): Promise<boolean> {
    if (this.#lease === null) return false
    if (this.#mayHaveMissed) await this.#bring(() => this.#missed())
    if (!this.#takesWork) return false
    if (this.#waitsFor !== null) return false
    const { room } = this.#ahead
    if (room.all <= 0) return false
    const count = await this.#bring(() => this.#attempt('claim', (lease) => this.#claim(lease, room)))
    this.#wasClaimFull = count === room.all
    return this.#wasClaimFull
  }

  /** Takes what an answer of the source brings; how many. An answer to an older lease brings nothing. */
  async #bring(ask: () => Promise<ClaimedJob[] | undefined>): Promise<number> {
    const lease = this.#lease
    this.#isClaiming = true
    const jobs = await ask()
    this.#isClaiming = false
    // An answer may have been lost after its claim was made.
    this.#mayHaveMissed ||= jobs === undefined
    if (jobs === undefined || lease !== this.#lease) return 0
    this.#take(jobs)
    return jobs.length
  }

  async #claim(lease: WorkerLease, { all: room, startable }: Room): Promise<ClaimedJob[]> {
    const all = await this.#options.lanes()
    this.#queueIds = new Set(all.flatMap((lane) => lane.queueIds))
    const jobs: ClaimedJob[] = []
    for (const { types, limit } of this.#held.typesWithRoom(room)) {
      const left = Math.min(limit, room - jobs.length)
      const lanes = left <= 0 ? [] : this.#held.lanesWithRoom(all, { all: left, startable })
      if (lanes.length > 0) jobs.push(...(await this.#options.source.claim(lease, { lanes, types, limit: left })))
    }
    return jobs
  }

  /** Only while no claim is under way: what one is just bringing is no miss. */
  #missed(): Promise<ClaimedJob[] | undefined> {
    this.#mayHaveMissed = false
    return this.#attempt('missed', (lease) => this.#options.source.missed(lease, this.#held.ids))
  }

  #take(jobs: readonly ClaimedJob[]): void {
    for (const job of jobs) {
      const held = this.#held.add(job)
      if (held === null) continue
      if (this.#held.isTooMany(held) && this.#held.withdraw(held)) this.#giveBack([held], TOO_MANY)
      else this.#watchDeadline(held)
    }
    this.#giveBack(this.#ahead.afterClaim(jobs), FEW_ATTEMPTS)
    const early = [...this.#earlyCancels.values()]
    this.#earlyCancels.clear()
    this.#cancel(early)
    if (this.#takesWork && this.#waitsFor === null) this.#startRuns()
    else this.#returnWaiting()
  }

  #startRuns(): void {
    while (this.#takesWork && this.#held.runningCount < this.#options.slots) {
      const held = this.#held.next()
      if (held === undefined) return
      const run = new JobRun(held.job, this.#sink, this.#options.clock)
      this.#held.started(held, run)
      this.#tasks.track(this.#execute(held, run))
    }
  }

  async #execute(held: HeldJob, run: JobRun): Promise<void> {
    const { job } = held
    const lease = this.#lease
    const { cleanups, handlers } = this.#options
    const handler = handlers.get(job.type) ?? (() => Promise.reject(missingHandler(job.type)))
    const callOffLimit = this.#watchTime(run)
    const startedMs = performance.now()
    const report = await run.run(handler, cleanups.get(job.type))
    this.#ahead.took(performance.now() - startedMs)
    callOffLimit()
    this.#held.ended(held)
    this.#startRuns()
    if (this.#wasClaimFull) this.#bell.ring()
    this.#writer.ended(run)
    if (this.#writer.owes(run)) await this.#writer.write()
    const isWanted = lease === this.#lease || (report.outcome !== 'returned' && report.outcome !== 'unconfirmed')
    if (lease && isWanted) await this.#settler.settle(lease, report)
    this.#held.release(held)
    this.#bell.ring()
  }

  #watchDeadline(held: HeldJob): void {
    const leftMs = held.job.deadlineInMs ?? null
    if (leftMs === null || leftMs > DEADLINE_WATCH_MS) return
    held.callOffDeadline = this.#options.clock.after(Math.max(0, leftMs), () => this.#stopHeld(held, lateReason()))
  }

  /** Calls off the watch over how long it runs. */
  #watchTime(run: JobRun): () => void {
    const limitMs = this.#options.timeLimits.get(run.job.type)
    if (limitMs === undefined) return () => undefined
    return this.#options.clock.after(limitMs, () => run.stop(timeLimitReason(limitMs)))
  }

  /** What waits here may be begun elsewhere. A change is told at once, since the queue says by it why it waits. */
  async #lookAtMachine(): Promise<void> {
    const before = this.#waitsFor
    this.#waitsFor = this.#options.shortage()
    if (before === this.#waitsFor) return
    if (this.#waitsFor !== null) this.#returnWaiting()
    this.#look()
    await this.#heartbeat()
  }

  async #heartbeat(): Promise<void> {
    if (this.#lease === null) return this.#registerAgain()
    const sample = { ...machineSample(), running: this.#held.runningCount, waitsFor: this.#waitsFor }
    const answer = await this.#attempt('heartbeat', (lease) => this.#options.source.heartbeat(lease, sample))
    if (!answer) return
    if (!answer.alive) return this.#lostLease()
    this.#isDraining = answer.drain
    if (answer.drain) this.#returnWaiting()
    this.#cancel(answer.cancels)
    this.#look()
  }

  /** Somebody else has the jobs now: what still runs here is told to stop. */
  async #lostLease(): Promise<void> {
    this.#lease = null
    this.#held.abandon()
    for (const run of this.#held.runs) run.stop(new StopReason('lease_lost', 'The lease was lost.'))
    await this.#registerAgain()
  }

  async #registerAgain(): Promise<void> {
    if (this.#state !== 'running') return
    await this.#register().catch((error: unknown) => this.#options.onError(error, 'register'))
  }

  async #pollCancels(): Promise<void> {
    const cancels = await this.#attempt('cancelled', (lease) => this.#options.source.cancelled(lease))
    this.#cancel(cancels ?? [])
  }

  #cancel(requests: readonly CancelRequest[]): void {
    for (const request of requests) {
      const held = this.#held.get(request.jobId)
      if (held) this.#stopHeld(held, stopReasonOf(request))
      else if (this.#isClaiming) this.#earlyCancels.set(request.jobId, request)
    }
  }

  /** Tells its run, or ends a job that has not begun. */
  #stopHeld(held: HeldJob, reason: StopReason): void {
    if (held.run) held.run.stop(reason)
    else if (this.#held.withdraw(held)) this.#settleUnstarted(held, afterStop(held.job, reason))
  }

  #returnWaiting(): void {
    this.#giveBack(this.#held.withdrawAll(), NO_MORE)
  }

  /** For others to begin. */
  #giveBack(waiting: readonly HeldJob[], reason: string): void {
    for (const held of waiting) this.#settleUnstarted(held, { outcome: 'returned', reason })
  }

  #settleUnstarted(held: HeldJob, outcome: SettleOutcome): void {
    const { jobId, fence } = held.job
    const settled = this.#attempt('settle', (lease) => this.#settler.settle(lease, { jobId, fence, ...outcome }))
    this.#tasks.track(settled.then(() => this.#held.release(held)))
  }

  async #finishRuns(): Promise<void> {
    const { clock, drainMs } = this.#options
    if (drainMs > 0) await Promise.race([this.#tasks.ended(), pause(clock, drainMs)])
    for (const run of this.#held.runs) run.stop(new StopReason('shutdown', 'The worker stops.'))
    await this.#tasks.ended()
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
}
