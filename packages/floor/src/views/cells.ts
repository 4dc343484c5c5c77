import type { FloorCell, FloorCounts } from '@andon/core'
import type { CellRow } from '../queries/logs/runlists.ts'

/** Cells by owner (an imposition, or a job with its version), then by operation. */
export type CellBook = ReadonlyMap<string, Readonly<Record<string, FloorCell>>>

const OPEN: FloorCell = { state: 'open', source: null, at: null, note: null, conflict: null }
const CONFLICT = 'A scan says that it was printed; the press says otherwise, and the press decides.'

/** Names a job with its version in a `CellBook`. */
export function jobKey(jobId: string, versionTag: string): string {
  return `${jobId}_${versionTag}`
}

/** The cells that rows make; of an operation with several ids the one that says most stands. */
export function cellBook(rows: readonly CellRow[]): CellBook {
  const book = new Map<string, Record<string, FloorCell>>()
  for (const row of rows) {
    const key = row.version_tag === null ? row.owner : jobKey(row.owner, row.version_tag)
    const cells = book.get(key) ?? {}
    const cell = cellOf(row)
    const before = cells[row.operation_type]
    if (before === undefined || WEIGHT[cell.state] > WEIGHT[before.state]) cells[row.operation_type] = cell
    book.set(key, cells)
  }
  return book
}

/** The cells of one owner for all operations of the shop; a scan may say `print` where the press says otherwise. */
export function cellsOf(
  book: CellBook,
  key: string,
  { types, isScannedAsPrinted }: { readonly types: readonly string[]; readonly isScannedAsPrinted: boolean },
): Record<string, FloorCell> {
  const cells = book.get(key) ?? {}
  return Object.fromEntries(
    types.map((type) => {
      const cell = cells[type] ?? OPEN
      const isDenied = type === 'print' && isScannedAsPrinted && cell.source === 'print_os' && cell.state !== 'done'
      return [type, isDenied ? { ...cell, conflict: CONFLICT } : cell]
    }),
  )
}

/** How many owners are how far, by operation. */
export function countCells(
  owners: readonly { readonly operations: Readonly<Record<string, FloorCell>> }[],
  types: readonly string[],
): Record<string, FloorCounts> {
  return Object.fromEntries(
    types.map((type) => {
      const counts = { done: 0, partly: 0, aborted: 0, open: 0 }
      for (const { operations } of owners) counts[operations[type]?.state ?? 'open'] += 1
      return [type, counts]
    }),
  )
}

/** How urgently somebody should look: aborted first, then what is begun and not finished. */
export function urgency(operations: Readonly<Record<string, FloorCell>>): number {
  const cells = Object.values(operations)
  if (cells.some(({ state }) => state === 'aborted')) return 3
  if (cells.some(({ conflict }) => conflict !== null)) return 2
  return cells.some(({ state }) => state === 'partly') ? 1 : 0
}

const WEIGHT = { open: 0, partly: 1, aborted: 2, done: 3 } as const

function cellOf({ completed_at: at, completed_by: by, notes, state }: CellRow): FloorCell {
  const source = by === 'print_os' || by === 'scanner' || by === 'manual' ? by : null
  return { state, source, at: at?.toISOString() ?? null, note: notes, conflict: null }
}
