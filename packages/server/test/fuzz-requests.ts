import { LEASE_HEADER } from '@andon/core'
import fc from 'fast-check'
import { EXAMPLES } from './fuzz-examples.ts'

/** What an OpenAPI document says of a route, as far as requests are made from it. */
export interface Operation {
  readonly method: string
  /** With `{name}` for what stands in the path. */
  readonly path: string
  readonly parameters: readonly Parameter[]
  /** Null: it takes none, or a file. */
  readonly body: Schema
  /** Content types of the files that it takes. */
  readonly uploads: readonly string[]
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: Schema
}

// A JSON schema as it stands in the document: it may have any member.
// oxlint-disable-next-line typescript/no-explicit-any -- the document is what is tested, and read as it is
type Schema = any
// oxlint-disable-next-line typescript/no-explicit-any -- the same
type Document = any

/** One request, ready to be sent. */
export interface FuzzedRequest {
  readonly operation: Operation
  /** Every part is as the document says, so far as a schema can say it. */
  readonly isValid: boolean
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/** What an operation is called in lists. */
export function nameOf({ method, path }: Pick<Operation, 'method' | 'path'>): string {
  return `${method} ${path}`
}

/** Every operation of a document. */
export function operationsOf(document: Document): Operation[] {
  return Object.entries<Document>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Document>(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      parameters: (operation.parameters ?? []).map((one: Parameter) => ({
        ...one,
        schema: inline(one.schema, document),
      })),
      body: inline(operation.requestBody?.content?.['application/json']?.schema ?? null, document),
      uploads: Object.keys(operation.requestBody?.content ?? {}).filter((type) => !/json|form-data/.test(type)),
    })),
  )
}

/** The schema without references. */
function inline(schema: Schema, document: Document): Schema {
  if (Array.isArray(schema)) return schema.map((entry) => inline(entry, document))
  if (typeof schema !== 'object' || schema === null) return schema
  if (typeof schema.$ref === 'string')
    return inline(document.components.schemas[schema.$ref.split('/').at(-1)], document)
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, inline(value, document)]))
}

/** Names and ids of things that are there, by the name of the parameter or the field that takes them. */
export type Known = Readonly<Record<string, readonly string[]>>
/** Asked with each request, since making the arbitraries takes far longer than using them. */
type KnownNow = () => Known

/** Requests of an operation: as it wants them, and as it does not. Made once for an operation. */
export function requestsOf(operation: Operation, known: KnownNow) {
  return { valid: validRequest(operation, known), odd: oddRequest(operation, known) }
}

function validRequest(operation: Operation, known: KnownNow): fc.Arbitrary<FuzzedRequest> {
  const paths = operation.parameters.filter((one) => one.in === 'path')
  const queries = operation.parameters.filter((one) => one.in === 'query')
  const optional = queries.filter(({ required }) => !required)
  return fc
    .record({
      path: fc.record(Object.fromEntries(paths.map((one) => [one.name, pathValue(one, known)]))),
      query: fc.record(
        Object.fromEntries(queries.map(({ name, schema }) => [name, fieldOf(name, schema, known).map(String)])),
      ),
      left: fc.subarray(optional.map(({ name }) => name)),
      content: contentOf(operation, known),
      headers: headersOf(operation, known),
    })
    .map(({ content, headers, left, path, query }) => ({
      operation,
      isValid: true,
      path: fill(
        operation.path,
        path,
        Object.fromEntries(Object.entries(query).filter(([name]) => !left.includes(name))),
      ),
      headers: content === null ? headers : { ...headers, 'content-type': content.type },
      body: content?.text ?? null,
    }))
}

interface Content {
  readonly type: string
  readonly text: string
}

function contentOf(operation: Operation, known: KnownNow): fc.Arbitrary<Content | null> {
  const { body, uploads } = operation
  if (uploads.length > 0) return fc.record({ type: fc.constantFrom(...uploads), text: fc.constantFrom(...FILES) })
  if (body === null) return fc.constant(null)
  const examples = EXAMPLES[nameOf(operation)]
  const made = valueOf(body, known)
  const bodies: fc.Arbitrary<unknown> = examples ? fc.oneof(made, fc.constantFrom(...examples)) : made
  return bodies.map((value) => ({ type: 'application/json', text: JSON.stringify(value) }))
}

/** Whole ones, and the beginnings of some. */
const FILES = ['^XA^FDone^FS^XZ', '%PDF-1.7\n%%EOF', '%!PS-Adobe-3.0\nshowpage', '\x89PNG\r\n\x1a\n', 'text']

function headersOf({ parameters }: Operation, known: KnownNow): fc.Arbitrary<Record<string, string>> {
  const taken = new Set(parameters.flatMap(({ in: place, name }) => (place === 'header' ? [name] : [])))
  if (taken.has(LEASE_HEADER)) return fc.constant(null).map(() => ({ [LEASE_HEADER]: known()['lease']?.[0] ?? '0' }))
  if (taken.size === 0) return fc.constant({})
  const keys = fc.uuid().map((key): Record<string, string> => ({ 'idempotency-key': key }))
  return fc.option(keys, { nil: {} })
}

function pathValue({ name, schema }: Parameter, known: KnownNow): fc.Arbitrary<string> {
  return fieldOf(name, schema, known).map(String)
}

/** Mostly something that is there, where it fits: what is unknown ends at the first look. */
function fieldOf(name: string, schema: Schema, known: KnownNow): fc.Arbitrary<unknown> {
  const any = valueOf(schema, known)
  const takes = takesOf(schema)
  if (takes === null) return any
  return fc.tuple(any, fc.nat(), fc.boolean(), fc.boolean()).map(([value, at, isOne, isOther]) => {
    const there = (known()[name] ?? []).filter(takes.fits)
    const found = there[at % Math.max(1, there.length)]
    return found === undefined || !(isOne || isOther) ? value : takes.as(found)
  })
}

interface Takes {
  readonly fits: (text: string) => boolean
  readonly as: (text: string) => unknown
}

/** How a schema takes a name or a number; null when it takes something else, or few words only. */
function takesOf({ anyOf = [], const: only, enum: words, items, pattern, type }: Schema): Takes | null {
  if (only !== undefined || words !== undefined) return null
  if (type === 'integer' || type === 'number') return { fits: (text) => /^\d{1,15}$/.test(text), as: Number }
  if (type === 'string') {
    const isWhole = pattern === undefined ? /(?:)/ : new RegExp(pattern)
    return { fits: (text) => isWhole.test(text), as: (text) => text }
  }
  if (type === 'array') {
    const each = takesOf(items ?? {})
    return each && { ...each, as: (text) => [each.as(text)] }
  }
  const each = anyOf.map(takesOf).filter((takes: Takes | null) => takes !== null)
  if (each.length === 0) return null
  const taking = (text: string) => each.find(({ fits }: Takes) => fits(text))
  return { fits: (text) => taking(text) !== undefined, as: (text) => taking(text)?.as(text) }
}

// biome-ignore format: a list of words
const WORDS = [
  'default', 'a.b', 'P', 'RL-1', 'IMP-1', '4604_5889', 'coating', 'PRINTED', 'state:failed', 'print.*',
  '', '0', '-1', '1e9', '9007199254740993', 'null', 'true', '\0', '😀', '\ud800', '../..', "'; drop table job; --",
  '%', '*', '=1+1', '<script>alert(1)</script>', '{{7*7}}', '$(id)', '__proto__', 'constructor', '٣', 'ﬀ', '\u202e', '\r\nx: y',
]

const word = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.integer({ min: 100, max: 3000 }).map((length) => 'x'.repeat(length)),
)
const { value: oddValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('2026-11-22T10:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '2026-02-30T00:00:00Z'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 5 }), tie('value'), { maxKeys: 4 }),
  ),
}))

/** A request that was right until a part of it was spoilt. */
function oddRequest(operation: Operation, known: KnownNow): fc.Arbitrary<FuzzedRequest> {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const queryNames = operation.parameters.flatMap(({ in: place, name }) => (place === 'query' ? name : []))
  const oddPath = fc.record(Object.fromEntries(names.map((name) => [name, word])))
  const oddQuery = fc.dictionary(fc.oneof(fc.constantFrom('q', 'cursor', 'limit', ...queryNames), word), word, {
    maxKeys: 4,
  })
  const oddHeaders = fc.record(
    {
      'content-type': fc.constantFrom('application/json', 'text/plain', 'application/x-www-form-urlencoded', 'x'),
      'idempotency-key': fc.constantFrom('1', ' ', 'x'.repeat(300)),
      authorization: fc.constantFrom('Bearer', 'Bearer x', `Bearer andon_${'x'.repeat(43)}`, 'Basic eDp5'),
      cookie: fc.constantFrom('andon=x', `andon=${'x'.repeat(43)}`, 'andon-sign-in=e30'),
      origin: fc.constantFrom('null', 'https://evil.example'),
      'last-event-id': fc.constantFrom('1', '-1', '99999999999999999999'),
    },
    { requiredKeys: [] },
  )
  return fc
    .record({
      right: validRequest(operation, known),
      where: fc.subarray(['path', 'query', 'body', 'headers'], { minLength: 1 }),
      path: oddPath,
      query: oddQuery,
      headers: oddHeaders,
      spoil: spoiler,
      junk: fc.oneof(
        { weight: 3, arbitrary: oddValue.map((value) => JSON.stringify(value)) },
        { weight: 1, arbitrary: word },
      ),
    })
    .map(({ headers, junk, path, query, right, spoil, where }) => {
      const has = (part: string) => where.includes(part)
      const [ownPath = '', ownQuery = ''] = right.path.split('?')
      const isFile = operation.uploads.length > 0
      const body =
        operation.method === 'GET'
          ? null
          : has('body') && !isFile
            ? spoiltBody(right.body, spoil, junk)
            : has('body')
              ? junk
              : right.body
      return {
        operation,
        isValid: false,
        path: has('path')
          ? fill(operation.path, path, query)
          : has('query')
            ? fill(ownPath, {}, query)
            : `${ownPath}?${ownQuery}`,
        headers: {
          ...right.headers,
          ...(body === null ? {} : { 'content-type': right.headers['content-type'] ?? 'application/json' }),
          ...(has('headers') ? headers : {}),
        },
        body,
      }
    })
}

/** Where in a body something else is put, and what. */
const spoiler = fc.record({
  steps: fc.array(fc.nat(7), { minLength: 1, maxLength: 5 }),
  put: oddValue,
  isLeftOut: fc.boolean(),
})
type Spoiler = typeof spoiler extends fc.Arbitrary<infer T> ? T : never

function spoiltBody(body: string | null, spoil: Spoiler, junk: string): string {
  if (body === null) return junk
  const root = { body: JSON.parse(body) as unknown }
  let at: Record<string, unknown> = root
  for (const step of spoil.steps) {
    const names = Object.keys(at)
    const name = names[step % Math.max(1, names.length)] ?? 'extra'
    const next = at[name]
    if (typeof next !== 'object' || next === null || step === spoil.steps.at(-1)) {
      if (spoil.isLeftOut) delete at[name]
      else at[name] = spoil.put
      break
    }
    at = next as Record<string, unknown>
  }
  return root.body === undefined ? junk : JSON.stringify(root.body)
}

function fill(
  pattern: string,
  path: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string>>,
): string {
  const filled = pattern.replace(
    /\{(\w+)\}/g,
    (_, name: string) => encodeURIComponent((path[name] ?? '').toWellFormed()) || 'x',
  )
  const pairs = Object.entries(query).map(([name, text]): [string, string] => [
    name.toWellFormed(),
    text.toWellFormed(),
  ])
  return pairs.length === 0 ? filled : `${filled}?${new URLSearchParams(pairs).toString()}`
}

/** Values that a schema allows. */
function valueOf(schema: Schema, known: KnownNow): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum)
  if (Array.isArray(schema.anyOf)) return fc.oneof(...schema.anyOf.map((one: Schema) => valueOf(one, known)))
  switch (schema.type) {
    case 'string':
      return textOf(schema)
    case 'integer':
      return fc.integer({
        min: schema.minimum ?? -1000,
        max: Math.min(schema.maximum ?? 1000, (schema.minimum ?? 0) + 1000),
      })
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(valueOf(schema.items ?? {}, known), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, Math.max(schema.minItems ?? 0, 4)),
      })
    case 'object':
      return objectOf(schema, known)
    default:
      return fc
        .jsonValue({ maxDepth: 2 })
        .map((value) => JSON.parse(JSON.stringify(value), exactly))
        .filter((value) => !/\\u0000|\\ud[89a-f]/i.test(JSON.stringify(value)))
  }
}

/** Numbers as both sides can hold them. */
function exactly(_name: string, value: unknown): unknown {
  return typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER ? 1.5 : value
}

function objectOf(
  { patternProperties, properties = {}, required = [] }: Schema,
  known: KnownNow,
): fc.Arbitrary<unknown> {
  if (patternProperties !== undefined) {
    const [pattern, value] = Object.entries<Schema>(patternProperties)[0] ?? ['', {}]
    const key = /^\^?\.?\*\$?$|^\^\(\.\*\)\$$/.test(pattern)
      ? fc.string({ maxLength: 10 })
      : fc.stringMatching(new RegExp(pattern))
    return fc.dictionary(key, valueOf(value, known), { maxKeys: 3 })
  }
  const entries = Object.entries<Schema>(properties).map(
    ([name, value]) => [name, fieldOf(name, value, known)] as const,
  )
  return fc.record(Object.fromEntries(entries), { requiredKeys: required })
}

function textOf({ format, maxLength = 10_000, minLength = 0, pattern }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid()
  if (format === 'date-time') {
    const [min, max] = [new Date('2020-01-01'), new Date('2035-01-01')]
    return fc.date({ min, max, noInvalidDate: true }).map((date) => date.toISOString())
  }
  const fits = (text: string) => text.length >= minLength && text.length <= maxLength
  if (pattern !== undefined && pattern !== '\\S') return fc.stringMatching(new RegExp(pattern)).filter(fits)
  const known = WORDS.filter((text) => text.trim() !== '' && text.isWellFormed() && !text.includes('\0') && fits(text))
  const any = fc
    .string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, minLength + 40) })
    .filter((text) => fits(text) && /\S/.test(text || (minLength === 0 ? 'x' : '')))
  return known.length === 0 ? any : fc.oneof(fc.constantFrom(...known), any)
}
