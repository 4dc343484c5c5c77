import { messageOf, problem, type SettleOutcome } from '@andon/core'
import { Decision } from '../decision.ts'
import type { NodeHandler } from '../node/handlers.ts'
import { toJobError } from '../outcome.ts'
import { plainJson } from '../storable.ts'
import { ChildContext } from './child-context.ts'
import type { FromChild, Part, ToChild } from './messages.ts'

/** The way from the process of a handler to its worker. */
export interface Channel {
  send(message: FromChild, sent: () => void): void
  listen(listener: (message: ToChild) => void): void
  /** Nothing more is said. */
  end(): void
}

/** Says that it is ready, runs the part that it is told, tells how that ended, and ends. */
export function servePart(channel: Channel): void {
  const context = new ChildContext((message, sent) => channel.send(message, sent))
  channel.listen((message) => {
    switch (message.kind) {
      case 'run':
        void run(message, context).then((end) => channel.send(end, () => channel.end()))
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
  channel.send({ kind: 'ready' }, () => undefined)
}

async function run(
  { folder, job, module, part }: Extract<ToChild, { kind: 'run' }>,
  context: ChildContext,
): Promise<FromChild> {
  try {
    const exported = await imported(module)
    context.tell({ kind: 'loaded', hasCleanup: typeof exported['cleanup'] === 'function' })
    const handler = handlerOf(exported, { module, part })
    const value = await handler(context.of(job, folder))
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

function handlerOf(
  exported: Record<string, unknown>,
  { module, part }: { readonly module: string; readonly part: Part },
): NodeHandler {
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
