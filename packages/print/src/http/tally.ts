/** What a print server counts of one job. */
export interface ServerProgress {
  readonly total: number
  readonly completed: number
  readonly failed: number
}

/** What is known of each label at the end, by position in the request. */
export interface Tally {
  readonly failed: number[]
  readonly unconfirmed: number[]
}

/**
 * Finds out which labels failed from counts alone. Labels are printed in order, so what was counted between two looks
 * lies between two positions: all of it failed, none of it, or nobody can know which.
 */
export class LabelTally {
  readonly #total: number
  readonly #failed = new Set<number>()
  readonly #doubtful = new Set<number>()
  #seen: ServerProgress

  constructor(total: number) {
    this.#total = total
    this.#seen = { total, completed: 0, failed: 0 }
  }

  /** Takes the next count; numbers that go backwards or beyond the total are held to what they can be. */
  look(progress: ServerProgress): void {
    const from = this.#seen.completed + this.#seen.failed
    const completed = Math.min(this.#total, Math.max(this.#seen.completed, progress.completed))
    const failed = Math.min(this.#total - completed, Math.max(this.#seen.failed, progress.failed))
    const newlyFailed = failed - this.#seen.failed
    const isMixed = newlyFailed > 0 && completed > this.#seen.completed
    const to = newlyFailed > 0 ? completed + failed : from
    for (let position = from; position < to; position += 1) {
      if (isMixed) this.#doubtful.add(position)
      else this.#failed.add(position)
    }
    this.#seen = { total: this.#total, completed, failed }
  }

  /** Labels that are counted as printed. */
  get completed(): number {
    return this.#seen.completed
  }

  /**
   * The end. Labels that were never counted have failed when the server says so, and are in doubt otherwise.
   *
   * @param named positions that the server itself named as failed; null when it names none
   */
  end(uncounted: 'failed' | 'unconfirmed', named: readonly number[] | null): Tally {
    const isNamed = named !== null && named.length === this.#seen.failed
    const failed = new Set(isNamed ? named : this.#failed)
    const doubtful = new Set(isNamed ? [] : this.#doubtful)
    for (let position = this.#seen.completed + this.#seen.failed; position < this.#total; position += 1) {
      if (uncounted === 'failed') failed.add(position)
      else doubtful.add(position)
    }
    return { failed: [...failed].toSorted(ascending), unconfirmed: [...doubtful].toSorted(ascending) }
  }
}

function ascending(a: number, b: number): number {
  return a - b
}
