import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JobFacets } from '../src/query/facets.ts'
import { matchesQuery } from '../src/query/match.ts'
import { requireQuery } from '../src/query/parse.ts'
import { facetToken, queryTokens, searchTokens, type TokenQuery, toTsquery } from '../src/query/tokens.ts'
import { job, NOW } from './query-jobs.ts'

/** What PostgreSQL does with the lexemes of a job. */
function answers({ clauses }: TokenQuery, tokens: readonly string[]): boolean {
  return clauses.every(({ anyOf, isNegated }) => {
    const has = anyOf.some(({ token, isPrefix }) =>
      tokens.some((own) => (isPrefix ? own.startsWith(token) : own === token)),
    )
    return has !== isNegated
  })
}

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
        'fp=printer_offline.00c0ffee123456',
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
