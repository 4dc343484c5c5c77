import type { MonthView } from '@andon/core'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { FIELDS } from '../../output/fields.ts'
import { printRows, type RowsSpec } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { confirm } from '../ask.ts'
import { eachOf } from '../each.ts'
import { seeThrough } from '../jobs/bulk.ts'

const MB = 1024 * 1024

const ROWS: RowsSpec<MonthView> = {
  fields: FIELDS.MonthView,
  columns: [
    { name: 'month', title: 'MONTH', value: ({ month }) => month, cell: ({ month }) => dashed(month) },
    { name: 'where', title: 'WHERE', value: whereWords },
    { name: 'jobs', title: 'JOBS', align: 'right', value: (month) => month.jobs },
    {
      name: 'size_bytes',
      title: 'SIZE',
      align: 'right',
      value: (month) => month.size_bytes,
      cell: (month) => `${(month.size_bytes / MB).toFixed(1)} MB`,
    },
  ],
  empty: 'There is no history yet.',
  name: (month) => month.month,
}

/** Flags of `history archive` and `history restore`, and which of the two it is. */
export interface MonthFlags {
  readonly action: 'archive' | 'restore'
  readonly detach?: boolean
}

/** Flags of `history delete`. */
export interface DeleteMonthFlags {
  readonly detach?: boolean
  readonly yes?: boolean
}

/** `andon history list` */
export async function listMonths(session: Session): Promise<ExitCode> {
  const andon = await session.andon()
  printRows(session, await andon.history.list(), ROWS)
  return EXIT.ok
}

/** `andon history archive` and `andon history restore` */
export async function moveMonths(session: Session, written: readonly string[], flags: MonthFlags): Promise<ExitCode> {
  const months = written.map(monthOf)
  const andon = await session.andon()
  return followEach(session, months, { ...flags, start: (month) => andon.history[flags.action](month) })
}

/** `andon history delete` */
export async function deleteMonths(
  session: Session,
  written: readonly string[],
  flags: DeleteMonthFlags,
): Promise<ExitCode> {
  const months = written.map(monthOf)
  const question = `Delete ${months.map(dashed).join(', ')} for good? Their jobs cannot be brought back.`
  if (flags.yes !== true && !(await confirm(session, question, 'Say --yes if you are sure.'))) return EXIT.error
  const andon = await session.andon()
  return followEach(session, months, { ...flags, start: (month) => andon.history.delete(month) })
}

interface FollowEach {
  readonly detach?: boolean
  readonly start: (month: string) => Promise<{ readonly id: string }>
}

async function followEach(session: Session, months: readonly string[], { start, ...flags }: FollowEach) {
  let worst: ExitCode = EXIT.ok
  const failure = await eachOf(session, months, async (month) => {
    const code = await seeThrough(session, (await start(month)).id, flags)
    if (code !== EXIT.ok) worst = code
  })
  return failure === EXIT.ok ? worst : failure
}

function whereWords({ is_archived: isArchived, restored }: MonthView): string {
  if (isArchived) return 'archive'
  return restored === null ? 'lists' : `lists, brought back by ${restored.by}`
}

function dashed(month: string): string {
  return `${month.slice(0, 4)}-${month.slice(4)}`
}

/** @throws UsageError for what is no month */
function monthOf(written: string): string {
  const [, year, number] = /^([0-9]{4})-?(0[1-9]|1[0-2])$/.exec(written) ?? []
  if (year !== undefined && number !== undefined) return `${year}${number}`
  throw new UsageError(`"${written}" is no month.`, 'Give it as year and month: 2026-06')
}
