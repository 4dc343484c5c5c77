import type { PageOrder, PageState } from '@andon/station/browser'
import { External, useExternal } from '../../live/external.ts'

/** After an update of the server the page may ask for a program that is no longer there. */
const BROKEN = { code: 'internal', title: 'The station could not be started', hint: 'Load the page again.' } as const

const state = new External<PageState>({ phase: 'stopped' })
let worker: Worker | null = null
let given: PageOrder | null = null

/** How this tab stands with the station that it was told to drive. */
export function useDriver(): PageState {
  return useExternal(state)
}

/**
 * Drives a station from now on, in place of the one before, until the tab is closed: also while another page of the
 * dashboard is looked at. The same order again changes nothing.
 */
export function drive(order: PageOrder): void {
  if (JSON.stringify(order) === JSON.stringify(given)) return
  given = order
  theWorker().postMessage(order)
  // Or the browser may clear the journal when the disk gets full. It decides by itself or asks once.
  void navigator.storage?.persist?.().catch(() => false)
}

/** Begins anew after something was mended that had ended it. */
export function tryAgain(): void {
  if (given !== null) theWorker().postMessage(given)
}

/** Finishes what is under way and drives nothing more. */
export function stopDriving(): void {
  given = null
  worker?.postMessage(null)
}

function theWorker(): Worker {
  if (worker !== null) return worker
  const made = new Worker(new URL('./station-worker.ts', import.meta.url), { type: 'module', name: 'station' })
  made.addEventListener('message', ({ data }: MessageEvent<PageState>) => state.set(data))
  made.addEventListener('error', ({ message }) => {
    worker = null
    state.set({ phase: 'unable', problem: { ...BROKEN, detail: message || 'Its program could not be loaded.' } })
  })
  addEventListener('beforeunload', (event) => {
    const now = state.get()
    if (now.phase === 'driving' && now.jobIds.length > 0) event.preventDefault()
  })
  worker = made
  return made
}
