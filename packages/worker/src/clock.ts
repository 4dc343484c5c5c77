/** Time as the worker sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls back once after `delayMs`; the returned function calls it off. */
  after(delayMs: number, callback: () => void): () => void
}

/** The machine's clock. Its timers do not keep a process alive. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs)
    letGo(timer)
    return () => clearTimeout(timer)
  },
}

/** Timers of browsers are numbers, which keep nothing alive. */
function letGo(timer: unknown): void {
  if (timer instanceof Object && 'unref' in timer && typeof timer.unref === 'function') timer.unref()
}
