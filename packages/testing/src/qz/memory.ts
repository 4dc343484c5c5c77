import type { CupsEvent } from './cups.ts'
import { type QzEvent, toQzEvents } from './status.ts'

/** How the news are told; see the traps of the same names at {@link QzTray}. */
export interface QzTelling {
  readonly hidesClearedReasons: boolean
  readonly ignoresErrorReasons: boolean
}

/** What was said of each printer and each job, so that only what is new is said. */
export class QzMemory {
  readonly #telling: QzTelling
  /** Codes that were said last. */
  readonly #said = new Map<string, ReadonlySet<string>>()

  constructor(telling: QzTelling) {
    this.#telling = telling
  }

  /** Whether anything was said of a job. */
  knowsJob(id: number): boolean {
    return this.#said.has(`job ${id}`)
  }

  /** Forgets all, as a program does that ends. */
  clear(): void {
    this.#said.clear()
  }

  /** Events for what CUPS notified of and was not said last. */
  news(event: CupsEvent): QzEvent[] {
    const events = toQzEvents(event, !this.#telling.ignoresErrorReasons)
    const key = event.job === null ? `printer ${event.printer}` : `job ${event.job.id}`
    const before = this.#said.get(key) ?? new Set()
    const codes = new Set(events.map(({ statusCode }) => statusCode))
    this.#said.set(key, codes)
    const hasCleared = [...before].some((code) => !codes.has(code))
    const saysAll = hasCleared && !this.#telling.hidesClearedReasons
    return events.filter(({ statusCode }) => saysAll || !before.has(statusCode))
  }
}
