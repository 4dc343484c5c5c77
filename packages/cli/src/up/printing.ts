import { type PrinterAddress, type PrinterStatus, problem } from '@andon/core'
import {
  createDriver,
  discoverPrinters,
  DOCUMENT_FORMATS,
  inspectAddress,
  type LabelPreviewer,
  LOCAL_CUPS,
  PrinterFleet,
  probePrinter,
} from '@andon/print'

import type { PreviewRequest, PrintingPort } from '@andon/server'
import { PRINT_TYPES, printHandler } from '@andon/station'
import { confirmPrint, type Store, storeJobSource } from '@andon/store'
import { Worker } from '@andon/worker'
import type { Logger } from 'pino'
import { storeFleetPort } from '../printing/fleet-port.ts'
import { printerLanes } from '../printing/lanes.ts'
import { storeDocuments } from '../printing/read-document.ts'
import { VERSION } from '../version.ts'

/** More printers than this want a second process. */
const PRINTERS_LIMIT = 1_000

/** A printer that was just added is driven after so long at the latest. */
const REFRESH_MS = 2_000

/** The printers of this process and the worker that feeds them. */
export interface Printing extends AsyncDisposable {
  readonly fleet: PrinterFleet
}

/** What the server asks of devices, answered by the drivers; a printer that this process drives is asked in its turn. */
export function printingPort(fleet: PrinterFleet | null, previewer: LabelPreviewer): PrintingPort {
  return {
    status: async ({ id, address }, signal) => (await fleet?.statusNow(id, signal)) ?? statusOf(address, signal),
    probe: probePrinter,
    inspect: inspectAddress,
    discover: async (cups, signal) => [...(await discoverPrinters(signal, cups ?? LOCAL_CUPS)).printers],
    preview: (request) => previewOf(previewer, request),
  }
}

function previewOf(previewer: LabelPreviewer, { bytes, format, page }: PreviewRequest): Promise<Uint8Array> {
  if (format === DOCUMENT_FORMATS.zpl) return previewer.preview({ zpl: bytes, page })
  throw problem('preview_failed', { detail: `There is no preview of ${format}; only of ZPL labels.` })
}

async function statusOf(address: PrinterAddress, signal: AbortSignal): Promise<PrinterStatus> {
  const driver = createDriver(address)
  try {
    return await driver.status(signal)
  } finally {
    await driver.close()
  }
}

/** Watches every printer that has no station, and prints what waits for them. */
export async function startPrinting(store: Store, kind: 'server' | 'worker', log: Logger): Promise<Printing> {
  const holder: { worker: Worker | null } = { worker: null }
  const fleet = new PrinterFleet({
    port: storeFleetPort(store, () => holder.worker?.lease ?? null),
    createDriver,
    refreshMs: REFRESH_MS,
    onError: (error, printer) => log.warn({ error, printer }, 'a printer could not be asked'),
  })
  const handler = printHandler({
    fleet,
    readDocument: storeDocuments(store),
    confirmed: (printerId, at) => confirmPrint(store, printerId, at),
    journal: null,
  })
  const worker = new Worker({
    source: storeJobSource(store),
    kind,
    version: VERSION,
    handlers: new Map(PRINT_TYPES.map((type) => [type, handler])),
    lanes: printerLanes(store, fleet),
    slots: PRINTERS_LIMIT,
    onError: (error, doing) => log.warn({ error, doing }, 'the database did not take it; it is tried again'),
  })
  // A printer is driven by whoever holds its lane, so the worker is known before the fleet reads its list.
  holder.worker = worker
  await worker.start()
  await fleet.start()
  return {
    fleet,
    [Symbol.asyncDispose]: async () => {
      await worker.stop()
      await fleet.stop()
    },
  }
}
