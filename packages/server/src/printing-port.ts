import type { DiscoveredPrinter, PrinterAddress, PrinterStatus } from '@andon/core'
import type { Inspection } from '@andon/print'

/** What the server needs of the devices themselves; the composition root fulfils it with the drivers. */
export interface PrintingPort {
  /** Asks a printer that was added. A device that does not answer is a status, not an error. */
  status(
    printer: { readonly id: number; readonly address: PrinterAddress },
    signal: AbortSignal,
  ): Promise<PrinterStatus>
  /**
   * Asks whatever is at an address whether it is a printer.
   *
   * @throws `not_a_printer`, `printer_unreachable`, `printer_timeout`
   */
  probe(address: PrinterAddress, signal: AbortSignal): Promise<PrinterStatus>
  /** Looks at who answers at an address, whatever it speaks; null for addresses without a host. */
  inspect(address: PrinterAddress, signal: AbortSignal): Promise<Inspection | null>
  /** Queues of the CUPS at `ipp://host:port`; null: of the one on this machine. Empty where none answers. */
  discover(cups: string | null, signal: AbortSignal): Promise<DiscoveredPrinter[]>
  /**
   * Draws one page or label as PNG.
   *
   * @throws `preview_failed`
   */
  preview(request: PreviewRequest, signal: AbortSignal): Promise<Uint8Array>
}

export interface PreviewRequest {
  readonly bytes: Uint8Array
  /** MIME type of the bytes. */
  readonly format: string
  /** From 0. */
  readonly page: number
}
