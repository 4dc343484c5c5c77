import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Query, QueryTerm, QueryText, QueryValue } from '../src/query/ast.ts'
import { completeQuery } from '../src/query/complete.ts'
import { findQueryField, QUERY_FIELDS } from '../src/query/fields.ts'
import { parseQuery, QUERY_LENGTH_LIMIT, requireQuery } from '../src/query/parse.ts'
import { printQuery } from '../src/query/print.ts'
import { suggest } from '../src/query/suggest.ts'
import { compoundsOf, facetValue, fold, hasWords } from '../src/query/words.ts'

/** A query without its places, for comparing. */
function bare(query: Query | null) {
  const strip = (part: QueryTerm | QueryText) => ({ ...part, position: null })
  return query === null ? null : { terms: query.terms.map(strip), text: query.text.map(strip) }
}

const parsed = (text: string) => bare(parseQuery(text).query)
const errorsOf = (text: string) => parseQuery(text).errors

describe('parseQuery', () => {
  test('reads the example of the interface', () => {
    const text =
      'state:failed,running type:print.* queue:a -tag:test printer:"Badge 01" item.ref:BOX-7 input.order.id:123 created:>2h duration:>30s by:anna worker:w1 error:printer_offline "free text"'
    const word = (text: string) => ({ kind: 'word', text })
    const is = (field: string, ...values: unknown[]) => ({
      field,
      path: [],
      op: 'is',
      values,
      isNegated: false,
      position: null,
    })
    expect(parsed(text)).toEqual({
      terms: [
        is('state', word('failed'), word('running')),
        is('type', { kind: 'wildcard', text: 'print.*' }),
        is('queue', word('a')),
        { ...is('tag', word('test')), isNegated: true },
        is('printer', word('Badge 01')),
        is('item.ref', word('BOX-7')),
        { ...is('input', word('123')), path: ['order', 'id'] },
        { ...is('created', { kind: 'age', ms: 7_200_000 }), op: '>' },
        { ...is('duration', { kind: 'duration', ms: 30_000 }), op: '>' },
        is('by', word('anna')),
        is('worker', word('w1')),
        is('error', word('printer_offline')),
      ],
      text: [{ text: 'free text', isPrefix: false, isNegated: false, position: null }],
    })
    expect(printQuery(requireQuery(text))).toBe(text)
  })

  test('an empty query asks for everything', () => {
    expect(parsed('')).toEqual({ terms: [], text: [] })
    expect(parsed(' \t ')).toEqual({ terms: [], text: [] })
  })

  test('keeps places', () => {
    const { query } = parseQuery('  -state:failed  foo')
    expect(query?.terms[0]?.position).toEqual({ start: 2, end: 15 })
    expect(query?.text[0]?.position).toEqual({ start: 17, end: 20 })
  })

  test.each([
    ['STATUS:Failed', 'state:failed'],
    ['user:anna', 'by:anna'],
    ['created:2026-11-22', 'created:2026-11-22'],
    ['created:>=2026-11-22T10:30', 'created:>=2026-11-22T10:30Z'],
    ['created:2026-11-22T10:30:05Z', 'created:2026-11-22T10:30:05Z'],
    ['created:2026-11-22T10:30:05.250Z', 'created:2026-11-22T10:30:05.250Z'],
    ['created:2026-11-01..2026-11-07', 'created:2026-11-01..2026-11-07'],
    ['created:..1d', 'created:..1d'],
    ['created:90m', 'created:1h30m'],
    ['items:10..200', 'items:10..200'],
    ['items:<=5', 'items:<=5'],
    ['items:1,2', 'items:1,2'],
    ['result.pages:>100', 'result.pages:>100'],
    ['input.Order.Id:a*b**', 'input.Order.Id:a*b*'],
    ['retry_of:*', 'retry_of:*'],
    ['input.path:../x', 'input.path:"../x"'],
    ['input.n:1..5', 'input.n:1..5'],
    ['printer:"a\\"b\\\\"', 'printer:"a\\"b\\\\"'],
    ['printer:"a*"', 'printer:"a*"'],
    ['tag:shift=night', 'tag:shift=night'],
    ['box*', 'box*'],
    ['-MO-8235', '-MO-8235'],
    ['--x', '-"-x"'],
    ['10:30', '10:30'],
    ['"OR"', '"OR"'],
    ['"state:x"', '"state:x"'],
    ['"plain"', 'plain'],
  ])('%s is written %s', (text, canonical) => {
    expect(printQuery(requireQuery(text))).toBe(canonical)
    expect(parsed(canonical)).toEqual(parsed(text))
  })
})

describe('errors of a query', () => {
  test.each([
    ['stat:failed', 0, 4, 'There is no field "stat"', 'state'],
    ['a printr:x', 2, 8, 'There is no field "printr"', 'printer'],
    ['http://x', 0, 4, 'in quotes', null],
    ['state:faild', 6, 11, '"faild" is no state', 'failed'],
    ['state:failed,xx', 13, 15, '"xx" is no state', null],
    ['state:*', 6, 7, 'is no state', null],
    ['state:>failed', 6, 13, 'cannot be compared', null],
    ['queue:<a', 6, 8, 'cannot be compared', null],
    ['state: failed', 6, 6, 'A value is missing', null],
    ['state:failed,', 13, 13, 'A value is missing', null],
    ['printer:"Badge', 8, 14, 'never closed', null],
    ['"free', 0, 5, 'never closed', null],
    ['"a"b', 3, 4, 'A blank must follow', null],
    ['printer:"a"b', 11, 12, 'Nothing may follow', null],
    ['printer:a"b"', 9, 12, 'before the whole value', null],
    ['a"b"', 1, 4, 'at the beginning of a word', null],
    ['a -', 2, 3, 'must follow the minus', null],
    ['created:yesterday', 8, 17, 'neither a date nor', null],
    ['created:2026-02-30', 8, 18, 'neither a date nor', null],
    ['created:1h..2026-11-22', 8, 22, 'of the same kind', null],
    ['created:..', 8, 10, 'at least one end', null],
    ['created:x..1h', 8, 13, 'neither', null],
    ['created:1h..x', 8, 13, 'neither', null],
    ['created:>1h,<2h', 8, 11, 'must stand alone', null],
    ['duration:5', 9, 10, 'is no duration', null],
    ['items:many', 6, 10, 'is no number', null],
    ['input:x', 0, 5, 'comes a path', null],
    ['input..x:1', 0, 8, 'comes a path', null],
    ['a OR b', 2, 4, 'There is no OR', null],
    ['a*b', 0, 3, 'at the end of a word', null],
    ['---', 0, 3, 'no letter and no figure', null],
    ['a\0', 1, 2, 'NUL', null],
    ['\ud800', 0, 1, 'Unicode', null],
    ['a'.repeat(2_001), 2_000, 2_001, 'at most 2000', null],
  ] as const)('%j', (...[text, start, end, message, suggestion]) => {
    const [error] = errorsOf(text)
    expect(error).toMatchObject({ start, end, suggestion })
    expect(error?.message).toContain(message)
    expect(error?.expected).toBeInstanceOf(Array)
  })

  test('all are told, in the order of the text, ten at most', () => {
    expect(errorsOf('x:1 "a"b y:2').map((error) => error.start)).toEqual([0, 7, 9])
    expect(errorsOf('x:1 '.repeat(20))).toHaveLength(10)
  })

  test('requireQuery points at the place and says what is possible', () => {
    expect(() => requireQuery('state:faild')).toThrow(
      expect.objectContaining({
        code: 'query_invalid',
        status: 400,
        field: 'q',
        message: 'At character 7: "faild" is no state. Did you mean "failed"?',
        allowed: expect.arrayContaining(['failed']),
        extra: expect.objectContaining({ position: { start: 6, end: 11 }, suggestion: 'failed' }),
      }),
    )
    expect(() => requireQuery('---')).toThrow(expect.objectContaining({ allowed: null }))
  })
})

describe('properties', () => {
  const word = fc
    .oneof(fc.string({ minLength: 1, maxLength: 12 }), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }))
    .filter((text) => text.isWellFormed() && !text.includes('\0'))
  const wordValue = word.map((text) => ({ kind: 'word' as const, text }))
  const wildcard = fc
    .stringMatching(/^[a-z0-9.]{0,5}\*[a-z0-9.]{0,5}$/)
    .map((text) => ({ kind: 'wildcard' as const, text }))
  const duration = fc.integer({ min: 0, max: 10 ** 11 }).map((ms) => ({ kind: 'duration' as const, ms }))
  const age = duration.map(({ ms }) => ({ kind: 'age' as const, ms }))
  const time = fc
    .tuple(
      fc.constantFrom(86_400_000, 60_000, 1_000, 1),
      fc.integer({ min: -2_000_000_000_000, max: 4_000_000_000_000 }),
    )
    .map(([spanMs, at]) => ({ kind: 'time' as const, timeMs: Math.floor(at / spanMs) * spanMs, spanMs }))
  const number = fc.integer({ min: -(10 ** 14), max: 10 ** 14 }).map((value) => ({ kind: 'number' as const, value }))
  const open = fc.constant({ kind: 'open' as const })
  const values: Record<string, fc.Arbitrary<QueryValue>> = {
    wildcard: fc.oneof(wordValue, wildcard),
    json: fc.oneof(wordValue, wildcard),
    duration,
    time: fc.oneof(age, time),
    number,
  }
  const position = { start: 0, end: 0 }
  const term = fc
    .constantFrom(...QUERY_FIELDS)
    .chain((field) => {
      const path =
        field.kind === 'json'
          ? fc.array(fc.stringMatching(/^[A-Za-z0-9_-]{1,6}$/), { minLength: 1, maxLength: 3 })
          : fc.constant([])
      const value =
        field.kind === 'enum'
          ? fc.constantFrom(...(field.values ?? [])).map((text) => ({ kind: 'word' as const, text }))
          : (values[field.kind] ?? number)
      const some = fc.array(value, { minLength: 1, maxLength: 4 }).map((values) => ({ op: 'is' as const, values }))
      const points = field.kind === 'duration' ? duration : field.kind === 'time' ? age : number
      const compared = fc
        .tuple(fc.constantFrom('>' as const, '>=' as const, '<' as const, '<=' as const), points)
        .map(([op, value]) => ({ op, values: [value] }))
      const range = fc
        .oneof(fc.tuple(points, points), fc.tuple(open, points), fc.tuple(points, open))
        .map((values) => ({ op: 'range' as const, values }))
      const isPlain = field.kind === 'enum' || field.kind === 'wildcard' || field.kind === 'word'
      return fc.record({
        field: fc.constant(field.name),
        path,
        isNegated: fc.boolean(),
        position: fc.constant(position),
        asked: isPlain ? some : fc.oneof(some, compared, range),
      })
    })
    .map(({ asked, ...term }): QueryTerm => ({ ...term, ...asked }))
  const text = fc
    .oneof(
      word.filter(hasWords).map((text) => ({ text, isPrefix: false })),
      fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,8}$/).map((text) => ({ text, isPrefix: true })),
    )
    .chain((text) => fc.boolean().map((isNegated): QueryText => ({ ...text, isNegated, position })))
  const query = fc.record({ terms: fc.array(term, { maxLength: 5 }), text: fc.array(text, { maxLength: 4 }) })

  test('what is written is read back as it was', () => {
    fc.assert(
      fc.property(query, (query) => {
        const written = printQuery(query)
        fc.pre(written.length <= QUERY_LENGTH_LIMIT)
        expect(parsed(written)).toEqual(bare(query))
        expect(printQuery(requireQuery(written))).toBe(written)
      }),
      { numRuns: 500 },
    )
  })

  test('any text is either a query or has errors within it, and can be completed at any place', () => {
    const pieces = fc.constantFrom(
      'state:',
      'failed',
      ',',
      '"',
      '\\',
      '-',
      '>',
      '..',
      '*',
      ' ',
      ':',
      'input.',
      'created:',
      '2h',
      'x',
      'OR',
      '2026-11-22',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
        ),
        (text) => {
          const { query, errors } = parseQuery(text)
          expect(query === null).toBe(errors.length > 0)
          for (const { start, end } of errors) expect(0 <= start && start <= end && end <= text.length).toBe(true)
          if (query !== null) expect(parsed(printQuery(query))).toEqual(bare(query))
          for (let caret = 0; caret <= text.length; caret += 1) {
            const { start, end } = completeQuery(text, caret)
            expect(0 <= start && start <= end && end === caret).toBe(true)
          }
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

test('every example in the table is a query of its field', () => {
  for (const field of QUERY_FIELDS) {
    expect([field.example, parseQuery(field.example).query?.terms[0]?.field]).toEqual([field.example, field.name])
    for (const alias of field.aliases) expect(findQueryField(alias.toUpperCase())?.field.name).toBe(field.name)
  }
  expect(findQueryField('input')).toBeNull()
  expect(findQueryField('state.x')).toBeNull()
})

describe('completeQuery', () => {
  const texts = (text: string, caret = text.length, known = {}) => {
    const { start, end, candidates } = completeQuery(text, caret, known)
    return candidates.map((candidate) => text.slice(0, start) + candidate.text + text.slice(end))
  }

  test('offers fields', () => {
    expect(texts('')).toHaveLength(QUERY_FIELDS.length)
    expect(texts('st')).toEqual(['state:', 'station:', 'started:'])
    expect(texts('x -sta')).toEqual(['x -state:', 'x -station:', 'x -started:'])
    expect(texts('user')).toEqual(['by:'])
    expect(texts('inp')).toEqual(['input.'])
    expect(texts('"sta')).toEqual([])
  })

  test('offers values', () => {
    expect(texts('state:fa')).toEqual(['state:failed'])
    expect(texts('state:failed,ca')).toEqual(['state:failed,cancelled'])
    expect(texts('state:fa x', 8)).toEqual(['state:failed x'])
    expect(texts('created:<1')).toEqual(['created:<1h'])
    expect(texts('nothing:x')).toEqual([])
  })

  test('offers what the caller knows, in quotes where they are needed', () => {
    const known = { printer: ['Badge 01', 'Badge 02', 'Zebra'] }
    expect(texts('printer:b', undefined, known)).toEqual(['printer:"Badge 01"', 'printer:"Badge 02"'])
    expect(texts('printer:"Badge 02","badge 0', undefined, known)).toEqual([
      'printer:"Badge 02","Badge 01"',
      'printer:"Badge 02","Badge 02"',
    ])
    expect(texts('printer:"a\\"b",z', undefined, known)).toEqual(['printer:"a\\"b",Zebra'])
  })
})

describe('words', () => {
  test('folding takes away case, accents and width, and does so once', () => {
    expect(fold('Ärger ﬁx ＡＢＣ Straße')).toBe('arger fix abc strasse')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fold(fold(text))).toBe(fold(text))
      }),
    )
  })

  test('compounds', () => {
    expect(compoundsOf('MO-8235, Kite — x', 10)).toEqual([['mo', '8235'], ['kite'], ['x']])
    expect(compoundsOf('a-b-c d', 2)).toEqual([['a', 'b']])
    expect(compoundsOf('x'.repeat(50), 9)).toEqual([['x'.repeat(40)]])
    expect(facetValue(' Badge\n 01\u0001 ')).toBe('badge 01')
  })
})

describe('suggest', () => {
  test.each([
    ['prniter', 'printer'],
    ['pinter', 'printer'],
    ['tpe', 'type'],
    ['by2', 'by'],
    ['descr', 'description'],
    ['zzz', null],
    ['', null],
    ['x'.repeat(41), null],
  ])('%j is probably %j', (word, meant) => {
    expect(suggest(word, ['printer', 'type', 'by', 'description'])).toBe(meant)
  })
})

test('characters beyond the first plane are letters too', () => {
  expect(compoundsOf('x-𐐷b ☂', 9)).toEqual([['x', '𐐷b']])
  expect(compoundsOf('a\u2003b', 9)).toEqual([['a'], ['b']])
  expect(hasWords('☂')).toBe(false)
})

test('the guide knows every field, its aliases, values and example', () => {
  const guide = readFileSync(new URL('../../../docs/queries.md', import.meta.url), 'utf8')
  for (const { name, aliases, values, example } of QUERY_FIELDS) {
    const row = guide.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? ''
    for (const word of [...aliases, ...(values ?? []), example]) expect(row).toContain(`\`${word}\``)
  }
})
