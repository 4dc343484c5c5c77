import type { ItemState, StoredItem } from '@andon/core'
import type { Change, JournalEntry, PrintJournal } from './journal.ts'
import type { ItemLedger } from './ledger.ts'

/**
 * Brings the items of a job that is taken up in step with what this machine recorded: outcomes that never reached the
 * server are told now, an intent that it never heard of is asked about at the device. What the server holds as ended
 * stands: a person or another machine may have ended it.
 *
 * @returns the items as they are known now
 */
export async function takeUpItems(
  items: readonly StoredItem[],
  with_: { readonly jobId: string; readonly journal: PrintJournal; readonly ledger: ItemLedger },
): Promise<StoredItem[]> {
  const entries = await with_.journal.read(with_.jobId)
  const last = entries.at(-1)
  if (last === undefined) return [...items]
  const known = lastChanges(entries)
  const late = items.flatMap(({ index, state }) => {
    const change = known.get(index)
    return change !== undefined && isOpen(state) && change.state !== state ? { ...change, from: index, to: index } : []
  })
  if (late.length > 0) await with_.ledger.write(late)
  await with_.journal.told(with_.jobId, last.seq)
  const byIndex = new Map(late.map((change) => [change.from, change]))
  return items.map((item) => changed(item, byIndex.get(item.index)))
}

function isOpen(state: ItemState): boolean {
  return state === 'pending' || state === 'intended'
}

/** What was recorded last of each item. */
export function lastChanges(entries: readonly JournalEntry[]): Map<number, Change> {
  const changes = new Map<number, Change>()
  for (const { change } of entries) {
    for (let index = change.from; index <= change.to; index += 1) {
      // A change that names no reference keeps the one before it.
      const externalRef = change.externalRef ?? changes.get(index)?.externalRef
      changes.set(index, { ...change, ...(externalRef === undefined ? {} : { externalRef }) })
    }
  }
  return changes
}

function changed(item: StoredItem, change: Change | undefined): StoredItem {
  if (change === undefined) return item
  const { attempt, externalRef, proof, state } = change
  return { ...item, state, attempt, proof: proof ?? item.proof, externalRef: externalRef ?? item.externalRef }
}
