import { BACKGROUND_RETRY, type LostAction, maxAttempts, PRINT_RETRY, type RetryPolicy } from '@andon/core'

/** What the jobs of a type get where they say nothing themselves. */
export interface TypeDefaults {
  readonly maxAttempts: number
  /** Null: the usual waits of the kind of work. */
  readonly retry: RetryPolicy | null
  readonly lostAction: LostAction
}

/**
 * What follows from the settings of a type: a retry policy says how many attempts there are, and what prints has the
 * usual attempts of a print and is never begun again by itself.
 */
export function typeDefaults(
  { lostAction, maxAttempts: attempts, retry }: TypeDefaults,
  { isPrint }: { readonly isPrint: boolean },
): TypeDefaults {
  const isUsual = attempts === maxAttempts(BACKGROUND_RETRY)
  return {
    maxAttempts: retry !== null ? maxAttempts(retry) : isPrint && isUsual ? maxAttempts(PRINT_RETRY) : attempts,
    retry,
    lostAction: isPrint && lostAction === 'requeue' ? 'reattach' : lostAction,
  }
}
