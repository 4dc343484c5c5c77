import type { JobStats, PrinterView } from '@andon/core'
import type { LiveStatus, LiveToast } from '@andon/sdk'
import { useSyncExternalStore } from 'react'
import { andon, jobCache, queries } from './andon.ts'
import { External, useExternal } from './external.ts'
import { follow } from './follow.ts'

const stats = new External<JobStats | undefined>(undefined)
const printers = new External<readonly PrinterView[] | undefined>(undefined)

/** Counters of the whole shop; undefined until they are known. */
export function useStats(): JobStats | undefined {
  return useExternal(stats)
}

/** Every printer, in the order of their names; undefined until they are known. */
export function usePrinters(): readonly PrinterView[] | undefined {
  return useExternal(printers)
}

/** How the live stream is. */
export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(
    (listener) => andon.live.onStatus(listener),
    () => andon.live.status,
  )
}

/** Puts printers in that a command answered with, before the stream tells of them. */
export function tellPrinters(changed: readonly PrinterView[]): void {
  const byName = new Map((printers.get() ?? []).map((printer) => [printer.name, printer]))
  for (const printer of changed) byName.set(printer.name, printer)
  printers.set([...byName.values()].toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })))
  jobCache.put(changed.flatMap((printer) => printer.current_job ?? []))
}

/** Follows the counters, the printers and what is worth a word. Returns what ends it. */
export function followBoard(onToast: (toast: LiveToast) => void): () => void {
  const onPrinters = (changed: readonly PrinterView[]) => {
    tellPrinters(changed)
    askAttentionAgain()
  }
  const ends = [
    follow({ topic: 'board' }, { onBoard: takeStats }, loadStats),
    follow({ topic: 'printers' }, { onPrinters }, () => void loadPrinters().catch(() => undefined)),
    follow({ topic: 'toasts' }, { onToast }, () => undefined),
  ]
  return () => {
    for (const end of ends) end()
  }
}

/** All printers anew: after one was added, renamed or removed. */
export async function loadPrinters(): Promise<void> {
  const list = await andon.printers.list()
  printers.set([])
  tellPrinters(list)
}

function loadStats(): void {
  void andon.jobs.stats().then(takeStats, () => undefined)
}

function takeStats(next: JobStats): void {
  const before = stats.get()
  if (before !== undefined && before.seq > next.seq) return
  stats.set(next)
  const isSame =
    before?.needs_confirmation === next.needs_confirmation && before.failed_last_hour === next.failed_last_hour
  if (!isSame) askAttentionAgain()
}

let asking: ReturnType<typeof setTimeout> | undefined

/** At most twice a second, however much changes. */
function askAttentionAgain(): void {
  asking ??= setTimeout(() => {
    asking = undefined
    void queries.invalidateQueries({ queryKey: ['attention'] })
  }, 500)
}
