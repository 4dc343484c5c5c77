import { parseQuery, printQuery } from '@andon/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chipsOf, firstError, valuesOf, withoutPart, withTerm } from '../src/features/jobs/query-edit.ts'

describe('chips', () => {
  test('stand in the order of the text, with their places', () => {
    const chips = chipsOf('state:failed "two words" -tag:test')
    expect(chips.map(({ text, isNegated, field }) => ({ text, isNegated, field }))).toEqual([
      { text: 'state:failed', isNegated: false, field: 'state' },
      { text: '"two words"', isNegated: false, field: null },
      { text: '-tag:test', isNegated: true, field: 'tag' },
    ])
  })

  test('there are none while the query is wrong', () => {
    expect(chipsOf('stat:failed')).toEqual([])
    expect(firstError('state:faild')).toMatchObject({ start: 6, end: 11, suggestion: 'failed' })
  })

  test('each can be taken out, and the rest stays', () => {
    const q = 'state:failed printer:"Label 01" urgent'
    const [, printer] = chipsOf(q)
    expect(printer && withoutPart(q, printer)).toBe('state:failed urgent')
  })
})

describe('setting a term', () => {
  test('replaces the one that is there and leaves the others', () => {
    expect(withTerm('type:print.* state:failed,running', 'state', 'queued')).toBe('state:queued type:print.*')
    expect(withTerm('state:failed MO-8235', 'state', null)).toBe('MO-8235')
    expect(withTerm('', 'created', '<24h')).toBe('created:<24h')
  })

  test('leaves negated terms alone', () => {
    expect(withTerm('-state:failed', 'state', 'running')).toBe('state:running -state:failed')
  })

  test('is what the tabs read back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('running', 'failed', 'completed'),
        fc.constantFrom('', 'MO-8235', 'by:anna', '-tag:test', 'created:<2h "two words"', 'state:queued'),
        (state, rest) => {
          const q = withTerm(rest, 'state', state)
          expect(valuesOf(q, 'state')).toEqual([state])
          const { query } = parseQuery(q)
          expect(query && parseQuery(printQuery(query)).errors).toEqual([])
        },
      ),
    )
  })
})
