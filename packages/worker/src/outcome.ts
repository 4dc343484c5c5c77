import {
  BACKGROUND_RETRY,
  type ClaimedJob,
  errorEntry,
  isProblem,
  type JobError,
  nextRetry,
  parseRetryPolicy,
  PRINT_RETRY,
  type RetryPolicy,
  type SettleOutcome,
  type SettleReport,
} from '@andon/core'
import { Decision, type OutcomeFacts } from './decision.ts'
import { StopReason } from './handler.ts'

/** How a handler ended. */
export interface RunEnd {
  readonly value?: unknown
  readonly error?: unknown
  readonly signal: AbortSignal
  readonly wallMs: number
}

/** Traces longer than this say nothing more to anybody. */
const TRACEBACK_LENGTH = 8_000

/** What to report for a handler that ended. */
export function settleReport(job: ClaimedJob, end: RunEnd): SettleReport {
  const { outcome, facts } = decide(job, end)
  const resources = facts.resources ?? { wallMs: end.wallMs, cpuMs: null, cpuPercent: null, peakMemoryMb: null }
  return { jobId: job.jobId, fence: job.fence, ...facts, resources, ...outcome }
}

function decide(job: ClaimedJob, end: RunEnd): { outcome: SettleOutcome; facts: OutcomeFacts } {
  if (end.value instanceof Decision) return end.value
  const facts = {}
  if (end.error === undefined) return { outcome: { outcome: 'completed', result: end.value ?? null }, facts }
  const reason: unknown = end.signal.aborted ? end.signal.reason : null
  if (reason instanceof StopReason) return { outcome: afterStop(job, reason), facts }
  return { outcome: afterError(job, toJobError(end.error)), facts }
}

function afterStop(job: ClaimedJob, reason: StopReason): SettleOutcome {
  switch (reason.kind) {
    case 'cancelled':
    case 'killed':
      return { outcome: 'cancelled', summary: reason.message }
    case 'deadline':
      return { outcome: 'failed', error: catalogueError('time_limit_exceeded', reason.message) }
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
    error.retryable && job.attempt < job.maxAttempts ? nextRetry(policyOf(job), job.attempt, random) : null
  return delayMs === null ? { outcome: 'failed', error } : { outcome: 'retry', error, delayMs }
}

function policyOf(job: ClaimedJob): RetryPolicy {
  if (job.retry) return parseRetryPolicy(job.retry)
  return job.type.startsWith('print.') ? PRINT_RETRY : BACKGROUND_RETRY
}

/** Any thrown thing as the error that is kept and shown. */
export function toJobError(error: unknown): JobError {
  if (isProblem(error)) {
    const { code, detail, hint, retryable } = error
    return { code, message: detail, hint, retryable, ...traceback(error) }
  }
  const message = error instanceof Error ? error.message : String(error)
  return {
    ...catalogueError('handler_failed', message || 'The handler failed without a message.'),
    ...traceback(error),
  }
}

/** An error of the catalogue with this occurrence's words. */
export function catalogueError(code: string, message: string): JobError {
  const entry = errorEntry(code)
  return { code, message, hint: entry?.hint ?? null, retryable: entry?.retryable ?? false }
}

function traceback(error: unknown): { traceback?: string } {
  return error instanceof Error && error.stack ? { traceback: error.stack.slice(0, TRACEBACK_LENGTH) } : {}
}
