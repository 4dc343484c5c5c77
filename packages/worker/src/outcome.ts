import {
  catalogueError,
  type ClaimedJob,
  isProblem,
  type JobError,
  nextRetry,
  problem,
  retryPolicyOf,
  type SettleOutcome,
  type SettleReport,
} from '@andon/core'
import { Decision, type OutcomeFacts } from './decision.ts'
import type { StopReason } from './handler.ts'
import { storableJson, storableText } from './storable.ts'

/** How a handler ended. */
export interface RunEnd {
  readonly value?: unknown
  /** What it threw; a handler that threw `undefined` ended well all the same, so that `hasThrown` decides. */
  readonly error?: unknown
  readonly hasThrown: boolean
  /** Why it was asked to stop; null when nobody asked. */
  readonly stopReason: StopReason | null
  /** Whether it looked at its signal: then to return nothing once that is aborted is to have stopped. */
  readonly isWatched: boolean
}

/** Traces longer than this say nothing more to anybody. */
const TRACEBACK_LENGTH = 8_000

/** A line for people is no longer than this. */
const SUMMARY_LENGTH = 500

/** What to report for a handler that ended. Never throws. */
export function settleReport(job: ClaimedJob, end: RunEnd): SettleReport {
  const { outcome, facts } = decide(job, end)
  return { jobId: job.jobId, fence: job.fence, ...facts, ...storableOutcome(outcome) }
}

function decide(job: ClaimedJob, end: RunEnd): { outcome: SettleOutcome; facts: OutcomeFacts } {
  if (end.value instanceof Decision) return end.value
  const facts = {}
  const hasStopped = end.hasThrown || (end.isWatched && end.value === undefined)
  if (hasStopped && end.stopReason !== null) return { outcome: afterStop(job, end.stopReason), facts }
  if (!end.hasThrown) return { outcome: { outcome: 'completed', result: end.value ?? null }, facts }
  return { outcome: afterError(job, toJobError(end.error)), facts }
}

/** What becomes of a job whose handler stopped because it was asked to. */
export function afterStop(job: ClaimedJob, reason: StopReason): SettleOutcome {
  switch (reason.kind) {
    case 'cancelled':
    case 'killed':
      return { outcome: 'cancelled', summary: reason.message }
    case 'deadline':
      return { outcome: 'failed', error: catalogueError('deadline_exceeded', reason.message) }
    case 'time_limit':
      return afterError(job, catalogueError('time_limit_exceeded', reason.message))
    case 'shutdown':
    case 'lease_lost':
      return job.lostAction === 'requeue'
        ? { outcome: 'returned', reason: reason.message }
        : { outcome: 'unconfirmed', error: catalogueError('print_unconfirmed', reason.message) }
  }
}

/** Another try where the error and the policy allow one, otherwise the end. */
export function afterError(job: ClaimedJob, error: JobError, random: number = Math.random()): SettleOutcome {
  const delayMs =
    error.retryable && job.attempt < job.maxAttempts ? nextRetry(retryPolicyOf(job), job.attempt, random) : null
  return delayMs === null ? { outcome: 'failed', error } : { outcome: 'retry', error, delayMs }
}

/** A result that cannot be kept is a failure of its handler, and one that another try would not mend. */
function storableOutcome(outcome: SettleOutcome): SettleOutcome {
  try {
    return {
      ...outcome,
      ...('result' in outcome ? { result: storableJson(outcome.result) } : {}),
      ...('summary' in outcome ? { summary: storableText(outcome.summary).slice(0, SUMMARY_LENGTH) } : {}),
      ...('error' in outcome ? { error: storableError(outcome.error) } : {}),
    }
  } catch (error) {
    return { outcome: 'failed', error: { ...toJobError(error), retryable: false } }
  }
}

function storableError(error: JobError): JobError {
  return {
    ...error,
    message: storableText(error.message),
    ...(error.detail === undefined ? {} : { detail: storableText(error.detail) }),
    ...(error.traceback === undefined ? {} : { traceback: storableText(error.traceback) }),
  }
}

/**
 * Any thrown thing as the error that is kept and shown. An error of the handler's own says with a boolean `retryable`
 * whether another try is worth it, and then with `code` what it is called.
 */
export function toJobError(error: unknown): JobError {
  if (error instanceof ReportedError) return error.jobError
  if (isProblem(error)) {
    const { code, detail, hint, retryable } = error
    return { code, message: detail, hint, retryable, ...traceback(error) }
  }
  const message = (error instanceof Error ? error.message : asText(error)) || 'The handler failed without a message.'
  return { ...catalogueError('handler_failed', message), ...ownWords(error), ...traceback(error) }
}

/** An error that was put into words where it happened, such as in the process of an isolated handler. */
export class ReportedError extends Error {
  readonly jobError: JobError

  constructor(jobError: JobError) {
    super(jobError.message)
    this.name = 'ReportedError'
    this.jobError = jobError
  }
}

/** The error of a job whose type this worker has no code for. */
export function missingHandler(type: string): Error {
  return problem('handler_missing', { detail: `This worker has no handler for ${type}.` })
}

function asText(error: unknown): string {
  try {
    return String(error)
  } catch {
    return ''
  }
}

function ownWords(error: unknown): { retryable?: boolean; code?: string; hint?: null } {
  if (!(error instanceof Error) || !('retryable' in error) || typeof error.retryable !== 'boolean') return {}
  const { retryable } = error
  const hasCode = 'code' in error && typeof error.code === 'string' && /^[a-z0-9_.]{1,100}$/.test(error.code)
  return hasCode ? { retryable, code: error.code as string, hint: null } : { retryable }
}

function traceback(error: unknown): { traceback?: string } {
  if (!(error instanceof Error)) return {}
  const stacks: string[] = []
  for (let cause: unknown = error; cause instanceof Error && stacks.length < 5; cause = cause.cause) {
    stacks.push(cause.stack ?? cause.message)
  }
  return { traceback: stacks.join('\ncaused by: ').slice(0, TRACEBACK_LENGTH) }
}
