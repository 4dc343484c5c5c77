import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isUuid,
  uniquePrefixLength,
  uuidFloor,
  uuidGenerator,
  uuidPrefixRange,
  uuidShort,
  uuidTime,
} from '../src/uuid.ts'

const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes)

describe('uuidGenerator', () => {
  test('makes version 7 with the time in front', () => {
    const id = uuidGenerator({ now: () => 0x0190b3c41111, random: (bytes) => bytes.fill(0xff) })()
    expect(id).toBe('0190b3c4-1111-77ff-bfff-ffffffffffff')
    expect(uuidTime(id)).toBe(0x0190b3c41111)
  })

  test('rises strictly whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 2, maxLength: 200 }), (clock) => {
        let tick = 0
        const next = uuidGenerator({ now: () => clock[tick++] ?? 0, random })
        const ids = clock.map(() => next())
        expect(ids).toEqual([...new Set(ids)].toSorted())
        expect(ids.every(isUuid)).toBe(true)
      }),
    )
  })

  test('draws again when its random bytes are used up', () => {
    let draws = 0
    const next = uuidGenerator({
      now: () => 1,
      random: (bytes) => {
        draws += 1
        random(bytes)
      },
    })
    for (let count = 0; count < 130; count += 1) next()
    expect(draws).toBe(3)
  })

  test('is not stopped by a clock before 1970', () => {
    expect(uuidTime(uuidGenerator({ now: () => -5, random })())).toBe(0)
  })
})

test('isUuid and uuidTime refuse everything else', () => {
  expect(isUuid('0190B3C4-1111-77ff-bfff-ffffffffffff')).toBe(true)
  expect(isUuid('0190b3c4111177ffbfffffffffffffff')).toBe(false)
  expect(uuidTime('x')).toBeNull()
  expect(uuidTime('7c9e6679-7425-40de-944b-e07fc1f90ae7')).toBeNull()
})

test('uuidFloor is not above any id of its millisecond', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 47 }), (timeMs) => {
      const id = uuidGenerator({ now: () => timeMs, random })()
      expect(uuidFloor(timeMs) <= id).toBe(true)
      expect(uuidFloor(timeMs + 1) > id).toBe(true)
      expect(uuidTime(uuidFloor(timeMs))).toBe(timeMs)
    }),
  )
})

describe('uuidPrefixRange', () => {
  test('every prefix of an id finds it, with and without dashes', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 4, max: 36 }), (id, length) => {
        for (const typed of [id.slice(0, length), id.replaceAll('-', '').slice(0, Math.min(length, 32))]) {
          const range = uuidPrefixRange(typed.toUpperCase())
          expect(range !== null && range.from <= id && id <= range.to).toBe(true)
        }
      }),
    )
  })

  test.each(['', '019', '0190g', '01-90b3c4', '0190b3c4111177ffbfffffffffffffff0', 'MO-8235'])(
    'refuses %j',
    (typed) => {
      expect(uuidPrefixRange(typed)).toBeNull()
    },
  )
})

test('short forms', () => {
  expect(uuidShort('0190b3c4-1111-77ff-bfff-ffff12345678')).toBe('12345678')
  expect(uuidShort('0190b3c4-1111-77ff-bfff-ffff12345678', 4)).toBe('5678')
  expect(uniquePrefixLength([])).toBe(8)
  expect(uniquePrefixLength(['0190b3c4-1111-aaaa', '0190b3c4-1112-bbbb', '0190b3c4-1112-bbbb'])).toBe(13)
})
