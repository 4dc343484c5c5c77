import type { ErrorCode } from '../errors.ts'
import type { Proof, Substate } from '../states.ts'

/** How a printer is driven. */
export const DRIVER_KINDS = ['ipp', 'raw', 'qz', 'http', 'virtual'] as const
export type DriverKind = (typeof DRIVER_KINDS)[number]

export const PRINTER_STATES = ['idle', 'processing', 'stopped', 'offline', 'unknown'] as const
export type PrinterState = (typeof PRINTER_STATES)[number]

export const PRINTER_KINDS = ['label', 'badge', 'receipt', 'document'] as const
export type PrinterKind = (typeof PRINTER_KINDS)[number]

export type Severity = 'info' | 'warning' | 'error'

/** One normalised thing that is the matter with a printer (RFC 8011 §5.4.12), with the device's own words. */
export interface StateReason {
  /** Normalised keyword such as `media-empty`; unknown keywords are kept as they came. */
  readonly reason: string
  readonly severity: Severity
  /** The words of the device, as received. */
  readonly raw: string
}

export interface Supply {
  readonly name: string
  /** Percent left, 0 to 100; null when the device does not say. */
  readonly level: number | null
}

export interface PrinterCapabilities {
  readonly formats: readonly string[]
  readonly media: readonly string[]
  readonly color: boolean
  readonly duplex: boolean
  /** The furthest a print can be proven on this device. */
  readonly proof: Proof
}

export interface PrinterStatus {
  readonly state: PrinterState
  /** Worst first; empty when all is well. */
  readonly reasons: readonly StateReason[]
  readonly supplies: readonly Supply[]
  /** Jobs waiting in the device's own queue; null when it does not say. */
  readonly queuedJobs: number | null
  /** What the device says of itself in words; null when silent. */
  readonly message: string | null
  /** Null when this answer did not carry them (they are read once, then seldom). */
  readonly capabilities: PrinterCapabilities | null
  readonly model: string | null
}

/** What a print job gives to a driver for one item, or for the whole document when a job has no items. */
export interface PrintItem {
  /** Position in the job, from 0. */
  readonly index: number
  /** The job's own reference (box, lot); null when it has none. */
  readonly ref: string | null
  /** MIME type of `data`, e.g. `application/vnd.zebra-zpl`, `application/pdf`. */
  readonly format: string
  readonly data: Uint8Array
  readonly copies: number
}

export interface PrintOptions {
  readonly media: string | null
  readonly sides: 'one-sided' | 'two-sided-long-edge' | 'two-sided-short-edge' | null
  readonly orientation: 'portrait' | 'landscape' | null
}

/**
 * One unit that is sent to a device: as many consecutive items as the driver's `batchSize` allows, mostly one.
 * Its name holds our id, so that the device can be asked about it later.
 */
export interface PrintRequest {
  readonly jobId: string
  readonly attempt: number
  readonly name: string
  /** The person or system that asked for it; goes to the device as requesting-user-name. */
  readonly user: string
  readonly options: PrintOptions
  /** At least one, in the order of the job. */
  readonly items: readonly PrintItem[]
}

export interface PrintProgress {
  readonly proof: Proof
  readonly state?: Substate
  readonly itemsDone?: number
  readonly sheets?: number
  readonly message?: string
}

/** What a driver tells while it works on one request. */
export interface PrintReport {
  /** The device's or server's own id of the work, as soon as it is known: durable before anything else happens. */
  ref(externalRef: string): Promise<void>
  /** How far it got. `itemsDone` counts the leading items of the request that are proven to be out. */
  progress(progress: PrintProgress): void
  /** Trouble that a person must mend while the work goes on waiting at the device; empty when it is mended. */
  trouble(reasons: readonly StateReason[]): void
}

/** How one request ended: what CUPS' backends return (`cups/backend.h`), as values. */
export type PrintOutcome =
  | {
      readonly kind: 'printed'
      readonly proof: Proof
      readonly sheets: number | null
      /** Indexes of items that did not come out, of a request with several. */
      readonly failed?: readonly number[]
      /** Indexes of items of which nobody can know. */
      readonly unconfirmed?: readonly number[]
    }
  /** Data left and nobody can know: never sent again by itself. */
  | { readonly kind: 'unconfirmed'; readonly reason: StateReason }
  /** Nothing came out; worth another try. */
  | { readonly kind: 'retry'; readonly reason: StateReason; readonly afterMs?: number }
  /** Nothing came out and nothing will: the item is at fault (format, content). */
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'cancelled'; readonly reason: string }
  /** Nothing came out; the printer needs a person before anything is tried again. */
  | { readonly kind: 'stop-printer'; readonly reason: StateReason }

/**
 * A way to drive one printer. Every driver passes the same conformance suite.
 *
 * A driver decides with returned values; it throws only for defects. `signal` means stop: the device job is
 * cancelled where that is possible, and the outcome says what is known of the paper.
 */
export interface PrintDriver {
  readonly kind: DriverKind
  /** How many items one request may carry: 1 where each item is a device job of its own. */
  readonly batchSize: number
  /**
   * Reasons that `status` shows for as long as they last. What a run said of one of them is over once a status says
   * nothing of it; of all others a status may know nothing. Default: none.
   */
  readonly shownReasons?: readonly string[]
  /** Asks the device. A device that does not answer is a status (`offline`, `unknown`), not an error. */
  status(signal: AbortSignal): Promise<PrinterStatus>
  /** Prints one request and follows it to its end. */
  print(request: PrintRequest, report: PrintReport, signal: AbortSignal): Promise<PrintOutcome>
  /**
   * Takes up work that was sent by an attempt whose worker is gone. `externalRef` is null when the intent was
   * recorded but no reference came back: the device is asked by name. Nothing is ever sent here: without proof
   * the outcome is `unconfirmed`; `retry` only where the device proves that it never took the data.
   */
  reattach(
    request: PrintRequest,
    externalRef: string | null,
    report: PrintReport,
    signal: AbortSignal,
  ): Promise<PrintOutcome>
  close(): Promise<void>
}

/** What a driver is made from. */
export interface PrinterAddress {
  readonly driver: DriverKind
  /** `ipp://host:631/ipp/print`, `socket://host:9100`, `http://host:port` (print server), `virtual:name`. */
  readonly uri: string
  /** Driver settings: see each driver. Secrets are never shown again. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** A printer that was found but not added. */
export interface DiscoveredPrinter {
  readonly name: string
  readonly uri: string
  readonly driver: DriverKind
  readonly model: string | null
  readonly location: string | null
  /** Address of the device behind a CUPS queue; null when unknown. */
  readonly deviceUri: string | null
}
