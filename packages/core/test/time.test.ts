import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationWords, relativeTime } from '../src/time.ts'
import { formatDuration, parseDuration, parseTime } from '../src/written-time.ts'

describe('durations', () => {
  test.each([
    ['2h', 7_200_000],
    ['30s', 30_000],
    ['1d12h', 129_600_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    ['1W', 604_800_000],
    ['1m30s', 90_000],
    ['0', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test.each(['', '5', 'h', '2h 3m', '3m2h', '1h1h', '-1h', '1.h', '1e3s', '999999999999w', '2 h', '1y'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeNull()
    },
  )

  test('what is written is read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_000_000_000_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms)
      }),
    )
    expect(formatDuration(-5)).toBe('0s')
    expect(formatDuration(129_600_000)).toBe('1d12h')
  })

  test.each([
    [-3, '0 ms'],
    [350, '350 ms'],
    [4_200, '4.2 s'],
    [9_949, '9.9 s'],
    [9_950, '10 s'],
    [59_499, '59 s'],
    [59_500, '1 min'],
    [200_000, '3 min 20 s'],
    [3_599_999, '1 h'],
    [7_500_000, '2 h 5 min'],
    [86_400_000, '1 d'],
    [273_600_000, '3 d 4 h'],
  ])('%d ms in words is %s', (ms, words) => {
    expect(durationWords(ms)).toBe(words)
  })
})

test.each([
  [0, 'just now'],
  [-4_999, 'just now'],
  [42_000, '42 s ago'],
  [180_000, '3 min ago'],
  [-7_200_000, 'in 2 h'],
  [432_000_000, '5 d ago'],
])('a time %d ms past is %s', (past, words) => {
  expect(relativeTime(1_000_000_000_000 - past, 1_000_000_000_000)).toBe(words)
})

describe('parseTime', () => {
  test.each([
    ['2026-11-22', '2026-11-22T00:00:00.000Z', 86_400_000],
    ['2026-11-22T10:30', '2026-11-22T10:30:00.000Z', 60_000],
    ['2026-11-22 10:30:05', '2026-11-22T10:30:05.000Z', 1_000],
    ['2026-11-22t10:30:05.250z', '2026-11-22T10:30:05.250Z', 1],
    ['2026-11-22T10:30+01:00', '2026-11-22T09:30:00.000Z', 60_000],
    ['2026-11-22T10:30-0530', '2026-11-22T16:00:00.000Z', 60_000],
  ])('%s', (text, iso, spanMs) => {
    expect(parseTime(text)).toEqual({ timeMs: Date.parse(iso), spanMs })
  })

  test.each(['', '2026', '2026-02-30', '2026-13-01', '2026-11-22T25:00', '22.11.2026', '2026-11-22T'])(
    '%j is none',
    (text) => {
      expect(parseTime(text)).toBeNull()
    },
  )
})
