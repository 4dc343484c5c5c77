export type { ReadDocument } from './item-data.ts'
export type { JournalEntry, PrintJournal } from './journal.ts'
export { Station, type StationOptions } from './station.ts'
export { PRINT_TYPES, printHandler, type PrintHandlerOptions } from './print-handler.ts'
