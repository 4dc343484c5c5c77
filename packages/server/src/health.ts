import { type HealthView, messageOf } from '@andon/core'
import {
  lastEventSeq,
  openSnapshot,
  searchLag,
  type Store,
  stuckQueues,
  type Trouble,
  unrescuedJobs,
} from '@andon/store'

/** How one thing is. */
export interface HealthFinding {
  /** `degraded`: works with limits; `down`: does not work, so this server cannot serve. */
  readonly status: 'ok' | 'degraded' | 'down'
  /** What is wrong; null when all is well. Whoever asks may read it, so it names no queue and no worker. */
  readonly detail: string | null
  /** What to do. Default null. */
  readonly hint?: string | null
}

/** One thing that has to be well for the server, or the shop, to work. */
export interface HealthCheck {
  /** Stable: monitoring goes by it. */
  readonly name: string
  /** False: the server serves without it, so that no answer, and an error, are `degraded`. Default true: they are `down`. */
  readonly isVital?: boolean
  run(signal: AbortSignal): Promise<HealthFinding>
}

const CHECK_TIMEOUT_MS = 3_000
const KEPT_MS = 1_000
/** Events that the stream may be behind before that is told. */
const LAG_DEGRADED = 5_000

/** Runs all checks at once, each bounded in time; the whole is as well as the worst of them. */
async function checkHealth(checks: readonly HealthCheck[], version: string): Promise<HealthView> {
  const results = await Promise.all(checks.map(runBounded))
  const status = (['down', 'degraded'] as const).find((word) => results.some((result) => result.status === word))
  return { status: status ?? 'ok', checks: results, version }
}

/** Asks all checks, at most once a second however often it is called: probes of strangers cost next to nothing. */
export function healthReader(checks: readonly HealthCheck[], version: string): () => Promise<HealthView> {
  let known: Promise<HealthView> | null = null
  let knownSinceMs = 0
  return () => {
    const nowMs = performance.now()
    if (known === null || nowMs - knownSinceMs > KEPT_MS) {
      known = checkHealth(checks, version)
      knownSinceMs = nowMs
    }
    return known
  }
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
        ? {
            status: 'degraded',
            detail: `the database took ${tookMs} ms to answer`,
            hint: 'See what keeps it busy, and look it over with: andon db doctor',
          }
        : WELL
    },
  }
}

/** Whether notifications arrive and the stream keeps up with the events. */
export function streamCheck(store: Store, streamSeq: () => number): HealthCheck {
  return {
    name: 'stream',
    run: async () => {
      const lag = Math.max(0, (await lastEventSeq(store)) - streamSeq())
      if (lag > LAG_DEGRADED)
        return { status: 'degraded', detail: `${lag} events behind`, hint: 'Wait, or start another server.' }
      if (store.isListening === false) {
        const hint =
          'The connection that listens is made again by itself; through pgbouncer it needs one in session mode.'
        return { status: 'degraded', detail: 'notifications do not arrive; polling', hint }
      }
      return WELL
    },
  }
}

/** Whether work goes on: nothing is stuck, lost or left behind. The server serves either way. */
export function workChecks(store: Store): HealthCheck[] {
  return [
    troubleCheck('queues', () => stuckQueues(store)),
    troubleCheck('workers', () => unrescuedJobs(store)),
    troubleCheck('search', () => searchLag(store)),
    troubleCheck('transactions', () => openSnapshot(store)),
  ]
}

function troubleCheck(name: string, look: () => Promise<Trouble | null>): HealthCheck {
  return {
    name,
    isVital: false,
    run: async () => {
      const trouble = await look()
      return trouble === null ? WELL : { status: 'degraded', detail: trouble.text, hint: trouble.hint }
    },
  }
}

const WELL: HealthFinding = { status: 'ok', detail: null }

async function runBounded(check: HealthCheck): Promise<HealthView['checks'][number]> {
  const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS)
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)))
  })
  try {
    const { status, detail, hint = null } = await Promise.race([check.run(signal), late])
    return { name: check.name, status, detail, hint }
  } catch (error) {
    const status = check.isVital === false ? 'degraded' : 'down'
    return { name: check.name, status, detail: messageOf(error), hint: 'See the log of the server.' }
  }
}
