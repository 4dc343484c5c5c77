/** Formats that are the printer's own commands: a spooler must pass them on untouched, and copies are made by repeating them. */
export const COMMAND_FORMATS: readonly string[] = ['application/vnd.zebra-zpl', 'application/vnd.escpos']
/** What CUPS takes to be passed on as it is, best first. */
export const RAW_FORMATS: readonly string[] = ['application/vnd.cups-raw', 'application/octet-stream']

/**
 * The MIME type to announce for a document; null when the printer will not take it.
 *
 * A printer gets the real format even if it lists `application/octet-stream`: ippeveprinter refuses ZPL under that
 * name. Only CUPS gets printer commands under another one, since it would try to convert them.
 */
export function announcedFormat(
  format: string,
  printer: { formats: readonly string[]; isCups: boolean; override: string },
): string | null {
  if (printer.override !== '') return printer.override
  if (printer.isCups && COMMAND_FORMATS.includes(format)) {
    return RAW_FORMATS.find((raw) => printer.formats.includes(raw)) ?? null
  }
  if (printer.formats.length === 0 || printer.formats.includes(format)) return format
  return null
}
