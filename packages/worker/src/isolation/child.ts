// The process of one isolated attempt. It is told what to run, runs it, tells how it ended, and ends.
import { Worker as Thread } from 'node:worker_threads'
import { messageOf, problem, type SettleOutcome } from '@andon/core'
import { Decision } from '../decision.ts'
import type { NodeHandler } from '../node/handlers.ts'
import { toJobError } from '../outcome.ts'
import { plainJson } from '../storable.ts'
import { ChildContext } from './child-context.ts'
import type { FromChild, Part, ToChild } from './messages.ts'

const context = new ChildContext((message, sent) => process.send?.(message, undefined, undefined, sent))

// Without its worker nobody hears what it does: it must not go on.
process.once('disconnect', () => process.exit(1))
// A handler that never waits does not hear of it: another thread looks.
new Thread(new URL('./orphan-watch.ts', import.meta.url), { workerData: process.ppid }).unref()
process.on('message', (message: ToChild) => {
  switch (message.kind) {
    case 'run':
      void run(message)
      break
    case 'stop':
      context.stop(message.reason)
      break
    case 'answer':
      context.answered(message.id, message.value)
      break
    case 'refusal':
      context.refused(message.id, message.error)
      break
  }
})
tell({ kind: 'ready' })

async function run({ folder, job, module, part }: Extract<ToChild, { kind: 'run' }>): Promise<void> {
  const end = await endOf(async () => {
    const handler = await load(module, part)
    return handler(context.of(job, folder))
  })
  process.send?.(end, undefined, undefined, () => process.exit(0))
}

async function endOf(act: () => Promise<unknown>): Promise<FromChild> {
  try {
    const value = await act()
    if (value instanceof Decision) return { kind: 'decided', outcome: sendable(value.outcome), facts: value.facts }
    return { kind: 'returned', value: plainJson(value), isWatched: context.isWatched }
  } catch (error) {
    return context.stopReason === null ? { kind: 'threw', error: toJobError(error) } : { kind: 'stopped' }
  }
}

/** What cannot travel to the worker could not be kept either. */
function sendable(outcome: SettleOutcome): SettleOutcome {
  return 'result' in outcome ? { ...outcome, result: plainJson(outcome.result) } : outcome
}

async function load(module: string, part: Part): Promise<NodeHandler> {
  const exported = await imported(module)
  const handler: unknown = exported[part]
  if (typeof handler === 'function') return handler as NodeHandler
  if (part === 'cleanup') return () => undefined
  throw problem('handler_missing', {
    detail: `${module} exports no function with the name "handle".`,
    hint: 'Write "export async function handle(job) { … }" in the module of the handler.',
  })
}

async function imported(module: string): Promise<Record<string, unknown>> {
  try {
    return (await import(module)) as Record<string, unknown>
  } catch (cause) {
    throw problem('handler_missing', { detail: `${module} cannot be loaded: ${messageOf(cause)}`, cause })
  }
}

function tell(message: FromChild): void {
  process.send?.(message)
}
