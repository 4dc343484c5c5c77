import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type CreateJob, messageOf, PRIORITIES, type Priority } from '@andon/core'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { printCreated } from './created.ts'
import { followJobs } from './follow.ts'

/** Flags of `jobs create`. */
export interface CreateFlags {
  readonly description?: string
  readonly hold?: boolean
  readonly input?: string
  readonly key?: string
  readonly priority?: string
  readonly queue?: string
  readonly tag?: readonly string[]
  readonly watch?: boolean
}

/** `andon jobs create` */
export async function createJob(session: Session, type: string, flags: CreateFlags): Promise<ExitCode> {
  const job: CreateJob = {
    type,
    ...(flags.input === undefined ? {} : { input: await inputOf(session, flags.input) }),
    ...(flags.queue === undefined ? {} : { queue: flags.queue }),
    ...(flags.description === undefined ? {} : { description: flags.description }),
    ...(flags.priority === undefined ? {} : { priority: priorityOf(flags.priority) }),
    ...(flags.tag === undefined ? {} : { tags: tagsOf(flags.tag) }),
    ...(flags.key === undefined ? {} : { idempotency_key: flags.key }),
    ...(flags.hold === true ? { is_held: true } : {}),
  }
  const andon = await session.andon()
  const created = await andon.jobs.create(job)
  if (created.is_existing) session.note('There is a job with this key already.')
  if (flags.watch === true) return followJobs(session, [created.id])
  printCreated(session, [created.id])
  return EXIT.ok
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

async function inputOf(session: Session, written: string): Promise<unknown> {
  const text = await textOf(session, written)
  try {
    return JSON.parse(text)
  } catch (cause) {
    const why = messageOf(cause)
    throw new UsageError(`--input is not valid JSON: ${why}`, 'Quote it for the shell, or use --input @file.json')
  }
}

async function textOf(session: Session, written: string): Promise<string> {
  if (written === '-') return new TextDecoder().decode(await session.io.stdin.read())
  if (!written.startsWith('@')) return written
  const path = resolve(session.io.cwd, written.slice(1))
  return readFile(path, 'utf8').catch(() => {
    throw new UsageError(`The file ${path} cannot be read.`)
  })
}
