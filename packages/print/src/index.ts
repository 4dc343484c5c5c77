export { type Discovery, discoverPrinters, LOCAL_CUPS } from './discover.ts'
export { type CheckedDocument, checkDocument } from './document/check.ts'
export { DOCUMENT_FORMATS, type DocumentFormat, formatOf } from './document/formats.ts'
export { countSheets } from './document/sheets.ts'
export { escapeZpl, templateFields } from './document/template.ts'
export { countZplLabels, splitZpl, type ZplLabel } from './document/zpl.ts'
export {
  checkPrinterAddress,
  createDriver,
  driverAddress,
  driverSettings,
  probePrinter,
} from './drivers.ts'
export { type Inspection, inspectAddress } from './inspect.ts'
export { LabelPreviewer, type PreviewOptions, type PreviewRequest } from './preview/index.ts'
export type { Setting, SettingsSchema } from './settings.ts'
export { type PrintedSheet, startVirtualPrinter, VirtualPrinter, type VirtualPrinterOptions } from './virtual/index.ts'
export * from './queue/index.ts'
