import type pg from 'pg'
import type { Log } from './log.ts'
import { CHANNEL, type HandedRow, notificationsOf, type Payload } from './notifier.ts'

/** What another process (or this one) says has happened. Always a hint: everything has a poll behind it. */
export type Notification =
  | { readonly kind: 'ready'; readonly queueIds: readonly number[] }
  | { readonly kind: 'cancel'; readonly jobIds: readonly string[] }
  | { readonly kind: 'events' }
  /** What somebody may do has changed, or a session or token has ended. */
  | { readonly kind: 'rights' }
  /** A worker was handed a job on its ticket; the row is null when it is too long to travel. */
  | { readonly kind: 'handed'; readonly workerId: number; readonly ticket: number; readonly row: HandedRow | null }
  /** Something may have been missed: look at everything. */
  | { readonly kind: 'sweep' }

/** How often the connection is asked whether it lives; a half-open one is noticed after twice this. */
const PROBE_MS = 5_000
const PROBE_TIMEOUT_MS = 5_000
const RETRY_MIN_MS = 100
const RETRY_MAX_MS = 2_000

export interface ListenerOptions {
  /** A new client that is not connected yet. */
  readonly connect: () => pg.Client
  readonly log: Log
}

/**
 * The one dedicated connection that listens. It is opened with the first listener and closed with the last; when it is
 * lost it is opened again, and everybody is told to sweep, since notifications meanwhile are gone.
 */
export class Listener {
  readonly #options: ListenerOptions
  readonly #handlers = new Set<(notification: Notification) => void>()
  #stopping: AbortController | null = null
  #running: Promise<void> | null = null
  #isClosed = false
  #isConnected = false

  constructor(options: ListenerOptions) {
    this.#options = options
  }

  get isConnected(): boolean | null {
    return this.#running === null ? null : this.#isConnected
  }

  add(handler: (notification: Notification) => void): AsyncDisposable {
    this.#handlers.add(handler)
    this.#start()
    return {
      [Symbol.asyncDispose]: async () => {
        this.#handlers.delete(handler)
        if (this.#handlers.size === 0) await this.#end()
      },
    }
  }

  dispatch(notification: Notification): void {
    for (const handler of this.#handlers) {
      try {
        handler(notification)
      } catch (error) {
        this.#options.log.error({ error }, 'a listener failed')
      }
    }
  }

  /** For good: whoever still listens, or comes later, hears nothing. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#end()
  }

  async #end(): Promise<void> {
    this.#stopping?.abort()
    await this.#running
  }

  #start(): void {
    if (this.#running !== null || this.#isClosed) return
    const stopping = new AbortController()
    this.#stopping = stopping
    this.#running = this.#run(stopping.signal).finally(() => {
      this.#running = null
      // Somebody may have come while the connection of the last one was being closed.
      if (this.#handlers.size > 0) this.#start()
    })
  }

  async #run(signal: AbortSignal): Promise<void> {
    let waitMs = RETRY_MIN_MS
    while (!signal.aborted) {
      try {
        await this.#session(signal, () => {
          waitMs = RETRY_MIN_MS
        })
      } catch (error) {
        if (!signal.aborted) this.#options.log.warn({ error }, 'the listening connection was lost')
      }
      this.#isConnected = false
      if (!signal.aborted) await pause(waitMs, signal)
      waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)
    }
  }

  /** One connection from its start to its loss. */
  async #session(signal: AbortSignal, onConnected: () => void): Promise<void> {
    const client = this.#options.connect()
    const lost = new Promise<never>((_resolve, reject) => {
      client.on('error', reject)
      client.on('end', () => reject(new Error('connection ended')))
    })
    lost.catch(() => undefined)
    client.on('notification', (message) => this.#receive(message.payload ?? ''))
    try {
      await client.connect()
      await client.query(`listen ${CHANNEL}`)
      this.#isConnected = true
      onConnected()
      this.dispatch({ kind: 'sweep' })
      while (!signal.aborted) {
        await Promise.race([lost, pause(PROBE_MS, signal)])
        if (!signal.aborted) await Promise.race([lost, client.query('select 1'), timeout(signal)])
      }
    } finally {
      this.#isConnected = false
      await Promise.race([client.end().catch(() => undefined), pause(1_000)])
    }
  }

  #receive(text: string): void {
    for (const notification of notificationsOf(parse(text))) this.dispatch(notification)
  }
}

function parse(text: string): Payload {
  try {
    return JSON.parse(text) as Payload
  } catch {
    return { s: 1 }
  }
}

async function timeout(signal: AbortSignal): Promise<void> {
  await pause(PROBE_TIMEOUT_MS, signal)
  if (!signal.aborted) throw new Error('the listening connection does not answer')
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const timer = setTimeout(done, ms)
    timer.unref()
    signal?.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
  })
}
