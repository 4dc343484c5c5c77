import { type ItemState, type PrintItem, PROOFS, type Proof, type StoredItem } from '@andon/core'
import type { ItemCounts, ItemOutcome } from '@andon/print/queue'

/** A run of neighbouring items that change in the same way. */
export interface ItemRun {
  readonly from: number
  readonly to: number
}

/** What is known of the items of one held job, kept in step with the database. */
export class ItemBook {
  readonly #items: Map<number, StoredItem>

  constructor(items: readonly StoredItem[]) {
    this.#items = new Map(items.map((item) => [item.index, item]))
  }

  inState(state: ItemState): StoredItem[] {
    return [...this.#items.values()].filter((item) => item.state === state)
  }

  settle({ index, state, proof }: Pick<ItemOutcome, 'index' | 'state' | 'proof'>): void {
    this.#change(index, { state, proof })
  }

  intend(index: number, attempt: number): void {
    this.#change(index, { state: 'intended', attempt })
  }

  counts(): ItemCounts {
    const count = (state: ItemState): number => this.inState(state).length
    return {
      total: this.#items.size,
      done: count('done'),
      failed: count('failed'),
      unconfirmed: count('unconfirmed'),
      cancelled: count('cancelled'),
      pending: count('pending') + count('intended'),
      proof: leastProof(this.inState('done')),
    }
  }

  #change(index: number, change: Partial<StoredItem>): void {
    const item = this.#items.get(index)
    if (item) this.#items.set(index, { ...item, ...change })
  }
}

/** Neighbouring indexes as runs: a batch of 500 is one change, not 500. */
export function runsOf(indexes: readonly number[]): ItemRun[] {
  const runs: { from: number; to: number }[] = []
  for (const index of indexes.toSorted((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last && index === last.to + 1) last.to = index
    else runs.push({ from: index, to: index })
  }
  return runs
}

function leastProof(items: readonly StoredItem[]): Proof {
  const least = Math.min(...items.map(({ proof }) => PROOFS.indexOf(proof)))
  return PROOFS[least] ?? 'none'
}

/** Where an item's bytes come from. */
export type ItemData = (item: StoredItem) => Promise<Pick<PrintItem, 'data' | 'format'>>
