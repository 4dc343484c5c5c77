import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JobFacets } from '../src/query/facets.ts'
import { matchesQuery, timeBounds } from '../src/query/match.ts'
import { requireQuery } from '../src/query/parse.ts'
import { facetToken, queryTokens, searchTokens, type TokenQuery, toTsquery } from '../src/query/tokens.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const HOUR = 3_600_000

const job: JobFacets = {
  id: '0190b3c4-1111-7222-8333-abcdefabcdef',
  state: 'failed',
  type: 'print.label',
  queue: 'labels',
  printer: 'Badge 01',
  pool: null,
  station: 'desk-1',
  worker: 'w1',
  createdBy: 'Anna',
  tags: { shift: 'night', test: '' },
  subject: { type: 'order', id: 'MO-8235-A' },
  description: 'Labels for the Käse order',
  summary: null,
  errorCode: 'printer_offline',
  errorMessage: 'The printer is offline',
  itemRefs: ['BOX-7', 'BOX-8'],
  priority: 'high',
  proof: 'sent',
  waitReason: null,
  parent: null,
  retryOf: '0190b3c4-0000-7222-8333-abcdefabcdef',
  attempt: 3,
  itemsTotal: 200,
  itemsDone: 150,
  itemsFailed: 3,
  createdAtMs: NOW - 3 * HOUR,
  queuedAtMs: NOW - 2.5 * HOUR,
  startedAtMs: NOW - 2 * HOUR,
  finishedAtMs: NOW - HOUR,
  input: { order: { id: 123, lines: [{ sku: 'A' }, { sku: 'B' }] }, draft: false, note: null },
  result: { pages: 120 },
}
const fresh: JobFacets = {
  ...job,
  state: 'running',
  printer: null,
  subject: null,
  errorCode: null,
  itemsTotal: null,
  itemsDone: null,
  itemsFailed: null,
  queuedAtMs: null,
  finishedAtMs: null,
  retryOf: null,
  waitReason: 'paused',
  input: null,
}

const found = (query: string, of: JobFacets = job) => matchesQuery(requireQuery(query), of, NOW)

/** What PostgreSQL does with the lexemes of a job. */
function answers({ clauses }: TokenQuery, tokens: readonly string[]): boolean {
  return clauses.every(({ anyOf, isNegated }) => {
    const has = anyOf.some(({ token, isPrefix }) =>
      tokens.some((own) => (isPrefix ? own.startsWith(token) : own === token)),
    )
    return has !== isNegated
  })
}

const MATCHING = [
  '',
  'state:failed,running',
  'state:final',
  '-state:active',
  'type:print.*',
  'type:*label',
  'type:p*.*l',
  'queue:LABELS',
  'printer:"badge 01"',
  'printer:*',
  '-pool:*',
  'station:desk-1',
  'worker:w1',
  'by:anna',
  'tag:shift',
  'tag:shift=night',
  'tag:shift=*',
  'tag:test',
  'subject:mo-8235-a',
  'subject:order=*',
  'item.ref:box-7',
  'error:printer_*',
  'priority:high',
  'proof:sent,accepted',
  '-wait:paused',
  'id:0190b3c4*',
  'retry_of:*',
  '-parent:*',
  'created:>2h',
  'created:<4h',
  'created:4h',
  '-created:2h',
  'created:2026-11-22',
  'created:<=2026-11-22',
  'created:>=2026-11-22',
  'created:>2026-11-21',
  '-created:>2026-11-22',
  'created:<2026-11-23',
  'created:2026-11-01..2026-11-30',
  'created:2h..1d',
  'created:1d..2h',
  'created:2h..',
  'created:..1d',
  'started:>=2h',
  'finished:<=1h',
  'finished:..2026-11-22',
  'duration:>30s',
  'duration:1h',
  'duration:30m..2h',
  'duration:<2h',
  'duration:<=1h',
  'duration:>=1h',
  'waited:30m',
  'attempt:>1',
  'attempt:3,4',
  'items:200',
  'items.done:150..',
  'items.failed:..3',
  'input.order.id:123',
  'input.order.id:>100',
  '-input.order.id:>200',
  'input.order.id:1*',
  'input.order.lines.sku:b',
  'input.order.lines.0.sku:a',
  'input.order:*',
  'input.order.lines:*',
  'input.draft:false',
  'input.note:null',
  '-input.note:*',
  '-input.nothing:*',
  '-input.draft:>1',
  '-input.order.id.deep:1',
  'result.pages:>100',
  'kase',
  'KÄSE',
  'käs*',
  'mo-8235',
  'MO/8235',
  'mo-82*',
  '8235-a',
  'box-7',
  'box',
  '-box-9',
  '"for the kase"',
  '"kase order"',
  '-"order kase"',
  'labels order',
  '"the käse ord"*'.replace('"*', '"').replace('ord', 'order'),
  'offline',
  'anna',
  'night',
  '-pri*x'.replace('*x', 'x'),
  'print.label',
]
const MISSING = [
  'state:completed',
  'state:active',
  'type:print',
  'type:*x*',
  'type:print.label.*',
  'type:print.lab*label',
  'queue:label',
  'pool:*',
  '-printer:*',
  'tag:night',
  'item.ref:box',
  'created:2h',
  'created:<1h',
  'created:2026-11-21',
  '-created:>2h',
  'created:>2026-11-22',
  'created:<2026-11-22',
  'duration:2h',
  'duration:>1h',
  'duration:<1h',
  'attempt:4',
  'items.failed:0',
  'items:>200',
  'items.done:151..',
  'input.order.id:12',
  'input.order.lines.5.sku:a',
  'input.draft:true',
  'input.order:x',
  'ka',
  'mo-8235-b',
  'a-8235',
  '"order käse"',
  '-kase',
  'bo',
  'box-9',
  '-"kase order"',
  'labels nowhere',
  'wait:paused',
  'id:0190',
]

describe('matchesQuery', () => {
  test.each(MATCHING)('finds the job by %s', (query) => {
    expect(found(query)).toBe(true)
  })
  test.each(MISSING)('does not find it by %s', (query) => {
    expect(found(query)).toBe(false)
  })

  test('a running job has a duration that grows, and no end', () => {
    expect(found('duration:2h', fresh)).toBe(true)
    expect(found('finished:<9d', fresh)).toBe(false)
    expect(found('-finished:<9d', fresh)).toBe(true)
    expect(found('waited:1h', fresh)).toBe(true)
    expect(found('duration:>0s', { ...fresh, startedAtMs: null })).toBe(false)
    expect(found('waited:3h', { ...fresh, startedAtMs: null })).toBe(true)
    expect(found('items:>0', fresh)).toBe(false)
    expect(found('wait:paused state:active', fresh)).toBe(true)
    expect(found('input.order.id:123', fresh)).toBe(false)
  })
})

describe('tokens', () => {
  test('of a job', () => {
    expect(
      searchTokens({
        ...job,
        tags: { shift: 'night' },
        description: null,
        errorMessage: null,
        station: null,
        itemRefs: ['BOX-7'],
      }),
    ).toEqual(
      [
        '7',
        '8235',
        '8235-a',
        'a',
        'anna',
        'badge',
        'box',
        'box-7',
        'by=anna',
        'err=printer_offline',
        '01',
        'label',
        'labels',
        'mo',
        'mo-8235',
        'mo-8235-a',
        'night',
        'offline',
        'order',
        'p=badge 01',
        'print',
        'print-label',
        'printer',
        'printer-offline',
        'pri=high',
        'proof=sent',
        'q=labels',
        'ref=box-7',
        'retry=0190b3c4-0000-7222-8333-abcdefabcdef',
        's=failed',
        'shift',
        'sub=mo-8235-a',
        'sub=order=mo-8235-a',
        't=print.label',
        'tag=shift',
        'tag=shift=night',
        'w=w1',
      ].toSorted(),
    )
  })

  test('are bounded in number and length', () => {
    const huge = {
      ...job,
      description: 'a-b-c-d-e-f-g '.repeat(10_000),
      itemRefs: Array.from({ length: 900 }, (_, index) => `ref${index}${'x'.repeat(900)}`),
    }
    const tokens = searchTokens(huge)
    expect(tokens.length).toBeLessThan(2_600)
    expect(Math.max(...tokens.map((token) => token.length))).toBeLessThan(300)
  })

  test.each([
    ['state:failed,running', "('s=failed' | 's=running')", true],
    ['state:final', "('s=completed' | 's=completed_with_errors' | 's=failed' | 's=cancelled')", true],
    ['type:print.* -tag:test', "'t=print.':* & !'tag=test'", true],
    ['printer:*', "'p=':*", true],
    ['printer:"O\'Neill \\\\ 1"', "'p=o''neill \\\\ 1'", true],
    ['type:a*b', "'t=a':*", false],
    ['-type:a*b', null, false],
    ['created:<2h queue:a', "'q=a'", false],
    ['input.x:1', null, false],
    ['MO-8235', "'mo-8235'", true],
    ['mo-82*', "'mo-82':*", true],
    ['b*', "'b':*", false],
    ['-p*', null, false],
    ['box*', "'box':*", true],
    ['-box', "!'box'", true],
    ['"free text here"', "'free' & 'text' & 'here'", false],
    ['-"free text"', null, false],
    ['a-b-c-d-e', "'a' & 'b' & 'c' & 'd' & 'e'", false],
    ['a-b-c-d-e*', "'a' & 'b' & 'c' & 'd'", false],
    ['', null, true],
  ])('%s asks the index for %s', (query, tsquery, isExact) => {
    const tokens = queryTokens(requireQuery(query))
    expect(toTsquery(tokens)).toBe(tsquery)
    expect(tokens.isExact).toBe(isExact)
  })

  test('callers can have facets of their own', () => {
    expect(facetToken('O', '12')).toBe('O=12')
  })

  test('the index never misses a job, and is right by itself where it says so', () => {
    const letters = fc.constantFrom('a', 'b', 'A', 'ä', '1', '-', ' ', '.', '=', 'ß', '*')
    const words = fc.array(letters, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''))
    const name = fc.option(words)
    const jobs = fc.record({
      description: name,
      printer: name,
      queue: name,
      errorCode: name,
      itemRefs: fc.array(words, { maxLength: 3 }),
      tags: fc.dictionary(words, words, { maxKeys: 2 }),
      type: words,
      createdBy: words,
      state: fc.constantFrom('failed' as const, 'completed' as const),
    })
    const quoted = words.map((word) => `"${word}"`)
    const plain = words.map((word) => word.replace(/[ ]/g, ''))
    const value = fc.oneof(quoted, plain)
    const terms = fc.oneof(
      fc
        .tuple(fc.constantFrom('printer', 'queue', 'error', 'item.ref', 'tag', 'type', 'by'), value, value)
        .map(([field, one, other]) => `${field}:${one},${other}`),
      fc.constantFrom('state:failed', 'state:final', 'state:active', 'created:<9h', 'items:>1'),
      value,
    )
    const queries = fc.array(
      fc.tuple(fc.boolean(), terms).map(([isNegated, term]) => (isNegated ? `-${term}` : term)),
      { maxLength: 3 },
    )
    let compared = 0
    fc.assert(
      fc.property(jobs, queries, (some, parts) => {
        let query: ReturnType<typeof requireQuery>
        try {
          query = requireQuery(parts.join(' '))
        } catch {
          return
        }
        compared += 1
        const of: JobFacets = { ...job, ...some }
        const tokens = queryTokens(query)
        const isAnswered = answers(tokens, searchTokens(of))
        const isMatch = matchesQuery(query, of, NOW)
        if (tokens.isExact) expect(isAnswered).toBe(isMatch)
        else if (isMatch) expect(isAnswered).toBe(true)
      }),
      { numRuns: 2_000 },
    )
    expect(compared).toBeGreaterThan(200)
  })
})

describe('timeBounds', () => {
  const day = Date.parse('2026-11-22')

  test.each([
    ['', Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    ['created:2026-11-22', day, day + 24 * HOUR],
    ['created:<2h', NOW - 2 * HOUR + 1, Number.POSITIVE_INFINITY],
    ['created:>2h', Number.NEGATIVE_INFINITY, NOW - 2 * HOUR],
    ['created:>=2026-11-22 created:<1h', NOW - HOUR + 1, Number.POSITIVE_INFINITY],
    ['created:2026-11-20,2026-11-22', day - 48 * HOUR, day + 24 * HOUR],
    ['-created:<2h finished:<1h', Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])('%s', (query, fromMs, toMs) => {
    expect(timeBounds(requireQuery(query), 'created', NOW)).toEqual({ fromMs, toMs })
  })
})

describe('recheck', () => {
  test('lists and bare values are compared as they are', () => {
    expect(found('tag:a', { ...job, tags: { a: 'x' } })).toBe(true)
    expect(found('subject:x', fresh)).toBe(false)
    expect(found('input.a:1', { ...job, input: { a: [1, 2] } })).toBe(true)
    expect(found('input.a.b:1', { ...job, input: { a: [{ c: 1 }, 7, null] } })).toBe(false)
    expect(found('input.a:>1', { ...job, input: { a: '2' } })).toBe(false)
  })

  test('a long text is found by its first words only', () => {
    const long = { ...job, description: `${'w '.repeat(500)}needle`, errorMessage: null }
    expect(found('w', long)).toBe(true)
    expect(found('needle', long)).toBe(false)
    expect(found('anna', long)).toBe(false)
  })
})
