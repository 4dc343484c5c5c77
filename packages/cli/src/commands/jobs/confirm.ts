import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { printRows } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { printCreated } from './created.ts'
import { rowsSpec } from './list.ts'
import { itemIndex } from './retry.ts'

/** Flags of `jobs confirm`. */
export interface ConfirmFlags {
  readonly again?: boolean
  readonly from?: string
  readonly note?: string
  readonly printed?: boolean
}

/** `andon jobs confirm`: what a person saw at the printer. */
export async function confirmJob(session: Session, id: string, flags: ConfirmFlags): Promise<ExitCode> {
  if ((flags.printed === true) === (flags.again === true)) {
    throw new UsageError('Look at the printer, then say --printed or --again.')
  }
  const andon = await session.andon()
  const note = flags.note === undefined ? {} : { note: flags.note }
  if (flags.again === true) {
    const from = flags.from === undefined ? {} : { from: itemIndex('--from', flags.from) }
    const created = await andon.jobs.confirm(id, { printed: false, ...from, ...note })
    printCreated(session, [created.id])
    return EXIT.ok
  }
  const job = await andon.jobs.confirm(id, { printed: true, ...note })
  printRows(session, [job], rowsSpec([job], {}, undefined))
  return EXIT.ok
}
