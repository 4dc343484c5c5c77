import type { Store } from './pool.ts'
import { eventNumbersSince, type FeedEvent, lookAtEvents, oldestEventSeq, ownTransactionId } from './queries/events.ts'
import { lastEventSeq } from './queries/stats.ts'

export interface FeedOptions {
  /** How often to look when nobody says that something happened; default 2,000, which bounds a lost notification. */
  readonly pollMs?: number
  /** Events of one look; default 1,000. */
  readonly batch?: number
  /** Least time between two looks, so that a storm of notifications becomes a few of them; default 5. */
  readonly pauseMs?: number
}

/** Gets events in the order in which they became visible; within a job that is the order in which they happened. */
export type FeedConsumer = (events: readonly FeedEvent[]) => void

/** What a client missed, or `reset`: it is too far behind, or what it missed is not kept any more. */
export type Backfill =
  | { readonly kind: 'events'; readonly events: readonly FeedEvent[]; readonly cursor: number }
  | { readonly kind: 'reset'; readonly cursor: number }

const POLL_MS = 2_000
const BATCH = 1_000
const PAUSE_MS = 5

/** Numbers before the start that are looked through for events which are on their way. */
const START_WINDOW = 20_000

/** Events and job ids that a client gets after an absence; with more it had better load anew. */
const BACKFILL_EVENTS = 5_000
const BACKFILL_JOBS = 20_000

/** More open holes than these are given up, lowest first: memory is bounded even when a writer never ends. */
const HOLES_LIMIT = 100_000

/**
 * Delivers every event once, as soon as it can be seen.
 *
 * Numbers become visible out of order. One that is missing below the highest seen is a hole, and is asked for with
 * every look until it appears, or until every transaction has ended that could have taken it: those are older than a
 * transaction id which this reader takes itself after it saw the hole. So an event is never held back by another, nor
 * by a stranger's transaction; only `cursor`, from which a client would resume, stays below the lowest hole.
 */
export class EventFeed implements AsyncDisposable {
  readonly #store: Store
  readonly #options: Required<FeedOptions>
  readonly #consumers = new Set<FeedConsumer>()
  /** Open holes with the transaction id that ends them; null until it is taken. */
  readonly #holes = new Map<number, bigint | null>()
  #high = 0
  #listening: AsyncDisposable | null = null
  #loop: Promise<void> | null = null
  #stopping = new AbortController()
  #wake: (() => void) | null = null
  #isWoken = false
  #look: Promise<number> | null = null

  constructor(store: Store, options: FeedOptions = {}) {
    const { pollMs = POLL_MS, batch = BATCH, pauseMs = PAUSE_MS } = options
    this.#store = store
    this.#options = { pollMs, batch, pauseMs }
  }

  /** Everything up to this number was delivered or will never come: where a client may resume. */
  get cursor(): number {
    const [lowest] = this.#holes.keys()
    return lowest === undefined ? this.#high : lowest - 1
  }

  /** Numbers that are missing still; for health and tests. */
  get holes(): number {
    return this.#holes.size
  }

  /**
   * Begins to deliver. May be called again while it runs.
   *
   * @param from deliver everything after this number (a durable reader's cursor); default: what is not visible yet
   */
  async start(from?: number): Promise<void> {
    if (this.#loop !== null) return
    this.#stopping = new AbortController()
    if (from === undefined) await this.#startNow()
    else this.#high = from
    this.#listening = this.#store.listen(({ kind }) => {
      if (kind !== 'cancel' && kind !== 'rights') this.wake()
    })
    this.#loop = this.#run(this.#stopping.signal)
  }

  /** Resolves when nothing is delivered any more. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.wake()
    await this.#listening?.[Symbol.asyncDispose]()
    this.#listening = null
    await this.#loop
    this.#loop = null
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** Delivers to `consumer` until the answer is disposed. A consumer that throws is logged and called again. */
  subscribe(consumer: FeedConsumer): Disposable {
    this.#consumers.add(consumer)
    return { [Symbol.dispose]: () => void this.#consumers.delete(consumer) }
  }

  /** Looks soon. */
  wake(): void {
    this.#isWoken = true
    this.#wake?.()
  }

  /** One look; how many events it delivered. Looks never overlap. */
  runOnce(): Promise<number> {
    this.#look ??= this.#lookOnce().finally(() => {
      this.#look = null
    })
    return this.#look
  }

  /**
   * What a client missed that says it saw everything up to `since`. Subscribe first, then ask: what is delivered
   * meanwhile comes twice, and is dropped by its number.
   */
  async backfill(since: number): Promise<Backfill> {
    const cursor = this.cursor
    const reset: Backfill = { kind: 'reset', cursor }
    if (since === cursor) return { kind: 'events', events: [], cursor }
    const last = await lastEventSeq(this.#store)
    const oldest = await oldestEventSeq(this.#store)
    if (since > last || oldest === null || since < oldest - 1) return reset
    const asked = { high: since, holes: [], limit: BACKFILL_EVENTS + 1 }
    const { events } = await lookAtEvents(this.#store, asked)
    const jobs = events.reduce((count, event) => count + event.jobIds.length, 0)
    if (events.length > BACKFILL_EVENTS || jobs > BACKFILL_JOBS) return reset
    return { kind: 'events', events, cursor }
  }

  async #startNow(): Promise<void> {
    const last = await lastEventSeq(this.#store)
    const from = Math.max(0, last - START_WINDOW)
    const seen = new Set(await eventNumbersSince(this.#store, from))
    this.#holes.clear()
    // The first number is taken with the first event; before that there is nothing to wait for.
    for (let seq = from + 1; seq <= last; seq += 1) if (!seen.has(seq)) this.#holes.set(seq, null)
    this.#high = last
    for (const seq of seen) if (seq > last) this.#openHoles(seq)
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#isWoken = false
      try {
        const delivered = await this.runOnce()
        if (delivered >= this.#options.batch) this.#isWoken = true
      } catch (error) {
        if (!signal.aborted) this.#store.log.warn({ error }, 'the change feed could not look at the events')
      }
      await this.#sleep(this.#options.pauseMs)
      if (!this.#isWoken && !signal.aborted) await this.#untilWoken()
    }
  }

  async #lookOnce(): Promise<number> {
    const holes = [...this.#holes.keys()]
    const { events, xmin } = await lookAtEvents(this.#store, { high: this.#high, holes, limit: this.#options.batch })
    for (const event of events) {
      this.#holes.delete(event.seq)
      this.#openHoles(event.seq)
    }
    this.#deliver(events)
    // A full look may have been cut before it came to a hole.
    if (events.length < this.#options.batch) this.#closeDead(holes, xmin)
    await this.#dateHoles()
    return events.length
  }

  /** Everything between the highest number so far and this one is missing. */
  #openHoles(seq: number): void {
    for (let missing = this.#high + 1; missing < seq; missing += 1) this.#holes.set(missing, null)
    this.#high = Math.max(this.#high, seq)
  }

  #closeDead(asked: readonly number[], xmin: bigint): void {
    for (const seq of asked) {
      const end = this.#holes.get(seq)
      if (end !== undefined && end !== null && xmin >= end) this.#holes.delete(seq)
    }
    const excess = this.#holes.size - HOLES_LIMIT
    if (excess <= 0) return
    this.#store.log.warn({ excess }, 'events that never appeared were given up')
    for (const seq of [...this.#holes.keys()].slice(0, excess)) this.#holes.delete(seq)
  }

  /** Takes the transaction id that ends the holes which have none. */
  async #dateHoles(): Promise<void> {
    const open = [...this.#holes].filter(([, end]) => end === null).map(([seq]) => seq)
    if (open.length === 0) return
    const end = await ownTransactionId(this.#store)
    for (const seq of open) this.#holes.set(seq, end)
  }

  #deliver(events: readonly FeedEvent[]): void {
    if (events.length === 0) return
    for (const consumer of this.#consumers) {
      try {
        consumer(events)
      } catch (error) {
        this.#store.log.error({ error }, 'a consumer of the change feed failed')
      }
    }
  }

  #untilWoken(): Promise<void> {
    return this.#sleep(this.#options.pollMs, (wake) => {
      this.#wake = wake
      if (this.#isWoken) wake()
    })
  }

  #sleep(ms: number, onStart?: (wake: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      timer.unref()
      onStart?.(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}
