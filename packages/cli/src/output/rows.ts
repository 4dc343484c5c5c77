import { csvRow } from '@andon/core/base'
import { UsageError } from '../exit.ts'
import type { Session } from '../session.ts'
import { type Column, tableLines, valueText } from './table.ts'

/** How a list is printed. */
export interface RowsSpec<T> {
  readonly columns: readonly Column<T>[]
  /** Members of a row, which are known though there is none; left out where there always is one. */
  readonly fields?: readonly (keyof T & string)[]
  /** What to say to a person when there are none, and what to do then. */
  readonly empty: string
  /** What `-o name` prints: what other commands take. */
  readonly name: (row: T) => string
}

/** Prints a list in the format that was asked for. */
export function printRows<T extends object>(session: Session, rows: readonly T[], spec: RowsSpec<T>): void {
  const { format, fields } = session
  if (fields?.length === 0) throw new UsageError('--json names no field.', fieldsHint(rows, spec))
  if (rows.length === 0) refuseUnknown(fields ?? [], spec)
  const write = (text: string) => session.io.stdout.write(text)
  switch (format) {
    case 'json':
      return write(`${JSON.stringify(fields ? rows.map((row) => pick(row, fields)) : rows, null, 2)}\n`)
    case 'jsonl':
      for (const row of rows) write(`${JSON.stringify(fields ? pick(row, fields) : row)}\n`)
      return
    case 'csv':
      return write(csvText(rows, spec.columns, fields))
    case 'name':
      for (const row of rows) write(`${spec.name(row)}\n`)
      return
    case 'table':
      if (rows.length === 0) return session.note(spec.empty)
      return write(`${tableLines(rows, spec.columns, session.look()).join('\n')}\n`)
  }
}

function fieldsHint<T extends object>([row]: readonly T[], spec: RowsSpec<T>): string {
  const known: readonly string[] = row === undefined ? (spec.fields ?? ['id']) : Object.keys(row)
  return `Choose from: ${known.join(', ')}`
}

/** A field that no row would have, where there is no row to tell. */
function refuseUnknown<T extends object>(paths: readonly string[], { fields }: RowsSpec<T>): void {
  if (fields === undefined) return
  const known: readonly string[] = fields
  const unknown = paths.find((path) => !known.includes(path.split('.')[0] ?? ''))
  if (unknown !== undefined) throw noField(unknown, known)
}

function noField(path: string, known: readonly string[]): UsageError {
  return new UsageError(`There is no field "${path}".`, `Choose from: ${known.join(', ')}`)
}

/** Prints one thing, or several: as lines for people, otherwise like a list whose JSON has no brackets around one. */
export function printDetails<T extends object>(
  session: Session,
  things: readonly T[],
  spec: RowsSpec<T> & { readonly lines: (thing: T) => readonly string[] },
): void {
  const { fields, format } = session
  const [only] = things
  if (format === 'table') {
    session.io.stdout.write(`${things.map((thing) => spec.lines(thing).join('\n')).join('\n\n')}\n`)
  } else if (format === 'json' && fields?.length !== 0 && only !== undefined && things.length === 1) {
    session.io.stdout.write(`${JSON.stringify(fields ? pick(only, fields) : only, null, 2)}\n`)
  } else printRows(session, things, spec)
}

/** The columns that `--columns` names, in its order. */
export function chooseColumns<T>(all: readonly Column<T>[], names: string | undefined): readonly Column<T>[] {
  if (names === undefined) return all
  return names.split(',').map((written) => {
    const name = written.trim()
    const column = all.find((candidate) => candidate.name === name)
    if (!column) {
      throw new UsageError(`There is no column "${name}".`, `Choose from: ${all.map((one) => one.name).join(', ')}`)
    }
    return column
  })
}

/** The named fields of a row, by path: `{ "items.done": 3 }`. */
function pick(row: object, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field, valueAt(row, field)]))
}

function valueAt(row: object, path: string): unknown {
  let value: unknown = row
  let known: readonly string[] = []
  for (const name of path.split('.')) {
    if (value === null || value === undefined) return null
    known = typeof value === 'object' ? Object.keys(value) : []
    if (!known.includes(name)) throw noField(path, known)
    value = Reflect.get(Object(value), name)
  }
  return value
}

function csvText<T extends object>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  fields: readonly string[] | null,
): string {
  const names = fields ?? columns.map((column) => column.name)
  const lines = rows.map((row) =>
    csvRow(
      fields
        ? fields.map((field) => valueText(valueAt(row, field)))
        : columns.map((column) => valueText(column.value(row))),
    ),
  )
  return csvRow(names) + lines.join('')
}
