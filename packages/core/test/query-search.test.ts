import { describe, expect, test } from 'vitest'
import type { JobFacets } from '../src/query/facets.ts'
import { matchesQuery, timeBounds } from '../src/query/match.ts'
import { requireQuery } from '../src/query/parse.ts'
import { HOUR, job, NOW } from './query-jobs.ts'

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
  '"the käse order"',
  'offline',
  'anna',
  'night',
  '-prix',
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
