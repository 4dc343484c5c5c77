import {
  HOLD_REASONS,
  JOB_STATES,
  type JobDetail,
  type JobErrorView,
  type JobState,
  type JobView,
  PRIORITIES,
  type ProgressView,
  PROOFS,
  STATE_ADVICE,
  type WaitReason,
} from '@andon/core'
import type { JobRow, StoredError } from './job-row.ts'

/** What a view needs besides the row. */
export interface JobViewContext {
  readonly nowMs: number
  /** How long jobs of a type take from start to end, in milliseconds; null when that is not known. */
  readonly meanMs: (typeId: number) => number | null
}

/** What only the page of one job shows, from the statement of the details. */
export interface JobExtras {
  readonly input: unknown
  readonly result: unknown
  readonly children: readonly string[]
}

const WAIT_ADVICE = {
  scheduled: 'Wait: it is scheduled for later.',
  retry: 'Wait: it is tried again by itself. Its error says what went wrong.',
  snooze: 'Wait: it was put off for a while.',
  hold: 'Release it when it may go on.',
  parent: 'Wait: it starts when the jobs before it have ended.',
  unconfirmed: 'Look at the printer, then say whether it was printed.',
  paused: 'Resume the queue when its cause is mended.',
  limit: 'Wait: as many as allowed are running.',
  no_worker: 'Start a worker that can run this type of job.',
} as const satisfies Record<WaitReason, string>

/** The public state of a row. */
export function stateOfRow(row: JobRow): JobState {
  return JOB_STATES[row.state] ?? 'pending'
}

/** A job as everybody sees it in lists, streams and pages. */
export function toJobView(row: JobRow, context: JobViewContext): JobView {
  const state = stateOfRow(row)
  const waitReason = waitReasonOf(row)
  return {
    id: row.id,
    type: row.type,
    description: row.description,
    queue: row.queue,
    state,
    is_cancelling: row.phase === 2 && row.cancel_requested_at !== null,
    wait_reason: waitReason,
    advice: adviceOf(state, waitReason, row.error),
    priority: PRIORITIES[row.priority] ?? 'normal',
    subject:
      row.subject_type === null || row.subject_id === null ? null : { type: row.subject_type, id: row.subject_id },
    tags: row.tags ?? {},
    created_by: row.created_by,
    ...timesOf(row),
    attempt: row.attempt,
    max_attempts: row.max_attempts,
    worker: row.worker,
    printer: row.printer,
    pool: row.queue_kind === 'pool' ? row.queue : null,
    station: row.station,
    proof: row.proof === null ? null : (PROOFS[row.proof] ?? null),
    parent: row.parent_id,
    retry_of: row.retry_of,
    retried_by: row.retried_by,
    items: row.items_total === null ? null : itemsOf(row, row.items_total),
    progress: progressOf(row, context),
    error: row.error === null ? null : toErrorView(row.error),
    summary: row.summary,
    // A retry is the one change after the end, and is kept beside the job.
    version: row.retried_by === null ? row.version : row.version + 1,
  }
}

/** One job with its payloads and what can be done to it. */
export function toJobDetail(
  row: JobRow,
  extras: JobExtras,
  options: JobViewContext & { readonly canReadPayloads: boolean; readonly actions: JobDetail['actions'] },
): JobDetail {
  return {
    ...toJobView(row, options),
    input: options.canReadPayloads ? extras.input : null,
    result: options.canReadPayloads ? extras.result : null,
    is_redacted: !options.canReadPayloads,
    resources: toResources(row),
    external_ref: row.external_ref,
    estimated_ms: numberOf(row.estimated_ms),
    cancel:
      row.cancel_by === null
        ? null
        : { by: row.cancel_by, reason: row.cancel_reason, at: isoOf(row.cancel_requested_at) },
    children: [...extras.children],
    actions: [...options.actions],
  }
}

/** The time that it took is known of every job that ran to its end, the rest where its handler measured it. */
function toResources({ resources, started_at, finished_at }: JobRow): JobDetail['resources'] {
  const wallMs = resources?.wallMs ?? (started_at && finished_at ? finished_at.getTime() - started_at.getTime() : null)
  if (wallMs === null) return null
  return {
    peak_memory_mb: resources?.peakMemoryMb ?? null,
    cpu_percent: resources?.cpuPercent ?? null,
    wall_ms: wallMs,
    cpu_ms: resources?.cpuMs ?? null,
  }
}

/** What the state of a job allows; what the reader's role allows is for the server to take away. */
export function jobActions(row: JobRow): JobDetail['actions'] {
  const actions: JobDetail['actions'] = []
  const isCancelling = row.cancel_requested_at !== null
  if (row.phase < 3 && !isCancelling) actions.push('cancel')
  if (row.phase === 2 && isCancelling) actions.push('kill')
  if (row.phase === 3 && row.retried_by === null) {
    actions.push('retry')
    if ((row.items_failed ?? 0) > 0) actions.push('retry_failed')
  }
  if (row.phase === 1) actions.push('hold', 'front')
  if (row.phase === 0 && HOLD_REASONS[row.hold ?? 0] === 'unconfirmed') actions.push('confirm')
  else if (row.phase === 0 && HOLD_REASONS[row.hold ?? 0] !== 'parent') actions.push('release')
  if (row.phase <= 1) actions.push('priority', 'move')
  actions.push('clone')
  return actions
}

/** A stored error as it is shown; null stays null. */
export function toErrorView(error: StoredError): JobErrorView {
  return {
    code: error.code,
    message: error.message,
    hint: error.hint ?? null,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    ...(error.traceback === undefined ? {} : { traceback: error.traceback }),
    retryable: error.retryable ?? false,
  }
}

/** RFC 3339 in UTC; null stays null. */
export function isoOf(time: Date | null): string | null {
  return time === null ? null : time.toISOString()
}

/** A bigint or numeric of the database, which the driver may give as text, as a number; null stays null. */
export function numberOf(value: number | string | null): number | null {
  return value === null ? null : Number(value)
}

function waitReasonOf(row: JobRow): WaitReason | null {
  if (row.phase === 0) return HOLD_REASONS[row.hold ?? 0] ?? null
  return row.phase === 1 ? row.ready_wait : null
}

function adviceOf(state: JobState, waitReason: WaitReason | null, error: StoredError | null): string {
  if (waitReason !== null) return WAIT_ADVICE[waitReason]
  if (state === 'failed' && error?.hint) return error.hint
  return STATE_ADVICE[state]
}

function timesOf(row: JobRow) {
  return {
    created_at: row.created_at.toISOString(),
    run_at: row.run_at.toISOString(),
    queued_at: isoOf(row.queued_at),
    sent_at: isoOf(row.sent_at),
    started_at: isoOf(row.started_at),
    finished_at: isoOf(row.finished_at),
    deadline_at: isoOf(row.deadline_at),
    expires_at: isoOf(row.expires_at),
  }
}

function itemsOf(row: JobRow, total: number) {
  return { total, done: row.items_done ?? 0, failed: row.items_failed ?? 0 }
}

function progressOf(row: JobRow, context: JobViewContext): ProgressView | null {
  const stored = row.progress
  const isHeld = row.phase === 2
  if (stored === null && row.items_total === null && !isHeld) return null
  return {
    percent: percentOf(row),
    step: stored?.step ?? null,
    steps_done: stored?.steps_done ?? null,
    steps_total: stored?.steps_total ?? null,
    message: stored?.message ?? null,
    text: progressText(row),
    remaining: isHeld ? remainingOf(row, context) : null,
  }
}

function percentOf(row: JobRow): number | null {
  if (stateOfRow(row) === 'completed') return 100
  if (row.items_total !== null && row.items_total > 0) return round(shareOfItems(row, row.items_total) * 100)
  if (typeof row.progress?.percent === 'number') return row.progress.percent
  const { steps_done: done, steps_total: total } = row.progress ?? {}
  return typeof done === 'number' && typeof total === 'number' && total > 0 ? round((done / total) * 100) : null
}

function shareOfItems(row: JobRow, total: number): number {
  return Math.min(1, ((row.items_done ?? 0) + (row.items_failed ?? 0)) / total)
}

function progressText(row: JobRow): string | null {
  if (row.items_total !== null) {
    const word = row.type.startsWith('print.') ? 'printed' : 'done'
    const failed = row.items_failed ?? 0
    return `${row.items_done ?? 0} of ${row.items_total} ${word}${failed > 0 ? `, ${failed} failed` : ''}`
  }
  const { steps_done: done, steps_total: total } = row.progress ?? {}
  if (typeof done !== 'number') return null
  return typeof total === 'number' ? `Step ${done} of ${total}` : `Step ${done}`
}

/** The handler knows best, then what the items took so far, then the estimate it was created with, then its type. */
function remainingOf(row: JobRow, context: JobViewContext): ProgressView['remaining'] {
  const estimate = row.progress?.estimate_s
  if (typeof estimate === 'number') {
    const saidMs = row.progress?.at ?? context.nowMs
    return { seconds: seconds(estimate * 1_000 - (context.nowMs - saidMs)), basis: 'handler' }
  }
  if (row.started_at === null) return null
  const elapsedMs = Math.max(0, context.nowMs - row.started_at.getTime())
  if (row.items_total !== null && row.items_total > 0) {
    const share = shareOfItems(row, row.items_total)
    if (share > 0) return { seconds: seconds((elapsedMs / share) * (1 - share)), basis: 'items' }
  }
  const wholeMs = numberOf(row.estimated_ms) ?? context.meanMs(row.type_id)
  return wholeMs === null ? null : { seconds: seconds(wholeMs - elapsedMs), basis: 'history' }
}

function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 100) / 10)
}

function round(percent: number): number {
  return Math.round(percent * 10) / 10
}
