import type { JobSource, LogLine, ProgressUpdate, WorkerLease } from '@andon/core'
import type { Clock } from './clock.ts'
import { pause } from './tasks.ts'
import { StopReason } from './handler.ts'
import type { JobRun } from './job-run.ts'

/** Progress of a job is written at most this often. */
const PACE_MS = 200

/** Lines kept while the database is away; the oldest go first. */
const LINES_LIMIT = 10_000

const RETRY_MIN_MS = 100
const RETRY_MAX_MS = 2_000

export interface RunWriterOptions {
  readonly source: JobSource
  readonly clock: Clock
  /** The lease under which progress is written; null while there is none. */
  readonly lease: () => WorkerLease | null
  readonly onError: (error: unknown, doing: string) => void
}

interface Entry {
  readonly run: JobRun
  readonly line: LogLine
}

/** Writes progress and log lines of all runs in sets. Writes never overlap, so that the latest wins. */
export class RunWriter {
  readonly #options: RunWriterOptions
  readonly #dirty = new Set<JobRun>()
  readonly #talking = new Set<JobRun>()
  #lines: Entry[] = []
  #writing: Promise<void> = Promise.resolve()
  #callOff: (() => void) | null = null

  constructor(options: RunWriterOptions) {
    this.#options = options
  }

  progressed(run: JobRun): void {
    this.#dirty.add(run)
    this.#soon()
  }

  logged(run: JobRun, line: LogLine): void {
    this.#lines.push({ run, line })
    this.#talking.add(run)
    this.#soon()
  }

  /** Whether something of this run is not written yet. */
  owes(run: JobRun): boolean {
    return this.#dirty.has(run) || this.#talking.has(run)
  }

  /** Forgets the runs whose report carries all that was left to write. */
  ended(run: JobRun): void {
    if (!run.isDirty) this.#dirty.delete(run)
  }

  /** Tries once to write everything that was said before the call. */
  write(): Promise<void> {
    this.#callOff?.()
    this.#callOff = null
    this.#writing = this.#writing.then(() => this.#writeOnce())
    return this.#writing
  }

  /** Resolves when what a run said is written; gives up when its lease is lost. */
  async flush(run: JobRun): Promise<void> {
    for (let delayMs = RETRY_MIN_MS; ; delayMs = Math.min(2 * delayMs, RETRY_MAX_MS)) {
      await this.write()
      if (!this.owes(run)) return
      if (run.isLost) throw new StopReason('lease_lost', 'The job is held elsewhere.')
      await pause(this.#options.clock, delayMs)
    }
  }

  #soon(): void {
    this.#callOff ??= this.#options.clock.after(PACE_MS, () => {
      this.#callOff = null
      void this.write()
    })
  }

  async #writeOnce(): Promise<void> {
    await Promise.all([this.#writeProgress(), this.#writeLines()])
  }

  async #writeProgress(): Promise<void> {
    const lease = this.#options.lease()
    if (lease === null) return
    const runs = new Map([...this.#dirty].map((run) => [run.job.jobId, run]))
    this.#dirty.clear()
    const taken = [...runs.values()].flatMap((run) => {
      const update = run.takeUpdate()
      return update === null ? [] : { run, update }
    })
    if (taken.length === 0) return
    try {
      const updates = taken.map(({ update }) => update)
      for (const { jobId, state } of await this.#options.source.progress(lease, updates)) {
        runs.get(jobId)?.stop(new StopReason('lease_lost', `The job is ${state} elsewhere.`))
      }
    } catch (error) {
      this.#options.onError(error, 'progress')
      this.#putBack(taken)
    }
  }

  #putBack(taken: readonly { readonly run: JobRun; readonly update: ProgressUpdate }[]): void {
    for (const { run, update } of taken) {
      run.putBack(update)
      this.#dirty.add(run)
    }
    this.#soon()
  }

  async #writeLines(): Promise<void> {
    const entries = this.#lines
    this.#lines = []
    this.#talking.clear()
    if (entries.length === 0) return
    try {
      await this.#options.source.log(entries.map(({ line }) => line))
    } catch (error) {
      this.#options.onError(error, 'log')
      this.#lines = [...entries, ...this.#lines].slice(-LINES_LIMIT)
      for (const { run } of this.#lines) this.#talking.add(run)
      this.#soon()
    }
  }
}
