import { type DiagnosisCheck, durationWords, type StateReason, troubleshoot } from '@andon/core'
import { DOCUMENT_FORMATS } from '@andon/print'
import type { PrinterRow, StationRow } from '@andon/store'

/** A step that is as it should be. */
export function fine(name: string, detail: string): DiagnosisCheck {
  return { name, status: 'ok', reason: null, title: null, detail, steps: [] }
}

/** A step that is not, in the words of the troubleshooting catalogue; `first` goes before its steps. */
export function wrong(name: string, reason: string, detail: string, first: readonly string[] = []): DiagnosisCheck {
  const { severity, steps, title, what } = troubleshoot(reason, detail)
  const status = severity === 'error' ? 'error' : 'warning'
  const found = detail === '' || detail === reason ? what : `${what} Found: ${detail}`
  return { name, status, reason, title, detail: found, steps: [...first, ...steps] }
}

/** What the printer itself says, to the server or to its station. */
export function deviceLines({ answered_at: at, message, reasons, state }: PrinterRow): DiagnosisCheck[] {
  const words = message === null || message === '' ? '' : ` (${message})`
  const said = at === null ? 'It has never answered' : `The printer says: ${state}${words}`
  const troubles = reasons.map((entry: StateReason) => wrong(entry.reason, entry.reason, entry.raw))
  if (troubles.some(({ status }) => status === 'error')) return troubles
  if (state === 'idle' || state === 'processing') return [fine('device', said), ...troubles]
  const unasked = { ...fine('device', said), status: 'warning' } as const
  return [state === 'unknown' ? unasked : wrong('device', 'needs-attention', said), ...troubles]
}

/** Whether a printer of labels takes labels. Null for others, and while it has not said what it takes. */
export function formatLine({ capabilities, kind, settings }: PrinterRow): DiagnosisCheck | null {
  const formats = capabilities?.formats ?? []
  if (formats.length === 0) return null
  const takes = `It takes ${formats.slice(0, 8).join(', ')}`
  const isSet = typeof settings['format'] === 'string' && settings['format'] !== ''
  if (kind !== 'label' || isSet || formats.includes(DOCUMENT_FORMATS.zpl)) return fine('format', takes)
  return wrong('format', 'unsupported-format', `${takes}. Labels are ${DOCUMENT_FORMATS.zpl}`, [
    'Set its kind to document or badge if it is no label printer.',
  ])
}

/** The queue in Andon, whatever the device says. */
export function queueLine(printer: PrinterRow): DiagnosisCheck {
  const waiting = `${printer.jobs_waiting} ${printer.jobs_waiting === 1 ? 'job waits' : 'jobs wait'}`
  if (printer.paused_at === null) return fine('queue', waiting)
  const why = printer.paused_reason ? ` (${printer.paused_reason})` : ''
  const detail = `Paused by ${printer.paused_by}${why}; ${waiting}`
  const steps = printer.is_paused_by_trouble
    ? ['Mend what the printer reports: the queue goes on by itself.']
    : ['Resume the queue when nothing speaks against it.']
  return { ...fine('queue', detail), status: 'warning', title: 'The queue is paused', steps }
}

/** Whether a living process takes its jobs. */
export function driverLine({ holder }: PrinterRow): DiagnosisCheck {
  return holder === null ? wrong('driver', 'not-driven', '') : fine('driver', `Driven by ${holder}`)
}

/** When something was last proven to have come out. */
export function proofLine({ last_confirmed_at: at }: PrinterRow): DiagnosisCheck {
  if (at !== null) return fine('proof', `The last proven print was ${ago(at)}`)
  const steps = ['Print a test page.']
  return { ...fine('proof', 'No print has been proven yet'), status: 'warning', title: 'Not proven yet', steps }
}

function ago(at: Date): string {
  return `${durationWords(Math.max(0, Date.now() - at.getTime()))} ago`
}

/** A printer at a desk is reached from there alone: how the station is, and its QZ Tray where that drives the printer. */
export function stationLines({ driver }: PrinterRow, station: StationRow): DiagnosisCheck[] {
  const seen = station.seen_at === null ? 'It was never heard of' : `It was heard ${ago(station.seen_at)}`
  if (station.seen_at === null || station.lost_at !== null) {
    return [wrong('station', 'station-asleep', `${station.name}: ${seen}`)]
  }
  const here = fine('station', `${station.name} is there, and asks the printer itself. ${seen}`)
  if (driver !== 'qz') return [here]
  const { message, qz_reason: reason } = station.report ?? {}
  if (station.qz_connection_status === 'connected') return [here, fine('qz', 'QZ Tray is connected')]
  return [here, wrong('qz', reason ?? 'qz-not-running', message ?? '')]
}
