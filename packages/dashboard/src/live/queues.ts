import type { QueueView } from '@andon/core'
import { useEffect } from 'react'
import { andon, queries } from './andon.ts'
import { External, useExternal } from './external.ts'
import { follow } from './follow.ts'

const queues = new External<readonly QueueView[] | undefined>(undefined)
const KINDS = ['queue', 'pool', 'printer'] as const

/**
 * Queues, then pools and printers, each by name; undefined until they are known. Followed while the component is there.
 *
 * @param onChange called when the stream tells of some, at most twice a second
 */
export function useQueues(onChange: () => void): readonly QueueView[] | undefined {
  useEffect(() => {
    const onQueues = (changed: readonly QueueView[]) => {
      tellQueues(changed)
      onChange()
    }
    return follow({ topic: 'queues' }, { onQueues }, () => void loadQueues().catch(() => undefined))
  }, [onChange])
  return useExternal(queues)
}

/** Puts queues in that a command answered with, before the stream tells of them. */
export function tellQueues(changed: readonly QueueView[]): void {
  const byKey = new Map((queues.get() ?? []).map((queue) => [keyOf(queue), queue]))
  for (const queue of changed) byKey.set(keyOf(queue), queue)
  queues.set([...byKey.values()].toSorted(inOrder))
}

/** What tells a queue from all others: it may be called like a printer. */
export function keyOf({ kind, name }: QueueView): string {
  return `${kind} ${name}`
}

async function loadQueues(): Promise<void> {
  const list = await andon.queues.list()
  queues.set([])
  tellQueues(list)
}

function inOrder(one: QueueView, other: QueueView): number {
  const byKind = KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind)
  return byKind === 0 ? one.name.localeCompare(other.name, 'en', { numeric: true }) : byKind
}

/** What workers do changes with the queues; their samples and heartbeats come with no event, so they are asked for. */
export const workersQuery = {
  queryKey: ['workers'],
  queryFn: ({ signal }: { readonly signal: AbortSignal }) => andon.workers.list({ signal }),
  refetchInterval: 2_000,
} as const

/** Asks for the workers again. */
export function reloadWorkers(): void {
  void queries.invalidateQueries({ queryKey: workersQuery.queryKey })
}
