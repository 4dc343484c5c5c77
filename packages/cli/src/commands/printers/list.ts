import { EXIT, type ExitCode } from '../../exit.ts'
import { chooseColumns, printRows } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { PRINTER_COLUMNS, PRINTER_ROWS } from './columns.ts'

/** `andon printers list` */
export async function listPrinters(session: Session, flags: { readonly columns?: string }): Promise<ExitCode> {
  const andon = await session.andon()
  const columns = chooseColumns(PRINTER_COLUMNS, flags.columns)
  printRows(session, await andon.printers.list(), { ...PRINTER_ROWS, columns })
  return EXIT.ok
}
