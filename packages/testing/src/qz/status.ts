import type { CupsEvent } from './cups.ts'

type Severity = 'INFO' | 'WARN' | 'ERROR' | 'FATAL'

/** An event as QZ Tray sends it, with its fields in the order of its frames. */
export interface QzEvent {
  readonly printerName: string
  readonly eventType: 'PRINTER' | 'JOB'
  /** QZ's own word, upper case. */
  readonly statusText: string
  readonly severity: Severity
  /** The keyword of CUPS that it stands for: a reason, or the state when there is no reason that QZ knows. */
  readonly statusCode: string
  readonly message: string
  /** Absent for printers. */
  readonly jobId?: number
  /** Absent for printers. */
  readonly jobName?: string
  readonly type: 'ACTION'
}

/** An event that is no notice of CUPS. */
export type QzSaid = Pick<QzEvent, 'printerName' | 'jobId' | 'jobName' | 'severity' | 'statusText'> & {
  /** Kinds that no client asked for are told as well. */
  readonly eventType: QzEvent['eventType'] | 'JOB_DATA'
  /** Windows gives bits. */
  readonly statusCode: string | number
}

/** Words of QZ for the states of a printer. */
const PRINTER_STATES: Readonly<Record<string, string>> = { idle: 'OK', processing: 'PROCESSING', stopped: 'ERROR' }

/** Words of QZ for reasons of a printer; an empty one stands for the word of the state. */
const PRINTER_REASONS: Readonly<Record<string, string>> = {
  'connecting-to-device': '',
  'cover-open': 'DOOR_OPEN',
  'cups-missing-filter': 'ERROR',
  'cups-waiting-for-job-completed': 'PRINTING',
  'door-open': 'DOOR_OPEN',
  'input-tray-missing': 'PAPER_PROBLEM',
  'interlock-open': 'DOOR_OPEN',
  'marker-supply-empty': 'NO_TONER',
  'marker-supply-low': 'TONER_LOW',
  'marker-waste-almost-full': 'TONER_LOW',
  'marker-waste-full': 'NO_TONER',
  'media-empty': 'PAPER_OUT',
  'media-jam': 'PAPER_JAM',
  'media-low': 'PAPER_PROBLEM',
  'media-needed': 'PAPER_OUT',
  offline: 'OFFLINE',
  'output-area-full': 'OUTPUT_BIN_FULL',
  'output-tray-missing': 'PAPER_PROBLEM',
  paused: 'PAUSED',
  shutdown: 'OFFLINE',
  'spool-area-full': 'OUT_OF_MEMORY',
  'stopped-partly': 'PAUSED',
  'timed-out': 'NOT_AVAILABLE',
  'toner-empty': 'NO_TONER',
  'toner-low': 'TONER_LOW',
}

const JOB_STATES: Readonly<Record<string, string>> = {
  pending: 'SPOOLING',
  'pending-held': 'PAUSED',
  processing: 'SPOOLING',
  'processing-stopped': 'PAUSED',
  canceled: 'CANCELED',
  aborted: 'ABORTED',
  completed: 'COMPLETE',
}

const JOB_REASONS: Readonly<Record<string, string>> = {
  'aborted-by-system': 'ABORTED',
  'job-canceled-at-device': 'CANCELED',
  'job-canceled-by-operator': 'CANCELED',
  'job-canceled-by-user': 'CANCELED',
  'job-completed-successfully': 'COMPLETE',
  'job-completed-with-errors': 'COMPLETE',
  'job-completed-with-warnings': 'COMPLETE',
  'job-hold-until-specified': 'PAUSED',
  'job-incoming': '',
  'job-printing': 'PRINTING',
  'job-queued': 'SPOOLING',
  'printer-stopped': '',
  'processing-to-stop-point': '',
}

/** Words that are not INFO. */
const SEVERITIES: Readonly<Record<string, Severity>> = {
  ABORTED: 'ERROR',
  CANCELED: 'WARN',
  DOOR_OPEN: 'WARN',
  ERROR: 'FATAL',
  NO_TONER: 'FATAL',
  NOT_AVAILABLE: 'FATAL',
  OFFLINE: 'FATAL',
  OUT_OF_MEMORY: 'FATAL',
  OUTPUT_BIN_FULL: 'FATAL',
  PAPER_JAM: 'FATAL',
  PAPER_OUT: 'WARN',
  PAPER_PROBLEM: 'FATAL',
  PAUSED: 'WARN',
  TONER_LOW: 'WARN',
}

/**
 * The events for what CUPS says of a printer or a job, one for each reason that QZ knows; for the state when it knows
 * none of them.
 *
 * @param keepsErrors whether reasons ending in `-error` have their meaning; QZ Tray does not know them.
 */
export function toQzEvents(event: CupsEvent, keepsErrors: boolean): QzEvent[] {
  const words = event.job === null ? PRINTER_REASONS : JOB_REASONS
  const states = event.job === null ? PRINTER_STATES : JOB_STATES
  const suffix = keepsErrors ? /-(report|warning|error)$/ : /-(report|warning)$/
  const codes = event.reasons.map((reason) => reason.replace(suffix, '')).filter((reason) => reason in words)
  const ofState = states[event.state] ?? 'UNKNOWN'
  if (codes.length === 0) return [toQzEvent(event, ofState, event.state)]
  return codes.map((code) => toQzEvent(event, words[code] || ofState, code))
}

function toQzEvent({ printer, job }: CupsEvent, statusText: string, statusCode: string): QzEvent {
  const severity = SEVERITIES[statusText] ?? 'INFO'
  const eventType = job === null ? 'PRINTER' : 'JOB'
  const message = `${statusText}: Level: ${severity}, From: ${printer}, EventType: ${eventType}, Code: ${statusCode}`
  const common = { printerName: printer, eventType, statusText, severity, statusCode } as const
  if (job === null) return { ...common, message, type: 'ACTION' }
  const ofJob = `${message}, JobId: ${job.id}, Job Name: ${job.name}`
  return { ...common, message: ofJob, jobId: job.id, jobName: job.name, type: 'ACTION' }
}
