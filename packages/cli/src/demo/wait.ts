import { setTimeout as delay } from 'node:timers/promises'

/** Resolves after `delayMs`, or when the signal says stop. Never rejects. */
export async function until(delayMs: number, signal: AbortSignal): Promise<void> {
  await delay(delayMs, undefined, { signal }).catch(() => undefined)
}
