import type { ClaimedJob } from '@andon/core'

/** Some types, and how many jobs of them together may be claimed now. */
export interface TypePlaces {
  readonly types: readonly string[]
  readonly limit: number
}

/** Knows how many jobs of each limited type are held, and so how many more fit. */
export class TypeBook {
  readonly #limits: ReadonlyMap<string, number>
  readonly #types: readonly string[]
  readonly #held = new Map<string, number>()

  /** @param limits jobs of a type that may be held at once; a type that is not in it has no limit of its own */
  constructor(types: Iterable<string>, limits: ReadonlyMap<string, number>) {
    this.#types = [...types]
    this.#limits = limits
  }

  took({ type }: ClaimedJob): void {
    if (this.#limits.has(type)) this.#held.set(type, (this.#held.get(type) ?? 0) + 1)
  }

  left({ type }: ClaimedJob): void {
    const held = this.#held.get(type) ?? 0
    if (held > 0) this.#held.set(type, held - 1)
  }

  /** More of its type are held than may be: one that was handed over, which asks nobody. */
  isOver({ type }: ClaimedJob): boolean {
    const limit = this.#limits.get(type)
    return limit !== undefined && (this.#held.get(type) ?? 0) > limit
  }

  /** What to claim when there is room for so many: all types without a limit together, each of the others by itself. */
  places(room: number): TypePlaces[] {
    const free = this.#types.filter((type) => !this.#limits.has(type))
    const limited = [...this.#limits].map(([type, limit]) => ({
      types: [type],
      limit: Math.min(room, limit - (this.#held.get(type) ?? 0)),
    }))
    return [{ types: free, limit: room }, ...limited].filter(({ limit, types }) => limit > 0 && types.length > 0)
  }
}
