import { type DriverKind, type PrintDriver, type PrinterAddress, type PrinterStatus, problem } from '@andon/core'
import { HttpDriver } from './http/driver.ts'
import { HTTP_SETTINGS } from './http/settings.ts'
import { IppDriver } from './ipp/driver.ts'
import { IPP_SETTINGS } from './ipp/settings.ts'
import { splitSettings } from './printer-settings.ts'
import { RawDriver } from './raw/driver.ts'
import { RAW_SETTINGS } from './raw/settings.ts'
import { readSettings, type SettingsSchema } from './settings.ts'

/** Drivers that this package makes: `qz` lives at the stations. */
export type MadeDriverKind = Exclude<DriverKind, 'qz'>

interface DriverEntry {
  readonly settings: SettingsSchema
  /** URI schemes that its addresses may have. */
  readonly schemes: readonly string[]
  /** What an address looks like, for messages. */
  readonly example: string
  make(address: PrinterAddress): PrintDriver
}

const DRIVERS: Readonly<Record<MadeDriverKind, DriverEntry>> = {
  ipp: {
    settings: IPP_SETTINGS,
    schemes: ['ipp:', 'ipps:', 'http:', 'https:'],
    example: 'ipp://host:631/ipp/print',
    make: (address) => new IppDriver(address),
  },
  raw: {
    settings: RAW_SETTINGS,
    schemes: ['socket:'],
    example: 'socket://host:9100',
    make: (address) => new RawDriver(address),
  },
  http: {
    settings: HTTP_SETTINGS,
    schemes: ['http:', 'https:'],
    example: 'http://host:8080',
    make: (address) => new HttpDriver(address),
  },
  virtual: {
    settings: IPP_SETTINGS,
    schemes: ['ipp:'],
    example: 'ipp://127.0.0.1:8631/ipp/print',
    make: (address) => new IppDriver(address, 'virtual'),
  },
}

/** The settings of a driver by name: for forms, and for the reference. */
export function driverSettings(kind: MadeDriverKind): SettingsSchema {
  return DRIVERS[kind].settings
}

/** What addresses of a driver look like: for messages, forms, and the reference. */
export function driverAddress(kind: MadeDriverKind): { readonly example: string; readonly schemes: readonly string[] } {
  const { example, schemes } = DRIVERS[kind]
  return { example, schemes: schemes.map((scheme) => `${scheme}//`) }
}

/**
 * Makes the driver for an address; nothing is connected yet.
 *
 * @throws AndonError `validation_failed` naming `/driver`, `/uri` or `/settings/<name>` with what is allowed.
 */
export function createDriver(address: PrinterAddress): PrintDriver {
  return checkAddress(address).make({ ...address, settings: splitSettings(address.settings).driver })
}

/**
 * Checks an address without connecting to it.
 *
 * @throws AndonError as {@link createDriver}.
 */
export function checkPrinterAddress(address: PrinterAddress): void {
  const entry = checkAddress(address)
  readSettings(entry.settings, splitSettings(address.settings).driver)
}

/**
 * Asks whether a printer answers at an address, before it is added.
 *
 * @throws AndonError `validation_failed` for an address that cannot be one, `not_a_printer` when something else
 *   answers, `printer_auth_required` when it wants credentials. A printer that does not answer at all is returned as
 *   offline: it may be switched on later.
 */
export async function probePrinter(address: PrinterAddress, signal: AbortSignal): Promise<PrinterStatus> {
  const driver = createDriver(address)
  try {
    const status = await driver.status(signal)
    const reasons = new Set(status.reasons.map((entry) => entry.reason))
    const detail = `At ${address.uri}: ${status.message ?? 'no printer'}`
    if (reasons.has('not-a-printer')) throw problem('not_a_printer', { field: '/uri', detail })
    if (reasons.has('auth-required')) throw problem('printer_auth_required', { field: '/settings', detail })
    if (reasons.has('print-server-unauthorised'))
      throw problem('print_server_unauthorised', { field: '/settings/token', detail })
    return status
  } finally {
    await driver.close()
  }
}

function checkAddress(address: PrinterAddress): DriverEntry {
  const kinds = Object.keys(DRIVERS)
  const entry = Object.hasOwn(DRIVERS, address.driver) ? DRIVERS[address.driver as MadeDriverKind] : undefined
  if (entry === undefined) {
    const detail = `The driver "${address.driver}" cannot be used here.`
    throw problem('validation_failed', { field: '/driver', detail, allowed: kinds })
  }
  const url = URL.canParse(address.uri) ? new URL(address.uri) : null
  if (url === null || url.hostname === '' || !entry.schemes.includes(url.protocol)) {
    const detail = `"${address.uri.slice(0, 200)}" is not an address for the driver ${address.driver}.`
    throw problem('validation_failed', { field: '/uri', detail, allowed: `an address such as ${entry.example}` })
  }
  return entry
}
