import { type HealthView, messageOf } from '@andon/core'
import { lastEventSeq, type Store } from '@andon/store'

/** One thing that has to be well for the server to work. */
export interface HealthCheck {
  readonly name: string
  /** `degraded`: works with limits; `down`: does not work. Rejecting counts as down. */
  run(signal: AbortSignal): Promise<{ readonly status: 'ok' | 'degraded' | 'down'; readonly detail: string | null }>
}

const CHECK_TIMEOUT_MS = 3_000
/** Events that the stream may be behind before that is told. */
const LAG_DEGRADED = 5_000

/** Runs all checks at once, each bounded in time; the whole is as well as the worst of them. */
export async function checkHealth(checks: readonly HealthCheck[], version: string): Promise<HealthView> {
  const results = await Promise.all(checks.map(runBounded))
  const status = (['down', 'degraded'] as const).find((word) => results.some((result) => result.status === word))
  return { status: status ?? 'ok', checks: results, version }
}

/** Whether the database answers. */
export function databaseCheck(store: Store): HealthCheck {
  return {
    name: 'database',
    run: async () => {
      const startedAt = performance.now()
      await lastEventSeq(store)
      const tookMs = Math.round(performance.now() - startedAt)
      return tookMs > 1000
        ? { status: 'degraded', detail: `the database took ${tookMs} ms to answer` }
        : { status: 'ok', detail: null }
    },
  }
}

/** Whether notifications arrive and the stream keeps up with the events. */
export function streamCheck(store: Store, streamSeq: () => number): HealthCheck {
  return {
    name: 'stream',
    run: async () => {
      const lag = Math.max(0, (await lastEventSeq(store)) - streamSeq())
      if (lag > LAG_DEGRADED) return { status: 'degraded', detail: `${lag} events behind` }
      if (store.isListening === false) return { status: 'degraded', detail: 'notifications do not arrive; polling' }
      return { status: 'ok', detail: null }
    },
  }
}

async function runBounded(check: HealthCheck): Promise<HealthView['checks'][number]> {
  const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS)
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)))
  })
  try {
    const { status, detail } = await Promise.race([check.run(signal), late])
    return { name: check.name, status, detail }
  } catch (error) {
    return { name: check.name, status: 'down', detail: messageOf(error) }
  }
}
