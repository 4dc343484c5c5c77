/** What each new time counts for in the mean: some thirty short handlers outweigh a long one. */
const WEIGHT = 0.1

/** As long as a claim takes at most. Handlers that take longer are claimed when they can begin. */
const CLAIM_MS = 10

/** Clocks have steps: below this, times say nothing. */
const LEAST_MS = 0.01

/** No claim brings more. */
const MOST_AHEAD = 1_000

/** How long handlers took lately, and so how many jobs begin before another claim could bring them. */
export class Pace {
  #meanMs: number | null = null

  /** A handler has ended that took so long. */
  took(ms: number): void {
    this.#meanMs = this.#meanMs === null ? ms : this.#meanMs + (ms - this.#meanMs) * WEIGHT
  }

  /** A handler goes on that takes longer than those before it: how long, nobody knows yet. */
  forget(): void {
    this.#meanMs = null
  }

  /** Jobs to hold beyond those that `slots` handlers run; 0 while nothing is known. */
  ahead(slots: number): number {
    if (this.#meanMs === null || this.#meanMs > CLAIM_MS) return 0
    return Math.min(MOST_AHEAD, Math.floor((slots * CLAIM_MS) / Math.max(this.#meanMs, LEAST_MS)))
  }
}
