/** Concurrent writers of one process that have counter rows of their own; more than these share the last one. */
const SLOTS = 16

/** Process ids are drawn from so many; two processes with the same one only wait for each other now and then. */
const PROCESSES = 2 ** 26

/**
 * Gives each running statement counter rows that no other running statement of this process changes, so that flushes
 * on several connections never wait for each other's commit. What stands in the rows of processes that ended is
 * folded into process 0 by the reconciler; sums are true throughout.
 */
export class CounterSlots {
  readonly #base: number
  readonly #free: number[] = []

  constructor(random: () => number = Math.random) {
    this.#base = (1 + Math.floor(random() * (PROCESSES - 1))) * SLOTS
    for (let slot = SLOTS - 2; slot >= 0; slot -= 1) this.#free.push(slot)
  }

  /** Runs `work` with a counter id that is its own meanwhile. */
  async use<T>(work: (processId: number) => Promise<T>): Promise<T> {
    const slot = this.#free.pop()
    if (slot === undefined) return work(this.#base + SLOTS - 1)
    try {
      return await work(this.#base + slot)
    } finally {
      this.#free.push(slot)
    }
  }
}
