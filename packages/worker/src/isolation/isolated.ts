import { completed, Decision } from '../decision.ts'
import type { Handler, JobContext } from '../handler.ts'
import { ReportedError, toJobError } from '../outcome.ts'
import { HandlerProcess, type PartEnd } from './child-process.ts'
import { JobFolder } from './job-folder.ts'
import type { Limits } from './limits.ts'
import type { Asked, FromChild, Said, ToChild } from './messages.ts'

/** Longest time that a cleanup may take. */
const CLEANUP_MS = 30_000

/** Both functions of a module, each run in a process of its own. */
export interface IsolatedHandler {
  readonly handle: Handler
  readonly cleanup: Handler
}

/**
 * A handler that runs in a process of its own for each attempt: the export `handle` of a module, which sees its job as
 * any other handler does. The module's export `cleanup`, if there is one, runs in another such process when the attempt
 * did not succeed. When either has ended, no process of it and no file of its folder is left.
 *
 * @param module a `file:` URL
 */
export function isolated(module: string, limits: Limits): IsolatedHandler {
  // As its processes have said; until one has, nobody knows, and the cleanup is asked for.
  let hasCleanup = true
  const loaded = (has: boolean): void => {
    hasCleanup = has
  }
  return {
    handle: async (job) => {
      await using folder = await JobFolder.make()
      const options = { module, part: 'handle', limits, folder, signal: job.signal } as const
      return valueOf(job, await new HandlerProcess(job, { ...options, onMessage: answering(job, loaded) }).ended())
    },
    cleanup: async (job) => {
      if (!hasCleanup) return
      await using folder = await JobFolder.make()
      const signal = AbortSignal.timeout(CLEANUP_MS)
      const options = { module, part: 'cleanup', limits, folder, signal } as const
      const end = await new HandlerProcess(job, { ...options, onMessage: answering(job, loaded) }).ended()
      if (end.kind === 'threw') throw new ReportedError(end.error)
      if (end.kind === 'stopped') throw signal.reason
    },
  }
}

/** What it returned, or throws what it threw. */
function valueOf(job: JobContext, end: PartEnd): Decision {
  switch (end.kind) {
    case 'decided':
      return new Decision(end.outcome, end.facts)
    case 'returned':
      if (job.signal.aborted && end.isWatched && end.value === undefined) throw job.signal.reason
      return completed(end.value ?? null)
    case 'stopped':
      throw job.signal.reason
    case 'threw':
      throw new ReportedError(end.error)
  }
}

/** Does for the job what its handler says and asks in its own process. */
function answering(
  job: JobContext,
  loaded: (hasCleanup: boolean) => void,
): (message: FromChild, reply: (answer: ToChild) => void) => void {
  return (message, reply) => {
    if (message.kind === 'loaded') loaded(message.hasCleanup)
    if (message.kind === 'say') say(job, message.said)
    if (message.kind !== 'ask') return
    const { asked, id } = message
    ask(job, asked).then(
      (value) => reply({ kind: 'answer', id, value }),
      (error: unknown) => reply({ kind: 'refusal', id, error: toJobError(error) }),
    )
  }
}

function say(job: JobContext, said: Said): void {
  switch (said.what) {
    case 'steps':
      return job.steps(said.total)
    case 'step':
      return job.progress({ step: said.name, stepsBy: said.by })
    case 'progress':
      return job.progress(said.report)
    case 'update':
      return job.update(said.update)
    case 'used':
      return job.used(said.use)
    case 'log':
      return job.log[said.level](said.message, said.data)
  }
}

async function ask(job: JobContext, asked: Asked): Promise<unknown> {
  switch (asked.what) {
    case 'flush':
      return job.flush()
    case 'create':
      return job.create(asked.child)
    case 'read':
      return job.items.read(asked.from, asked.limit)
    case 'change':
      return job.items.change(asked.changes)
  }
}
