import type { BulkAction, BulkPreview } from '@andon/core'
import { BULK_ACTIONS, bulkActWords, PRIORITIES } from '@andon/core/base'
import type { BulkOrder } from '@andon/sdk'
import { EXIT, exitOfState, type ExitCode, firstFailure, UsageError } from '../../exit.ts'
import { printRows, type RowsSpec } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { confirm } from '../ask.ts'
import { printCreated } from './created.ts'
import { followToEnd } from './follow.ts'
import { rowsSpec } from './list.ts'
import { forQuery } from './query.ts'

/** Flags of everything that does one thing to many jobs. */
export interface BulkFlags {
  readonly detach?: boolean
  readonly dryRun?: boolean
  readonly force?: boolean
  readonly yes?: boolean
}

/** Flags of `jobs bulk`. */
export interface BulkActionFlags extends BulkFlags {
  readonly kill?: boolean
  readonly printer?: string
  readonly priority?: string
  readonly queue?: string
  readonly reason?: string
}

/** `andon jobs bulk` */
export async function bulkJobs(
  session: Session,
  written: string,
  words: readonly string[],
  flags: BulkActionFlags,
): Promise<ExitCode> {
  const action = BULK_ACTIONS.find((word) => word === written)
  if (action === undefined) {
    throw new UsageError(`There is no action "${written}".`, `Choose from: ${BULK_ACTIONS.join(', ')}`)
  }
  const { kill, printer, queue, reason } = flags
  const priority = PRIORITIES.find((word) => word === flags.priority)
  if (flags.priority !== undefined && priority === undefined) {
    throw new UsageError(`--priority does not know "${flags.priority}".`, `Choose from: ${PRIORITIES.join(', ')}`)
  }
  const order = {
    action,
    query: words.join(' '),
    ...(kill === true ? { kill } : {}),
    ...(printer === undefined ? {} : { printer }),
    ...(priority === undefined ? {} : { priority }),
    ...(queue === undefined ? {} : { queue }),
    ...(reason === undefined ? {} : { reason }),
  }
  return runBulkOrder(session, order, flags)
}

/** Does what an order says to all that match its query. */
export function runBulkOrder(session: Session, order: BulkOrder, flags: BulkFlags): Promise<ExitCode> {
  return forQuery(order.query, async () => {
    const andon = await session.andon()
    return runBulk(session, flags, {
      action: order.action,
      preview: () => andon.jobs.previewBulk(order),
      start: () => andon.jobs.bulk(order),
    })
  })
}

/** One bulk operation, as the server is asked for it. */
export interface BulkRun {
  readonly action: BulkAction
  readonly preview: () => Promise<BulkPreview>
  readonly start: () => Promise<{ readonly id: string }>
}

/** Says what it would do to how many, asks, has it done, and follows it to its end; Ctrl-C leaves it alone. */
export async function runBulk(session: Session, flags: BulkFlags, run: BulkRun): Promise<ExitCode> {
  const preview = await run.preview()
  const words = `${countWords(preview)} would be ${bulkActWords(run.action)}.`
  if (flags.dryRun === true) {
    printRows(session, previewRows(preview), { ...PREVIEW, empty: 'No job matches.' })
    session.note(words)
    return EXIT.ok
  }
  if (preview.count === 0 && preview.is_complete) {
    session.note(preview.left.length === 0 ? 'No job matches.' : `Nothing to do: ${leftWords(preview)}.`)
    return EXIT.ok
  }
  if (flags.yes !== true && flags.force !== true) {
    session.note(preview.left.length === 0 ? words : `${words} Left alone: ${leftWords(preview)}.`)
    if (!(await confirm(session, 'Go on?', 'Say --yes to do it, or --dry-run to see what it would do.'))) {
      return EXIT.error
    }
  }
  const { id } = await run.start()
  return seeThrough(session, id, flags)
}

/** Follows one of Andon's own jobs to its end, and says what came of it; with `detach` only which one it is. */
export async function seeThrough(
  session: Session,
  id: string,
  flags: { readonly detach?: boolean },
): Promise<ExitCode> {
  if (flags.detach === true) {
    printCreated(session, [id])
    return EXIT.ok
  }
  const jobs = await followToEnd(session, [id])
  if (session.format === 'table') {
    for (const job of jobs) session.io.stdout.write(`${job.summary ?? job.error?.message ?? job.state}\n`)
  } else if (session.format !== 'jsonl') printRows(session, jobs, rowsSpec(jobs, {}, undefined))
  return firstFailure(jobs.map((job) => exitOfState(job.state)))
}

interface PreviewRow {
  readonly state: string | null
  readonly reason: string | null
  readonly words: string
  readonly count: number
}

const PREVIEW: Omit<RowsSpec<PreviewRow>, 'empty'> = {
  fields: ['state', 'reason', 'words', 'count'],
  columns: [
    { name: 'count', title: 'JOBS', align: 'right', value: (row) => row.count },
    { name: 'state', title: 'STATE', value: (row) => row.state },
    { name: 'words', title: '', shrink: 20, value: (row) => row.words },
  ],
  name: (row) => row.state ?? row.reason ?? '',
}

function previewRows(preview: BulkPreview): PreviewRow[] {
  return [
    ...Object.entries(preview.by_state).map(([state, count]) => ({ state, reason: null, words: 'touched', count })),
    ...preview.left.map(({ count, reason, words }) => {
      return { state: null, reason, words: `left alone: ${words}`, count }
    }),
  ]
}

function countWords({ count, is_complete: isComplete }: BulkPreview): string {
  return `${isComplete ? '' : 'At least '}${count === 1 ? '1 job' : `${count} jobs`}`
}

function leftWords({ left }: BulkPreview): string {
  return left.map(({ count, words }) => `${count} ${words}`).join(', ')
}
