import type { BulkAction, BulkPreview } from '@andon/core'
import type { BulkOrder } from '@andon/sdk'
import { andon } from '../../live/andon.ts'
import { External } from '../../live/external.ts'

/** What a person fills in before it can be said what would be done. */
export interface BulkFields {
  readonly reason?: string
  readonly queue?: string
  readonly printer?: string
  readonly priority?: NonNullable<BulkOrder['priority']>
}

/** One thing to do to many jobs. */
export interface BulkPlan {
  readonly action: BulkAction
  /** Which jobs, in words: `the 3 selected`, `all that match state:failed`. */
  readonly what: string
  readonly preview: (fields: BulkFields) => Promise<BulkPreview>
  readonly start: (fields: BulkFields) => Promise<{ readonly id: string }>
  /** Called when it was asked for. */
  readonly onStarted?: () => void
  /** Called when it has ended while somebody watched. */
  readonly onEnded?: () => void
}

/** The plan that is being looked at or carried out; null when there is none. */
export const bulkPlan: External<BulkPlan | null> = new External<BulkPlan | null>(null)

/** Which jobs: named, or all that match. */
export type BulkJobs = Pick<BulkOrder, 'ids' | 'query'>

/** Shows what would be done to how many, and does it when the person says so. */
export function planBulk(
  action: BulkAction,
  jobs: BulkJobs,
  more: Pick<BulkPlan, 'what' | 'onStarted' | 'onEnded'>,
): void {
  const order = (fields: BulkFields): BulkOrder => ({ action, ...jobs, ...fields })
  bulkPlan.set({
    action,
    ...more,
    preview: (fields) => andon.jobs.previewBulk(order(fields)),
    start: (fields) => andon.jobs.bulk(order(fields)),
  })
}
