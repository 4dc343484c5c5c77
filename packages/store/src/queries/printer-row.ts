import type { DriverKind, PrinterCapabilities, PrinterKind, PrinterState, StateReason, Supply } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { firstRow } from '../rows.ts'
import { keptStatement, statement } from '../statement.ts'

/** A printer with its lane's pause, what waits for it, and what it prints. */
export interface PrinterRow {
  /** Of the printer and of its lane. */
  id: number
  name: string
  driver: DriverKind
  uri: string
  kind: PrinterKind
  station_id: number | null
  station: string | null
  pool_id: number | null
  pool: string | null
  location: string | null
  /** Name of the printer or pool that gets what waits for it when it is in trouble for too long; null when none does. */
  failover_to: string | null
  failover_id: number | null
  failover_after_ms: number
  settings: Record<string, unknown>
  is_demo: boolean
  state: PrinterState
  /** Worst first. */
  reasons: StateReason[]
  supplies: Supply[]
  capabilities: PrinterCapabilities | null
  model: string | null
  message: string | null
  /** Jobs in the device's own queue; null when it does not say. */
  queued_jobs: number | null
  asked_at: Date | null
  answered_at: Date | null
  state_since: Date
  last_confirmed_at: Date | null
  paused_at: Date | null
  paused_by: string | null
  paused_reason: string | null
  paused_until: Date | null
  is_paused_by_trouble: boolean
  is_draining: boolean
  /** Jobs pending or queued for it, without those of its pool. */
  jobs_waiting: number
  /** The job that it holds; null when it is free. */
  current_job_id: string | null
  /** Name of the living process that drives it; null when none does. */
  holder: string | null
}

/** A pool with its printers' names. */
export interface PoolRow {
  id: number
  name: string
  printers: string[]
  jobs_waiting: number
  paused_at: Date | null
  paused_by: string | null
  paused_reason: string | null
  paused_until: Date | null
  is_paused_by_trouble: boolean
}

/** A time at which a printer's state or reasons changed. */
export interface PrinterMoment {
  at: Date
  state: PrinterState
  reasons: StateReason[]
}

// A printer has one slot, so its current job is found by the unique index of slots.
const LIST_PRINTERS = keptStatement(
  'list_printers',
  `select p.id, l.name, p.driver, p.uri, p.kind, p.station_id, s.name as station, p.pool_id, pool.name as pool,
     p.failover_id, p.failover_after_ms, f.name as failover_to, p.location, p.settings, p.is_demo, p.state, p.reasons, p.supplies, p.capabilities, p.model, p.message,
     p.queued_jobs, p.asked_at, p.answered_at, p.state_since, p.last_confirmed_at, l.paused_at, l.paused_by,
     l.paused_reason, l.paused_until, l.is_paused_by_trouble, l.is_draining,
     coalesce((select greatest(sum(c.n), 0) from counter c where c.queue_id = l.id and c.state in (0, 2)), 0)::int
       as jobs_waiting,
     (select j.id from job j where j.lane_id = l.id and j.slot is not null order by j.slot limit 1) as current_job_id,
     w.name as holder
   from printer p
   join lane l on l.id = p.id and l.removed_at is null
   left join lane pool on pool.id = p.pool_id
   left join lane f on f.id = p.failover_id
   left join station s on s.id = p.station_id
   left join worker w on w.id = l.holder and w.stopped_at is null and w.lease_until > now()
   where ($1::int is null or p.id = $1) and ($2::text is null or l.name = $2)
   order by l.name`,
)

const LIST_POOLS = statement(
  'list_pools',
  `select l.id, l.name, l.paused_at, l.paused_by, l.paused_reason, l.paused_until, l.is_paused_by_trouble,
     array(select m.name from printer p join lane m on m.id = p.id and m.removed_at is null
       where p.pool_id = l.id order by m.name) as printers,
     coalesce((select greatest(sum(c.n), 0) from counter c where c.queue_id = l.id and c.state in (0, 2)), 0)::int
       as jobs_waiting
   from lane l where l.kind = 'pool' and l.removed_at is null order by l.name`,
)

// A printer that works turns from idle to processing with every label: that is one time of being well.
const PRINTER_HISTORY = statement(
  'printer_history',
  `with moment as (
     select seq, at, data->>'state' as state, coalesce(data->'reasons', '[]') as reasons,
       case when data->>'state' in ('idle', 'processing') then 'well' else data->>'state' end as manner
     from event
     where topic = 'printer:' || $1::int and kind = $2 and data ? 'state' and at >= $3
   ), followed as (
     select *, lag(manner) over (order by seq) as manner_before, lag(reasons) over (order by seq) as reasons_before
     from moment
   )
   select at, state, reasons from followed
   where manner is distinct from manner_before or reasons is distinct from reasons_before
   order by seq desc limit $4`,
)

// The jobs of a printer's own queue and of its pool, in the order in which it will take them.
const PRINTER_QUEUE = statement(
  'printer_queue',
  `select id from (
     (select id, 0 as place, 0 as rank, created_at as run_at from job
      where lane_id = $1 and slot is not null order by slot limit $3)
     union all
     (select id, 1, -rank, run_at from job where queue_id = $1 and phase = 1 order by rank desc, run_at, id limit $3)
     union all
     (select id, 1, -rank, run_at from job where queue_id = $2 and phase = 1 order by rank desc, run_at, id limit $3)
     union all
     (select id, 2, 0, run_at from job where queue_id = $1 and phase = 0 order by run_at, id limit $3)
   ) q order by place, rank, run_at, id limit $3`,
)

/** All printers, by name. */
export function listPrinters(db: Queryable): Promise<PrinterRow[]> {
  return db.query<PrinterRow>(LIST_PRINTERS, [null, null])
}

/** The printer of an id; null when there is none. */
export async function printerRow(db: Queryable, id: number): Promise<PrinterRow | null> {
  return firstRow(await db.query<PrinterRow>(LIST_PRINTERS, [id, null]))
}

/** The printer of a name; null when there is none. */
export async function findPrinter(db: Queryable, name: string): Promise<PrinterRow | null> {
  return firstRow(await db.query<PrinterRow>(LIST_PRINTERS, [null, name]))
}

/** All pools, by name. */
export function listPools(db: Queryable): Promise<PoolRow[]> {
  return db.query<PoolRow>(LIST_POOLS)
}

/** Changes of a printer since a time, newest first; from idle to processing and back is none. `kind` is the number of `printer_changed`. */
export function printerHistory(
  db: Queryable,
  printerId: number,
  options: { readonly since: Date; readonly limit: number; readonly kind: number },
): Promise<PrinterMoment[]> {
  return db.query<PrinterMoment>(PRINTER_HISTORY, [printerId, options.kind, options.since, options.limit])
}

/** What a printer prints now and will take next, its pool's work among it, then what is not eligible yet. */
export async function printerQueue(
  db: Queryable,
  printer: Pick<PrinterRow, 'id' | 'pool_id'>,
  limit: number,
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(PRINTER_QUEUE, [printer.id, printer.pool_id, limit])
  return rows.map((row) => row.id)
}
