import type { CreateJob, Priority } from '@andon/core'
import { PRIORITIES } from '@andon/core/base'
import type { Andon } from '@andon/sdk'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { jsonInput } from '../json-input.ts'
import { momentFlag } from '../moment.ts'
import { printCreated } from './created.ts'
import { followJobs } from './follow.ts'
import { durationFlag, waitForJobs } from './wait.ts'

/** Flags that say what a job does, of `jobs create` and of schedules. */
export interface WorkFlags {
  readonly description?: string
  readonly hold?: boolean
  readonly input?: string
  readonly maxAttempts?: string
  readonly priority?: string
  readonly queue?: string
  readonly tag?: readonly string[]
}

/** Flags of `jobs create`. */
export interface CreateFlags extends WorkFlags {
  readonly at?: string
  readonly key?: string
  readonly parent?: readonly string[]
  readonly uniqueKey?: string
  /** `true`: for as long as it takes. */
  readonly wait?: string | true
  readonly watch?: boolean
}

/** `andon jobs create` */
export async function createJob(session: Session, type: string, flags: CreateFlags): Promise<ExitCode> {
  const timeout = flags.wait === true ? undefined : flags.wait
  durationFlag('--wait', timeout)
  const work = await workFlags(session, flags)
  const at = flags.at === undefined ? {} : { run_at: momentFlag('--at', flags.at, session.io.now()) }
  const andon = await session.andon()
  const job: CreateJob = {
    type,
    ...work,
    ...at,
    ...(flags.key === undefined ? {} : { idempotency_key: flags.key }),
    ...(flags.uniqueKey === undefined ? {} : { unique_key: flags.uniqueKey }),
    ...(flags.parent === undefined ? {} : { parents: await wholeIds(andon, flags.parent) }),
  }
  const created = await andon.jobs.create(job)
  if (created.is_existing) session.note('There is a job with this key already.')
  if (flags.watch === true) return followJobs(session, [created.id])
  if (flags.wait !== undefined) {
    return waitForJobs(session, [created.id], timeout === undefined ? {} : { timeout })
  }
  printCreated(session, [created.id])
  return EXIT.ok
}

/** What the flags say of a job's work. */
export async function workFlags(session: Session, flags: WorkFlags): Promise<Omit<CreateJob, 'type'>> {
  return {
    ...(flags.input === undefined ? {} : { input: await jsonInput(session, flags.input) }),
    ...(flags.queue === undefined ? {} : { queue: flags.queue }),
    ...(flags.description === undefined ? {} : { description: flags.description }),
    ...(flags.priority === undefined ? {} : { priority: priorityOf(flags.priority) }),
    ...(flags.tag === undefined ? {} : { tags: tagsOf(flags.tag) }),
    ...(flags.maxAttempts === undefined ? {} : { max_attempts: attemptsOf(flags.maxAttempts) }),
    ...(flags.hold === true ? { is_held: true } : {}),
  }
}

/** One of the four priorities. */
export function priorityOf(written: string): Priority {
  const priority = PRIORITIES.find((known) => known === written)
  if (priority !== undefined) return priority
  throw new UsageError(`There is no priority "${written}".`, `Choose from: ${PRIORITIES.join(', ')}`)
}

/** `key=value` of each flag. */
export function tagsOf(written: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    written.map((tag) => {
      const at = tag.indexOf('=')
      if (at < 1) throw new UsageError(`--tag "${tag}" is not key=value.`)
      return [tag.slice(0, at), tag.slice(at + 1)]
    }),
  )
}

function attemptsOf(written: string): number {
  if (/^[1-9]\d?$|^100$/.test(written)) return Number(written)
  throw new UsageError(`--max-attempts is "${written}".`, 'Give a whole number from 1 to 100.')
}

/** The server takes whole ids for parents, people write their beginnings. */
function wholeIds(andon: Andon, written: readonly string[]): Promise<string[]> {
  return Promise.all(written.map(async (id) => (await andon.jobs.get(id)).id))
}
