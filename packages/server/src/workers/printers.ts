import {
  fromPrinterStatusFields,
  problem,
  type PrinterStatus,
  type ReportPrinters,
  troubleshoot,
  type WorkerLaneView,
} from '@andon/core'
import {
  confirmPrint,
  findStation,
  holdLanes,
  letGoOfOtherPrinters,
  pauseLane,
  printersOfStation,
  resumeLane,
  type StationPrinter,
  type Store,
  writePrinterStatus,
} from '@andon/store'
import { type Actor, isSession } from '../policies/actor.ts'
import { canReadPrinterSecrets } from '../policies/stations.ts'
import { WORKERS } from '../policies/workers.ts'
import { withoutSecrets } from '../presenters/printers.ts'
import type { WorkerCaller } from './access.ts'

/** Who pauses and resumes queues by trouble, as it stands in events. */
const DEVICE = { name: 'printer' }

/**
 * Makes a station the one that drives its printers, where no other process does; those that it now holds. A page in a
 * browser is given what is behind QZ Tray, which is all that it reaches.
 */
export async function holdPrinters(store: Store, caller: WorkerCaller, actor: Actor): Promise<WorkerLaneView[]> {
  const { stationId, lease } = caller
  if (stationId === null) return []
  const station = await findStation(store, stationId)
  const ofStation = station?.is_print_server === true ? await printersOfStation(store, stationId) : []
  const all = isSession(actor) ? ofStation.filter(({ driver }) => driver === 'qz') : ofStation
  const others = all.filter(({ holder }) => holder !== lease.workerId).map(({ id }) => id)
  await letGoOfOtherPrinters(
    store,
    lease.workerId,
    all.map(({ id }) => id),
  )
  const taken = new Set(others.length === 0 ? [] : await holdLanes(store, lease, others))
  return all
    .filter(({ holder, id }) => holder === lease.workerId || taken.has(id))
    .map((row) => printerLaneView(row, actor))
}

function printerLaneView(row: StationPrinter, actor: Actor): WorkerLaneView {
  const { holder: _holder, id, pool_id: poolId, ...printer } = row
  const settings = canReadPrinterSecrets(actor) ? printer.settings : withoutSecrets(printer.settings)
  return { ...printer, settings, lane_id: id, queue_ids: poolId === null ? [id] : [id, poolId], slots: 1 }
}

/** Keeps what a station has seen at its printers: states first, then what follows from them. */
export async function reportPrinters(store: Store, caller: WorkerCaller, report: ReportPrinters): Promise<void> {
  const { confirmed = [], pauses = [], reports = [], resumes = [] } = report
  const ids = [...reports, ...pauses, ...confirmed].map(({ printer_id: id }) => id)
  await requireHeldPrinters(store, caller, [...ids, ...resumes])
  for (const { printer_id: printerId, status: fields } of reports) {
    const status = fromPrinterStatusFields(fields)
    const hasChanged = await writePrinterStatus(store, { printerId, status, isAnswered: hasAnswered(status) })
    if (hasChanged) store.notifier.events()
  }
  for (const { printer_id: printerId, raw, reason } of pauses) {
    await pauseLane(store, printerId, { reason: troubleshoot(reason, raw).title, isTrouble: true }, DEVICE)
  }
  for (const printerId of resumes) await resumeLane(store, printerId, DEVICE, { onlyTrouble: true })
  for (const { at, printer_id: printerId } of confirmed) await confirmPrint(store, printerId, notLater(new Date(at)))
}

/** @throws `forbidden` for a printer that the worker does not hold */
export async function requireHeldPrinters(
  store: Store,
  { lease, stationId }: WorkerCaller,
  printerIds: Iterable<number>,
): Promise<void> {
  const wanted = new Set(printerIds)
  if (wanted.size === 0) return
  const held = stationId === null ? [] : await printersOfStation(store, stationId, lease.workerId)
  for (const { id } of held) wanted.delete(id)
  const [other] = wanted
  if (other === undefined) return
  throw problem('forbidden', {
    detail: `Printer ${other} is not held by this worker`,
    hint: 'A station speaks for its own printers only: POST /api/workers/{id}/lanes says which it holds.',
    extra: { permission: WORKERS.work.name },
  })
}

function hasAnswered({ state }: PrinterStatus): boolean {
  return state !== 'offline' && state !== 'unknown'
}

/** The clock of a station may be wrong; a print in the future would hide all that follow. */
function notLater(at: Date): Date {
  return new Date(Math.min(at.getTime(), Date.now()))
}
