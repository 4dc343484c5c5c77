import type { PoolView } from '@andon/core'
import { EXIT, type ExitCode } from '../../exit.ts'
import { FIELDS } from '../../output/fields.ts'
import { printRows, type RowsSpec } from '../../output/rows.ts'
import type { Session } from '../../session.ts'

const ROWS: RowsSpec<PoolView> = {
  fields: FIELDS.PoolView,
  columns: [
    { name: 'name', title: 'NAME', value: (pool) => pool.name },
    {
      name: 'printers',
      title: 'PRINTERS',
      shrink: 16,
      value: (pool) => pool.printers,
      cell: (pool) => pool.printers.join(', '),
    },
    { name: 'jobs_waiting', title: 'WAITING', align: 'right', value: (pool) => pool.jobs_waiting },
  ],
  empty: 'No pools yet. Make one with: andon pools add NAME',
  name: (pool) => pool.name,
}

/** `andon pools list` */
export async function listPools(session: Session): Promise<ExitCode> {
  const andon = await session.andon()
  printRows(session, await andon.pools.list(), ROWS)
  return EXIT.ok
}

/** `andon pools add` */
export async function addPool(session: Session, name: string): Promise<ExitCode> {
  const andon = await session.andon()
  printRows(session, [await andon.pools.add(name)], ROWS)
  return EXIT.ok
}

/** `andon pools remove` */
export async function removePool(session: Session, name: string): Promise<ExitCode> {
  const andon = await session.andon()
  await andon.pools.remove(name)
  session.note(`Removed ${name}.`)
  return EXIT.ok
}
