const SCHEME = 'qz:'

/** The address of a printer by the name that QZ Tray knows it by: `qz:Zebra%20ZD420`. */
export function qzUri(printer: string): string {
  return SCHEME + encodeURIComponent(printer)
}

/** The name of the printer in an address `qz:<name>`, percent-encoded; null when it is none. */
export function qzPrinterName(uri: string): string | null {
  if (!uri.toLowerCase().startsWith(SCHEME)) return null
  try {
    const name = decodeURIComponent(uri.slice(SCHEME.length))
    // Two slashes are those of addresses with a host, which these have not.
    return name.trim() === '' || name.startsWith('//') ? null : name
  } catch {
    return null
  }
}
