/** Random choices; a source of numbers from 0 to below 1 makes them repeatable. */
export class Chance {
  readonly #random: () => number

  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /** A whole number, both ends included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from + 1))
  }

  /** True in `share` (0 to 1) of the cases. */
  happens(share: number): boolean {
    return this.#random() < share
  }

  /** @throws RangeError for an empty list, which is a defect */
  oneOf<T>(list: readonly T[]): T {
    const chosen = list[Math.floor(this.#random() * list.length)]
    if (chosen === undefined) throw new RangeError('nothing to choose from')
    return chosen
  }

  /** @throws RangeError for an empty list, which is a defect */
  weighted<T extends { readonly weight: number }>(list: readonly T[]): T {
    let left = this.#random() * list.reduce((sum, { weight }) => sum + weight, 0)
    for (const entry of list) {
      left -= entry.weight
      if (left < 0) return entry
    }
    return this.oneOf(list)
  }
}
