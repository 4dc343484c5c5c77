import type { CatalogueOperation } from '@andon/core'

/** One operation of the shop with all ids that stand for it. */
export interface Operation {
  readonly type: string
  /** Place among the operations; the lowest of its ids. */
  readonly position: number
  readonly ids: readonly string[]
}

/** The catalogue by operation, in the shop's order. */
export function operationsOf(catalogue: readonly CatalogueOperation[]): Operation[] {
  const byType = Map.groupBy(catalogue, (entry) => entry.operation_type)
  return [...byType]
    .map(([type, entries]) => ({
      type,
      position: Math.min(...entries.map(({ position }) => position)),
      ids: entries.map(({ operation_id: id }) => id),
    }))
    .toSorted((one, other) => one.position - other.position || one.type.localeCompare(other.type, 'en'))
}

/**
 * The catalogue with what was changed of one operation. Others may have changed it since that operation was read: what
 * they did stays, as do the places of all ids that were there.
 *
 * @param before As it was read; null: a new one.
 * @param after Null: it goes.
 */
export function catalogueWith(
  catalogue: readonly CatalogueOperation[],
  before: Operation | null,
  after: Operation | null,
): CatalogueOperation[] {
  const type = after?.type ?? before?.type
  const others = catalogue.filter((entry) => entry.operation_type !== type)
  if (after === null) return others
  const own = catalogue.filter((entry) => entry.operation_type === type)
  return [...others, ...(own.length === 0 ? entriesOf(after) : changed(own, before, after))]
}

function entriesOf({ ids, position, type }: Operation): CatalogueOperation[] {
  return ids.map((id) => ({ operation_id: id, operation_type: type, position }))
}

function changed(own: readonly CatalogueOperation[], before: Operation | null, after: Operation): CatalogueOperation[] {
  const places = own.map(({ position }) => position)
  const isMoved = before !== null && before.position !== after.position
  const movedBy = isMoved ? after.position - Math.min(...places) : 0
  const seen = new Set(before?.ids)
  const there = new Set(own.map((entry) => entry.operation_id))
  const kept = own.filter(({ operation_id: id }) => after.ids.includes(id) || !seen.has(id))
  const added = after.ids.filter((id) => !seen.has(id) && !there.has(id))
  // Behind the others: the first id is the one that is written where none is planned.
  const position = Math.max(...places)
  return [...kept, ...entriesOf({ type: after.type, position, ids: added })].map((entry) => ({
    ...entry,
    position: entry.position + movedBy,
  }))
}
