import { setTimeout as delay } from 'node:timers/promises'

/** Waits `ms`, or until the signal. Never throws: the caller looks at the signal. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal })
  } catch {
    // The signal ended the wait.
  }
}
