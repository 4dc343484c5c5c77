import { parseDuration, parseTime } from '../written-time.ts'
import type { QueryOp, QueryValue } from './ast.ts'
import type { QueryField } from './fields.ts'
import type { ScannedValue } from './scan.ts'
import { suggest } from './suggest.ts'

/** What a field's written values mean. */
export interface TypedValues {
  readonly op: QueryOp
  readonly values: readonly QueryValue[]
}

/** What is wrong with a value, without its place. */
export interface ValueFault {
  readonly message: string
  readonly expected: readonly string[]
  readonly suggestion: string | null
}

/** How each kind of value is written, for error messages and completion. */
export const VALUE_EXAMPLES: Readonly<Record<QueryField['kind'], readonly string[]>> = {
  enum: [],
  word: [],
  wildcard: [],
  duration: ['>30s', '<5m', '1m..10m'],
  time: ['<1h', '<24h', '<7d', '2026-11-22', '2026-11-01..2026-11-07'],
  number: ['0', '>10', '1..200'],
  json: [],
}

/** Reads one value of a field; a comparison or range gives its own operator. */
export function typeValue(field: QueryField, value: ScannedValue): TypedValues | ValueFault {
  if (value.comparison !== null) return typeComparison(field, value, value.comparison)
  const dots = value.isQuoted || isWordField(field) ? -1 : value.text.indexOf('..')
  if (dots >= 0) {
    const range = typeRange(field, value.text, dots)
    // What stands in JSON may hold dots of its own: only numbers make a range there.
    if (!('message' in range) || field.kind !== 'json') return range
  }
  const typed = typePlain(field, value)
  return 'message' in typed ? typed : { op: 'is', values: [typed] }
}

function isWordField({ kind }: QueryField): boolean {
  return kind === 'enum' || kind === 'wildcard' || kind === 'word'
}

function typeComparison(field: QueryField, value: ScannedValue, op: '>' | '>=' | '<' | '<='): TypedValues | ValueFault {
  if (isWordField(field)) {
    return fault(`${field.name} cannot be compared with ${op}; it is a word.`, field.values ?? [field.example])
  }
  const point = typePoint(field, value.text)
  return 'message' in point ? point : { op, values: [point] }
}

function typeRange(field: QueryField, text: string, dots: number): TypedValues | ValueFault {
  const from = typeEnd(field, text.slice(0, dots))
  const to = typeEnd(field, text.slice(dots + 2))
  if ('message' in from) return from
  if ('message' in to) return to
  if (from.kind === 'open' && to.kind === 'open')
    return fault('A range needs at least one end.', VALUE_EXAMPLES[field.kind])
  if (from.kind !== 'open' && to.kind !== 'open' && from.kind !== to.kind) {
    return fault('Both ends of a range must be of the same kind.', VALUE_EXAMPLES[field.kind])
  }
  return { op: 'range', values: [from, to] }
}

function typeEnd(field: QueryField, text: string): QueryValue | ValueFault {
  return text === '' ? { kind: 'open' } : typePoint(field, text)
}

function typePlain(field: QueryField, value: ScannedValue): QueryValue | ValueFault {
  const { text, isQuoted } = value
  if (field.kind === 'enum') return typeEnum(field, text)
  if (field.kind === 'duration' || field.kind === 'time' || field.kind === 'number') return typePoint(field, text)
  if (isQuoted || !text.includes('*')) return { kind: 'word', text }
  return { kind: 'wildcard', text: text.replace(/\*+/g, '*') }
}

function typeEnum(field: QueryField, text: string): QueryValue | ValueFault {
  const values = field.values ?? []
  const word = text.toLowerCase()
  if (values.includes(word)) return { kind: 'word', text: word }
  return { message: `"${text}" is no ${field.name}.`, expected: values, suggestion: suggest(text, values) }
}

/** A point that can be compared: a number, a duration, a time, or an age. */
function typePoint(field: QueryField, text: string): QueryValue | ValueFault {
  if (field.kind === 'duration') return typeDuration(text)
  if (field.kind === 'time') return typeTime(text)
  const value = /^[+-]?[0-9]{1,15}(?:\.[0-9]{1,6})?$/.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value)
    ? { kind: 'number', value: value + 0 }
    : fault(`"${text}" is no number.`, VALUE_EXAMPLES.number)
}

function typeDuration(text: string): QueryValue | ValueFault {
  const ms = parseDuration(text)
  return ms === null ? fault(`"${text}" is no duration.`, VALUE_EXAMPLES.duration) : { kind: 'duration', ms }
}

function typeTime(text: string): QueryValue | ValueFault {
  const ms = parseDuration(text)
  if (ms !== null) return { kind: 'age', ms }
  const time = parseTime(text)
  if (time !== null) return { kind: 'time', ...time }
  return fault(`"${text}" is neither a date nor a time ago.`, VALUE_EXAMPLES.time)
}

function fault(message: string, expected: readonly string[]): ValueFault {
  return { message, expected, suggestion: null }
}
