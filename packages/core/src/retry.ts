import { clientProblem } from './andon-error.ts'
import { DAY_MS } from './time.ts'

/** Waits a listed time before each retry; the list's length is the number of retries. */
export interface FixedRetryPolicy {
  readonly kind: 'fixed'
  /** Milliseconds before the first retry, the second, … */
  readonly delaysMs: readonly number[]
}

/** Waits `baseMs × factor^(n-1)` before the n-th retry, at most `capMs`. */
export interface ExponentialRetryPolicy {
  readonly kind: 'exponential'
  readonly baseMs: number
  readonly factor: number
  readonly capMs: number
  /** Share of the delay that is left to chance, 0 to 1: the delay lies between `1 - jitter` and 1 times the full one. */
  readonly jitter: number
  /** How many retries follow the first attempt. */
  readonly retries: number
}

/** When a failed attempt is followed by another. */
export type RetryPolicy = FixedRetryPolicy | ExponentialRetryPolicy

/** For background jobs: after 1, 5, 15 and 60 minutes. */
export const BACKGROUND_RETRY: FixedRetryPolicy = { kind: 'fixed', delaysMs: [60_000, 300_000, 900_000, 3_600_000] }

/** For print jobs: 2^n seconds, three retries. */
export const PRINT_RETRY: ExponentialRetryPolicy = {
  kind: 'exponential',
  baseMs: 2_000,
  factor: 2,
  capMs: 60_000,
  jitter: 0,
  retries: 3,
}

/** Never again by itself. */
export const NO_RETRY: FixedRetryPolicy = { kind: 'fixed', delaysMs: [] }

/** Retries that a policy may have at most; more hides a cause that waiting does not mend. */
export const RETRIES_LIMIT = 100

/** The longest delay of a policy. */
export const RETRY_DELAY_LIMIT_MS: number = 30 * DAY_MS

/**
 * How long to wait before the next attempt.
 *
 * @param attempt the number of the attempt that has just failed, from 1
 * @param random a number from 0 to below 1, drawn by the caller
 * @returns milliseconds (whole), or null when the policy is used up
 */
export function nextRetry(policy: RetryPolicy, attempt: number, random: number): number | null {
  if (policy.kind === 'fixed') return policy.delaysMs[attempt - 1] ?? null
  if (attempt < 1 || attempt > policy.retries) return null
  const full = Math.min(policy.baseMs * policy.factor ** (attempt - 1), policy.capMs)
  return Math.round(full * (1 - policy.jitter * random))
}

/** The attempts that a policy allows in all, the first one included. */
export function maxAttempts(policy: RetryPolicy): number {
  return 1 + (policy.kind === 'fixed' ? policy.delaysMs.length : policy.retries)
}

/**
 * Checks a policy that somebody wrote; what is left out of an exponential one is as in {@link PRINT_RETRY}.
 *
 * @param field JSON pointer of the policy in its document, named in the error
 * @throws validation_failed with the field and what it allows
 */
export function parseRetryPolicy(value: unknown, field = '/retry'): RetryPolicy {
  if (!isRecord(value)) throw invalid(field, 'is not an object', 'an object with kind "fixed" or "exponential"')
  if (value['kind'] === 'fixed') return parseFixed(value, field)
  if (value['kind'] === 'exponential') return parseExponential(value, field)
  throw invalid(`${field}/kind`, 'is no kind of retry policy', ['fixed', 'exponential'])
}

function parseFixed(value: Record<string, unknown>, field: string): FixedRetryPolicy {
  refuseOthers(value, field, ['kind', 'delaysMs'])
  const delays = value['delaysMs']
  if (!Array.isArray(delays) || delays.length > RETRIES_LIMIT) {
    throw invalid(`${field}/delaysMs`, 'is not a list of delays', `a list of at most ${RETRIES_LIMIT} numbers`)
  }
  const range: Range = { from: 0, to: RETRY_DELAY_LIMIT_MS, unit: ' ms' }
  return { kind: 'fixed', delaysMs: delays.map((delay, index) => number(delay, `${field}/delaysMs/${index}`, range)) }
}

function parseExponential(value: Record<string, unknown>, field: string): ExponentialRetryPolicy {
  refuseOthers(value, field, ['kind', 'baseMs', 'factor', 'capMs', 'jitter', 'retries'])
  const read = (name: Exclude<keyof ExponentialRetryPolicy, 'kind'>, range: Range): number =>
    number(value[name] ?? PRINT_RETRY[name], `${field}/${name}`, range)
  const baseMs = read('baseMs', { from: 1, to: RETRY_DELAY_LIMIT_MS, unit: ' ms' })
  const policy = {
    kind: 'exponential',
    baseMs,
    factor: read('factor', { from: 1, to: 100 }),
    capMs: number(value['capMs'] ?? Math.max(baseMs, PRINT_RETRY.capMs), `${field}/capMs`, {
      from: baseMs,
      to: RETRY_DELAY_LIMIT_MS,
      unit: ' ms',
    }),
    jitter: read('jitter', { from: 0, to: 1 }),
    retries: read('retries', { from: 0, to: RETRIES_LIMIT }),
  } as const
  if (!Number.isInteger(policy.retries)) throw invalid(`${field}/retries`, 'is not a whole number', 'a whole number')
  return policy
}

interface Range {
  readonly from: number
  readonly to: number
  readonly unit?: string
}

function number(value: unknown, field: string, { from, to, unit = '' }: Range): number {
  if (typeof value === 'number' && value >= from && value <= to) return value
  throw invalid(field, 'is out of range', `${from} to ${to}${unit}`)
}

function refuseOthers(value: Record<string, unknown>, field: string, allowed: readonly string[]): void {
  const other = Object.keys(value).find((key) => !allowed.includes(key))
  if (other !== undefined) throw invalid(`${field}/${other}`, 'is not known', allowed)
}

function invalid(field: string, detail: string, allowed: string | readonly string[]): Error {
  return clientProblem('validation_failed', { detail: `${field} ${detail}`, field, allowed })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The policy of a job: its own, or that of its kind of work. */
export function retryPolicyOf({ retry, type }: { readonly retry: unknown; readonly type: string }): RetryPolicy {
  try {
    if (retry) return parseRetryPolicy(retry)
  } catch {
    // A policy that this version cannot read must not keep the job from ending.
  }
  return type.startsWith('print.') ? PRINT_RETRY : BACKGROUND_RETRY
}
