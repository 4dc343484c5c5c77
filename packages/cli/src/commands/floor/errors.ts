import type { ProcessingError } from '@andon/core'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { FIELDS } from '../../output/fields.ts'
import { printRows, type RowsSpec } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { eachOf } from '../each.ts'

/** Flags of `floor errors list`. */
export interface ErrorFlags {
  readonly limit: string
  readonly reason?: string
  readonly source?: 'print_os' | 'scanner'
}

const LIMIT_MAX = 100_000
const NUMBER = /^\d{1,18}$/

const ROWS: RowsSpec<ProcessingError> = {
  fields: FIELDS.ProcessingError,
  columns: [
    { name: 'error_id', title: 'ERROR', value: (error) => error.error_id },
    { name: 'source_type', title: 'OF', value: (error) => error.source_type },
    { name: 'subject', title: 'NAMES', shrink: 12, value: (error) => error.subject },
    { name: 'reason', title: 'REASON', value: (error) => error.reason },
    { name: 'detail', title: 'DETAIL', shrink: 16, value: (error) => error.detail },
    { name: 'attempts', title: 'TRIES', align: 'right', drop: 1, value: (error) => error.attempts },
    {
      name: 'next_try_at',
      title: 'NEXT TRY',
      drop: 2,
      value: (error) => error.next_try_at,
      cell: (error, look) => (error.next_try_at === null ? 'when somebody says' : look.time(error.next_try_at)),
    },
    {
      name: 'created_at',
      title: 'SINCE',
      drop: 3,
      value: (error) => error.created_at,
      cell: (error, look) => look.time(error.created_at),
    },
  ],
  empty: 'Nothing stands aside.',
  name: (error) => error.error_id,
}

/** `andon floor errors list` */
export async function listFloorErrors(session: Session, flags: ErrorFlags): Promise<ExitCode> {
  const limit = Number(flags.limit)
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new UsageError(`--limit is "${flags.limit}".`, `Give a number from 1 to ${LIMIT_MAX}.`)
  }
  const andon = await session.andon()
  const errors: ProcessingError[] = []
  const filter = { source: flags.source, reason: flags.reason, limit: Math.min(limit, 500) }
  for await (const error of andon.floor.eachError(filter)) {
    errors.push(error)
    if (errors.length >= limit) break
  }
  printRows(session, errors, ROWS)
  return EXIT.ok
}

/** `andon floor errors retry` */
export async function retryFloorErrors(session: Session, ids: readonly string[]): Promise<ExitCode> {
  checkNumbers(ids)
  const andon = await session.andon()
  const count = await andon.floor.retryErrors(ids.length === 0 ? undefined : ids)
  if (session.format === 'table') session.note(count === 1 ? '1 is tried again.' : `${count} are tried again.`)
  else session.io.stdout.write(`${JSON.stringify({ count })}\n`)
  return EXIT.ok
}

/** `andon floor errors dismiss` */
export async function dismissFloorErrors(session: Session, ids: readonly string[]): Promise<ExitCode> {
  checkNumbers(ids)
  const andon = await session.andon()
  return eachOf(session, ids, async (id) => {
    await andon.floor.dismissError(id)
    session.note(`Dismissed ${id}.`)
  })
}

function checkNumbers(ids: readonly string[]): void {
  const wrong = ids.find((id) => !NUMBER.test(id))
  if (wrong !== undefined)
    throw new UsageError(`"${wrong}" is no number of an error.`, 'See them with: andon floor errors')
}
