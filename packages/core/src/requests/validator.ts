import { type FieldError, problem } from '../errors.ts'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Format } from 'typebox/format'
import { Settings } from 'typebox/system'
import { Value } from 'typebox/value'
import { fieldErrors } from './field-errors.ts'

/** Findings that are shown; a request with a thousand wrong fields is told about the first ones. */
const MAX_FINDINGS = 20

// A union says what it wants after what each of its shapes has found: that must not be cut off.
Settings.Set({ maxErrors: 100 })

/** What both JavaScript and PostgreSQL can hold and write the same way: the years 1970 to 9999, without leap seconds. */
const LAST_TIME_MS = 253_402_300_799_999
Format.Set('date-time', (text) => {
  const atMs = Date.parse(text)
  return Format.IsDateTime(text) && atMs >= 0 && atMs <= LAST_TIME_MS
})

/** A function that returns the value with its defaults, or throws `validation_failed` with every wrong field. */
export function validatorOf(schema: TSchema, part: 'body' | 'parameters'): (value: unknown) => unknown {
  const compiled = Compile(schema)
  return (value) => {
    const given = part === 'body' ? (value ?? emptyBody(schema)) : fromTexts(schema, Value.Default(schema, value))
    if (compiled.Check(given)) return given
    throw refusal(schema, given, part)
  }
}

/** A body may be left out where every member of it may be. */
function emptyBody(schema: TSchema): unknown {
  return 'type' in schema && schema.type === 'object' && !('required' in schema) ? {} : undefined
}

/** Texts that say exactly a number or a truth value; all others stay as they are, and are refused by their schema. */
function fromTexts(schema: TSchema, given: unknown): unknown {
  if (typeof given !== 'object' || given === null) return given
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, fromText(typeOf(schema, name), value)]))
}

function fromText(type: unknown, text: unknown): unknown {
  if (typeof text !== 'string') return text
  if (type === 'integer' && /^-?\d{1,16}$/.test(text)) return Number(text)
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

function typeOf(schema: TSchema, name: string): unknown {
  const properties: unknown = Reflect.get(schema, 'properties')
  const field: unknown = typeof properties === 'object' && properties !== null ? Reflect.get(properties, name) : null
  return typeof field === 'object' && field !== null ? Reflect.get(field, 'type') : undefined
}

function refusal(schema: TSchema, given: unknown, part: 'body' | 'parameters'): Error {
  const errors = fieldErrors(schema, given)
    .slice(0, MAX_FINDINGS)
    .map((error) => (part === 'body' ? error : { ...error, field: error.field.replace(/^\//, '') }))
  const [first] = errors
  if (!first) return problem('validation_failed')
  return problem('validation_failed', {
    detail: sentence(first),
    field: first.field,
    allowed: first.allowed,
    errors,
  })
}

function sentence({ detail, field }: FieldError): string {
  return `${field === '' ? 'The body' : field} ${detail}`
}
