import { type ChangePrinter, parseDuration } from '@andon/core'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { printRows } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { PRINTER_ROWS } from './columns.ts'

/** Flags that say who stands in for a printer; `--no-failover` is `failover: false`. */
export interface FailoverFlags {
  readonly failover?: boolean
  readonly failoverAfter?: string
  readonly failoverTo?: string
}

/** Flags of `printers set`. */
export interface SetFlags extends FailoverFlags {
  readonly location?: string
  readonly name?: string
  readonly pool?: string
  readonly station?: string
  readonly uri?: string
}

/** `andon printers set` */
export async function setPrinter(session: Session, name: string, flags: SetFlags): Promise<ExitCode> {
  const { location, name: newName, pool, station, uri } = flags
  const change: ChangePrinter = {
    ...(location === undefined ? {} : { location }),
    ...(newName === undefined ? {} : { name: newName }),
    ...(pool === undefined ? {} : { pool }),
    ...(station === undefined ? {} : { station }),
    ...(uri === undefined ? {} : { uri }),
    ...failoverOf(flags),
  }
  if (Object.keys(change).length === 0) throw new UsageError('Nothing is to be changed.', 'Say what, see --help.')
  const andon = await session.andon()
  printRows(session, [await andon.printers.change(name, change)], PRINTER_ROWS)
  return EXIT.ok
}

/** Who stands in for a printer, as its flags say it. */
export function failoverOf(flags: FailoverFlags): Pick<ChangePrinter, 'failover_after' | 'failover_to'> {
  const { failover, failoverAfter: after, failoverTo: to } = flags
  const afterMs = after === undefined ? undefined : parseDuration(after)
  if (afterMs === null) {
    throw new UsageError(`--failover-after does not understand "${after}".`, 'Give a duration such as 30s or 5m.')
  }
  return {
    ...(failover === false ? { failover_to: null } : {}),
    ...(to === undefined ? {} : { failover_to: to }),
    ...(afterMs === undefined ? {} : { failover_after: Math.round(afterMs / 1_000) }),
  }
}
