import { isFinal, isProblem, type JobDetail, type JobView } from '@andon/core'
import type { Andon } from '@andon/sdk'
import { EXIT, exitOfProblem, type ExitCode, UsageError } from '../../exit.ts'
import { printRows } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { confirm } from '../ask.ts'
import { rowsSpec } from './list.ts'
import { forQuery } from './query.ts'
import { durationFlag } from './wait.ts'

/** Flags of `jobs cancel`. */
export interface CancelFlags {
  readonly dryRun?: boolean
  readonly force?: boolean
  readonly kill?: boolean
  readonly query?: string
  readonly reason?: string
  readonly wait?: string
  readonly yes?: boolean
}

/** More at once are for the bulk page: here every one is a request. */
const MOST = 10_000
const AT_ONCE = 8

/** `andon jobs cancel` */
export async function cancelJobs(session: Session, ids: readonly string[], flags: CancelFlags): Promise<ExitCode> {
  if ((ids.length === 0) === (flags.query === undefined)) {
    throw new UsageError('Say which jobs: either ids or --query.', 'See them with: andon jobs list state:active')
  }
  const waitMs = durationFlag('--wait', flags.wait)
  const andon = await session.andon()
  const { failure, jobs } = await chosen(session, andon, ids, flags)
  if (flags.dryRun === true || jobs.length === 0) {
    const words = flags.dryRun === true ? `${jobs.length} would be cancelled.` : 'No job is left to cancel.'
    printRows(session, jobs, { ...rowsSpec(jobs, {}, undefined), empty: words })
    if (jobs.length > 0) session.note(words)
    return failure
  }
  if (flags.query !== undefined && flags.yes !== true && flags.force !== true) {
    const isSure = await confirm(
      session,
      `Cancel ${jobs.length} jobs?`,
      'Say --yes to cancel them, or --dry-run to see them.',
    )
    if (!isSure) return EXIT.error
  }
  const asked = await session.interruptible((signal) => cancelAll(session, andon, { flags, jobs, signal, waitMs }))
  printRows(session, asked.jobs, { ...rowsSpec(asked.jobs, {}, undefined), empty: '' })
  return failure === EXIT.ok ? asked.failure : failure
}

async function chosen(
  session: Session,
  andon: Andon,
  ids: readonly string[],
  { query }: CancelFlags,
): Promise<{ readonly failure: ExitCode; readonly jobs: readonly JobView[] }> {
  const jobs: JobView[] = []
  if (query === undefined) {
    let failure: ExitCode = EXIT.ok
    for (const id of ids) {
      try {
        jobs.push(await andon.jobs.get(id))
      } catch (error) {
        if (!isProblem(error) || error.code === 'server_unreachable' || ids.length === 1) throw error
        await session.report(error)
        failure = exitOfProblem(error)
      }
    }
    return { failure, jobs }
  }
  await forQuery(query, async () => {
    for await (const job of andon.jobs.each({ q: `${query} state:active` })) {
      if (!isFinal(job.state)) jobs.push(job)
      if (jobs.length > MOST) throw new UsageError(`More than ${MOST} jobs match.`, 'Narrow the query.')
    }
  })
  return { failure: EXIT.ok, jobs }
}

interface Cancelling {
  readonly flags: CancelFlags
  readonly jobs: readonly JobView[]
  readonly signal: AbortSignal
  readonly waitMs: number | undefined
}

async function cancelAll(
  session: Session,
  andon: Andon,
  { flags, jobs, signal, waitMs }: Cancelling,
): Promise<{ readonly failure: ExitCode; readonly jobs: JobView[] }> {
  const ended: JobView[] = []
  let failure: ExitCode = EXIT.ok
  const rest = [...jobs]
  const one = async (job: JobView) => {
    const asked = await andon.jobs.cancel(job.id, cancelBody(flags))
    ended.push(
      waitMs === undefined || isFinal(asked.state) ? asked : await waitForEnd(andon, asked, { signal, waitMs }),
    )
  }
  const lane = async () => {
    for (let job = rest.shift(); job !== undefined; job = rest.shift()) {
      signal.throwIfAborted()
      try {
        await one(job)
      } catch (error) {
        if (!isProblem(error) || error.code === 'server_unreachable' || jobs.length === 1) throw error
        await session.report(error)
        failure = failure === EXIT.ok ? exitOfProblem(error) : failure
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, jobs.length) }, lane))
  const order = new Map(jobs.map((job, index) => [job.id, index]))
  return { failure, jobs: ended.toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0)) }
}

function cancelBody(flags: CancelFlags): { kill?: boolean; reason?: string } {
  return {
    ...(flags.kill === true ? { kill: true } : {}),
    ...(flags.reason === undefined ? {} : { reason: flags.reason }),
  }
}

function waitForEnd(
  andon: Andon,
  job: JobDetail,
  { signal, waitMs }: { readonly signal: AbortSignal; readonly waitMs: number },
): Promise<JobView> {
  return andon.jobs.wait(job.id, { timeoutMs: waitMs, signal })
}
