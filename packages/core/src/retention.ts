import { matchesPattern } from './rules/filter.ts'
import { FINAL_STATES, type FinalState } from './states.ts'
import type { RetentionForecast, RetentionRule } from './wire/retention.ts'

/** Type of the jobs that clean what is older than its rule. */
export const CLEANUP_TYPE = 'maintenance.cleanup'
/** Type of the jobs that take a month out of history, or bring it back. */
export const ARCHIVE_TYPE = 'maintenance.archive'
/** The queue in which both wait. */
export const MAINTENANCE_QUEUE = 'maintenance'

/** What happens to a job whose days are over: it goes with its month, or for good. */
export const AFTER_DAYS = ['archive', 'delete'] as const
/** A hundred years: as good as for ever. */
export const MOST_DAYS = 36_500

/** What a shop starts with: each of them can be changed, and the first one is always there. */
export const DEFAULT_RETENTION: readonly RetentionRule[] = [
  { type: '*', state: null, keep_days: 90, after: 'archive', artifact_days: null },
  { type: '*', state: 'failed', keep_days: 90, after: 'archive', artifact_days: 7 },
]

/** Jobs by what a cleanup did to them, and what of theirs went. */
export interface CleanupCounts {
  /** Jobs of whose artifacts something went. */
  readonly cleaned: number
  readonly deleted: number
  readonly items: number
  readonly log_lines: number
  /** Of jobs, and those whose own time was over. */
  readonly documents: number
}

/** What the decision which rule holds looks at. */
export type RetainedJob = Readonly<{ type: string; state: FinalState }>

/**
 * The rule that holds for a job: of those that fit the one with the most exact type, and among these the one that names
 * its state. Undefined when none fits.
 */
export function retentionRuleFor<R extends Pick<RetentionRule, 'state' | 'type'>>(
  rules: readonly R[],
  { state, type }: RetainedJob,
): R | undefined {
  const fitting = rules.filter(
    (rule) => (rule.state === null || rule.state === state) && matchesPattern(rule.type, type),
  )
  return fitting.toSorted(byExactness)[0]
}

/** Most exact first: whole names, then the longer pattern; of the same type those that name a state. */
export function byExactness(
  one: Pick<RetentionRule, 'state' | 'type'>,
  other: Pick<RetentionRule, 'state' | 'type'>,
): number {
  return (
    Number(one.type.includes('*')) - Number(other.type.includes('*')) ||
    other.type.length - one.type.length ||
    one.type.localeCompare(other.type, 'en') ||
    stateRank(one.state) - stateRank(other.state)
  )
}

function stateRank(state: RetentionRule['state']): number {
  return state === null ? FINAL_STATES.length : FINAL_STATES.indexOf(state)
}

/** Which jobs a rule is about: `failed print.* jobs`. */
export function retainedWords({ state, type }: Pick<RetentionRule, 'state' | 'type'>): string {
  if (state === null && type === '*') return 'all jobs'
  return [state?.replaceAll('_', ' '), type === '*' ? null : type, 'jobs'].filter((word) => word != null).join(' ')
}

/** A rule as a sentence: `failed jobs: 90 days, then archived; artifacts 7 days`. */
export function retentionWords(rule: RetentionRule): string {
  const after = rule.after === 'archive' ? 'archived' : 'deleted'
  const artifacts = rule.artifact_days === null ? '' : `; artifacts ${days(rule.artifact_days)}`
  return `${retainedWords(rule)}: ${days(rule.keep_days)}, then ${after}${artifacts}`
}

/** What a cleanup did, for people: `2 jobs were cleaned: 200 item contents, 35 log lines; 1 job was deleted`. */
export function cleanupSummary({ cleaned, deleted, documents, items, log_lines: lines }: CleanupCounts): string {
  const what = [
    counted(items, 'item content', 'item contents'),
    counted(lines, 'log line', 'log lines'),
    counted(documents, 'document', 'documents'),
  ].filter((part) => part !== null)
  const jobs = counted(cleaned, 'job was cleaned', 'jobs were cleaned')
  const parts = [
    jobs === null
      ? counted(documents, 'document was deleted', 'documents were deleted')
      : `${jobs}: ${what.join(', ')}`,
    counted(deleted, 'job was deleted', 'jobs were deleted'),
  ].filter((part) => part !== null)
  return parts.length === 0 ? 'Nothing was older than its rule' : parts.join('; ')
}

/** What rules would do now, for people. */
export function retentionForecastWords({ is_complete, months, rules }: RetentionForecast): string {
  const sum = (of: 'artifacts' | 'deleted') => rules.reduce((total, rule) => total + rule[of], 0)
  const parts = [
    counted(sum('artifacts'), 'job would be cleaned', 'jobs would be cleaned'),
    counted(sum('deleted'), 'job would be deleted', 'jobs would be deleted'),
    counted(months.length, 'month would be archived', 'months would be archived'),
  ].filter((part) => part !== null)
  if (parts.length === 0) return is_complete ? 'Nothing would go now' : 'Nothing found so far would go now'
  return `${is_complete ? '' : 'At least '}${parts.join(', ')}`
}

/** `202606` as `June 2026`. */
export function monthWords(month: string): string {
  const at = Date.UTC(Number(month.slice(0, 4)), Number(month.slice(4)) - 1, 1)
  return new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(at)
}

function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`
}

function counted(count: number, one: string, many: string): string | null {
  return count === 0 ? null : `${count} ${count === 1 ? one : many}`
}
