/** What drives a printer's queue, wherever it runs: nothing here needs Node. */
export type { FleetOptions } from '../fleet/fleet.ts'
export { PrinterFleet } from '../fleet/fleet.ts'
export type { PrinterWatch } from '../fleet/watch.ts'
export type { FleetPort, FleetPrinter } from '../fleet/port.ts'
export { mergeZpl, type TemplateData } from '../document/template.ts'
export { PRINTER_SETTINGS, type PrinterSettings, splitSettings } from '../printer-settings.ts'
export type {
  HeldPrintJob,
  IntendedItem,
  IntendedItems,
  ItemCounts,
  ItemOutcome,
  PrintJobPort,
  QueueProgress,
  QueueResult,
} from './port.ts'
export { type OnUnconfirmed, requestName, type RunOptions, runPrintJob } from './run.ts'
