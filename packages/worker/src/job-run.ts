import type {
  ClaimedJob,
  ItemChange,
  JobProgress,
  LogLevel,
  LogLine,
  ProgressUpdate,
  SettleReport,
  StoredItem,
} from '@andon/core'
import type { Clock } from './clock.ts'
import { type Handler, type JobContext, type JobLog, StopReason } from './handler.ts'
import { settleReport } from './outcome.ts'

/** Where a run leaves what it has to say; the worker writes it in sets. */
export interface RunSink {
  progressed(run: JobRun): void
  logged(line: LogLine): void
  flush(run: JobRun): Promise<void>
  readItems(run: JobRun, from: number, limit: number): Promise<StoredItem[]>
  changeItems(changes: readonly ItemChange[]): Promise<void>
}

const NOTHING_YET: JobProgress = {
  percent: null,
  step: null,
  stepsDone: null,
  stepsTotal: null,
  message: null,
  estimateSeconds: null,
}

/** One claimed job in the hands of its handler. */
export class JobRun {
  readonly job: ClaimedJob
  readonly #stop = new AbortController()
  readonly #sink: RunSink
  readonly #clock: Clock
  #progress: JobProgress = NOTHING_YET
  #unwritten: Partial<ProgressUpdate> = {}
  #isDirty = false

  constructor(job: ClaimedJob, sink: RunSink, clock: Clock) {
    this.job = job
    this.#sink = sink
    this.#clock = clock
  }

  get isStopping(): boolean {
    return this.#stop.signal.aborted
  }

  /** Asks the handler to stop; the first reason stays. */
  stop(reason: StopReason): void {
    this.#stop.abort(reason)
  }

  /** Runs the handler to its end and says how to settle the job. Never throws. */
  async run(handler: Handler): Promise<SettleReport> {
    const startedAt = this.#clock.now()
    const signal = this.#stop.signal
    try {
      const value = await handler(this.#context())
      return settleReport(this.job, { value, signal, wallMs: this.#clock.now() - startedAt })
    } catch (error) {
      return settleReport(this.job, { error, signal, wallMs: this.#clock.now() - startedAt })
    }
  }

  /** What has to be written since the last call; null when nothing changed. */
  takeUpdate(): ProgressUpdate | null {
    if (!this.#isDirty) return null
    const { jobId, fence } = this.job
    const update = { ...this.#unwritten, jobId, fence }
    this.#unwritten = {}
    this.#isDirty = false
    return update
  }

  #context(): JobContext {
    const { job } = this
    return {
      id: job.jobId,
      type: job.type,
      input: job.input,
      attempt: job.attempt,
      claimed: job,
      signal: this.#stop.signal,
      log: this.#log(),
      items: {
        read: (from, limit) => this.#sink.readItems(this, from, limit),
        change: (changes) =>
          this.#sink.changeItems(changes.map((change) => ({ ...change, jobId: job.jobId, fence: job.fence }))),
      },
      steps: (total) => this.#merge({ stepsTotal: total, stepsDone: this.#progress.stepsDone ?? 0 }),
      step: (name, options) => this.#step(name, options?.by ?? 1),
      progress: (progress) => this.#merge(progress),
      estimate: ({ seconds }) => this.#merge({ estimateSeconds: seconds }),
      update: (update) => this.#change(update),
      flush: () => this.#sink.flush(this),
    }
  }

  async #step(name: string, by: number): Promise<void> {
    this.#stop.signal.throwIfAborted()
    const stepsDone = (this.#progress.stepsDone ?? 0) + by
    const total = this.#progress.stepsTotal
    const percent = total ? Math.min(100, (100 * stepsDone) / total) : this.#progress.percent
    this.#merge({ step: name, stepsDone, percent })
    // Gives a cancel that just arrived the chance to be seen before the next step begins.
    await Promise.resolve()
  }

  #merge(progress: Partial<JobProgress>): void {
    const before = this.#progress
    const percent = progress.percent ?? before.percent
    const isBackward = percent !== null && before.percent !== null && percent < before.percent
    this.#progress = { ...before, ...progress, percent: isBackward ? before.percent : percent }
    this.#change({ progress: this.#progress })
  }

  #change(change: Partial<ProgressUpdate>): void {
    this.#unwritten = { ...this.#unwritten, ...change }
    this.#isDirty = true
    this.#sink.progressed(this)
  }

  #log(): JobLog {
    const write =
      (level: LogLevel) =>
      (message: string, data?: unknown): void =>
        this.#sink.logged({
          jobId: this.job.jobId,
          attempt: this.job.attempt,
          at: new Date(this.#clock.now()),
          level,
          step: this.#progress.step,
          message,
          ...(data === undefined ? {} : { data }),
        })
    return { debug: write('debug'), info: write('info'), warning: write('warning'), error: write('error') }
  }
}
