import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BASIS_WORDS,
  mergeProgress,
  NO_PROGRESS,
  type ProgressReport,
  progressWords,
  remainingWords,
  timeRemaining,
} from '../src/progress.ts'

const after = (...reports: ProgressReport[]) => reports.reduce(mergeProgress, NO_PROGRESS)

describe('mergeProgress', () => {
  test('counts steps and items, and derives the percent', () => {
    expect(after({ stepsTotal: 12 }, { step: 'render page 1', stepsBy: 1 })).toMatchObject({
      percent: 8.3,
      step: 'render page 1',
      stepsDone: 1,
      stepsTotal: 12,
      itemsTotal: null,
    })
    expect(after({ itemsTotal: 200 }, { itemsDone: 147, itemsFailed: 3 })).toMatchObject({
      percent: 75,
      itemsDone: 147,
    })
    expect(after({ itemsTotal: 0 }).percent).toBe(100)
    expect(after({ itemsDone: 5 })).toMatchObject({ percent: null, itemsDone: 5, itemsTotal: null })
  })

  test('does not say 100 before everything is done', () => {
    expect(after({ itemsTotal: 100_000, itemsDone: 99_999 }).percent).toBe(99.9)
    expect(after({ itemsTotal: 100_000, itemsDone: 100_000 }).percent).toBe(100)
  })

  test('a report that carries a percent says it itself', () => {
    expect(after({ itemsTotal: 10, itemsDone: 1, percent: 42 }).percent).toBe(42)
    expect(after({ percent: 400 }).percent).toBe(100)
  })

  test('goes backward only by a reset', () => {
    expect(
      after({ percent: 80, stepsDone: 4, itemsDone: 7 }, { percent: 10, stepsDone: 1, itemsDone: 2 }),
    ).toMatchObject({
      percent: 80,
      stepsDone: 4,
      itemsDone: 7,
    })
    expect(after({ percent: 80, step: 'a' }, { reset: true, percent: 10 })).toEqual({ ...NO_PROGRESS, percent: 10 })
  })

  test('a total that turns out too small is what is done already', () => {
    expect(after({ stepsDone: 5 }, { stepsTotal: 3 })).toMatchObject({ stepsDone: 5, stepsTotal: 5 })
    expect(after({ itemsDone: 5, itemsFailed: 2 }, { itemsTotal: 3 })).toMatchObject({
      itemsDone: 5,
      itemsFailed: 2,
      itemsTotal: 7,
    })
    expect(after({ stepsTotal: 3, stepsDone: 9 })).toMatchObject({ stepsDone: 3, stepsTotal: 3 })
  })

  test('keeps texts and estimates until they are replaced or taken back', () => {
    const progress = after({ step: 'a', message: 'b', estimateSeconds: 90 }, { percent: 1 })
    expect(progress).toMatchObject({ step: 'a', message: 'b', estimateSeconds: 90 })
    expect(mergeProgress(progress, { step: null, message: null, estimateSeconds: null })).toMatchObject({
      step: null,
      message: null,
      estimateSeconds: null,
    })
    expect(mergeProgress(progress, { estimateSeconds: -1 }).estimateSeconds).toBe(90)
    expect(after({ step: `a\0\ud800${'x'.repeat(900)}` }).step).toHaveLength(199)
  })

  test('whatever is reported, nothing goes backward or past its total', () => {
    const number = fc.option(fc.oneof(fc.integer({ min: -5, max: 300 }), fc.double()), { nil: undefined })
    const report = fc.record({
      percent: number,
      stepsBy: number,
      stepsDone: number,
      stepsTotal: number,
      itemsDone: number,
      itemsFailed: number,
      itemsTotal: number,
    })
    fc.assert(
      fc.property(fc.array(report, { maxLength: 20 }), (reports) => {
        let before = NO_PROGRESS
        for (const one of reports) {
          const now = mergeProgress(before, one)
          for (const name of ['percent', 'stepsDone', 'itemsDone', 'itemsFailed'] as const) {
            expect(now[name] ?? 0).toBeGreaterThanOrEqual(before[name] ?? 0)
          }
          expect(now.percent ?? 0).toBeLessThanOrEqual(100)
          expect(now.stepsDone ?? 0).toBeLessThanOrEqual(now.stepsTotal ?? Number.POSITIVE_INFINITY)
          expect((now.itemsDone ?? 0) + (now.itemsFailed ?? 0)).toBeLessThanOrEqual(
            now.itemsTotal ?? Number.POSITIVE_INFINITY,
          )
          before = now
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('timeRemaining', () => {
  const running = { startedAtMs: 0, nowMs: 60_000 }

  test.each([
    ['nothing known', running, null],
    ['not running', { ...running, startedAtMs: null, historyMs: 90_000 }, null],
    ['the pace of the items', { ...running, done: 150, total: 200 }, { seconds: 20, basis: 'items' }],
    [
      'the pace of this attempt alone',
      { ...running, done: 150, doneBefore: 140, total: 200 },
      { seconds: 300, basis: 'items' },
    ],
    [
      'no item done yet, so history',
      { ...running, done: 0, total: 200, historyMs: 90_000 },
      { seconds: 30, basis: 'history' },
    ],
    ['everything done', { ...running, done: 200, total: 200 }, { seconds: 0, basis: 'items' }],
    ['longer than ever before', { ...running, historyMs: 50_000 }, null],
    [
      'the handler, before all others',
      { ...running, done: 150, total: 200, estimateSeconds: 90 },
      { seconds: 30, basis: 'handler' },
    ],
    [
      'the handler, some time ago',
      { ...running, estimateSeconds: 90, estimatedAtMs: 55_000 },
      { seconds: 85, basis: 'handler' },
    ],
    [
      'the handler was wrong',
      { ...running, estimateSeconds: 10, done: 150, total: 200 },
      { seconds: 20, basis: 'items' },
    ],
    ['a clock that stands', { startedAtMs: 0, nowMs: 0, done: 1, total: 2 }, null],
    ['a clock that went back', { startedAtMs: 100, nowMs: 0, historyMs: 1_500 }, { seconds: 2, basis: 'history' }],
  ] as const)('%s', (_, input, expected) => {
    expect(timeRemaining(input)).toEqual(expected)
  })

  test('is never negative and always finite', () => {
    const number = fc.option(fc.oneof(fc.double(), fc.integer()), { nil: undefined })
    fc.assert(
      fc.property(
        fc.record({
          nowMs: fc.nat(),
          startedAtMs: fc.nat(),
          done: number,
          total: number,
          historyMs: number,
          estimateSeconds: number,
        }),
        (input) => {
          const found = timeRemaining(input)
          if (found !== null)
            expect(Number.isSafeInteger(found.seconds) && found.seconds >= 0 && found.basis in BASIS_WORDS).toBe(true)
        },
      ),
    )
  })

  test('in words', () => {
    expect(remainingWords({ seconds: 200, basis: 'items' })).toBe('about 3 min 20 s left')
    expect(remainingWords({ seconds: 0, basis: 'items' })).toBe('nearly done')
  })
})

test.each([
  [{ type: 'print.label', itemsTotal: 200, itemsDone: 150 }, '150 of 200 printed'],
  [{ type: 'print.label', itemsTotal: 200, itemsDone: 200, itemsFailed: 0 }, '200 of 200 printed'],
  [{ type: 'print.label', itemsTotal: 200, itemsDone: 197, itemsFailed: 3 }, '197 of 200 printed, 3 failed'],
  [{ type: 'scrape.web', itemsTotal: 10 }, '0 of 10 done'],
  [{ type: 'printer.scan', itemsTotal: 10, itemsDone: 1 }, '1 of 10 done'],
  [{ type: 'x', stepsTotal: 12, stepsDone: 3 }, '3 of 12 steps'],
  [{ type: 'x', stepsTotal: 1, itemsTotal: null }, '0 of 1 step'],
  [{ type: 'x' }, null],
])('%j is %j', (counts, words) => {
  expect(progressWords(counts)).toBe(words)
})
