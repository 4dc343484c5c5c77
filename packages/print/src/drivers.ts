import {
  type DriverKind,
  type PrintDriver,
  type PrinterAddress,
  type PrinterStatus,
  problem,
  qzPrinterName,
} from '@andon/core'
import { HttpDriver } from './http/driver.ts'
import { HTTP_SETTINGS } from './http/settings.ts'
import { IppDriver } from './ipp/driver.ts'
import { IPP_SETTINGS } from './ipp/settings.ts'
import { splitSettings } from './printer-settings.ts'
import { QZ_SETTINGS } from './qz/settings.ts'
import { RawDriver } from './raw/driver.ts'
import { RAW_SETTINGS } from './raw/settings.ts'
import { readSettings, type SettingsSchema } from './settings.ts'

interface DriverEntry {
  readonly settings: SettingsSchema
  /** How its addresses begin. */
  readonly schemes: readonly string[]
  /** What an address looks like, for messages. */
  readonly example: string
  /** Whether an address that begins so is one. */
  accepts(uri: string): boolean
  /** Null where only a station can: the connection to drive it by is there. */
  readonly make: ((address: PrinterAddress) => PrintDriver) | null
}

const DRIVERS: Readonly<Record<DriverKind, DriverEntry>> = {
  ipp: {
    settings: IPP_SETTINGS,
    schemes: ['ipp://', 'ipps://', 'http://', 'https://'],
    example: 'ipp://host:631/ipp/print',
    accepts: hasHost,
    make: (address) => new IppDriver(address),
  },
  raw: {
    settings: RAW_SETTINGS,
    schemes: ['socket://'],
    example: 'socket://host:9100',
    accepts: hasHost,
    make: (address) => new RawDriver(address),
  },
  qz: {
    settings: QZ_SETTINGS,
    schemes: ['qz:'],
    example: 'qz:Zebra%20ZD420',
    accepts: (uri) => qzPrinterName(uri) !== null,
    make: null,
  },
  http: {
    settings: HTTP_SETTINGS,
    schemes: ['http://', 'https://'],
    example: 'http://host:8080',
    accepts: hasHost,
    make: (address) => new HttpDriver(address),
  },
  virtual: {
    settings: IPP_SETTINGS,
    schemes: ['ipp://'],
    example: 'ipp://127.0.0.1:8631/ipp/print',
    accepts: hasHost,
    make: (address) => new IppDriver(address, 'virtual'),
  },
}

/** The settings of a driver by name: for forms, and for the reference. */
export function driverSettings(kind: DriverKind): SettingsSchema {
  return DRIVERS[kind].settings
}

/** What addresses of a driver look like: for messages, forms, and the reference. */
export function driverAddress(kind: DriverKind): { readonly example: string; readonly schemes: readonly string[] } {
  const { example, schemes } = DRIVERS[kind]
  return { example, schemes }
}

/**
 * Makes the driver for an address; nothing is connected yet. A printer behind QZ Tray is driven by its station, which
 * makes a `QzDriver` with its own connection.
 *
 * @throws AndonError `validation_failed` naming `/driver`, `/uri` or `/settings/<name>` with what is allowed.
 */
export function createDriver(address: PrinterAddress): PrintDriver {
  const { make } = checkAddress(address)
  if (make !== null) return make({ ...address, settings: splitSettings(address.settings).driver })
  const detail = `A printer of the driver ${address.driver} can only be reached from its station.`
  const allowed = Object.entries(DRIVERS).flatMap(([kind, entry]) => (entry.make === null ? [] : [kind]))
  throw problem('validation_failed', { field: '/driver', detail, allowed })
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
 * Asks whether a printer answers at an address, before it is added. Printers behind QZ Tray cannot be asked from here, and
 * are added unchecked or by their station.
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
  const entry = Object.hasOwn(DRIVERS, address.driver) ? DRIVERS[address.driver] : undefined
  if (entry === undefined) {
    const detail = `The driver "${address.driver}" cannot be used here.`
    throw problem('validation_failed', { field: '/driver', detail, allowed: kinds })
  }
  const { uri } = address
  if (!entry.schemes.some((scheme) => uri.toLowerCase().startsWith(scheme)) || !entry.accepts(uri)) {
    const detail = `"${address.uri.slice(0, 200)}" is not an address for the driver ${address.driver}.`
    throw problem('validation_failed', { field: '/uri', detail, allowed: `an address such as ${entry.example}` })
  }
  return entry
}

function hasHost(uri: string): boolean {
  return URL.canParse(uri) && new URL(uri).hostname !== ''
}
