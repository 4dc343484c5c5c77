import { type BulkAction, type BulkLeft, PRIORITIES, type Priority } from '@andon/core'
import type { JobRow } from '../job-row.ts'
import type { Lane } from '../lanes.ts'

/** One thing to do to many jobs. */
export interface BulkOrder {
  readonly action: BulkAction
  /** Of cancel and hold. */
  readonly reason: string | null
  /** Of cancel: without a grace period. */
  readonly kill: boolean
  /** Where to; of move only. */
  readonly lane: Lane | null
  /** Of priority only. */
  readonly priority: Priority | null
}

/** Why a job would be left alone as it is now; null when it would be touched. */
export function whyLeft(order: BulkOrder, row: JobRow): BulkLeft | null {
  return RULES[order.action](row, order)
}

type Rule = (row: JobRow, order: BulkOrder) => BulkLeft | null

const RULES: Readonly<Record<BulkAction, Rule>> = {
  cancel: (row) => (row.phase === 3 ? 'already_final' : null),
  retry: (row) => {
    if (row.phase !== 3) return row.hold === UNCONFIRMED ? 'unconfirmed' : 'not_final'
    // Nobody asks for a second copy of everything that went well.
    if (row.state === COMPLETED) return 'succeeded'
    return row.retried_by === null ? null : 'already_retried'
  },
  delete: (row) => (row.phase === 3 ? null : 'not_final'),
  move: (row, { lane }) => {
    if (row.phase < 2 && (row.queue_kind === 'queue') !== (lane?.kind === 'queue')) return 'elsewhere'
    return whyNotIdle(row) ?? whyConfirmed(row) ?? (row.queue_id === lane?.id ? 'unchanged' : null)
  },
  priority: (row, { priority }) =>
    whyNotIdle(row) ?? (priority !== null && row.priority === PRIORITIES.indexOf(priority) ? 'unchanged' : null),
  hold: (row) => {
    const why = whyNotIdle(row) ?? whyConfirmed(row)
    if (why !== null) return why
    if (row.hold === PARENT) return 'waits_for_parent'
    return row.hold === HOLD ? 'already_held' : null
  },
  release: (row) => whyNotIdle(row) ?? whyConfirmed(row) ?? (row.phase === 1 ? 'not_waiting' : null),
}

/** Places in HOLD_REASONS and JOB_STATES. */
const HOLD = 3
const PARENT = 4
const UNCONFIRMED = 5
const COMPLETED = 4

function whyNotIdle({ phase }: JobRow): BulkLeft | null {
  if (phase === 3) return 'already_final'
  return phase === 2 ? 'running' : null
}

function whyConfirmed({ hold }: JobRow): BulkLeft | null {
  return hold === UNCONFIRMED ? 'unconfirmed' : null
}
