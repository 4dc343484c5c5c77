import { choice, integer, readSettings, type SettingsOf } from './settings.ts'

/** Settings that every printer has, whatever drives it; they stand beside the driver's own. */
export const PRINTER_SETTINGS = {
  onUnconfirmed: choice({
    default: 'ask',
    choices: ['ask', 'reprint', 'accept'],
    description:
      'What to do with a print that nobody can prove: ask a person, print it once more, or count it as printed.',
  }),
  statusIntervalMs: integer({
    default: 10_000,
    min: 1_000,
    max: 3_600_000,
    description: 'How often the printer is asked how it is while nothing prints, in milliseconds.',
  }),
} as const

export type PrinterSettings = SettingsOf<typeof PRINTER_SETTINGS>

/**
 * Parts what belongs to every printer from what belongs to its driver.
 *
 * @throws AndonError `validation_failed` naming a wrong setting of the printer; the driver's are checked by the driver
 */
export function splitSettings(settings: Readonly<Record<string, unknown>>): {
  readonly printer: PrinterSettings
  readonly driver: Readonly<Record<string, unknown>>
} {
  const isPrinters = ([name]: [string, unknown]): boolean => Object.hasOwn(PRINTER_SETTINGS, name)
  const entries = Object.entries(settings)
  return {
    printer: readSettings(PRINTER_SETTINGS, Object.fromEntries(entries.filter(isPrinters))),
    driver: Object.fromEntries(entries.filter((entry) => !isPrinters(entry))),
  }
}
