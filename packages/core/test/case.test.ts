import fc from 'fast-check'
import { expect, test } from 'vitest'
import { camelKeys, snakeKeys } from '../src/index.ts'

const words = fc.array(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 4 })

test('names come back as they were, however many there were before', () => {
  fc.assert(
    fc.property(fc.uniqueArray(words.map((parts) => parts.join('_'))), (names) => {
      const wire = Object.fromEntries(names.map((name, index) => [name, index]))
      const code: object = camelKeys(wire)
      expect(Object.keys(code).some((name) => name.includes('_'))).toBe(false)
      expect(snakeKeys(code)).toEqual(wire)
    }),
    { numRuns: 1_000 },
  )
})

test('what lies below keeps its names', () => {
  expect(camelKeys({ run_at: null, input: { order_no: 1 } })).toEqual({ runAt: null, input: { order_no: 1 } })
  expect(snakeKeys({ runAt: null, input: { orderNo: 1 } })).toEqual({ run_at: null, input: { orderNo: 1 } })
})
