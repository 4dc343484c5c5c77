import type { HealthView, JobStats, PrinterView } from '@andon/core'
import { family, labelsOf } from './metrics.ts'

/** What the board shows, as Prometheus reads it. */
export interface BoardFigures {
  readonly stats: JobStats
  readonly printers: readonly PrinterView[]
  readonly streamClients: number
  /** Events that the stream of this server has not told yet. */
  readonly feedLag: number
  readonly health: HealthView
}

/** The lines about jobs, queues, printers and the stream. */
export function boardLines({ health, stats, printers, streamClients, feedLag }: BoardFigures): string[] {
  const queues = stats.by_queue.flatMap((queue) =>
    (['pending', 'queued', 'running'] as const).map(
      (state) => `andon_queue_jobs{${labelsOf({ queue: queue.queue, state })}} ${queue[state]}`,
    ),
  )
  return [
    ...family('andon_jobs', 'gauge', 'Jobs by state; finished ones as far as they are counted.'),
    ...Object.entries(stats.by_state).map(([state, count]) => `andon_jobs{${labelsOf({ state })}} ${count}`),
    ...family('andon_queue_jobs', 'gauge', 'Jobs by queue and state.'),
    ...queues,
    ...family('andon_oldest_wait_seconds', 'gauge', 'How long the oldest ready job has waited.'),
    `andon_oldest_wait_seconds ${stats.oldest_wait_s ?? 0}`,
    ...family('andon_needs_confirmation', 'gauge', 'Prints that nobody can prove.'),
    `andon_needs_confirmation ${stats.needs_confirmation}`,
    ...family('andon_printer_up', 'gauge', '1 when the printer is idle or processing.'),
    ...printers.map((printer) => `andon_printer_up{${labelsOf({ printer: printer.name })}} ${isUp(printer) ? 1 : 0}`),
    ...family('andon_check_ok', 'gauge', 'By check of /readyz: 1 when it is ok.'),
    ...health.checks.map(
      ({ name, status }) => `andon_check_ok{${labelsOf({ check: name })}} ${status === 'ok' ? 1 : 0}`,
    ),
    ...family('andon_stream_clients', 'gauge', 'Clients of the live stream of this server.'),
    `andon_stream_clients ${streamClients}`,
    ...family('andon_feed_lag_events', 'gauge', 'Events that this server has not told yet.'),
    `andon_feed_lag_events ${feedLag}`,
    ...family('andon_process_resident_bytes', 'gauge', 'Memory of the server process.'),
    `andon_process_resident_bytes ${process.memoryUsage.rss()}`,
  ]
}

function isUp(printer: PrinterView): boolean {
  return printer.state === 'idle' || printer.state === 'processing'
}
