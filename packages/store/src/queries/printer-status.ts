import { EVENT_KINDS, type PrinterStatus } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'

/** What one asking of a printer has told. */
export interface StatusReport {
  readonly printerId: number
  readonly status: PrinterStatus
  /** Whether the device itself answered; false keeps the time of its last answer. */
  readonly isAnswered: boolean
}

// The event is written only when state or reasons differ, so that the history holds changes, not polls.
const WRITE_STATUS = statement(
  'write_printer_status',
  `with before as (
     select id, state, reasons from printer where id = $1 for update
   ), changed as (
     update printer p set state = $2, reasons = $3::jsonb, supplies = $4::jsonb,
       capabilities = coalesce($5::jsonb, capabilities), model = coalesce($6, model), message = $7, queued_jobs = $8,
       asked_at = now(), answered_at = case when $9 then now() else answered_at end,
       state_since = case when before.state = $2 then p.state_since else now() end
     from before where p.id = before.id
     returning before.state is distinct from $2 or before.reasons is distinct from $3::jsonb as has_changed
   ), told as (
     insert into event (kind, topic, actor, data)
     select $10, 'printer:' || $1::int, 'system', jsonb_build_object('state', $2::text, 'reasons', $3::jsonb)
     from changed where has_changed
   )
   select has_changed from changed`,
)

const CONFIRM_PRINT = statement(
  'confirm_print',
  `update printer set last_confirmed_at = greatest(last_confirmed_at, $2) where id = $1`,
)

/**
 * Keeps what a printer said. State and reasons that differ from before become an event (topic `printer:<id>`), which
 * is the printer's history.
 *
 * @returns whether state or reasons changed; false as well when the printer is gone
 */
export async function writePrinterStatus(db: Queryable, report: StatusReport): Promise<boolean> {
  const { printerId, status, isAnswered } = report
  const [row] = await db.query<{ has_changed: boolean }>(WRITE_STATUS, [
    printerId,
    status.state,
    JSON.stringify(status.reasons),
    JSON.stringify(status.supplies),
    status.capabilities === null ? null : JSON.stringify(status.capabilities),
    status.model,
    status.message,
    status.queuedJobs,
    isAnswered,
    EVENT_KINDS.printer_changed,
  ])
  return row?.has_changed ?? false
}

/** Notes that a print was proven to come out of the device at this time. */
export async function confirmPrint(db: Queryable, printerId: number, at: Date): Promise<void> {
  await db.query(CONFIRM_PRINT, [printerId, at])
}
