import { printRows } from '../../output/rows.ts'
import type { Session } from '../../session.ts'

/** Prints the ids of new jobs: what the next command takes. */
export function printCreated(session: Session, ids: readonly string[]): void {
  if (session.format === 'table') {
    for (const id of ids) session.io.stdout.write(`${id}\n`)
    if (ids.length > 0) session.note(`Follow with: andon jobs watch ${ids.join(' ')}`)
    return
  }
  const rows = ids.map((id) => ({ id }))
  printRows(session, rows, {
    columns: [{ name: 'id', title: 'ID', value: (row) => row.id }],
    fields: ['id'],
    empty: '',
    name: (row) => row.id,
  })
}
