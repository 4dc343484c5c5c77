import type { JobDetail, JobView } from '@andon/core'
import { isFinal, isProblem } from '@andon/core/base'
import type { Andon } from '@andon/sdk'
import { EXIT, exitOfProblem, type ExitCode, UsageError } from '../../exit.ts'
import { printRows } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { eachOf } from '../each.ts'
import { type BulkFlags, runBulkOrder } from './bulk.ts'
import { rowsSpec } from './list.ts'
import { durationFlag } from './wait.ts'

/** Flags of `jobs cancel`. */
export interface CancelFlags extends BulkFlags {
  readonly kill?: boolean
  readonly query?: string
  readonly reason?: string
  readonly wait?: string
}

const AT_ONCE = 8

/** `andon jobs cancel` */
export async function cancelJobs(session: Session, ids: readonly string[], flags: CancelFlags): Promise<ExitCode> {
  if ((ids.length === 0) === (flags.query === undefined)) {
    throw new UsageError('Say which jobs: either ids or --query.', 'See them with: andon jobs list state:active')
  }
  const waitMs = durationFlag('--wait', flags.wait)
  if (flags.query !== undefined) {
    if (waitMs !== undefined)
      throw new UsageError('--wait goes with ids.', 'With --query, the end is waited for anyway.')
    const order = { action: 'cancel', query: `${flags.query} state:active`.trim(), ...cancelBody(flags) } as const
    return runBulkOrder(session, order, flags)
  }
  const andon = await session.andon()
  const { failure, jobs } = await named(session, andon, ids)
  if (flags.dryRun === true || jobs.length === 0) {
    const words = flags.dryRun === true ? `${jobs.length} would be cancelled.` : 'No job is left to cancel.'
    printRows(session, jobs, { ...rowsSpec(jobs, {}, undefined), empty: words })
    if (jobs.length > 0) session.note(words)
    return failure
  }
  const asked = await session.interruptible((signal) => cancelAll(session, andon, { flags, jobs, signal, waitMs }))
  printRows(session, asked.jobs, { ...rowsSpec(asked.jobs, {}, undefined), empty: '' })
  return failure === EXIT.ok ? asked.failure : failure
}

async function named(
  session: Session,
  andon: Andon,
  ids: readonly string[],
): Promise<{ readonly failure: ExitCode; readonly jobs: readonly JobView[] }> {
  const jobs: JobView[] = []
  const failure = await eachOf(session, ids, async (id) => {
    jobs.push(await andon.jobs.get(id))
  })
  return { failure, jobs }
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
