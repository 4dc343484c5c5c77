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

/** The catalogue with an operation in the place of another; null adds one, or takes one away. */
export function catalogueWith(
  operations: readonly Operation[],
  before: Operation | null,
  after: Operation | null,
): CatalogueOperation[] {
  const kept = operations.filter(({ type }) => type !== before?.type)
  return [...kept, ...(after === null ? [] : [after])].flatMap(({ ids, position, type }) =>
    ids.map((id) => ({ operation_id: id, operation_type: type, position })),
  )
}
