import type { Log } from '@andon/store'

/** The longest pause after errors: recovery from an outage is noticed within it. */
const BACKOFF_MAX_MS = 10_000

/** Share of a pause that is left to chance, so that several servers do not all look at the same moment. */
const JITTER = 0.1

export interface ServiceOptions {
  readonly log: Log
  /** Drawn for jitter: 0 to below 1. */
  readonly random?: () => number
}

/** Anything that is started and stopped. Both may be called twice. */
export interface Startable {
  start(): void
  /** Resolves when nothing runs any more. */
  stop(): Promise<void>
}

/**
 * A loop in the background: one pass after the other, a pause between them. Errors are logged and slow the loop down;
 * they never end it.
 */
export abstract class Service implements Startable {
  /** Names the loop in logs. */
  abstract readonly name: string
  /** The pause between two passes. */
  protected abstract readonly everyMs: number
  protected readonly log: Log
  readonly #random: () => number
  #stopping: AbortController | null = null
  #running: Promise<void> | null = null
  #wake: (() => void) | null = null
  #isWoken = false
  #failures = 0

  constructor({ log, random = Math.random }: ServiceOptions) {
    this.log = log
    this.#random = random
  }

  /**
   * One pass; tests call it directly.
   *
   * @returns milliseconds after which the next pass is due when that is sooner than usual: 0 when work is left
   */
  abstract runOnce(signal: AbortSignal): Promise<number | undefined>

  start(): void {
    if (this.#running !== null) return
    const stopping = new AbortController()
    this.#stopping = stopping
    this.#running = this.#loop(stopping.signal)
  }

  async stop(): Promise<void> {
    const running = this.#running
    this.#stopping?.abort()
    this.#wake?.()
    await running
    if (this.#running === running) this.#running = null
  }

  /** There may be work: the pause ends now, or is left out after the pass that is running. */
  wake(): void {
    this.#isWoken = true
    this.#wake?.()
  }

  async #loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#isWoken = false
      const waitMs = await this.#pass(signal)
      if (waitMs > 0 && !signal.aborted && !this.#isWoken) await this.#pause(waitMs)
    }
  }

  /** How long to pause after it. */
  async #pass(signal: AbortSignal): Promise<number> {
    try {
      const soonerMs = await this.runOnce(signal)
      this.#failures = 0
      const waitMs = Math.min(soonerMs ?? this.everyMs, this.everyMs)
      return waitMs * (1 - JITTER * this.#random())
    } catch (error) {
      this.#failures += 1
      if (!signal.aborted) this.log.warn({ error, loop: this.name, failures: this.#failures }, 'a loop failed')
      return Math.min(BACKOFF_MAX_MS, Math.max(this.everyMs, 100) * 2 ** Math.min(this.#failures - 1, 10))
    }
  }

  async #pause(waitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      timer.unref()
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = null
  }
}
