import {
  isKnownReason,
  normaliseQz,
  type PrinterState,
  pausesQueue,
  type StateReason,
  type Substate,
  worstFirst,
} from '@andon/core'

/** An event of QZ Tray as it came, its words not yet judged. */
export interface QzEvent {
  readonly printer: string
  /** Null for events of the printer itself. */
  readonly job: { readonly id: number; readonly name: string } | null
  /** QZ's word, such as `PAPER_OUT`; older ones are keywords such as `media-empty`. */
  readonly text: string
  /** An IPP keyword on CUPS, a bit value on Windows. */
  readonly code: string | number | null
  readonly severity: string
  /** When it was received, in milliseconds of the clock of this process. */
  readonly at: number
}

/** What the events of one job say of its paper. */
export type QzJobVerdict =
  /** Nothing is decided; `heard` is null while no word says how far it got. */
  | { readonly kind: 'printing'; readonly heard: Substate | null }
  | { readonly kind: 'confirmed' }
  /** QZ or the spooler gave it up. */
  | { readonly kind: 'failed'; readonly reason: StateReason }
  /** Somebody cancelled it at the printer or its queue. */
  | { readonly kind: 'cancelled'; readonly reason: StateReason }
  /** It waits for a person; since `since`, by the clock of its events. */
  | { readonly kind: 'trouble'; readonly reason: StateReason; readonly since: number }
  /** It is over, and no word said that it was printed. */
  | { readonly kind: 'gone'; readonly words: string }

/** What events of a printer say when taken together. */
export interface QzPrinterCondition {
  readonly state: PrinterState
  readonly reasons: readonly StateReason[]
}

/** Windows tells several bits at once, and QZ Tray one after the other, the lowest first. */
const SAME_NOTICE_MS = 50
/** Bits of Windows (`JOB_STATUS_PRINTED`, `JOB_STATUS_COMPLETE`); the second only says that the data has left. */
const WINDOWS_PRINTED = 0x80
const WINDOWS_SENT = 0x1000

/** Keywords that QZ calls COMPLETE though the job did not end well. */
const BAD_END = /abort|cancel|denied|error|fail|interrupt|missing|password|refus|unprintable|unsupported/
const ABORTED_WORDS = new Set(['aborted', 'error', 'blocked-devq', 'unmapped'])
const RUNNING_WORDS = new Set(['printing', 'sent', 'retained', 'restart', 'processing', 'io-active'])
const QUEUED_WORDS = new Set(['spooling', 'scheduled', 'rendering-locally', 'pending', 'queued'])
const IDLE_WORDS = new Set(['ok', 'online', 'idle', 'ready', 'waiting', 'power-save', 'initializing', 'warming-up'])
const BUSY_WORDS = new Set(['processing', 'printing', 'io-active', 'busy', 'spooling'])
const OFFLINE_REASONS = new Set(['offline', 'unreachable', 'shutdown', 'timed-out', 'print-server-unreachable'])
/** Reasons that stop a printer and say no more than that something went wrong: nobody could tell what to mend. */
const UNMENDABLE = new Set(['device-error', 'queue-deleted'])

/** Reads one event of the package; null for anything else. */
export function readQzEvent(value: unknown, at: number): QzEvent | null {
  if (typeof value !== 'object' || value === null) return null
  const { printerName, eventType, statusText, statusCode, severity, jobId, jobName } = value as Record<string, unknown>
  if (typeof printerName !== 'string' || typeof statusText !== 'string') return null
  if (eventType !== 'PRINTER' && eventType !== 'JOB') return null
  const id = eventType === 'JOB' ? Number(jobId) : null
  if (id !== null && !Number.isSafeInteger(id)) return null
  return {
    printer: printerName,
    job: id === null ? null : { id, name: typeof jobName === 'string' ? jobName : '' },
    text: statusText,
    code: typeof statusCode === 'string' || typeof statusCode === 'number' ? statusCode : null,
    severity: typeof severity === 'string' ? severity.toUpperCase() : '',
    at,
  }
}

/**
 * What the events of a job say, oldest first. The first word that ends it counts: what is said later of a job that was
 * deleted or given up makes it no more printed. Only COMPLETE confirms.
 */
export function judgeQzJob(events: readonly QzEvent[]): QzJobVerdict {
  let verdict: QzJobVerdict = { kind: 'printing', heard: null }
  let deletingSince: number | null = null
  for (const event of events) {
    const next = judgeEvent(event, verdict)
    if (next.kind === 'confirmed' && deletingSince !== null && event.at - deletingSince > SAME_NOTICE_MS)
      return { kind: 'gone', words: 'The job was being deleted when it was called complete.' }
    if (isEnd(next)) return next
    if (wordOf(event) === 'deleting') deletingSince ??= event.at
    verdict = next
  }
  return verdict
}

function isEnd({ kind }: QzJobVerdict): boolean {
  return kind !== 'printing' && kind !== 'trouble'
}

function judgeEvent(event: QzEvent, before: QzJobVerdict): QzJobVerdict {
  const word = wordOf(event)
  if (word === 'complete') return judgeComplete(event)
  if (word === 'deleted') return { kind: 'gone', words: `The job was deleted. ${wordsOf(event)}` }
  if (word === 'deleting') return before
  if (word === 'canceled' || word === 'cancelled') return { kind: 'cancelled', reason: reasonOfEvent(event) }
  if (word === 'aborted' || word === 'blocked-devq') return { kind: 'failed', reason: reasonOfEvent(event) }
  const reason = normaliseQz(event.text, event.code, event.severity)
  if (reason !== null && isForPerson(reason)) return trouble(reason, event, before)
  if (isGrave(event) || ABORTED_WORDS.has(word)) return { kind: 'failed', reason: reasonOfEvent(event) }
  if (RUNNING_WORDS.has(word)) return { kind: 'printing', heard: 'running' }
  if (QUEUED_WORDS.has(word)) return { kind: 'printing', heard: 'queued' }
  return before.kind === 'trouble' ? { kind: 'printing', heard: null } : before
}

/** QZ says COMPLETE by the state of a job too, and then names a reason that may say otherwise. */
function judgeComplete(event: QzEvent): QzJobVerdict {
  const { code } = event
  const bits = typeof code === 'number' ? code : Number.NaN
  if ((bits & WINDOWS_SENT) !== 0 && (bits & WINDOWS_PRINTED) === 0) return { kind: 'printing', heard: 'running' }
  const isBad = typeof code === 'string' && BAD_END.test(code.toLowerCase())
  if (isBad || isGrave(event)) return { kind: 'gone', words: `The job ended with errors. ${wordsOf(event)}` }
  return { kind: 'confirmed' }
}

function trouble(reason: StateReason, event: QzEvent, before: QzJobVerdict): QzJobVerdict {
  const isSame = before.kind === 'trouble' && before.reason.reason === reason.reason
  return { kind: 'trouble', reason, since: isSame ? before.since : event.at }
}

/** Held jobs wait for a person as well, though the queue behind them does not. */
function isForPerson(reason: StateReason): boolean {
  return reason.reason === 'held' || (pausesQueue([reason]) && !UNMENDABLE.has(reason.reason))
}

function isGrave({ severity }: QzEvent): boolean {
  return severity === 'ERROR' || severity === 'FATAL'
}

function reasonOfEvent(event: QzEvent): StateReason {
  const reason = normaliseQz(event.text, event.code, event.severity)
  return reason ?? { reason: 'device-error', severity: 'error', raw: wordsOf(event) }
}

/** What the events of a printer say that came for one question: QZ Tray sends one for each of its reasons. */
export function conditionOf(events: readonly QzEvent[]): QzPrinterCondition {
  const reasons = worstFirst(events.map((event) => normaliseQz(event.text, event.code, event.severity)))
  return { state: stateOf(events, reasons), reasons }
}

/** Where QZ names reasons it does not name the state: a printer with none that stops it is taken for a working one. */
function stateOf(events: readonly QzEvent[], reasons: readonly StateReason[]): PrinterState {
  const stopping = reasons.filter((reason) => pausesQueue([reason]))
  if (stopping.some(({ reason }) => OFFLINE_REASONS.has(reason))) return 'offline'
  if (stopping.length > 0) return 'stopped'
  const words = events.flatMap((event) => [wordOf(event), String(event.code ?? '').toLowerCase()])
  if (words.some((word) => BUSY_WORDS.has(word))) return 'processing'
  const isKnown = words.some((word) => IDLE_WORDS.has(word)) || reasons.some(({ reason }) => isKnownReason(reason))
  return isKnown ? 'idle' : 'unknown'
}

function wordOf({ text }: QzEvent): string {
  return text.trim().toLowerCase().replaceAll('_', '-')
}

function wordsOf({ text, code }: QzEvent): string {
  return code === null ? text : `${text} (${code})`
}
