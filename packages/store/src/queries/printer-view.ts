import {
  type JobView,
  type PauseView,
  type PoolView,
  type PrinterView,
  type TroubleView,
  troubleshoot,
} from '@andon/core'
import { isoOf } from './job-view.ts'
import type { PoolRow, PrinterRow } from './printer-row.ts'

/** The columns of a lane that say how it is paused. */
export interface PauseColumns {
  paused_at: Date | null
  paused_by: string | null
  paused_reason: string | null
  paused_until: Date | null
  is_paused_by_trouble: boolean
}

/** A printer as it is shown. Secret settings are for the server to take out. */
export function toPrinterView(row: PrinterRow, currentJob: JobView | null): PrinterView {
  const pause = toPauseView(row)
  return {
    id: row.id,
    name: row.name,
    driver: row.driver,
    uri: row.uri,
    kind: row.kind,
    location: row.location,
    pool: row.pool,
    station: row.station,
    failover_to: row.failover_to,
    failover_after: row.failover_after_ms / 1_000,
    is_demo: row.is_demo,
    state: row.state,
    status_text: statusText(row, pause),
    state_since: row.state_since.toISOString(),
    troubles: toTroubleViews(row),
    message: row.message,
    model: row.model,
    supplies: row.supplies.map(({ name, level }) => ({ name, level })),
    capabilities: row.capabilities === null ? null : capabilitiesOf(row.capabilities),
    pause,
    is_draining: row.is_draining,
    jobs_waiting: row.jobs_waiting,
    current_job: currentJob,
    last_confirmed_at: isoOf(row.last_confirmed_at),
    answered_at: isoOf(row.answered_at),
    settings: row.settings,
  }
}

/** A pool as it is shown. */
export function toPoolView(row: PoolRow): PoolView {
  return {
    id: row.id,
    name: row.name,
    printers: row.printers,
    jobs_waiting: row.jobs_waiting,
    pause: toPauseView(row),
  }
}

/** The pause of a lane; null when it is not paused, or the time it was paused for is over. */
export function toPauseView(row: PauseColumns): PauseView | null {
  if (row.paused_at === null) return null
  return {
    at: row.paused_at.toISOString(),
    by: row.paused_by ?? 'system',
    reason: row.paused_reason,
    until: isoOf(row.paused_until),
    is_by_trouble: row.is_paused_by_trouble,
  }
}

/** What is the matter with a printer, with what to do, worst first. */
export function toTroubleViews(row: Pick<PrinterRow, 'reasons'>): TroubleView[] {
  return row.reasons.map(({ reason, severity, raw }) => {
    const { title, what, steps } = troubleshoot(reason, raw)
    return { reason, severity, title, what, steps: [...steps], raw }
  })
}

function statusText(row: PrinterRow, pause: PauseView | null): string {
  if (row.state === 'offline') return 'Offline'
  if (row.state === 'stopped' || row.reasons.some(({ severity }) => severity === 'error')) return 'Needs attention'
  if (pause !== null) return 'Paused'
  return row.state === 'unknown' ? 'Unknown' : 'Online'
}

function capabilitiesOf({ formats, media, color, duplex, proof }: NonNullable<PrinterRow['capabilities']>) {
  return { formats: [...formats], media: [...media], color, duplex, proof }
}
