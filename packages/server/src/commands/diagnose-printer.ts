import { type DiagnosisCheck, EVENT_KINDS, type PrinterDiagnosis } from '@andon/core'
import type { Inspection } from '@andon/print'
import { findStation, printerHistory, type PrinterRow } from '@andon/store'
import type { ServerContext } from '../context.ts'
import {
  deviceLines,
  driverLine,
  fine,
  formatLine,
  proofLine,
  queueLine,
  stationLines,
  wrong,
} from './diagnosis-lines.ts'
import { refreshPrinter } from './refresh-printer.ts'

const INSPECT_TIMEOUT_MS = 15_000
const EVENTS_SHOWN = 5
const EVENTS_SINCE_MS = 30 * 86_400_000

const NAMES = { ipp: 'IPP', http: 'HTTP', zpl: 'ZPL at a raw port' } as const

/** What was found on the way, with the printer as it is known after it. */
interface Way {
  readonly lines: readonly DiagnosisCheck[]
  readonly printer: PrinterRow
  readonly found: Pick<Inspection, 'protocol' | 'version' | 'roundTripMs'> | null
}

/** Looks at everything between Andon and paper, from the address to the last proven print. */
export async function diagnosePrinter(context: ServerContext, row: PrinterRow): Promise<PrinterDiagnosis> {
  const { found, lines, printer } =
    row.station_id === null ? await wayFromHere(context, row) : await wayOfStation(context, row)
  const ends = [queueLine(printer), driverLine(printer), proofLine(printer)]
  const checks = [...lines, ...ends]
  return {
    checks,
    protocol: protocolOf(found),
    round_trip_ms: found?.roundTripMs == null ? null : Math.round(found.roundTripMs * 10) / 10,
    events: await lastEvents(context, printer),
    test_page: testPage(checks),
  }
}

/** Who speaks for the printer says how it is; from here its address may not exist, or be another's. */
async function wayOfStation({ store }: ServerContext, printer: PrinterRow): Promise<Way> {
  const station = printer.station_id === null ? null : await findStation(store, printer.station_id)
  const lines = station === null ? [] : stationLines(printer, station)
  // What a station said before it fell asleep says nothing of the printer now.
  const isHeard = lines.every(({ status }) => status === 'ok')
  return { printer, found: null, lines: isHeard ? [...lines, ...askedLines(printer)] : lines }
}

async function wayFromHere(context: ServerContext, row: PrinterRow): Promise<Way> {
  const { driver, settings, uri } = row
  if (driver === 'qz') return { printer: row, found: null, lines: [noStation()] }
  const signal = AbortSignal.any([context.stopping, AbortSignal.timeout(INSPECT_TIMEOUT_MS)])
  const found = await context.printing.inspect({ driver, uri, settings }, signal)
  if (found === null) return { printer: row, found, lines: [wrong('address', 'unreachable', `${uri} is no address`)] }
  const way = [...connectionLines(found), ...protocolLines(found)]
  if (way.some(({ status }) => status === 'error')) return { printer: row, found, lines: way }
  const printer = await refreshPrinter(context, row)
  const foreign = printer.reasons.find(({ reason }) => reason === 'not-a-printer')
  if (driver !== 'raw' || foreign === undefined) return { printer, found, lines: [...way, ...askedLines(printer)] }
  const other = await context.printing.inspect({ driver: 'ipp', settings: {}, uri: ippAddress(found) }, signal)
  return { printer, found: other, lines: [...way, foreignLine(found, other, foreign.raw)] }
}

function askedLines(printer: PrinterRow): DiagnosisCheck[] {
  const format = formatLine(printer)
  return format === null ? deviceLines(printer) : [...deviceLines(printer), format]
}

function noStation(): DiagnosisCheck {
  return wrong('station', 'not-driven', 'QZ Tray drives the printers of a station, and this one has none')
}

function connectionLines({ connection, host, ip, port, words }: Inspection): DiagnosisCheck[] {
  if (connection === 'unknown-name') return [wrong('name', 'unreachable', words)]
  const name = fine('name', host === ip ? `${host} is an address` : `${host} is ${ip}`)
  if (connection === 'refused') return [name, wrong('connection', 'connection-refused', `Port ${port}: ${words}`)]
  if (connection === 'no-answer') return [name, wrong('connection', 'unreachable', `Port ${port}: ${words}`)]
  return [name, fine('connection', `Port ${port} accepts connections`)]
}

/** Nothing where nobody asked: then the device itself is asked next. */
function protocolLines({ host, port, protocol, version, words }: Inspection): DiagnosisCheck[] {
  if (protocol === null) return []
  if (protocol === 'ipp') return [fine('protocol', `It speaks IPP${version === null ? '' : ` ${version}`}`)]
  if (protocol === 'none') return [wrong('protocol', 'timed-out', `It takes connections and says nothing: ${words}`)]
  const [detail, step] =
    protocol === 'zpl'
      ? [
          `A label printer at a raw port answers, not IPP: ${words}`,
          `Set driver raw and the address socket://${host}:${port}`,
        ]
      : [
          `A web server answers, not IPP: ${words}`,
          'Look up the path for IPP; /ipp/print and /printers/NAME are usual.',
        ]
  return [wrong('protocol', 'wrong-protocol', detail, [step])]
}

function foreignLine({ host, port }: Inspection, other: Inspection | null, raw: string): DiagnosisCheck {
  if (other?.protocol !== 'ipp') return wrong('protocol', 'wrong-protocol', raw)
  const step = `Set driver ipp and the address ipp://${host}:${port}/ipp/print`
  return wrong('protocol', 'wrong-protocol', `A printer that speaks IPP answers, at a raw address: ${raw}`, [step])
}

function ippAddress({ host, port }: Inspection): string {
  return `ipp://${host.includes(':') ? `[${host}]` : host}:${port}/ipp/print`
}

function protocolOf(found: Way['found']): PrinterDiagnosis['protocol'] {
  const protocol = found?.protocol ?? 'none'
  return protocol === 'none' ? null : { name: NAMES[protocol], version: found?.version ?? null }
}

async function lastEvents({ store }: ServerContext, { id }: PrinterRow): Promise<PrinterDiagnosis['events']> {
  const since = new Date(Date.now() - EVENTS_SINCE_MS)
  const moments = await printerHistory(store, id, { since, limit: EVENTS_SHOWN, kind: EVENT_KINDS.printer_changed })
  return moments.map(({ at, reasons, state }) => ({ at: at.toISOString(), state, reasons }))
}

/** A test page that cannot get anywhere would only wait in the queue, and surprise somebody later. */
function testPage(checks: readonly DiagnosisCheck[]): PrinterDiagnosis['test_page'] {
  const trouble = checks.find(({ status }) => status === 'error')
  return { is_offered: trouble === undefined, why_not: trouble?.title ?? null }
}
