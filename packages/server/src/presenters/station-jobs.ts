import {
  type JobState,
  type JobView,
  type PrintInput,
  PRIORITIES,
  type Priority,
  type StationJob,
  type StationStatus,
} from '@andon/core'

/** The word that stations use for each state; Andon itself never uses them. */
const STATUS_OF: Readonly<Record<JobState, StationStatus>> = {
  pending: 'pending',
  queued: 'queued',
  sent: 'queued',
  running: 'printing',
  completed: 'printed',
  completed_with_errors: 'failed',
  failed: 'failed',
  cancelled: 'cancelled',
}

/** A job's state in the words that stations use. */
export function stationStatus(state: JobState): StationStatus {
  return STATUS_OF[state]
}

/** A job in the words that stations use. `input` is what the print asks for; null when the reader may not see it. */
export function toStationJob(job: JobView, machineId: number, input: PrintInput | null): StationJob {
  const status = stationStatus(job.state)
  const { media, sides } = input?.options ?? {}
  const documentId = input?.document_id ?? null
  return {
    id: job.id,
    printer: job.printer,
    type: job.type,
    file: documentId === null ? null : `/api/documents/${documentId}`,
    status,
    created_at: job.created_at,
    queued_at: job.queued_at,
    started_at: job.started_at,
    printed_at: status === 'printed' ? job.finished_at : null,
    failed_at: status === 'failed' ? job.finished_at : null,
    error_message: job.error?.message ?? null,
    retry_count: Math.max(0, job.attempt - 1),
    machine_id: machineId,
    paper: media ?? null,
    duplex: sides !== undefined && sides !== 'one-sided',
    priority: stationPriority(job.priority),
  }
}

/** 1 is urgent, 4 is low. */
function stationPriority(priority: Priority): number {
  return PRIORITIES.length - PRIORITIES.indexOf(priority)
}
