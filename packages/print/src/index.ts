export { type Discovery, discoverPrinters, LOCAL_CUPS } from './discover.ts'
export { type CheckedDocument, checkDocument } from './document/check.ts'
export { DOCUMENT_FORMATS, type DocumentFormat, formatOf } from './document/formats.ts'
export { countSheets } from './document/sheets.ts'
export { escapeZpl, mergeZpl, type TemplateData, templateFields } from './document/template.ts'
export { countZplLabels, splitZpl, type ZplLabel } from './document/zpl.ts'
export {
  checkPrinterAddress,
  createDriver,
  driverAddress,
  driverSettings,
  type MadeDriverKind,
  probePrinter,
} from './drivers.ts'
export { LabelPreviewer, type PreviewOptions, type PreviewRequest } from './preview/index.ts'
export type {
  HeldPrintJob,
  IntendedItem,
  IntendedItems,
  ItemCounts,
  ItemOutcome,
  PrintJobPort,
  QueueProgress,
  QueueResult,
} from './queue/port.ts'
export { type OnUnconfirmed, requestName, type RunOptions, runPrintJob } from './queue/run.ts'
export type { Setting, SettingsSchema } from './settings.ts'
export { type PrintedSheet, startVirtualPrinter, VirtualPrinter, type VirtualPrinterOptions } from './virtual/index.ts'
export { PrinterFleet, type FleetOptions } from './fleet/fleet.ts'
export type { FleetPort, FleetPrinter } from './fleet/port.ts'
export { PrinterWatch } from './fleet/watch.ts'
export { PRINTER_SETTINGS, type PrinterSettings, splitSettings } from './printer-settings.ts'
