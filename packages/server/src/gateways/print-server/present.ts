import type { JobView, PrinterView } from '@andon/core'
import type { Static } from 'typebox'
import type { StatusAnswer } from './schemas.ts'

type Status = Static<typeof StatusAnswer>

const STATUS_WORDS = {
  pending: 'queued',
  sent: 'queued',
  queued: 'queued',
  running: 'printing',
  completed: 'completed',
  completed_with_errors: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
} as const satisfies Record<JobView['state'], Status['status']>

/** A job in the words of a label print server. A job without items counts as one label. */
export function presentStatus(job: JobView, nowMs: number): Status {
  const progress = progressOf(job)
  const settled = progress.completed + progress.failed
  const isOver = job.finished_at !== null
  const remaining = job.progress?.remaining
  return {
    job_id: job.id,
    status: statusOf(job),
    progress,
    current_label: job.state === 'running' && settled < progress.total ? settled + 1 : null,
    progress_percent: progress.total === 0 ? 0 : Math.round((settled / progress.total) * 1000) / 10,
    error_message: job.error?.message ?? (job.wait_reason === 'unconfirmed' ? job.advice : null),
    started_at: job.started_at,
    estimated_completion: isOver || !remaining ? null : new Date(nowMs + remaining.seconds * 1000).toISOString(),
    printer: job.printer ?? job.pool,
  }
}

/** A print that nobody can prove is not over: a person will say, and whoever polls goes on asking. */
function statusOf(job: JobView): Status['status'] {
  return job.wait_reason === 'unconfirmed' ? 'printing' : STATUS_WORDS[job.state]
}

function progressOf({ items, state }: JobView): Status['progress'] {
  if (items === null) return { total: 1, completed: state === 'completed' ? 1 : 0, failed: state === 'failed' ? 1 : 0 }
  // What a failed job never tried did not come out either.
  const failed = state === 'failed' ? items.total - items.done : items.failed
  const missing = state === 'completed_with_errors' ? Math.max(failed, items.total - items.done, 1) : failed
  return { total: items.total, completed: items.done, failed: missing }
}

/** A printer in the words of a label print server: `online`, `printing`, `offline`, or its worst reason. */
export function presentPrinter(printer: PrinterView) {
  return {
    name: printer.name,
    model: printer.model ?? '',
    status: printerStatus(printer),
    connection: printer.driver,
    location: printer.location ?? '',
    jobs_in_queue: printer.jobs_waiting + (printer.current_job ? 1 : 0),
  }
}

function printerStatus({ pause, state, troubles }: PrinterView): string {
  if (state === 'offline') return 'offline'
  const worst = troubles.find(({ severity }) => severity === 'error')
  if (worst) return worst.reason
  if (pause) return 'paused'
  if (state === 'stopped') return 'error'
  if (state === 'unknown') return 'unknown'
  return state === 'processing' ? 'printing' : 'online'
}
