import type { JobState, JobView } from '@andon/core'
import { JOB_STATES, parseDuration } from '@andon/core/base'
import { EXIT, exitOfState, type ExitCode, firstFailure, UsageError } from '../../exit.ts'
import { printRows } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { rowsSpec } from './list.ts'

/** Flags of `jobs wait`. */
export interface WaitFlags {
  readonly for?: string
  readonly timeout?: string
}

/** `andon jobs wait`: ok when every job got into the state that was asked for, or completed. */
export async function waitForJobs(session: Session, ids: readonly string[], flags: WaitFlags): Promise<ExitCode> {
  const states = statesOf(flags.for)
  const timeoutMs = durationFlag('--timeout', flags.timeout)
  const andon = await session.andon()
  const jobs = await session.interruptible((signal) =>
    Promise.all(ids.map((id) => andon.jobs.wait(id, { for: states ?? undefined, timeoutMs, signal }))),
  )
  printRows(session, jobs, rowsSpec(jobs, {}, undefined))
  return firstFailure(jobs.map((job) => codeOf(job, states)))
}

/** Milliseconds of a flag such as `--wait 5s`; undefined when it was not given. */
export function durationFlag(flag: string, written: string | undefined): number | undefined {
  if (written === undefined) return undefined
  const ms = parseDuration(written)
  if (ms === null) throw new UsageError(`${flag} does not understand "${written}".`, 'It looks like: 5s, 10m, 1h30m')
  return ms
}

function codeOf(job: JobView, states: readonly JobState[] | null): ExitCode {
  return states?.includes(job.state) ? EXIT.ok : exitOfState(job.state)
}

function statesOf(written: string | undefined): readonly JobState[] | null {
  if (written === undefined) return null
  return written.split(',').map((word) => {
    const state = JOB_STATES.find((known) => known === word.trim())
    if (state === undefined)
      throw new UsageError(`There is no state "${word}".`, `Choose from: ${JOB_STATES.join(', ')}`)
    return state
  })
}
