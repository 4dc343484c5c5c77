import type { CreatePrinter, DriverKind, PrinterKind, PrinterView } from '@andon/core'
import { DRIVER_KINDS, isProblem, PRINTER_KINDS, problem } from '@andon/core/base'
import type { Andon } from '@andon/sdk'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { printRows } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { PRINTER_ROWS } from './columns.ts'
import { type FailoverFlags, failoverOf } from './set.ts'

/** Flags of `printers add`. */
export interface AddFlags extends FailoverFlags {
  readonly driver?: string
  readonly kind?: string
  readonly location?: string
  readonly pool?: string
  readonly station?: string
  readonly unchecked?: boolean
}

const DRIVER_OF_SCHEME: Readonly<Record<string, DriverKind>> = {
  http: 'http',
  https: 'http',
  ipp: 'ipp',
  ipps: 'ipp',
  qz: 'qz',
  socket: 'raw',
  virtual: 'virtual',
}

/** `andon printers add` */
export async function addPrinter(
  session: Session,
  { name, uri }: { readonly name: string; readonly uri: string },
  flags: AddFlags,
): Promise<ExitCode> {
  const printer: CreatePrinter = {
    name,
    uri,
    driver: flags.driver === undefined ? driverOf(uri) : wordOf('--driver', flags.driver, DRIVER_KINDS),
    ...(flags.kind === undefined ? {} : { kind: wordOf<PrinterKind>('--kind', flags.kind, PRINTER_KINDS) }),
    ...(flags.location === undefined ? {} : { location: flags.location }),
    ...(flags.pool === undefined ? {} : { pool: flags.pool }),
    ...(flags.station === undefined ? {} : { station: flags.station }),
    ...failoverOf(flags),
    ...(flags.unchecked === true ? { is_unchecked: true } : {}),
  }
  const andon = await session.andon()
  const added = await add(andon, printer)
  printRows(session, [added], PRINTER_ROWS)
  session.note(`Try it with: andon printers test ${name}`)
  return EXIT.ok
}

/** The way out of a printer that does not answer is a flag here. */
async function add(andon: Andon, printer: CreatePrinter): Promise<PrinterView> {
  try {
    return await andon.printers.add(printer)
  } catch (error) {
    if (!isProblem(error, 'printer_unreachable')) throw error
    const { detail, extra } = error
    const hint = 'Switch the printer on, correct the address, or say --unchecked to add it all the same.'
    throw problem('printer_unreachable', { cause: error, detail, extra, hint })
  }
}

function driverOf(uri: string): DriverKind {
  const scheme = /^([a-z]+):/i.exec(uri)?.[1]?.toLowerCase() ?? ''
  const driver = DRIVER_OF_SCHEME[scheme]
  if (driver !== undefined) return driver
  throw new UsageError(
    `"${uri}" does not say how the printer is driven.`,
    'Write ipp://host/ipp/print, socket://host:9100 or http://host:port, or say --driver.',
  )
}

function wordOf<T extends string>(flag: string, written: string, allowed: readonly T[]): T {
  const word = allowed.find((known) => known === written)
  if (word === undefined)
    throw new UsageError(`${flag} does not know "${written}".`, `Choose from: ${allowed.join(', ')}`)
  return word
}
