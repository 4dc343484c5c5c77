import type { FloorCell } from '@andon/core'
import type { Look } from '../../output/look.ts'
import type { Style } from '../../output/paint.ts'
import type { Column } from '../../output/table.ts'

const SIGNS = {
  done: ['✓', 'green'],
  partly: ['◐', 'yellow'],
  aborted: ['✗', 'red'],
  open: ['·', 'dim'],
} as const satisfies Record<FloorCell['state'], readonly [string, Style]>

/** Something with cells: an imposition, or a version of a job. */
interface WithCells {
  readonly operations: Readonly<Record<string, FloorCell>>
}

/** One column for each operation of the shop, in its order. */
export function cellColumns<T extends WithCells>(types: readonly string[]): Column<T>[] {
  return types.map((type) => ({
    name: type,
    title: type.toUpperCase().replaceAll('_', ' '),
    value: ({ operations }) => operations[type]?.state ?? null,
    cell: ({ operations }) => cellText(operations[type]),
    paint: (text, { operations }, look) => look.paint(styleOf(operations[type]), text),
  }))
}

/** What the cells of something say besides their state. */
export function cellNotes({ operations }: WithCells, look: Look): string {
  return Object.entries(operations)
    .flatMap(([type, { conflict, note }]) => {
      if (conflict !== null) return look.paint('yellow', `${type}: ${conflict}`)
      return note === null ? [] : `${type}: ${note}`
    })
    .join('; ')
}

function cellText(cell: FloorCell | undefined): string {
  if (cell === undefined) return ''
  return `${SIGNS[cell.state][0]} ${cell.state}${cell.conflict === null ? '' : ' !'}`
}

function styleOf(cell: FloorCell | undefined): Style {
  return SIGNS[cell?.state ?? 'open'][1]
}
