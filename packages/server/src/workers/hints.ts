import type { HintsView } from '@andon/core'
import type { Notification, Store } from '@andon/store'

/** Hints of a worker that asks no more are kept so long. */
const IDLE_MS = 60_000
/** More lanes than these become a sweep. */
const LANES_LIMIT = 500

export interface HintsRequest {
  /** Lanes whose new work is of interest; null for all. */
  readonly queueIds: ReadonlySet<number> | null
  readonly waitMs: number
  /** Aborted when nobody waits for the answer any more. */
  readonly gone: AbortSignal
  /** Asked when somebody cancelled something: the jobs of this worker among it. */
  readonly cancels: () => Promise<string[]>
}

/**
 * Hints for workers over HTTP, which ask for them one long poll after another. Between two of them hints are kept, so
 * that none is lost; who asks for the first time is told to sweep, since nobody listened for it before.
 *
 * Made of notifications alone: a worker that listens here is never handed a job, which would be lost with its answer.
 */
export class WorkerHints {
  readonly #store: Store
  readonly #stopping: AbortSignal
  readonly #inboxes = new Map<number, Inbox>()

  constructor(store: Store, stopping: AbortSignal) {
    this.#store = store
    this.#stopping = stopping
    stopping.addEventListener('abort', () => {
      for (const workerId of this.#inboxes.keys()) this.forget(workerId)
    })
  }

  /** Resolves as soon as there is something to say, or with nothing when the time is over or a newer call takes over. */
  async wait(workerId: number, request: HintsRequest): Promise<HintsView> {
    const inbox = this.#open(workerId)
    const ends = [request.gone, this.#stopping, inbox.takeOver(), AbortSignal.timeout(request.waitMs)]
    const over = AbortSignal.any(ends)
    try {
      while (true) {
        const hints = await inbox.take(request)
        if (hints !== null || over.aborted) return hints ?? { ready: [], cancels: [], sweep: false }
        await inbox.something(over)
      }
    } finally {
      inbox.rest(() => this.forget(workerId))
    }
  }

  /** For workers that are gone. */
  forget(workerId: number): void {
    const inbox = this.#inboxes.get(workerId)
    this.#inboxes.delete(workerId)
    inbox?.close()
  }

  #open(workerId: number): Inbox {
    const known = this.#inboxes.get(workerId)
    if (known !== undefined) return known
    const inbox = new Inbox(this.#store)
    this.#inboxes.set(workerId, inbox)
    return inbox
  }
}

/** What was not told yet to one worker. */
class Inbox {
  readonly #listening: AsyncDisposable
  #ready = new Set<number>()
  #hasCancels = false
  #mustSweep = true
  #wake: (() => void) | null = null
  #turn = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(store: Store) {
    this.#listening = store.listen((notification) => this.#hear(notification))
  }

  /** Ends the wait before this one: of two connections the older is probably dead. */
  takeOver(): AbortSignal {
    clearTimeout(this.#timer)
    this.#turn.abort()
    this.#turn = new AbortController()
    return this.#turn.signal
  }

  /** What there is to say; null when it is nothing for this worker. */
  async take({ cancels: ask, queueIds }: HintsRequest): Promise<HintsView | null> {
    const ready = [...this.#ready].filter((id) => queueIds === null || queueIds.has(id))
    const sweep = this.#mustSweep
    const hadCancels = this.#hasCancels
    this.#ready.clear()
    this.#mustSweep = false
    this.#hasCancels = false
    const cancels = hadCancels ? await ask() : []
    return ready.length === 0 && cancels.length === 0 && !sweep ? null : { ready, cancels, sweep }
  }

  /** Resolves when something was heard, or the wait is over. */
  something(over: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        over.removeEventListener('abort', done)
        resolve()
      }
      this.#wake = done
      if (over.aborted || this.#hasSomething) done()
      else over.addEventListener('abort', done, { once: true })
    })
  }

  /** Nobody asks now; after a while nobody will. */
  rest(forget: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(forget, IDLE_MS)
    this.#timer.unref()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#turn.abort()
    void this.#listening[Symbol.asyncDispose]()
  }

  get #hasSomething(): boolean {
    return this.#ready.size > 0 || this.#hasCancels || this.#mustSweep
  }

  #hear(notification: Notification): void {
    if (notification.kind === 'ready') for (const id of notification.queueIds) this.#ready.add(id)
    else if (notification.kind === 'cancel') this.#hasCancels = true
    else if (notification.kind === 'sweep') this.#mustSweep = true
    else return
    if (this.#ready.size > LANES_LIMIT) {
      this.#ready.clear()
      this.#mustSweep = true
    }
    this.#wake?.()
  }
}
