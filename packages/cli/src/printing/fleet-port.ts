import { type PrinterStatus, troubleshoot } from '@andon/core'
import type { FleetPort, FleetPrinter } from '@andon/print'
import { listPrinters, pauseLane, type PrinterRow, resumeLane, type Store, writePrinterStatus } from '@andon/store'

/** Who pauses and resumes queues by trouble, as it stands in events. */
const DEVICE = { name: 'printer' }

/** The printers of the database that have no station of their own, as the fleet wants them. */
export function storeFleetPort(store: Store): FleetPort {
  return {
    printers: async () => (await listPrinters(store)).filter(isOurs).map(toFleetPrinter),
    report: async (printerId, status) => {
      await writePrinterStatus(store, { printerId, status, isAnswered: hasAnswered(status) })
    },
    pause: async (printerId, { reason, raw }) => {
      await pauseLane(store, printerId, { reason: troubleshoot(reason, raw).title, isTrouble: true }, DEVICE)
    },
    resume: async (printerId) => {
      await resumeLane(store, printerId, DEVICE, { onlyTrouble: true })
    },
  }
}

/** Printers of a station are driven there. */
export function isOurs(row: PrinterRow): boolean {
  return row.station_id === null && row.driver !== 'qz'
}

function toFleetPrinter(row: PrinterRow): FleetPrinter {
  const { id, name, driver, uri, settings } = row
  return { id, name, address: { driver, uri, settings }, isPausedByTrouble: row.is_paused_by_trouble }
}

function hasAnswered({ state }: PrinterStatus): boolean {
  return state !== 'offline' && state !== 'unknown'
}
