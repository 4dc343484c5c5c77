import {
  type ClaimedJob,
  type CreateJob,
  type ItemChange,
  type LogLevel,
  type LogLine,
  mergeProgress,
  NO_PROGRESS,
  type ProgressReport,
  type ProgressState,
  type ProgressUpdate,
  type ResourceUse,
  type SettleReport,
  type StoredItem,
} from '@andon/core'
import type { Clock } from './clock.ts'
import type { Handler, JobContext, JobLog, StopReason } from './handler.ts'
import { type RunEnd, settleReport, toJobError } from './outcome.ts'
import { logData, storableText } from './storable.ts'
import { nextTurn } from './turn.ts'

/** Where a run leaves what it has to say; the worker writes it in sets. */
export interface RunSink {
  progressed(run: JobRun): void
  logged(run: JobRun, line: LogLine): void
  flush(run: JobRun): Promise<void>
  readItems(run: JobRun, from: number, limit: number): Promise<StoredItem[]>
  changeItems(run: JobRun, changes: readonly ItemChange[]): Promise<void>
  create(run: JobRun, child: CreateJob): Promise<string>
}

/** A handler that takes steps without ever waiting lets others in at least this often. */
const STEP_TURN_MS = 10

/** Ends that leave nothing to undo. */
const SUCCESSES: ReadonlySet<string> = new Set(['completed', 'completed_with_errors', 'snooze'])

/** Longest log message that is kept. */
const MESSAGE_LENGTH = 10_000

/** One claimed job in the hands of its handler. */
export class JobRun {
  readonly job: ClaimedJob
  readonly #sink: RunSink
  readonly #clock: Clock
  /** Made when the handler first looks at its signal: most short ones never do. */
  #stop: AbortController | null = null
  #stopReason: StopReason | null = null
  readonly #kill = new AbortController()
  #isLost = false
  /** While the cleanup runs, no step is a cancellation point. */
  #isCleaning = false
  #progress: ProgressState
  #use: ResourceUse | null = null
  #unwritten: Partial<ProgressUpdate> | null = null
  #turnAt = performance.now()

  constructor(job: ClaimedJob, sink: RunSink, clock: Clock) {
    this.job = job
    this.#sink = sink
    this.#clock = clock
    const { itemsDone, itemsFailed, itemsTotal } = job
    this.#progress = { ...NO_PROGRESS, itemsDone, itemsFailed, itemsTotal }
  }

  /** Whether somebody else holds the job now, whatever it was asked to stop for first. */
  get isLost(): boolean {
    return this.#isLost
  }

  /** Whether something is left to write. */
  get isDirty(): boolean {
    return this.#unwritten !== null
  }

  /** Asks the handler to stop; the first reason stays, but a kill may come after it. */
  stop(reason: StopReason): void {
    if (reason.kind === 'lease_lost') this.#isLost = true
    if (reason.kind === 'killed') this.#kill.abort(reason)
    this.#stopReason ??= reason
    this.#stop?.abort(this.#stopReason)
  }

  /**
   * Runs the handler to its end, and the cleanup when it did not succeed; says how to settle the job. Never throws.
   */
  async run(handler: Handler, cleanup?: Handler): Promise<SettleReport> {
    const report = await this.#end(handler)
    if (cleanup !== undefined && !SUCCESSES.has(report.outcome)) await this.#cleanUp(cleanup)
    return this.#withProgress(report)
  }

  async #end(handler: Handler): Promise<SettleReport> {
    const end = (): Pick<RunEnd, 'stopReason' | 'isWatched'> => ({
      stopReason: this.#stopReason,
      isWatched: this.#stop !== null,
    })
    try {
      const value = await handler(this.#context())
      return settleReport(this.job, { value, hasThrown: false, ...end() })
    } catch (error) {
      return settleReport(this.job, { error, hasThrown: true, ...end() })
    }
  }

  /** How the attempt ended stands already: what the cleanup throws is told in the log. */
  async #cleanUp(cleanup: Handler): Promise<void> {
    this.#isCleaning = true
    const context = this.#context()
    try {
      await cleanup(context)
    } catch (error) {
      context.log.error(`The cleanup failed: ${toJobError(error).message}`)
    }
  }

  /** What has to be written since the last call; null when nothing changed. */
  takeUpdate(): ProgressUpdate | null {
    if (this.#unwritten === null) return null
    const { jobId, fence } = this.job
    const update = { ...this.#unwritten, jobId, fence }
    this.#unwritten = null
    return update
  }

  /** Takes back an update that could not be written; what was said since goes over it. */
  putBack(update: ProgressUpdate): void {
    this.#unwritten = { ...update, ...this.#unwritten }
  }

  /** The report carries what a report can of the last update, which saves writing that by itself. */
  #withProgress(settled: SettleReport): SettleReport {
    const report = this.#use === null ? settled : { resources: finalUse(this.#use), ...settled }
    if (this.#unwritten === null) return report
    const { externalRef, substate, ...carried } = this.#unwritten
    if (externalRef === undefined && substate === undefined) this.#unwritten = null
    return { ...carried, ...report }
  }

  #context(): JobContext {
    const { job } = this
    const signal = (): AbortSignal => this.#signal()
    // Of the handler, when this is for the cleanup.
    const before = this.#use
    return {
      id: job.jobId,
      type: job.type,
      input: job.input,
      attempt: job.attempt,
      claimed: job,
      get signal() {
        return signal()
      },
      killSignal: this.#kill.signal,
      log: this.#log(),
      items: {
        read: (from, limit) => this.#sink.readItems(this, from, limit),
        change: (changes) =>
          this.#sink.changeItems(
            this,
            changes.map((change) => ({ ...storableChange(change), jobId: job.jobId, fence: job.fence })),
          ),
      },
      create: (child) => this.#sink.create(this, child),
      steps: (total) => this.#merge({ stepsTotal: total, stepsBy: 0 }),
      step: (name, options) => this.#step(name, options?.by ?? 1),
      progress: (report) => this.#merge(report),
      estimate: ({ seconds }) => this.#merge({ estimateSeconds: seconds }),
      used: (use) => {
        this.#use = before === null ? use : withLeftovers(before, use)
        this.#merge({})
      },
      update: (update) => this.#update(update),
      flush: () => this.#sink.flush(this),
    }
  }

  #signal(): AbortSignal {
    if (this.#stop === null) {
      this.#stop = new AbortController()
      if (this.#stopReason !== null) this.#stop.abort(this.#stopReason)
    }
    return this.#stop.signal
  }

  async #step(name: string, by: number): Promise<void> {
    this.#throwIfStopping()
    this.#merge({ step: name, stepsBy: by })
    if (performance.now() - this.#turnAt < STEP_TURN_MS) return
    await nextTurn()
    this.#turnAt = performance.now()
    this.#throwIfStopping()
  }

  #throwIfStopping(): void {
    if (this.#stopReason !== null && !this.#isCleaning) throw this.#stopReason
  }

  /** Counts go through the same rules as progress, so that none goes backward or past its total. */
  #update({ itemsDone, itemsFailed, ...rest }: Parameters<JobContext['update']>[0]): void {
    if (itemsDone !== undefined || itemsFailed !== undefined) this.#merge({ itemsDone, itemsFailed })
    const { externalRef } = rest
    this.#change(externalRef === undefined ? rest : { ...rest, externalRef: storableText(externalRef) })
  }

  #merge(report: ProgressReport): void {
    const before = this.#progress
    this.#progress = mergeProgress(before, report)
    const { itemsDone, itemsFailed, itemsTotal: _total, ...progress } = this.#progress
    this.#change({
      progress,
      ...(this.#use === null ? {} : { resources: this.#use }),
      ...(itemsDone === null || itemsDone === before.itemsDone ? {} : { itemsDone }),
      ...(itemsFailed === null || itemsFailed === before.itemsFailed ? {} : { itemsFailed }),
    })
  }

  #change(change: Partial<ProgressUpdate>): void {
    this.#unwritten = { ...this.#unwritten, ...change }
    this.#sink.progressed(this)
  }

  #log(): JobLog {
    const write =
      (level: LogLevel) =>
      (message: string, data?: unknown): void =>
        this.#sink.logged(this, {
          jobId: this.job.jobId,
          attempt: this.job.attempt,
          at: new Date(this.#clock.now()),
          level,
          step: this.#progress.step,
          message: storableText(message.slice(0, MESSAGE_LENGTH)),
          ...(data === undefined ? {} : { data: logData(data) }),
        })
    return { debug: write('debug'), info: write('info'), warning: write('warning'), error: write('error') }
  }
}

/** What is measured is the handler; what was left behind is counted of its cleanup as well. */
function withLeftovers(use: ResourceUse, { filesRemoved = 0, processesEnded = 0 }: ResourceUse): ResourceUse {
  return {
    ...use,
    ...(use.processesEnded === undefined ? {} : { processesEnded: use.processesEnded + processesEnded }),
    ...(use.filesRemoved === undefined ? {} : { filesRemoved: use.filesRemoved + filesRemoved }),
  }
}

/** Of what has ended nothing is in use any more. */
function finalUse({ memoryMb: _now, ...use }: ResourceUse): ResourceUse {
  return use
}

/** Words of devices may hold what a database cannot keep; they never fail the set that they are written with. */
function storableChange<C extends Pick<ItemChange, 'error' | 'externalRef'>>(change: C): C {
  const { error, externalRef } = change
  return {
    ...change,
    ...(error === undefined ? {} : { error: { ...error, message: storableText(error.message) } }),
    ...(externalRef === undefined ? {} : { externalRef: storableText(externalRef) }),
  }
}
