import type { ItemChange, ItemState, Proof } from '@andon/core'

/** An item without an outcome. */
export interface OpenItem {
  readonly index: number
  readonly state: ItemState
}

export interface ItemsTold {
  /** Index of the label under way; those before it came out. Null: the station does not say which. */
  readonly current: number | null
  /** What becomes of those before it. */
  readonly proof: Proof
  /** What becomes of it and of those after it; null leaves them. */
  readonly rest: 'intended' | 'pending' | 'failed' | null
}

type Change = Pick<ItemChange, 'from' | 'to' | 'state' | 'proof'>

/**
 * What a station's word says of the items that have no outcome yet. Those that have one keep it: a word that comes
 * twice, or late, changes nothing of them.
 */
export function changesOf(open: readonly OpenItem[], { current, proof, rest }: ItemsTold): Change[] {
  const from = current ?? 0
  const changes = open.flatMap(({ index, state }): Change[] => {
    if (index < from) return [{ from: index, to: index, state: 'done', proof }]
    const isTold = rest === 'intended' ? current === null || index === current : rest !== null
    return isTold && rest !== null && rest !== state ? [{ from: index, to: index, state: rest }] : []
  })
  return joined(changes)
}

/** Neighbours that become the same are one change. */
function joined(changes: readonly Change[]): Change[] {
  const runs: Change[] = []
  for (const change of changes) {
    const last = runs.at(-1)
    const goesOn = last !== undefined && last.state === change.state && last.to + 1 === change.from
    if (goesOn) runs[runs.length - 1] = { ...last, to: change.to }
    else runs.push(change)
  }
  return runs
}
