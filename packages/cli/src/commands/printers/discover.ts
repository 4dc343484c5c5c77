import type { DiscoveredPrinterView } from '@andon/core'
import { EXIT, type ExitCode } from '../../exit.ts'
import { FIELDS } from '../../output/fields.ts'
import { printRows, type RowsSpec } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { quoteShell } from '../jobs/trouble.ts'

const ROWS: RowsSpec<DiscoveredPrinterView> = {
  fields: FIELDS.DiscoveredPrinterView,
  columns: [
    { name: 'name', title: 'NAME', shrink: 10, value: (printer) => printer.name },
    { name: 'uri', title: 'ADDRESS', value: (printer) => printer.uri },
    { name: 'model', title: 'MODEL', drop: 1, shrink: 12, value: (printer) => printer.model },
    { name: 'device_uri', title: 'DEVICE', drop: 3, shrink: 16, value: (printer) => printer.device_uri },
    { name: 'location', title: 'LOCATION', drop: 4, shrink: 8, value: (printer) => printer.location },
    { name: 'added_as', title: 'ADDED AS', value: (printer) => printer.added_as },
    { name: 'warning', title: 'NOTE', drop: 2, shrink: 12, value: (printer) => printer.warning },
  ],
  empty: 'No printers found. Name a CUPS server with --cups ipp://host:631, or add one by its address.',
  name: (printer) => printer.uri,
}

/** `andon printers discover` */
export async function discoverPrinters(session: Session, flags: { readonly cups?: string }): Promise<ExitCode> {
  const andon = await session.andon()
  const found = await andon.printers.discover({ cups: flags.cups })
  printRows(session, found, ROWS)
  const fresh = found.find((printer) => printer.added_as === null)
  if (fresh && session.format === 'table') {
    session.note(`Add one with: andon printers add ${quoteShell(fresh.name)} ${quoteShell(fresh.uri)}`)
  }
  return EXIT.ok
}
