import type { EventKind, JobFacets, JobStats, PrinterView, QueueView } from '@andon/core'
import type { JobRow } from '@andon/store'

/** One fact as the stream needs it. */
export interface LiveEvent {
  readonly seq: number
  /** Null for kinds that a newer version wrote. */
  readonly kind: EventKind | null
  readonly jobIds: readonly string[]
  readonly data: unknown
}

/** What the stream reads: the feed of events, and the things as they are now. Every read is one set for all clients. */
export interface LiveSource {
  /** Calls back with events as they become visible, each once, not always in order of their numbers. */
  follow(onEvents: (events: readonly LiveEvent[]) => void): Promise<AsyncDisposable>
  /** Up to here every event was handed over. */
  seq(): number
  /** Jobs that events after `since` are about; null when that is too far back to be told one by one. */
  jobsSince(since: number, limit: number): Promise<string[] | null>
  jobs(ids: readonly string[]): Promise<JobRow[]>
  /** The jobs as queries see them, without payloads; references of items only where a query asks for them. */
  facets(rows: readonly JobRow[], needs: { readonly itemRefs: boolean }): Promise<ReadonlyMap<string, JobFacets>>
  printers(): Promise<PrinterView[]>
  queues(): Promise<QueueView[]>
  stats(): Promise<JobStats>
  /** How many alerts are open, and how many of them nobody sees to. */
  alerts(): Promise<{ readonly open: number; readonly unacknowledged: number }>
}
