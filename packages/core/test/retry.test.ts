import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AndonError } from '../src/errors.ts'
import { BACKGROUND_RETRY, maxAttempts, NO_RETRY, nextRetry, PRINT_RETRY, parseRetryPolicy } from '../src/retry.ts'

const exponential = fc.record({
  kind: fc.constant('exponential' as const),
  baseMs: fc.integer({ min: 1, max: 60_000 }),
  factor: fc.double({ min: 1, max: 100, noNaN: true }),
  capMs: fc.integer({ min: 60_000, max: 86_400_000 }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  retries: fc.integer({ min: 0, max: 100 }),
})
const fixed = fc.record({
  kind: fc.constant('fixed' as const),
  delaysMs: fc.array(fc.integer({ min: 0, max: 86_400_000 }), { maxLength: 100 }),
})
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('nextRetry', () => {
  test('background jobs wait 1, 5, 15 and 60 minutes, then give up', () => {
    expect([1, 2, 3, 4, 5].map((attempt) => nextRetry(BACKGROUND_RETRY, attempt, 0))).toEqual([
      60_000,
      300_000,
      900_000,
      3_600_000,
      null,
    ])
  })

  test('prints wait 2, 4 and 8 seconds, then give up', () => {
    expect([0, 1, 2, 3, 4].map((attempt) => nextRetry(PRINT_RETRY, attempt, 0.5))).toEqual([
      null,
      2_000,
      4_000,
      8_000,
      null,
    ])
  })

  test('jitter takes away at most its share', () => {
    const policy = { ...PRINT_RETRY, jitter: 0.5 }
    expect([0, 0.5, 0.999].map((random) => nextRetry(policy, 1, random))).toEqual([2_000, 1_500, 1_001])
  })

  test('every policy ends after its attempts', () => {
    fc.assert(
      fc.property(fc.oneof(exponential, fixed), random, (policy, random) => {
        const attempts = maxAttempts(policy)
        for (let attempt = 1; attempt < attempts; attempt += 1)
          expect(nextRetry(policy, attempt, random)).not.toBeNull()
        expect(nextRetry(policy, attempts, random)).toBeNull()
      }),
    )
    expect(maxAttempts(NO_RETRY)).toBe(1)
  })

  test('exponential delays are whole, within the cap, and never shrink without jitter', () => {
    fc.assert(
      fc.property(exponential, random, (policy, random) => {
        let last = 0
        for (let attempt = 1; attempt <= policy.retries; attempt += 1) {
          const delay = nextRetry(policy, attempt, random) ?? Number.NaN
          expect(Number.isSafeInteger(delay) && delay >= 0 && delay <= policy.capMs).toBe(true)
          const plain = nextRetry({ ...policy, jitter: 0 }, attempt, random) ?? Number.NaN
          expect(plain).toBeGreaterThanOrEqual(last)
          last = plain
        }
      }),
    )
  })
})

describe('parseRetryPolicy', () => {
  test('keeps every valid policy', () => {
    fc.assert(
      fc.property(fc.oneof(exponential, fixed), (policy) => {
        expect(parseRetryPolicy(JSON.parse(JSON.stringify(policy)))).toEqual(JSON.parse(JSON.stringify(policy)))
      }),
    )
  })

  test('fills in what is left out', () => {
    expect(parseRetryPolicy({ kind: 'exponential' })).toEqual(PRINT_RETRY)
    expect(parseRetryPolicy({ kind: 'exponential', baseMs: 120_000 })).toMatchObject({ capMs: 120_000 })
  })

  test.each([
    [null, '/retry'],
    [[], '/retry'],
    ['fixed', '/retry'],
    [{ kind: 'often' }, '/retry/kind'],
    [{ kind: 'fixed' }, '/retry/delaysMs'],
    [{ kind: 'fixed', delaysMs: [1, -1] }, '/retry/delaysMs/1'],
    [{ kind: 'fixed', delaysMs: ['1'] }, '/retry/delaysMs/0'],
    [{ kind: 'fixed', delaysMs: Array.from({ length: 101 }, () => 1) }, '/retry/delaysMs'],
    [{ kind: 'fixed', delaysMs: [], retries: 3 }, '/retry/retries'],
    [{ kind: 'exponential', baseMs: 0 }, '/retry/baseMs'],
    [{ kind: 'exponential', baseMs: 10, capMs: 9 }, '/retry/capMs'],
    [{ kind: 'exponential', factor: 0.5 }, '/retry/factor'],
    [{ kind: 'exponential', jitter: Number.NaN }, '/retry/jitter'],
    [{ kind: 'exponential', retries: 1.5 }, '/retry/retries'],
    [{ kind: 'exponential', retries: 101 }, '/retry/retries'],
  ])('refuses %j at %s', (value, field) => {
    const error = thrownBy(() => parseRetryPolicy(value))
    expect(error).toBeInstanceOf(AndonError)
    expect(error).toMatchObject({ code: 'validation_failed', field, allowed: expect.anything() })
  })
})

function thrownBy(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}
