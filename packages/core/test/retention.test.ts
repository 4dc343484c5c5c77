import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  byExactness,
  cleanupSummary,
  DEFAULT_RETENTION,
  FINAL_STATES,
  monthWords,
  type RetentionRule,
  retainedWords,
  retentionForecastWords,
  retentionRuleFor,
  retentionWords,
} from '../src/index.ts'

const rule = (type: string, state: RetentionRule['state'] = null): RetentionRule => {
  return { type, state, keep_days: 90, after: 'archive', artifact_days: null }
}

describe('the rule that holds for a job', () => {
  test.each([
    ['print.label', 'failed', 'print.label null'],
    ['print.badge', 'failed', 'print.* failed'],
    ['print.badge', 'cancelled', 'print.* null'],
    ['scrape.web', 'failed', '* failed'],
    ['scrape.web', 'completed', '* null'],
  ] as const)('of %s that ended as %s is %s', (type, state, expected) => {
    const rules = [rule('*'), rule('*', 'failed'), rule('print.*'), rule('print.*', 'failed'), rule('print.label')]
    const holds = retentionRuleFor(rules, { type, state })
    expect(`${holds?.type} ${holds?.state}`).toBe(expected)
    expect(retentionRuleFor(rules.toReversed(), { type, state })).toBe(holds)
  })

  test('is none where none fits', () => {
    expect(retentionRuleFor([rule('print.*')], { type: 'a.b', state: 'failed' })).toBeUndefined()
  })

  test('is the same in whatever order the rules are', () => {
    const types = fc.constantFrom('*', 'a.*', '*.b', 'a.b', 'a.*b')
    const rules = fc.uniqueArray(fc.tuple(types, fc.constantFrom(null, ...FINAL_STATES)), { selector: String })
    fc.assert(
      fc.property(rules, fc.constantFrom(...FINAL_STATES), (pairs, state) => {
        const all = pairs.map(([type, of]) => rule(type, of))
        const job = { type: 'a.b', state }
        expect(retentionRuleFor(all.toReversed(), job)).toBe(retentionRuleFor(all, job))
        expect(all.toSorted(byExactness)).toEqual(all.toReversed().toSorted(byExactness))
      }),
      { numRuns: 50 },
    )
  })
})

test('rules and what comes of them are told in words', () => {
  expect(DEFAULT_RETENTION.map(retentionWords)).toEqual([
    'all jobs: 90 days, then archived',
    'failed jobs: 90 days, then archived; artifacts 7 days',
  ])
  const short = { ...rule('print.*', 'completed_with_errors'), keep_days: 1, after: 'delete' as const }
  expect(retentionWords(short)).toBe('completed with errors print.* jobs: 1 day, then deleted')
  expect(retainedWords(rule('index.full'))).toBe('index.full jobs')
  expect(monthWords('202606')).toBe('June 2026')
  const nothing = { cleaned: 0, deleted: 0, items: 0, log_lines: 0, documents: 0 }
  expect(cleanupSummary(nothing)).toBe('Nothing was older than its rule')
  expect(cleanupSummary({ cleaned: 2, deleted: 1, items: 1, log_lines: 35, documents: 0 })).toBe(
    '2 jobs were cleaned: 1 item content, 35 log lines; 1 job was deleted',
  )
  expect(cleanupSummary({ ...nothing, documents: 3 })).toBe('3 documents were deleted')
  const none = { rules: [], months: [], is_complete: true }
  expect(retentionForecastWords(none)).toBe('Nothing would go now')
  expect(retentionForecastWords({ ...none, is_complete: false })).toBe('Nothing found so far would go now')
  const some = { rules: [{ artifacts: 2, deleted: 0 }], months: ['202606'], is_complete: false }
  expect(retentionForecastWords(some)).toBe('At least 2 jobs would be cleaned, 1 month would be archived')
})
