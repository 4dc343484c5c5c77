import { type PrinterRow, writePrinterStatus } from '@andon/store'
import type { ServerContext } from '../context.ts'
import { requirePrinter } from './find-printer.ts'

const STATUS_TIMEOUT_MS = 8_000

/**
 * Asks the device now, keeps what it says, and returns the printer with it. One of a station is asked there: what this
 * machine finds at its address would only overwrite what the station knows.
 */
export async function refreshPrinter(context: ServerContext, printer: PrinterRow): Promise<PrinterRow> {
  const { printing, stopping, store } = context
  const { driver, uri, settings } = printer
  if (printer.station_id !== null || driver === 'qz') return printer
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(STATUS_TIMEOUT_MS)])
  const status = await printing.status({ id: printer.id, address: { driver, uri, settings } }, signal)
  const isAnswered = status.state !== 'offline' && status.state !== 'unknown'
  await writePrinterStatus(store, { printerId: printer.id, status, isAnswered })
  store.notifier.events()
  return requirePrinter(store, printer.name)
}
