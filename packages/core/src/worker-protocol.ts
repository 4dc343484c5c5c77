/** Bounds of the worker's calls over HTTP; both sides keep to them. */
export const WORKER_LIMITS = {
  /** Entries of a set. */
  set: 500,
  /** Jobs that a worker may say it knows. */
  known: 10_000,
  /** Longest wait for an answer. */
  waitMs: 25_000,
  /** Longest delay of a retry or snooze: ten years. */
  delayMs: 315_360_000_000,
  textLength: 10_000,
  tracebackLength: 100_000,
  refLength: 2_000,
} as const

/** Header of calls without a body that carries the worker's lease. */
export const LEASE_HEADER = 'andon-lease'

/** How an attempt may end; see `SettleOutcome`. */
export const SETTLE_OUTCOMES = [
  'completed',
  'completed_with_errors',
  'failed',
  'cancelled',
  'retry',
  'snooze',
  'unconfirmed',
  'returned',
] as const
