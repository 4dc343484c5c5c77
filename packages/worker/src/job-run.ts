import {
  type ClaimedJob,
  type ItemChange,
  type LogLevel,
  type LogLine,
  mergeProgress,
  NO_PROGRESS,
  type ProgressReport,
  type ProgressState,
  type ProgressUpdate,
  type SettleReport,
  type StoredItem,
} from '@andon/core'
import type { Clock } from './clock.ts'
import type { Handler, JobContext, JobLog, StopReason } from './handler.ts'
import { type RunEnd, settleReport } from './outcome.ts'
import { storableJson, storableText } from './storable.ts'
import { nextTurn } from './turn.ts'

/** Where a run leaves what it has to say; the worker writes it in sets. */
export interface RunSink {
  progressed(run: JobRun): void
  logged(run: JobRun, line: LogLine): void
  flush(run: JobRun): Promise<void>
  readItems(run: JobRun, from: number, limit: number): Promise<StoredItem[]>
  changeItems(run: JobRun, changes: readonly ItemChange[]): Promise<void>
}

/** A handler that takes steps without ever waiting lets others in at least this often. */
const STEP_TURN_MS = 10

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
  #isLost = false
  #progress: ProgressState
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

  /** Asks the handler to stop; the first reason stays. */
  stop(reason: StopReason): void {
    if (reason.kind === 'lease_lost') this.#isLost = true
    this.#stopReason ??= reason
    this.#stop?.abort(this.#stopReason)
  }

  /** Runs the handler to its end and says how to settle the job. Never throws. */
  async run(handler: Handler): Promise<SettleReport> {
    const end = (): Pick<RunEnd, 'stopReason' | 'isWatched'> => ({
      stopReason: this.#stopReason,
      isWatched: this.#stop !== null,
    })
    try {
      const value = await handler(this.#context())
      return this.#withProgress(settleReport(this.job, { value, hasThrown: false, ...end() }))
    } catch (error) {
      return this.#withProgress(settleReport(this.job, { error, hasThrown: true, ...end() }))
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
  #withProgress(report: SettleReport): SettleReport {
    if (this.#unwritten === null) return report
    const { externalRef, substate, ...carried } = this.#unwritten
    if (externalRef === undefined && substate === undefined) this.#unwritten = null
    return { ...carried, ...report }
  }

  #context(): JobContext {
    const { job } = this
    const signal = (): AbortSignal => this.#signal()
    return {
      id: job.jobId,
      type: job.type,
      input: job.input,
      attempt: job.attempt,
      claimed: job,
      get signal() {
        return signal()
      },
      log: this.#log(),
      items: {
        read: (from, limit) => this.#sink.readItems(this, from, limit),
        change: (changes) =>
          this.#sink.changeItems(
            this,
            changes.map((change) => ({ ...storableChange(change), jobId: job.jobId, fence: job.fence })),
          ),
      },
      steps: (total) => this.#merge({ stepsTotal: total, stepsBy: 0 }),
      step: (name, options) => this.#step(name, options?.by ?? 1),
      progress: (report) => this.#merge(report),
      estimate: ({ seconds }) => this.#merge({ estimateSeconds: seconds }),
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
    if (this.#stopReason !== null) throw this.#stopReason
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

/** Words of devices may hold what a database cannot keep; they never fail the set that they are written with. */
function storableChange<C extends Pick<ItemChange, 'error' | 'externalRef'>>(change: C): C {
  const { error, externalRef } = change
  return {
    ...change,
    ...(error === undefined ? {} : { error: { ...error, message: storableText(error.message) } }),
    ...(externalRef === undefined ? {} : { externalRef: storableText(externalRef) }),
  }
}

/** A log line never fails its handler: what JSON cannot say is kept as text. */
function logData(data: unknown): unknown {
  try {
    return storableJson(data)
  } catch {
    return storableText(Object.prototype.toString.call(data))
  }
}
