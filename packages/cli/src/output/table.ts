import type { Look } from './look.ts'
import { cut, pad, plain, widthOf } from './text.ts'

/** One column of a list. */
export interface Column<T> {
  readonly align?: 'left' | 'right'
  /** What a person sees; `value` as text otherwise. */
  readonly cell?: (row: T, look: Look) => string
  /** Left out on narrow terminals, the highest first; never when not set. */
  readonly drop?: number
  /** Its field on the wire: for `--columns`, CSV and messages. */
  readonly name: string
  /** Colours the cell after it was cut and filled up. */
  readonly paint?: (text: string, row: T, look: Look) => string
  /** Least width on a narrow terminal; it is never cut when not set. */
  readonly shrink?: number
  readonly title: string
  /** What scripts get. */
  readonly value: (row: T) => unknown
}

const GAP = '  '

/** What is cut further than this says nothing any more; a state with its sign, such as `○ pending`, is whole. */
const LEAST_WIDTH = 9

/** The rows as lines that fit the width; null: as wide as they are. The first line has the titles. */
export function tableLines<T>(rows: readonly T[], columns: readonly Column<T>[], look: Look): string[] {
  const cells = rows.map((row) => columns.map((column) => cellText(column, row, look)))
  const natural = columns.map((column, index) => {
    const widest = cells.reduce((most, line) => Math.max(most, widthOf(line[index] ?? '')), 0)
    // On a terminal a column without anything in it only takes room.
    return widest === 0 && look.columns !== null ? 0 : Math.max(widest, widthOf(column.title))
  })
  const widths = look.columns === null ? natural : fit(columns, natural, look.columns)
  const shown = columns.map((_column, index) => index).filter((index) => (widths[index] ?? 0) > 0)
  const layOut = (at: (index: number) => string, finish: (text: string, index: number) => string) =>
    shown
      .map((index, place) => {
        const width = widths[index] ?? 0
        const text = cut(at(index), width)
        const isLast = place === shown.length - 1
        const filled = isLast && columns[index]?.align !== 'right' ? text : pad(text, width, columns[index]?.align)
        return finish(filled, index)
      })
      .join(GAP)
      .trimEnd()
  const head = layOut(
    (index) => columns[index]?.title ?? '',
    (text) => look.paint('dim', text),
  )
  const body = rows.map((row, line) =>
    layOut(
      (index) => cells[line]?.[index] ?? '',
      (text, index) => columns[index]?.paint?.(text, row, look) ?? text,
    ),
  )
  return [head, ...body]
}

function cellText<T>(column: Column<T>, row: T, look: Look): string {
  return plain(column.cell ? column.cell(row, look) : valueText(column.value(row)))
}

/** A value of the wire as text: empty for null, JSON for what has parts. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Widths that fit; 0 for columns that are left out. The widest are made narrower first, then columns go. */
function fit<T>(columns: readonly Column<T>[], natural: readonly number[], most: number): number[] {
  const widths = [...natural]
  const dropOrder = columns
    .map((column, index) => ({ index, rank: column.drop ?? 0 }))
    .filter(({ rank }) => rank > 0)
    .toSorted((one, other) => other.rank - one.rank)
  while (total(widths) > most) {
    if (narrow(widths, columns, total(widths) - most)) return widths
    const next = dropOrder.shift()
    if (!next) return squeeze(widths, most)
    widths.splice(0, widths.length, ...natural.map((width, index) => (widths[index] === 0 ? 0 : width)))
    widths[next.index] = 0
  }
  return widths
}

/**
 * Nothing may give way any more, and still no line may break: the widest are cut, at last the first, which the next
 * command takes; then the last go.
 */
function squeeze(widths: readonly number[], most: number): number[] {
  const squeezed = [...widths]
  while (total(squeezed) > most) {
    const others = Math.max(0, ...squeezed.slice(1))
    const widest = others > LEAST_WIDTH ? squeezed.indexOf(others, 1) : 0
    const last = squeezed.findLastIndex((width) => width > 0)
    if ((squeezed[widest] ?? 0) > LEAST_WIDTH) squeezed[widest] = (squeezed[widest] ?? 0) - 1
    else if (last > 0) squeezed[last] = 0
    else return squeezed
  }
  return squeezed
}

/** Takes `excess` from the columns that may shrink, the widest first; false when they have not so much to give. */
function narrow<T>(widths: number[], columns: readonly Column<T>[], excess: number): boolean {
  let rest = excess
  while (rest > 0) {
    let widest = -1
    for (const [index, column] of columns.entries()) {
      const width = widths[index] ?? 0
      if (column.shrink === undefined || width <= column.shrink) continue
      if (widest < 0 || width > (widths[widest] ?? 0)) widest = index
    }
    if (widest < 0) return false
    widths[widest] = (widths[widest] ?? 0) - 1
    rest -= 1
  }
  return true
}

function total(widths: readonly number[]): number {
  const shown = widths.filter((width) => width > 0)
  return shown.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(0, shown.length - 1)
}
