import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSearch, text, writeSearch } from '../src/routes/search.ts'

test('every text survives the address, also one that looks like a number or like JSON', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, unit: 'binary' }).filter((value) => value.isWellFormed()),
      (value) => {
        expect(text(readSearch(writeSearch({ q: value })), 'q')).toEqual({ q: value })
      },
    ),
  )
  expect(readSearch('?link=123e4')).toEqual({ link: '123e4' })
})

test('queries stay readable', () => {
  expect(writeSearch({ q: 'state:failed,running by:anna', group: '' })).toBe('?q=state:failed,running+by:anna')
})
