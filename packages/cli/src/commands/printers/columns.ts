import type { PrinterView } from '@andon/core'
import type { Look } from '../../output/look.ts'
import { FIELDS } from '../../output/fields.ts'
import type { RowsSpec } from '../../output/rows.ts'
import type { Column } from '../../output/table.ts'
import { progressText, titleText } from '../jobs/words.ts'

/** The sign and colour of how a printer is. */
export function printerStyle(
  printer: PrinterView,
): readonly [sign: string, style: 'gray' | 'green' | 'red' | 'yellow'] {
  if (printer.pause !== null && !printer.pause.is_by_trouble) return ['‖', 'yellow']
  if (printer.state === 'offline' || printer.state === 'stopped') return ['●', 'red']
  if (printer.troubles.some((trouble) => trouble.severity === 'error')) return ['●', 'red']
  if (printer.troubles.some((trouble) => trouble.severity === 'warning')) return ['●', 'yellow']
  return printer.state === 'unknown' ? ['○', 'gray'] : ['●', 'green']
}

/** Columns of printer lists. */
export const PRINTER_COLUMNS: readonly Column<PrinterView>[] = [
  { name: 'name', title: 'NAME', shrink: 10, value: (printer) => printer.name },
  {
    name: 'status_text',
    title: 'STATUS',
    value: (printer) => printer.status_text,
    cell: (printer) => `${printerStyle(printer)[0]} ${printer.status_text}`,
    paint: (text, printer, look) => look.paint(printerStyle(printer)[1], text),
  },
  {
    name: 'reason',
    title: 'REASON',
    shrink: 12,
    value: (printer) => printer.troubles[0]?.reason ?? null,
    cell: reasonText,
  },
  { name: 'current_job', title: 'NOW', shrink: 10, value: (printer) => printer.current_job?.id ?? null, cell: nowText },
  { name: 'jobs_waiting', title: 'WAITING', align: 'right', value: (printer) => printer.jobs_waiting },
  { name: 'driver', title: 'DRIVER', drop: 3, value: (printer) => printer.driver },
  { name: 'pool', title: 'POOL', drop: 2, value: (printer) => printer.pool },
  { name: 'location', title: 'LOCATION', drop: 4, shrink: 8, value: (printer) => printer.location },
  {
    name: 'last_confirmed_at',
    title: 'LAST PRINT',
    drop: 1,
    value: (printer) => printer.last_confirmed_at,
    cell: (printer, look) => look.time(printer.last_confirmed_at),
  },
]

/** How printers are printed in lists. */
export const PRINTER_ROWS: RowsSpec<PrinterView> = {
  fields: FIELDS.PrinterView,
  columns: PRINTER_COLUMNS,
  empty: 'No printers yet. Find some with: andon printers discover, or add one: andon printers add NAME URI',
  name: (printer) => printer.name,
}

function reasonText(printer: PrinterView): string {
  if (printer.troubles[0]) return printer.troubles[0].title
  return printer.pause?.reason ?? ''
}

function nowText(printer: PrinterView, _look: Look): string {
  const job = printer.current_job
  if (!job) return ''
  const progress = progressText(job)
  return progress === '' ? titleText(job) : `${titleText(job)}, ${progress}`
}
