import {
  type CleanedView,
  JOB_STATES,
  type JobDetail,
  type JobErrorView,
  type JobState,
  type JobView,
  PRIORITIES,
  type ProgressView,
  progressWords,
  PROOFS,
  STATE_ADVICE,
  timeRemaining,
  type WaitReason,
} from '@andon/core'
import { wordAt } from '../rows.ts'
import { type JobRow, type StoredError, waitReasonOf } from './job-row.ts'

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
  /** Null: what it left is kept. */
  readonly cleaned: CleanedView | null
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
  machine: 'Wait: the machines that can run it are short of CPU or memory. Nothing to do, or start another worker.',
  no_printer: 'Move it to a printer that prints its format, paper and sides, or add such a printer to the pool.',
} as const satisfies Record<WaitReason, string>

/** The public state of a row. */
export function stateOfRow(row: JobRow): JobState {
  return wordAt(JOB_STATES, row.state)
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
    priority: wordAt(PRIORITIES, row.priority),
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
    proof: row.proof === null ? null : wordAt(PROOFS, row.proof),
    parent: row.parent_id,
    retry_of: row.retry_of,
    retried_by: row.retried_by,
    items: itemsOf(row),
    progress: progressOf(row, context),
    error: row.error === null ? null : toErrorView(row.error),
    summary: row.summary,
    version: row.version,
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
    cleaned: extras.cleaned,
    actions: [...options.actions],
  }
}

/** The time that it took is known of every job that ran to its end, the rest where its handler measured it. */
function toResources({ progress, resources, started_at, finished_at }: JobRow): JobDetail['resources'] {
  const measured = resources ?? progress?.resources
  if (measured !== undefined) return measured
  if (started_at === null || finished_at === null) return null
  const wallMs = finished_at.getTime() - started_at.getTime()
  return { peak_memory_mb: null, cpu_percent: null, wall_ms: wallMs, cpu_ms: null }
}

/** What the state of a job allows; what the reader's role allows is for the server to take away. */
export function jobActions(row: JobRow): JobDetail['actions'] {
  const actions: JobDetail['actions'] = []
  const isCancelling = row.cancel_requested_at !== null
  if (row.phase < 3 && !isCancelling) actions.push('cancel')
  if (row.phase === 2 && isCancelling) actions.push('kill')
  if (row.phase === 3 && row.retried_by === null) {
    actions.push('retry')
    if ((itemsOf(row)?.failed ?? 0) > 0) actions.push('retry_failed')
  }
  if (row.phase === 1) actions.push('hold', 'front')
  const waitReason = waitReasonOf(row)
  if (waitReason === 'unconfirmed') actions.push('confirm')
  else if (row.phase === 0 && waitReason !== 'parent') actions.push('release')
  if (row.phase <= 1) actions.push('priority', 'move')
  actions.push('clone')
  return actions
}

/** A stored error as it is shown; null stays null. */
export function toErrorView(error: StoredError): JobErrorView {
  return { hint: null, retryable: false, ...error }
}

/** RFC 3339 in UTC; null stays null. */
export function isoOf(time: Date | null): string | null {
  return time === null ? null : time.toISOString()
}

/** A bigint or numeric of the database, which the driver may give as text, as a number; null stays null. */
export function numberOf(value: number | string | null): number | null {
  return value === null ? null : Number(value)
}

function adviceOf(state: JobState, waitReason: WaitReason | null, error: StoredError | null): string {
  if (waitReason === 'hold' && error?.code === 'pool_in_trouble' && error.hint) return error.hint
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

function itemsOf(row: JobRow): JobView['items'] {
  if (row.items_total === null) return null
  return { total: row.items_total, done: row.items_done ?? 0, failed: row.items_failed ?? 0 }
}

function progressOf(row: JobRow, context: JobViewContext): ProgressView | null {
  const items = itemsOf(row)
  const isHeld = row.phase === 2
  if (row.progress === null && items === null && !isHeld) return null
  const { step, steps_done, steps_total, message } = row.progress ?? NOTHING_SAID
  const counts = { itemsDone: items?.done, itemsFailed: items?.failed, itemsTotal: items?.total }
  return {
    percent: percentOf(row, items),
    step,
    steps_done,
    steps_total,
    message,
    text: progressWords({ type: row.type, ...counts, stepsDone: steps_done, stepsTotal: steps_total }),
    remaining: isHeld ? remainingOf(row, items, context) : null,
  }
}

const NOTHING_SAID = { step: null, steps_done: null, steps_total: null, message: null } as const

/** Of items, which are counted with each outcome; otherwise as the handler reported it last. */
function percentOf(row: JobRow, items: JobView['items']): number | null {
  if (stateOfRow(row) === 'completed') return 100
  if (items === null) return row.progress?.percent ?? null
  return Math.round(Math.min(1, (items.done + items.failed) / items.total) * 1_000) / 10
}

function remainingOf(
  row: JobRow,
  items: JobView['items'],
  { nowMs, meanMs }: JobViewContext,
): ProgressView['remaining'] {
  return timeRemaining({
    nowMs,
    startedAtMs: row.started_at?.getTime() ?? null,
    done: items === null ? null : items.done + items.failed,
    total: items?.total,
    historyMs: numberOf(row.estimated_ms) ?? meanMs(row.type_id),
    estimateSeconds: row.progress?.estimate_s,
    estimatedAtMs: row.progress?.at,
  })
}
