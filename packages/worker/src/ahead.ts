import type { ClaimedJob } from '@andon/core'
import type { HeldJob, HeldJobs } from './held-jobs.ts'
import type { Room } from './lane-book.ts'
import { Pace } from './pace.ts'
import type { WorkerOptions } from './worker-options.ts'

/** For so long nothing is held ahead after a job came that has few attempts left. */
const CAREFUL_MS = 10_000

/**
 * What a worker holds beyond what it runs: how much that may be, and what of it goes back. A worker that dies costs all
 * that it holds an attempt, whether they had begun or not.
 */
export class Ahead {
  readonly #held: HeldJobs
  readonly #slots: number
  /** Null when the pace decides. */
  readonly #fixed: number | null
  readonly #pace = new Pace()
  #isCarefulUntilMs = 0
  /** What waited longest when that was last asked. */
  #waitedLongest: HeldJob | undefined

  constructor(held: HeldJobs, { prefetch, slots }: Required<Pick<WorkerOptions, 'prefetch' | 'slots'>>) {
    this.#held = held
    this.#slots = slots
    this.#fixed = prefetch === 'paced' ? null : prefetch
  }

  /** How many to claim now. */
  get room(): Room {
    return this.#held.room(this.#slots, this.#fixed ?? (this.#isCareful ? 0 : this.#pace.ahead(this.#slots)))
  }

  /** A handler has ended that took so long. */
  took(ms: number): void {
    this.#pace.took(ms)
  }

  /** Takes out what is not to be held ahead, now that these jobs came. */
  afterClaim(jobs: readonly ClaimedJob[]): HeldJob[] {
    if (this.#fixed !== null || !jobs.some(hasFewAttempts)) return []
    this.#isCarefulUntilMs = performance.now() + CAREFUL_MS
    return this.#held.withdrawBeyond(this.#slots - this.#held.runningCount)
  }

  /** Takes out what waits since this was last asked: one that runs takes longer than those before it. */
  late(): HeldJob[] {
    const longest = this.#held.waitsLongest
    const isLate = this.#fixed === null && longest !== undefined && longest === this.#waitedLongest
    const late = isLate ? this.#held.withdrawAll() : []
    if (isLate) this.#pace.forget()
    this.#waitedLongest = this.#held.waitsLongest
    return late
  }

  get #isCareful(): boolean {
    return performance.now() < this.#isCarefulUntilMs
  }
}

function hasFewAttempts({ attempt, maxAttempts }: ClaimedJob): boolean {
  return 2 * attempt > maxAttempts
}
