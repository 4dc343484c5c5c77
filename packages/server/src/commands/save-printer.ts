import { type ChangePrinter, type CreatePrinter, type PrinterAddress, type PrinterStatus, problem } from '@andon/core'
import { checkPrinterAddress } from '@andon/print'
import {
  type Actor as AuditActor,
  changePrinter,
  createPrinter,
  findLane,
  type PrinterRow,
  renameLane,
  writePrinterStatus,
} from '@andon/store'
import type { ServerContext } from '../context.ts'
import { REDACTED } from '../presenters/printers.ts'
import { requirePrinter } from './find-printer.ts'
import { refuseUnseenNames } from '@andon/core/requests'

const PROBE_TIMEOUT_MS = 8_000

/**
 * Adds a printer, once something that is a printer has answered at its address. What only its station reaches is not
 * asked: the station says how it is.
 *
 * @throws `printer_exists`, `pool_not_found`, `validation_failed`, `not_a_printer`; `printer_unreachable` when nothing
 *   answers and `is_unchecked` is not set
 */
export async function addPrinter(context: ServerContext, body: CreatePrinter, actor: AuditActor): Promise<PrinterRow> {
  const { is_unchecked: isUnchecked, ...printer } = body
  const { store } = context
  refuseUnseenNames(printer.name, '/name')
  if ((await findLane(store, 'printer', printer.name)) !== null) {
    throw problem('printer_exists', { field: '/name', detail: `"${printer.name}" exists already` })
  }
  const address = { driver: printer.driver, uri: printer.uri, settings: printer.settings ?? {} }
  checkPrinterAddress(address)
  const isElsewhere = printer.station !== undefined
  const status = isUnchecked === true || isElsewhere ? null : await probe(context, address)
  const row = await createPrinter(store, printer, actor)
  if (status !== null) await writePrinterStatus(store, { printerId: row.id, status, isAnswered: true })
  return requirePrinter(store, row.name)
}

/** Changes a printer; a new address is asked first. Redacted secrets that come back stay as they are. */
export async function updatePrinter(
  context: ServerContext,
  before: PrinterRow,
  { body, actor }: { readonly body: ChangePrinter; readonly actor: AuditActor },
): Promise<PrinterRow> {
  const { store } = context
  const { name, settings: given, ...fields } = body
  refuseUnseenNames(name, '/name')
  const settings = given === undefined ? undefined : withSecrets(given, before.settings)
  const address = { driver: before.driver, uri: body.uri ?? before.uri, settings: settings ?? before.settings }
  checkPrinterAddress(address)
  const station = body.station === undefined ? before.station : body.station
  if (station === null && body.uri !== undefined && body.uri !== before.uri) await probe(context, address)
  if (Object.keys(fields).length > 0 || settings !== undefined) {
    await changePrinter(store, before.id, { ...fields, ...(settings === undefined ? {} : { settings }) }, actor)
  }
  if (name !== undefined && name !== before.name) await renameLane(store, before.id, name, actor)
  store.notifier.events()
  return requirePrinter(store, name ?? before.name)
}

async function probe({ printing, stopping }: ServerContext, address: PrinterAddress): Promise<PrinterStatus> {
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(PROBE_TIMEOUT_MS)])
  const status = await printing.probe(address, signal)
  if (status.state !== 'offline') return status
  throw problem('printer_unreachable', {
    field: '/uri',
    detail: `Nothing answers at ${address.uri}${status.message ? `: ${status.message}` : ''}`,
    hint: 'Switch the printer on, correct the address, or send is_unchecked: true to add it all the same.',
  })
}

function withSecrets(
  given: Readonly<Record<string, unknown>>,
  before: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value === REDACTED ? before[name] : value]),
  )
}
