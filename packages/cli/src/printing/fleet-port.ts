import { type PrinterStatus, troubleshoot, type WorkerLease } from '@andon/core'
import type { FleetPort, FleetPrinter } from '@andon/print'
import {
  holdLanes,
  listPrinters,
  pauseLane,
  type PrinterRow,
  resumeLane,
  type Store,
  writePrinterStatus,
} from '@andon/store'

/** Who pauses and resumes queues by trouble, as it stands in events. */
const DEVICE = { name: 'printer' }

/**
 * The printers of the database that have no station of their own and that this worker holds, as the fleet wants them.
 * Of several processes over one database each printer is driven by one.
 */
export function storeFleetPort(store: Store, lease: () => WorkerLease | null): FleetPort {
  return {
    printers: async () => {
      const held = lease()
      const candidates = (await listPrinters(store)).filter(hasNoStation)
      if (!held || candidates.length === 0) return []
      const ids = candidates.map(({ id }) => id)
      const ours = new Set(await holdLanes(store, held, ids))
      return candidates.filter(({ id }) => ours.has(id)).map(toFleetPrinter)
    },
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
function hasNoStation(row: PrinterRow): boolean {
  return row.station_id === null && row.driver !== 'qz'
}

function toFleetPrinter(row: PrinterRow): FleetPrinter {
  const { id, name, driver, uri, settings } = row
  return { id, name, address: { driver, uri, settings }, isPausedByTrouble: row.is_paused_by_trouble }
}

function hasAnswered({ state }: PrinterStatus): boolean {
  return state !== 'offline' && state !== 'unknown'
}
