import {
  catalogueError,
  type DriverKind,
  type ErrorCode,
  type JobError,
  type PrintOutcome,
  type StateReason,
  troubleshoot,
} from '@andon/core'

/** Codes for the reasons that end or delay a job; the others are `printer_stopped`. */
const REASON_CODES: Readonly<Record<string, ErrorCode>> = {
  offline: 'printer_offline',
  unreachable: 'printer_unreachable',
  'timed-out': 'printer_timeout',
  'needs-attention': 'printer_timeout',
  'device-busy': 'printer_busy',
  'not-a-printer': 'not_a_printer',
  'auth-required': 'printer_auth_required',
  'job-aborted': 'printer_job_aborted',
  unconfirmed: 'print_unconfirmed',
  'print-server-unauthorised': 'print_server_unauthorised',
  'print-server-overloaded': 'print_server_overloaded',
  'print-server-unreachable': 'print_server_unreachable',
  'print-server-refused': 'print_server_refused',
  'print-server-failed': 'print_server_failed',
}

/**
 * What is known of a print that nobody can prove. Our own words stand as they are; of a device in trouble the trouble is
 * named, and what it said in its own words is kept apart.
 */
export function doubtError(reason: StateReason): JobError {
  if (reason.reason === 'unconfirmed') return catalogueError('print_unconfirmed', reason.raw)
  const { title } = troubleshoot(reason.reason, reason.raw)
  const error = catalogueError('print_unconfirmed', `${title}, and the data had already left.`)
  return reason.raw === '' || reason.raw === reason.reason ? error : { ...error, detail: reason.raw }
}

/** The error that a printer's reason stands for, with the device's words. */
export function reasonError(reason: StateReason): JobError {
  const { title } = troubleshoot(reason.reason, reason.raw)
  const words = reason.raw === '' || reason.raw === reason.reason ? title : `${title}: ${reason.raw}`
  return catalogueError(REASON_CODES[reason.reason] ?? 'printer_stopped', words)
}

/** The error of items that did not come out. */
export function outcomeError(
  outcome: Extract<PrintOutcome, { kind: 'printed' | 'failed' | 'cancelled' }>,
  driver: DriverKind,
): JobError {
  if (outcome.kind === 'failed') return catalogueError(outcome.code, outcome.message)
  if (outcome.kind === 'cancelled') return catalogueError('printer_job_cancelled', outcome.reason)
  return driver === 'http'
    ? catalogueError('print_server_failed', 'The print server reported the item as failed.')
    : catalogueError('printer_job_aborted', 'The printer reported the item as failed.')
}
