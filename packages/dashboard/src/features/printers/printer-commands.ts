import type { ChangePrinter, PauseRequest, PrinterView } from '@andon/core'
import { andon } from '../../live/andon.ts'
import { tellPrinters } from '../../live/board.ts'
import { plural } from '../../ui/format.ts'
import { notify, tried } from '../../ui/notify.ts'

/** Stops the queue after what is printing now; can be undone. */
export async function pausePrinter(printer: PrinterView, request: PauseRequest): Promise<boolean> {
  const changed = await tried(() => andon.printers.pause(printer.name, request))
  if (changed === null) return false
  tellPrinters([changed])
  const waits = changed.jobs_waiting
  const text = waits === 0 ? 'No job waits.' : `${plural(waits, 'job waits', 'jobs wait')} until it goes on.`
  const undo = { label: 'Undo', onPick: () => void resumePrinter(printer) }
  void notify({ level: 'info', title: `${printer.name} is paused`, text, action: undo })
  return true
}

/** Lets the queue go on. */
export async function resumePrinter(printer: PrinterView): Promise<void> {
  const changed = await tried(() => andon.printers.resume(printer.name))
  if (changed === null) return
  tellPrinters([changed])
  void notify({ level: 'success', title: `${printer.name} goes on` })
}

/** Says who gets what waits when the printer is in trouble. */
export async function setFailover(
  printer: PrinterView,
  change: Pick<ChangePrinter, 'failover_after' | 'failover_to'>,
): Promise<boolean> {
  const changed = await tried(() => andon.printers.change(printer.name, change))
  if (changed === null) return false
  tellPrinters([changed])
  void notify({ level: 'success', title: `${printer.name} is changed` })
  return true
}

/** Prints a test page and offers the way to its job. */
export async function printTestPage(printer: PrinterView, open: (jobId: string) => void): Promise<void> {
  const made = await tried(() => andon.printers.test(printer.name))
  if (made === null) return
  const action = { label: 'Open', onPick: () => open(made.id) }
  void notify({ level: 'success', title: 'Test page is queued', text: printer.name, action })
}

/** Asks the device now. */
export async function askPrinter(printer: PrinterView): Promise<void> {
  const changed = await tried(() => andon.printers.status(printer.name))
  if (changed === null) return
  tellPrinters([changed])
  const level = changed.state === 'offline' || changed.state === 'stopped' ? 'warning' : 'success'
  void notify({
    level,
    title: `${printer.name}: ${changed.status_text}`,
    text: changed.troubles[0]?.title ?? 'It answered just now.',
  })
}
