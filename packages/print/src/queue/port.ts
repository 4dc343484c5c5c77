import type { ItemState, JobError, PrintItem, PrintOptions, PrintProgress, Proof, StateReason } from '@andon/core'

/** A print job that its worker holds. */
export interface HeldPrintJob {
  readonly jobId: string
  /** The attempt that this run belongs to; part of the names of device jobs. */
  readonly attempt: number
  readonly user: string
  readonly options: PrintOptions
}

/** Items whose intent was recorded and whose outcome was not: they may have been printed. */
export interface IntendedItems {
  /** In the order of the job; at least one. All belong to one request, since only one is ever under way. */
  readonly items: readonly PrintItem[]
  /** The attempt in which the intent was recorded: the device knows the request by its name. */
  readonly attempt: number
  /** What the device called the work; null when no reference came back before the end. */
  readonly externalRef: string | null
}

/** What becomes of one item. */
export interface ItemOutcome {
  readonly index: number
  /** `pending` takes the intent back: it is proven that nothing came out. Never `intended`. */
  readonly state: Exclude<ItemState, 'intended'>
  /** How far it is known to have got; `none` unless it came out. */
  readonly proof: Proof
  /** Null for items that are done or pending. */
  readonly error: JobError | null
}

export interface ItemCounts {
  readonly total: number
  readonly done: number
  readonly failed: number
  readonly unconfirmed: number
  readonly cancelled: number
  /** Not yet tried, or taken back. */
  readonly pending: number
  /** The least proof of the items that are done; `none` when none is. */
  readonly proof: Proof
}

/** Progress of the job as a whole. */
export interface QueueProgress extends PrintProgress {
  /** Items of the whole job that came out so far, proven or reported by the driver. */
  readonly itemsDone: number
  readonly itemsTotal: number
}

/**
 * What the queue manager needs of the store, for one held job. A job with a single document has one item, 0.
 *
 * Every method rejects with `lease_lost` when somebody else holds the job now; the run then ends with that error, and
 * nothing more is sent.
 */
export interface PrintJobPort {
  /** Items with an intent and no outcome; null when there are none. */
  intended(): Promise<IntendedItems | null>
  /** The first `limit` pending items in the order of the job, with their data. */
  pending(limit: number): Promise<readonly PrintItem[]>
  counts(): Promise<ItemCounts>
  /** Records that these items are about to be sent. Durable when it resolves: only then do bytes leave. */
  intend(items: readonly IntendedItem[]): Promise<void>
  /** Keeps what the device calls the work of these items. Durable when it resolves. */
  refer(indexes: readonly number[], externalRef: string): Promise<void>
  /** Records outcomes in one transaction. Durable when it resolves. */
  settle(outcomes: readonly ItemOutcome[]): Promise<void>
  /** Makes every pending item cancelled. */
  cancelPending(): Promise<void>
  /** Latest progress; may be coalesced. */
  progress(progress: QueueProgress): void
  /** Trouble of the printer: its lane is to be paused with these reasons, or goes on when the list is empty. */
  trouble(reasons: readonly StateReason[]): void
}

export interface IntendedItem {
  readonly index: number
  readonly attempt: number
  /** SHA-256 of the data that is about to leave, in hexadecimal. */
  readonly sha256: string
}

interface QueueEnd {
  readonly counts: ItemCounts
}

/** How a run ended. In all but the first four the job is not over. */
export type QueueResult = QueueEnd &
  (
    | { readonly outcome: 'completed' }
    | { readonly outcome: 'completed_with_errors'; readonly error: JobError }
    | { readonly outcome: 'failed'; readonly error: JobError }
    | { readonly outcome: 'cancelled'; readonly reason: string }
    /** Worth another attempt after `delayMs`; pending items are the ones to be done. */
    | { readonly outcome: 'retry'; readonly error: JobError; readonly delayMs: number }
    /** Held for a person: it was printed, or print again from an item on. `indexes` are the doubtful ones. */
    | { readonly outcome: 'unconfirmed'; readonly error: JobError; readonly indexes: readonly number[] }
    /** The printer needs a person before anything of this job can be printed; the lane was told. Costs no attempt. */
    | { readonly outcome: 'printer_stopped'; readonly error: JobError; readonly reasons: readonly StateReason[] }
    /** The worker is to end; between two items. Costs no attempt. */
    | { readonly outcome: 'returned'; readonly reason: string }
  )
