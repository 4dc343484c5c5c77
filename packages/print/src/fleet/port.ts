import type { PrinterAddress, PrinterStatus, StateReason } from '@andon/core'

/** A printer that this process drives. */
export interface FleetPrinter {
  readonly id: number
  readonly name: string
  readonly address: PrinterAddress
  /** Its queue stands still because the device is in trouble; the fleet ends that pause, and no other. */
  readonly isPausedByTrouble: boolean
}

/** Where the fleet learns which printers there are, and leaves what it learnt of them. */
export interface FleetPort {
  printers(): Promise<readonly FleetPrinter[]>
  /**
   * Called with each answer of the device, also when nothing changed, and when a run meets trouble that no answer has
   * shown yet; always before the pause that the trouble makes.
   */
  report(printerId: number, status: PrinterStatus): Promise<void>
  /** The device is in trouble that a person must mend. A pause by a person stays as it is. */
  pause(printerId: number, reason: StateReason): Promise<void>
  /** The device is well again: ends a pause by trouble, never one by a person. */
  resume(printerId: number): Promise<void>
}
