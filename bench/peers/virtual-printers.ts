// The other process of the printers bench: `node virtual-printers.ts PRINTERS LABELS MS`. Serves virtual printers, sends
// their addresses, and for each that has printed all of its labels the share of its time in which it printed.
import { startVirtualPrinter } from '../../packages/print/src/virtual/index.ts'

/** What the printers' process sends: first the addresses, then one share for each printer. */
export type PrintersMessage = { readonly uris: readonly string[] } | { readonly busyShare: number }

const [count = 0, labels = 0, msPerLabel = 0] = process.argv.slice(2).map(Number)
const printers = await Promise.all(
  Array.from({ length: count }, (_, n) => startVirtualPrinter({ name: `Printer ${n + 1}`, speed: msPerLabel })),
)
tell({ uris: printers.map(({ uri }) => uri) })
process.once('disconnect', () => void Promise.all(printers.map((printer) => printer.close())))

await Promise.all(
  printers.map(async (printer) => {
    await printer.until(({ printed }) => printed.length > 0)
    const startedAt = performance.now() - msPerLabel
    await printer.until(({ printed }) => printed.length >= labels)
    tell({ busyShare: (labels * msPerLabel) / (performance.now() - startedAt) })
  }),
)

function tell(message: PrintersMessage): void {
  process.send?.(message)
}
