import type { BulkAction } from '@andon/core'
import { JOBS } from './jobs.ts'
import type { Policy } from './policy.ts'

/** The permission behind each thing that is done to many jobs: that of doing it to one. */
export const BULK_POLICIES: Readonly<Record<BulkAction, Policy>> = {
  cancel: JOBS.cancel,
  retry: JOBS.retry,
  delete: JOBS.delete,
  move: JOBS.move,
  priority: JOBS.prioritise,
  hold: JOBS.hold,
  release: JOBS.hold,
}
