import type { JobProgress } from './ports/job-source.ts'
import { DAY_MS, durationWords, SECOND_MS } from './time.ts'

/** Longest name of a step and longest message that are kept. */
const STEP_LIMIT = 200
const MESSAGE_LIMIT = 500

/** Longer than a year is no estimate: it is unknown. */
const REMAINING_LIMIT_MS = 365 * DAY_MS

/** Where an attempt stands: what is kept of all its reports. */
export interface ProgressState extends JobProgress {
  /** Items with a good outcome; null for jobs without items. */
  readonly itemsDone: number | null
  readonly itemsFailed: number | null
  readonly itemsTotal: number | null
}

/** What a handler reports. What is left out stays as it is; numbers that make no sense are taken as left out. */
export interface ProgressReport {
  /** 0 to 100. Derived from items, or else from steps, when it is never given. */
  readonly percent?: number | undefined
  /** Name of the step that begins; null for none. */
  readonly step?: string | null | undefined
  /** Steps to add to those done. */
  readonly stepsBy?: number | undefined
  readonly stepsDone?: number | undefined
  readonly stepsTotal?: number | undefined
  readonly itemsDone?: number | undefined
  readonly itemsFailed?: number | undefined
  readonly itemsTotal?: number | undefined
  readonly message?: string | null | undefined
  /** Seconds left by the handler's own reckoning; null takes an earlier one back. */
  readonly estimateSeconds?: number | null | undefined
  /** Begin from nothing: the only way to go backward within an attempt. */
  readonly reset?: boolean | undefined
}

/** The beginning of every attempt. */
export const NO_PROGRESS: ProgressState = {
  percent: null,
  step: null,
  stepsDone: null,
  stepsTotal: null,
  message: null,
  estimateSeconds: null,
  itemsDone: null,
  itemsFailed: null,
  itemsTotal: null,
}

/**
 * Takes a report into what is known. Counts and percent never go backward unless the report resets them, never pass
 * their total, and 100 percent is reached by derivation only when everything is done.
 */
export function mergeProgress(current: ProgressState, report: ProgressReport): ProgressState {
  const before = report.reset === true ? NO_PROGRESS : current
  const steps = mergeSteps(before, report)
  const items = mergeItems(before, report)
  const given = isCount(report.percent) ? Math.min(report.percent, 100) : null
  const percent = given ?? share(doneOf(items), items.itemsTotal) ?? share(steps.stepsDone, steps.stepsTotal)
  return {
    ...steps,
    ...items,
    percent: greatest(before.percent, percent),
    step: text(report.step, before.step, STEP_LIMIT),
    message: text(report.message, before.message, MESSAGE_LIMIT),
    estimateSeconds: estimate(report.estimateSeconds, before.estimateSeconds),
  }
}

function mergeSteps(before: ProgressState, report: ProgressReport): Pick<ProgressState, 'stepsDone' | 'stepsTotal'> {
  const added = isCount(report.stepsBy) ? (before.stepsDone ?? 0) + Math.floor(report.stepsBy) : null
  const done = greatest(before.stepsDone, whole(report.stepsDone), added)
  const total = whole(report.stepsTotal) ?? before.stepsTotal
  return total === null
    ? { stepsDone: done, stepsTotal: null }
    : {
        stepsDone: Math.min(done ?? 0, Math.max(total, before.stepsDone ?? 0)),
        stepsTotal: Math.max(total, before.stepsDone ?? 0),
      }
}

/** A smaller total than what is done already is too small: it becomes what is done. */
function mergeItems(
  before: ProgressState,
  report: ProgressReport,
): Pick<ProgressState, 'itemsDone' | 'itemsFailed' | 'itemsTotal'> {
  const total = whole(report.itemsTotal) ?? before.itemsTotal
  const done = greatest(before.itemsDone, whole(report.itemsDone))
  const failed = greatest(before.itemsFailed, whole(report.itemsFailed))
  if (total === null) return { itemsDone: done, itemsFailed: failed, itemsTotal: null }
  const known = doneOf(before) ?? 0
  const limit = Math.max(total, known)
  const kept = Math.min(done ?? 0, limit - (before.itemsFailed ?? 0))
  return { itemsDone: kept, itemsFailed: Math.min(failed ?? 0, limit - kept), itemsTotal: limit }
}

function doneOf({ itemsDone, itemsFailed }: Pick<ProgressState, 'itemsDone' | 'itemsFailed'>): number | null {
  return itemsDone === null && itemsFailed === null ? null : (itemsDone ?? 0) + (itemsFailed ?? 0)
}

/** Percent to one place, rounded down. */
function share(done: number | null, total: number | null): number | null {
  if (total === null || done === null) return null
  return total === 0 ? 100 : Math.floor((done / total) * 1_000) / 10
}

function greatest(...numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((number) => number !== null)
  return known.length === 0 ? null : Math.max(...known)
}

function whole(value: number | undefined): number | null {
  return isCount(value) ? Math.floor(value) : null
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}

function text(value: string | null | undefined, before: string | null, limit: number): string | null {
  return typeof value === 'string'
    ? value.slice(0, limit).replaceAll('\0', '').toWellFormed()
    : value === null
      ? null
      : before
}

function estimate(value: number | null | undefined, before: number | null): number | null {
  if (value === null) return null
  return isCount(value) ? value : before
}

/** How the time remaining is known. */
export type RemainingBasis = 'items' | 'history' | 'handler'

export interface TimeRemaining {
  /** Whole seconds, rounded up. */
  readonly seconds: number
  readonly basis: RemainingBasis
}

/** What is known when the time remaining is asked for. Times are milliseconds since 1970. */
export interface RemainingInput {
  readonly nowMs: number
  /** When the attempt began; null when none runs. */
  readonly startedAtMs: number | null
  /** Items (or, without items, steps) with an outcome; null when the job has none. */
  readonly done?: number | null | undefined
  readonly total?: number | null | undefined
  /** How many of `done` an earlier attempt did: they say nothing about the pace of this one. Default 0. */
  readonly doneBefore?: number | undefined
  /** How long such jobs usually take, in milliseconds; null when there is no history. */
  readonly historyMs?: number | null | undefined
  /** Seconds left by the handler's own reckoning, and when it said so (when the attempt began, if left out). */
  readonly estimateSeconds?: number | null | undefined
  readonly estimatedAtMs?: number | undefined
}

/**
 * How long a job will still take, and how that is known: what the handler says comes first, then the pace of the items
 * done so far, then what such jobs usually take. Null when it is unknown; also when it takes longer than every one of
 * these expected.
 */
export function timeRemaining(input: RemainingInput): TimeRemaining | null {
  const { startedAtMs, nowMs, estimateSeconds, historyMs } = input
  if (startedAtMs === null) return null
  const elapsedMs = Math.max(0, nowMs - startedAtMs)
  const estimateAgeMs = Math.max(0, nowMs - (input.estimatedAtMs ?? startedAtMs))
  return (
    remaining(isCount(estimateSeconds) ? estimateSeconds * SECOND_MS - estimateAgeMs : null, 'handler') ??
    remaining(paceMs(input, elapsedMs), 'items') ??
    remaining(isCount(historyMs) ? historyMs - elapsedMs : null, 'history')
  )
}

function remaining(ms: number | null, basis: RemainingBasis): TimeRemaining | null {
  if (ms === null || ms < 0 || !(ms <= REMAINING_LIMIT_MS) || (ms === 0 && basis !== 'items')) return null
  return { seconds: Math.ceil(ms / SECOND_MS), basis }
}

function paceMs({ done, total, doneBefore = 0 }: RemainingInput, elapsedMs: number): number | null {
  if (!isCount(done) || !isCount(total)) return null
  const left = Math.max(0, total - done)
  if (left === 0) return 0
  const doneNow = done - doneBefore
  return doneNow > 0 && elapsedMs > 0 ? (elapsedMs / doneNow) * left : null
}

/** The time remaining for people: `about 3 min 20 s left`. */
export function remainingWords({ seconds }: TimeRemaining): string {
  return seconds === 0 ? 'nearly done' : `about ${durationWords(seconds * SECOND_MS)} left`
}

/** How the time remaining is known, for the hint beside it. */
export const BASIS_WORDS: Readonly<Record<RemainingBasis, string>> = {
  handler: 'as the job itself reckons',
  history: 'as long as such jobs usually take',
  items: 'from the pace so far',
}

/** What {@link progressWords} needs of a job. */
export interface ProgressCounts {
  /** The type of the job: prints are "printed", other work is "done". */
  readonly type: string
  readonly itemsDone?: number | null | undefined
  readonly itemsFailed?: number | null | undefined
  readonly itemsTotal?: number | null | undefined
  readonly stepsDone?: number | null | undefined
  readonly stepsTotal?: number | null | undefined
}

/**
 * How far a job is, in words: `150 of 200 printed`, `197 of 200 printed, 3 failed`, `3 of 12 steps`; null for a job
 * that has neither items nor steps.
 */
export function progressWords(counts: ProgressCounts): string | null {
  const { itemsDone, itemsFailed, itemsTotal, stepsDone, stepsTotal } = counts
  if (typeof itemsTotal === 'number') {
    const isPrint = counts.type === 'print' || counts.type.startsWith('print.')
    const failed = (itemsFailed ?? 0) > 0 ? `, ${itemsFailed} failed` : ''
    return `${itemsDone ?? 0} of ${itemsTotal} ${isPrint ? 'printed' : 'done'}${failed}`
  }
  if (typeof stepsTotal === 'number') return `${stepsDone ?? 0} of ${stepsTotal} ${stepsTotal === 1 ? 'step' : 'steps'}`
  return null
}
