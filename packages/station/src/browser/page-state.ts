import type { AndonError, QzStatus, StateReason } from '@andon/core'

/** Which station a page drives, and how it reaches what it needs. */
export interface PageOrder {
  readonly station: { readonly id: number; readonly name: string }
  /** Address of the server, whose session the page has. */
  readonly url: string
  /** Of the page, as the station tells it. */
  readonly version: string
  /** Where QZ Tray listens on this machine; null for the ports that it has by itself. */
  readonly qzPort: { readonly port: number; readonly isSecure: boolean } | null
}

/** What of an error travels from a worker to its page. */
export type PageProblem = Pick<AndonError, 'code' | 'detail' | 'hint' | 'title'>

/** A station that a page drives, as it is now. */
export interface DrivingState {
  readonly phase: 'driving'
  /** Null for a moment at the start. */
  readonly qz: { readonly state: QzStatus; readonly reason: StateReason | null; readonly version: string | null } | null
  /** Names of the printers that the page drives. */
  readonly printers: readonly string[]
  /** Names of the printers that QZ Tray has; null while they are not known. */
  readonly qzPrinters: readonly string[] | null
  /** Jobs under way. */
  readonly jobIds: readonly string[]
  /** Why the server is not told what happens; null while it is. */
  readonly problem: PageProblem | null
}

/** How a page stands with its station. */
export type PageState =
  /** The browser lacks what keeps a page from printing twice. */
  | { readonly phase: 'unable'; readonly problem: PageProblem | null }
  /** Another page of this browser drives the station; this one takes over when that is closed. */
  | { readonly phase: 'aside' }
  /** Being connected with the server; with a problem it is tried again by itself. */
  | { readonly phase: 'starting'; readonly problem: PageProblem | null }
  /** The server does not let it; trying again does not help. */
  | { readonly phase: 'refused'; readonly problem: PageProblem }
  | DrivingState
  /** What is under way is finished, nothing new is begun. */
  | { readonly phase: 'stopping' }
  | { readonly phase: 'stopped' }
