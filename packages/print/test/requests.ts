import { randomUUID } from 'node:crypto'
import type {
  PrintDriver,
  PrintItem,
  PrintOutcome,
  PrintProgress,
  PrintReport,
  PrintRequest,
  StateReason,
} from '@andon/core'

/** A print that is under way, with everything it reported. */
export interface Watched {
  readonly outcome: Promise<PrintOutcome>
  readonly cancel: AbortController
  readonly refs: string[]
  readonly troubles: (readonly StateReason[])[]
  readonly progress: PrintProgress[]
  /** Resolves when a report makes it true. */
  until(isTrue: (watched: Watched) => boolean): Promise<void>
}

/** A request of labels whose text is their name, so that what came out can be told apart. */
export function newRequest(
  format: string,
  options: { count?: number; job?: string; first?: number } = {},
): PrintRequest {
  const { count = 1, job = randomUUID(), first = 0 } = options
  const items = Array.from({ length: count }, (_, i): PrintItem => {
    const data = Buffer.from(`^XA^FO20,20^FD${nameOf(job, first + i)}^FS^XZ`)
    return { index: first + i, ref: null, format, data, copies: 1 }
  })
  const printOptions = { media: null, sides: null, orientation: null }
  return { jobId: job, attempt: 1, name: nameOf(job, first), user: 'anna', options: printOptions, items }
}

/** The name of one item of a job, as devices know it. */
function nameOf(job: string, index: number): string {
  return `andon:${job}:1:${index}`
}

/** Starts a print and watches it. */
export function print(driver: PrintDriver, request: PrintRequest, signal?: AbortSignal): Watched {
  const waiters = new Set<() => void>()
  const changed = (): void => {
    for (const wake of waiters) wake()
  }
  const cancel = new AbortController()
  const refs: string[] = []
  const troubles: (readonly StateReason[])[] = []
  const progress: PrintProgress[] = []
  const report: PrintReport = {
    ref: async (externalRef) => {
      refs.push(externalRef)
    },
    progress: (update) => {
      progress.push(update)
      changed()
    },
    trouble: (reasons) => {
      troubles.push(reasons)
      changed()
    },
  }
  const outcome = driver.print(request, report, signal ?? cancel.signal)
  const watched: Watched = {
    outcome,
    cancel,
    refs,
    troubles,
    progress,
    until: (isTrue) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (isTrue(watched)) resolve()
        }
        waiters.add(look)
        look()
        void outcome.then((end) => reject(new Error(`It ended too early: ${JSON.stringify(end)}`)), reject)
      }),
  }
  return watched
}

/** A report that nobody listens to. */
export function silentReport(): PrintReport {
  return { ref: () => Promise.resolve(), progress: () => {}, trouble: () => {} }
}
