import type { PauseRequest, PrinterView } from '@andon/core'
import type { ExitCode } from '../../exit.ts'
import { printRows } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { eachOf } from '../each.ts'
import { momentFlag } from '../moment.ts'
import { PRINTER_ROWS } from './columns.ts'

/** Flags of `pause`, for printers and queues. */
export interface PauseFlags {
  readonly reason?: string
  readonly until?: string
}

/** `andon printers pause` */
export async function pausePrinters(session: Session, names: readonly string[], flags: PauseFlags): Promise<ExitCode> {
  const request = pauseRequest(flags, session.io.now())
  const andon = await session.andon()
  return changeEach(session, names, (name) => andon.printers.pause(name, request))
}

/** `andon printers resume` */
export async function resumePrinters(session: Session, names: readonly string[]): Promise<ExitCode> {
  const andon = await session.andon()
  return changeEach(session, names, (name) => andon.printers.resume(name))
}

/** What the flags ask for; an end written as a duration counts from now. */
export function pauseRequest({ reason, until }: PauseFlags, nowMs: number): PauseRequest {
  const request = reason === undefined ? {} : { reason }
  if (until === undefined) return request
  return { ...request, until: momentFlag('--until', until, nowMs) }
}

async function changeEach(
  session: Session,
  names: readonly string[],
  change: (name: string) => Promise<PrinterView>,
): Promise<ExitCode> {
  const printers: PrinterView[] = []
  const failure = await eachOf(session, names, async (name) => void printers.push(await change(name)))
  printRows(session, printers, { ...PRINTER_ROWS, empty: '' })
  return failure
}
