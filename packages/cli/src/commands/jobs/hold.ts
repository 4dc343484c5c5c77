import type { JobView } from '@andon/core'
import type { ExitCode } from '../../exit.ts'
import { printRows } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { eachOf } from '../each.ts'
import { rowsSpec } from './list.ts'

/** `andon jobs hold` */
export async function holdJobs(
  session: Session,
  ids: readonly string[],
  { reason }: { readonly reason?: string },
): Promise<ExitCode> {
  const andon = await session.andon()
  return changeEach(session, ids, (id) => andon.jobs.hold(id, reason === undefined ? {} : { reason }))
}

/** `andon jobs release` */
export async function releaseJobs(session: Session, ids: readonly string[]): Promise<ExitCode> {
  const andon = await session.andon()
  return changeEach(session, ids, (id) => andon.jobs.release(id))
}

async function changeEach(
  session: Session,
  ids: readonly string[],
  change: (id: string) => Promise<JobView>,
): Promise<ExitCode> {
  const jobs: JobView[] = []
  const failure = await eachOf(session, ids, async (id) => void jobs.push(await change(id)))
  printRows(session, jobs, { ...rowsSpec(jobs, {}, undefined), empty: '' })
  return failure
}
