import { Flusher, type JobSource, problem, type SettleReport, type WorkerLease } from '@andon/core'
import type { Clock } from './clock.ts'
import { pause } from './tasks.ts'

const RETRY_MIN_MS = 100

/** How long a worker that stops tries to get a report through. */
const LAST_TRIES_MS = 3_000

export interface SettlerOptions {
  readonly source: JobSource
  readonly clock: Clock
  /** Longest pause between tries. */
  readonly pollMs: number
  /** Whether reports under this lease are still wanted by anybody. */
  readonly isCurrent: (lease: WorkerLease) => boolean
  readonly onError: (error: unknown, doing: string) => void
}

interface Entry {
  readonly lease: WorkerLease
  readonly report: SettleReport
}

/** Gives reports to the source in sets, each until it is taken. */
export class Settler {
  readonly #options: SettlerOptions
  readonly #flusher: Flusher<Entry, boolean>
  #isStopping = false

  constructor(options: SettlerOptions) {
    this.#options = options
    this.#flusher = new Flusher((entries) => this.#give(entries), { maxInFlight: 2 })
  }

  /** From now on no report is tried for long: the worker wants to end. */
  stop(): void {
    this.#isStopping = true
  }

  /**
   * A report that the source could not take is given again until it is taken or the lease is lost: a job that is
   * held but neither run nor reported would stand still for ever. One that nobody waits for any more is given once,
   * so that the log keeps it. Never rejects.
   */
  async settle(lease: WorkerLease, report: SettleReport): Promise<void> {
    const { clock, isCurrent, onError, pollMs } = this.#options
    const startedAt = clock.now()
    for (let delayMs = RETRY_MIN_MS; ; delayMs = Math.min(2 * delayMs, pollMs)) {
      try {
        const isTaken = await this.#flusher.add({ lease, report })
        if (!isTaken) onError(problem('lease_lost', { extra: { job_id: report.jobId } }), 'settle')
        return
      } catch (error) {
        onError(error, 'settle')
      }
      if (!isCurrent(lease) || (this.#isStopping && clock.now() - startedAt > LAST_TRIES_MS)) return
      await pause(clock, delayMs)
    }
  }

  /** For each report whether it was taken. */
  async #give(entries: readonly Entry[]): Promise<boolean[]> {
    const refused = new Set<SettleReport>()
    for (const [lease, ofLease] of Map.groupBy(entries, (entry) => entry.lease)) {
      const reports = ofLease.map(({ report }) => report)
      const stale = await this.#options.source.settle(lease, reports)
      const ids = new Set(stale.map(({ jobId }) => jobId))
      if (ids.size > 0) for (const report of reports) if (ids.has(report.jobId)) refused.add(report)
    }
    return entries.map(({ report }) => !refused.has(report))
  }
}
