import {
  type DriverKind,
  errorEntry,
  type JobError,
  type PrintOutcome,
  type StateReason,
  troubleshoot,
} from '@andon/core'

/** Codes for the reasons that end or delay a job; the others are `printer_stopped`. */
const REASON_CODES: Readonly<Record<string, string>> = {
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

/** An error of the catalogue as it is kept with a job; unknown codes have no hint. */
export function jobError(code: string, message: string): JobError {
  const entry = errorEntry(code)
  const words = message === '' ? (entry?.title ?? code) : message
  return { code, message: words, hint: entry?.hint ?? null, retryable: entry?.retryable ?? false }
}

/**
 * What is known of a print that nobody can prove. Our own words stand as they are; of a device in trouble the trouble is
 * named, and what it said in its own words is kept apart.
 */
export function doubtError(reason: StateReason): JobError {
  if (reason.reason === 'unconfirmed') return jobError('print_unconfirmed', reason.raw)
  const { title } = troubleshoot(reason.reason, reason.raw)
  const error = jobError('print_unconfirmed', `${title}, and the data had already left.`)
  return reason.raw === '' || reason.raw === reason.reason ? error : { ...error, detail: reason.raw }
}

/** The error that a printer's reason stands for, with the device's words. */
export function reasonError(reason: StateReason): JobError {
  const { title } = troubleshoot(reason.reason, reason.raw)
  const words = reason.raw === '' || reason.raw === reason.reason ? title : `${title}: ${reason.raw}`
  return jobError(REASON_CODES[reason.reason] ?? 'printer_stopped', words)
}

/** The error of items that did not come out. */
export function outcomeError(
  outcome: Extract<PrintOutcome, { kind: 'printed' | 'failed' | 'cancelled' }>,
  driver: DriverKind,
): JobError {
  if (outcome.kind === 'failed') return jobError(outcome.code, outcome.message)
  if (outcome.kind === 'cancelled') return jobError('printer_job_cancelled', outcome.reason)
  return driver === 'http'
    ? jobError('print_server_failed', 'The print server reported the item as failed.')
    : jobError('printer_job_aborted', 'The printer reported the item as failed.')
}
