// Loaded before a server's own code (`node --import`): tells its parent, when asked, how long its event loop was held up
// since it was asked last.
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** What it sends. */
export interface LoopDelay {
  readonly longestMs: number
  readonly p99Ms: number
}

/** How often the loop is looked at; what it takes by itself is taken off. */
const RESOLUTION_MS = 5

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
delay.enable()
process.on('message', (message) => {
  if (message !== 'loop-delay') return
  process.send?.({
    longestMs: Math.max(0, delay.max / 1e6 - RESOLUTION_MS),
    p99Ms: Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS),
  } satisfies LoopDelay)
  delay.reset()
})
// The parent's being there is no reason to go on.
process.channel?.unref()
