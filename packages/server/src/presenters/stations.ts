import type { PrinterView, StationView } from '@andon/core'
import type { StationRow } from '@andon/store'

/** A station as it is shown, with those of the given printers that are its own. */
export function toStationView(row: StationRow, all: readonly PrinterView[]): StationView {
  const printers = all.filter(({ station }) => station === row.name)
  const waiting = printers.reduce((sum, printer) => sum + printer.jobs_waiting, 0)
  return {
    id: row.id,
    name: row.name,
    is_print_server: row.is_print_server,
    ask_after: row.ask_after_ms / 1_000,
    is_seen: row.seen_at !== null && row.lost_at === null,
    seen_at: row.seen_at?.toISOString() ?? null,
    qz_connection_status: row.qz_connection_status,
    qz_last_seen_at: row.qz_last_seen_at?.toISOString() ?? null,
    version: row.version,
    message: row.report?.message ?? null,
    pending_jobs: waiting + row.pool_jobs,
    printing_jobs: printers.filter((printer) => printer.current_job !== null).length,
    printers,
  }
}
