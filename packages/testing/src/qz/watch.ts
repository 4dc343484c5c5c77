import { setTimeout as delay } from 'node:timers/promises'
import type { Cups, CupsEvent } from './cups.ts'

const INTERVAL_MS = 25

/**
 * Follows the events of a cupsd, oldest first. Nothing is handed on while it is held, so that an answer can go out
 * before the events of what it answers.
 */
export class CupsWatch {
  readonly #cups: Cups
  readonly #onEvent: (event: CupsEvent) => void
  readonly #stopping = new AbortController()
  #subscription = 0
  #last = 0
  #holds = 0
  #pass: Promise<void> = Promise.resolve()
  #running: Promise<void> = Promise.resolve()

  constructor(cups: Cups, onEvent: (event: CupsEvent) => void) {
    this.#cups = cups
    this.#onEvent = onEvent
  }

  /** Events from now on. */
  async start(): Promise<void> {
    this.#subscription = await this.#cups.subscribe()
    this.#running = this.#run()
  }

  /** Resolves when nothing runs any more. A cupsd that is gone already is no trouble. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#cups.unsubscribe(this.#subscription).catch(() => undefined)
  }

  /** Keeps events back until the returned function is called. */
  async hold(): Promise<() => void> {
    this.#holds += 1
    await this.#pass
    return () => {
      this.#holds -= 1
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      if (this.#holds === 0) {
        this.#pass = this.#runOnce().catch(() => undefined)
        await this.#pass
      }
      await delay(INTERVAL_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async #runOnce(): Promise<void> {
    const { events, last } = await this.#cups.events(this.#subscription, this.#last)
    this.#last = last
    for (const event of events) this.#onEvent(event)
  }
}
