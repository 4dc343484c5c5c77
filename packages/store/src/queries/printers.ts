import { type AndonError, type CreatePrinter, EVENT_KINDS, problem } from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import type { Queryable, Store } from '../pool.ts'
import { statement } from '../statement.ts'
import { createLane } from './lane-commands.ts'
import { findLane, type Lane } from './lanes.ts'
import { type PrinterRow, printerRow } from './printer-row.ts'
import { findStation } from './stations.ts'

/** What a person can change of a printer; what is left out stays. */
export interface PrinterChange {
  readonly uri?: string
  readonly kind?: CreatePrinter['kind']
  /** Null takes it out of its place or pool. */
  readonly location?: string | null
  readonly pool?: string | null
  readonly settings?: Readonly<Record<string, unknown>>
  readonly station?: string | null
  /** A printer or pool; null leaves what waits where it is. */
  readonly failover_to?: string | null
  /** Seconds. */
  readonly failover_after?: number
}

/** How long a printer is in trouble before its failover, unless it is set: long enough to put in a new roll. */
const FAILOVER_AFTER_MS = 300_000

const CREATE_PRINTER = statement(
  'create_printer',
  `insert into printer (id, driver, uri, kind, pool_id, location, settings, is_demo, station_id, failover_id,
     failover_after_ms)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
)

const CHANGE_PRINTER = statement(
  'change_printer',
  `update printer set uri = $2, kind = $3, location = $4, pool_id = $5, settings = $6, station_id = $7,
     failover_id = $8, failover_after_ms = $9
   where id = $1`,
)

const PRINTER_TOLD = statement(
  'printer_told',
  `insert into event (kind, topic, actor, data) values ($1, 'printer:' || $2::int, $3, $4)`,
)

const LEAVE_POOL = statement('leave_pool', `update printer set pool_id = null where pool_id = $1`)

/**
 * Adds a printer: its lane and its row. Names are shared with pools.
 *
 * @throws printer_exists when the name is taken; pool_not_found; station_not_found; validation_failed for a failover to
 *   what there is not
 */
export function createPrinter(
  store: Store,
  printer: Omit<CreatePrinter, 'is_unchecked'> & { readonly is_demo?: boolean },
  actor: Actor,
): Promise<PrinterRow> {
  return store.transaction(async (tx) => {
    const poolId = printer.pool === undefined ? null : await poolIdOf(tx, printer.pool)
    const stationId = printer.station === undefined ? null : await stationIdOf(tx, printer.station)
    const failoverId = printer.failover_to ? await failoverIdOf(tx, printer.failover_to) : null
    const lane = await createLane(tx, { kind: 'printer', name: printer.name }, actor)
    await tx.query(CREATE_PRINTER, [
      lane.id,
      printer.driver,
      printer.uri,
      printer.kind ?? 'label',
      poolId,
      printer.location ?? null,
      JSON.stringify(printer.settings ?? {}),
      printer.is_demo ?? false,
      stationId,
      failoverId,
      msOf(printer.failover_after) ?? FAILOVER_AFTER_MS,
    ])
    await tell(tx, lane.id, actor, { created: true })
    return required(await printerRow(tx, lane.id))
  })
}

/**
 * Changes a printer's settings; its name is changed with `renameLane`, and it is removed with `removeLane`.
 *
 * @throws pool_not_found; station_not_found; validation_failed for a failover to itself or to what there is not
 */
export function changePrinter(store: Store, id: number, change: PrinterChange, actor: Actor): Promise<PrinterRow> {
  return store.transaction(async (tx) => {
    const before = required(await printerRow(tx, id))
    const poolId = change.pool === undefined ? before.pool_id : change.pool && (await poolIdOf(tx, change.pool))
    const stationId =
      change.station === undefined ? before.station_id : change.station && (await stationIdOf(tx, change.station))
    await tx.query(CHANGE_PRINTER, [
      id,
      change.uri ?? before.uri,
      change.kind ?? before.kind,
      change.location === undefined ? before.location : change.location,
      poolId,
      JSON.stringify(change.settings ?? before.settings),
      stationId,
      await failoverIdAfter(tx, before, change),
      msOf(change.failover_after) ?? before.failover_after_ms,
    ])
    const after = required(await printerRow(tx, id))
    await tell(tx, id, actor, { changed: Object.keys(change) })
    const target = `lane:${id}`
    await writeAudit(tx, actor, [{ action: 'printer.change', target, before: auditOf(before), after: auditOf(after) }])
    return after
  })
}

/** Makes a pool, a lane from which its printers take. @throws printer_exists when the name is taken */
export function createPool(store: Store, name: string, actor: Actor): Promise<Lane> {
  return store.transaction((tx) => createLane(tx, { kind: 'pool', name }, actor))
}

/** Takes every printer out of a pool, before its lane is removed. */
export async function emptyPool(tx: Queryable, poolId: number): Promise<void> {
  await tx.query(LEAVE_POOL, [poolId])
}

/** @throws pool_not_found when there is none of that name, or it is a printer's */
async function poolIdOf(tx: Queryable, name: string): Promise<number> {
  const lane = await findLane(tx, 'printer', name)
  if (lane === null || lane.kind !== 'pool') {
    throw problem('pool_not_found', { detail: `There is no pool "${name}"`, field: '/pool' })
  }
  return lane.id
}

/** @throws station_not_found */
async function stationIdOf(tx: Queryable, name: string): Promise<number> {
  const station = await findStation(tx, name)
  if (station === null)
    throw problem('station_not_found', { detail: `There is no station "${name}"`, field: '/station' })
  return station.id
}

/** Where it fails over after a change. */
async function failoverIdAfter(tx: Queryable, before: PrinterRow, change: PrinterChange): Promise<number | null> {
  if (change.failover_to === undefined) return before.failover_id
  if (change.failover_to === null) return null
  const id = await failoverIdOf(tx, change.failover_to)
  if (id === before.id) throw wrongFailover('A printer cannot stand in for itself')
  return id
}

/** @throws validation_failed when there is neither a printer nor a pool of that name */
async function failoverIdOf(tx: Queryable, name: string): Promise<number> {
  const lane = await findLane(tx, 'printer', name)
  if (lane === null) throw wrongFailover(`There is no printer and no pool "${name}"`)
  return lane.id
}

function wrongFailover(detail: string): AndonError {
  return problem('validation_failed', { detail, field: '/failover_to', hint: 'Name another printer, or a pool.' })
}

function msOf(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000
}

async function tell(tx: Queryable, printerId: number, actor: Actor, data: object): Promise<void> {
  await tx.query(PRINTER_TOLD, [EVENT_KINDS.printer_changed, printerId, actor.name, JSON.stringify(data)])
}

function required(row: PrinterRow | null): PrinterRow {
  if (row === null) throw problem('printer_not_found')
  return row
}

/** Settings may hold secrets: the audit keeps which there are. */
function auditOf(row: PrinterRow) {
  const { uri, kind, location, pool, failover_to, failover_after_ms, settings } = row
  return { uri, kind, location, pool, failover_to, failover_after_ms, settings: Object.keys(settings) }
}
