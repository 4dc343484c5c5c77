import type { Severity } from '../ports/print.ts'

/** What the catalogue says about one normalised reason. */
export interface TroubleshootingText {
  readonly severity: Severity
  /** The trouble in a few words, as on a printer's tile. */
  readonly title: string
  /** What happened, in one or two sentences for the person at the printer. */
  readonly what: string
  /** What to do, in order; empty when there is nothing to do. */
  readonly steps: readonly string[]
  /** Whether the printer's queue stops until the device reports that it is well. */
  readonly pausesQueue: boolean
  /** Whether it usually goes away without anybody's help. */
  readonly mendsItself: boolean
}

export type TroubleshootingTable = Readonly<Record<string, TroubleshootingText>>

/** Printing stands still until a person has mended it. */
export const STOPS = { severity: 'error', pausesQueue: true, mendsItself: false } as const

/** Printing stands still, and goes on without help. */
export const WAITS = { severity: 'error', pausesQueue: true, mendsItself: true } as const

/** One job is at fault, not the printer: the others go on. */
export const REFUSES = { severity: 'error', pausesQueue: false, mendsItself: false } as const

/** Printing goes on, but somebody should see to it soon. */
export const WARNS = { severity: 'warning', pausesQueue: false, mendsItself: false } as const

/** Nothing is the matter. */
export const INFORMS = { severity: 'info', pausesQueue: false, mendsItself: true } as const
