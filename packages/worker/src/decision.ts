import type { JobError, Proof, ResourceUse, SettleOutcome } from '@andon/core'

/** Facts that go with an outcome: final counts, proof, and which printer it was. */
export interface OutcomeFacts {
  readonly itemsDone?: number
  readonly itemsFailed?: number
  readonly proof?: Proof
  readonly printerId?: number
  readonly resources?: ResourceUse
}

/** What a handler decided about its job, other than "here is the result". Returned, never thrown. */
export class Decision {
  readonly outcome: SettleOutcome
  readonly facts: OutcomeFacts

  constructor(outcome: SettleOutcome, facts: OutcomeFacts = {}) {
    this.outcome = outcome
    this.facts = facts
  }
}

/** Done, with a result (JSON) and a line for people. */
export function completed(result: unknown, summary?: string): Decision {
  return new Decision({ outcome: 'completed', result, ...(summary === undefined ? {} : { summary }) })
}

/** Come back later; uses up no attempt. */
export function snooze(delayMs: number, reason: string | null = null): Decision {
  return new Decision({ outcome: 'snooze', delayMs, reason })
}

/** Finished, though some of it failed. */
export function completedWithErrors(error: JobError, result?: unknown, summary?: string): Decision {
  return new Decision({
    outcome: 'completed_with_errors',
    error,
    result,
    ...(summary === undefined ? {} : { summary }),
  })
}

/** Not worth another try, whatever the policy says. */
export function failed(error: JobError, result?: unknown): Decision {
  return new Decision({ outcome: 'failed', error, result })
}

/** Untouched: somebody else may take it at once. */
export function giveBack(reason: string | null = null): Decision {
  return new Decision({ outcome: 'returned', reason })
}
