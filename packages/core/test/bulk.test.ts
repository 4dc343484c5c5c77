import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  BULK_DONE,
  BULK_LEFT,
  bulkActWords,
  bulkLeftWords,
  type BulkCounts,
  bulkSummary,
  bulkTouched,
} from '../src/index.ts'

test('a bulk operation is told in words', () => {
  expect(bulkSummary({})).toBe('No job matched')
  expect(bulkSummary({ cancelled: 3, requested: 1 })).toBe('3 cancelled, 1 asked to stop')
  expect(bulkSummary({ already_final: 2, cancelled: 1_200 })).toBe('1200 cancelled; left alone: 2 ended already')
  expect(bulkSummary({ refused: 2 })).toBe('Nothing was changed; left alone: 2 refused')
  expect(bulkLeftWords('succeeded')).toBe('completed')
  expect(bulkActWords('retry')).toBe('retried')
})

test('every job is told once, whatever became of it', () => {
  const counts = fc.dictionary(
    fc.constantFrom(...BULK_DONE, ...BULK_LEFT),
    fc.nat(1_000_000),
  ) as fc.Arbitrary<BulkCounts>
  fc.assert(
    fc.property(counts, (given) => {
      const told = [...bulkSummary(given).matchAll(/\d+/g)].reduce((sum, [number]) => sum + Number(number), 0)
      expect(told).toBe(Object.values(given).reduce((sum, count) => sum + count, 0))
      expect(bulkTouched(given)).toBeLessThanOrEqual(told)
    }),
  )
})
