import type { AndonError, JobStats, JobView, PrinterView, QueueView, StreamMessage, StreamRequest } from '@andon/core'

/** What to be told about: `jobs` those that match a query, `job` one of them by its full id. */
export type LiveTopic =
  | { readonly topic: 'alerts' | 'board' | 'floor' | 'printers' | 'queues' | 'toasts' }
  | { readonly topic: 'job'; readonly jobId: string }
  | { readonly topic: 'jobs'; readonly q?: string | undefined }

/** A word for the reader that a job ended or that a printer needs somebody. */
export type LiveToast = Omit<Extract<StreamMessage, { type: 'toast' }>, 'ids' | 'type'>

/** Jobs of the floor of which something changed; `more`: others as well, so that what is shown is loaded anew. */
export interface FloorChange {
  readonly jobs: readonly string[]
  readonly more: boolean
}

/** How many alerts are open, and how many of them nobody sees to. */
export type AlertCounts = Pick<Extract<StreamMessage, { type: 'alerts' }>, 'open' | 'unacknowledged'>

/** What is told of a topic. Each is called at once, in the order of the events, never twice for the same. */
export interface LiveHandlers {
  /**
   * Everything after `seq` will be told: load what was before it. Called when the subscription stands, and again when
   * the server could not keep what was missed (`reset`); not after a reconnection that lost nothing. What arrives while
   * the load is under way is newer wherever its `version` is higher. Printers, queues and the board need no loading: the
   * server tells them whole at the beginning.
   */
  readonly onLoad?: (seq: number) => void
  /** At the beginning, and whenever alerts or rules changed: what is shown of them is loaded anew. */
  readonly onAlerts?: (counts: AlertCounts) => void
  readonly onBoard?: (stats: JobStats) => void
  /** The subscription was refused and is over: a query with an error, a job that is not there. */
  readonly onError?: (error: AndonError) => void
  /** After each pass, scan and override that changed something. */
  readonly onFloor?: (change: FloorChange) => void
  /** Jobs that no longer match, or may no longer be seen. */
  readonly onGone?: (jobIds: readonly string[]) => void
  /** Each of a higher version than the one told before. */
  readonly onJobs?: (jobs: readonly JobView[]) => void
  readonly onPrinters?: (printers: readonly PrinterView[]) => void
  readonly onQueues?: (queues: readonly QueueView[]) => void
  readonly onToast?: (toast: LiveToast) => void
}

/** What `deliver` takes: every message but those for the whole connection. */
export type Delivery = Exclude<StreamMessage, { type: 'error' | 'pong' }>

/** Versions and toasts are remembered only as far back as a repetition can reach. */
const VERSIONS_KEPT = 5_000
const TOASTS_KEPT = 200

/** One subscription: what it asked for, how far it was told, and what it must not be told again. */
export class Subscription {
  readonly id: string
  readonly #handlers: LiveHandlers
  readonly #toasts = new Set<string>()
  readonly #topic: LiveTopic
  readonly #versions = new Map<string, number>()
  /** Up to where everything was told; null before the subscription stood. */
  #seq: number | null = null

  constructor(id: string, topic: LiveTopic, handlers: LiveHandlers) {
    this.id = id
    this.#topic = topic
    this.#handlers = handlers
  }

  /** The message that begins the subscription, or takes it up where it was left. */
  request(): StreamRequest {
    const { topic } = this.#topic
    return {
      type: 'subscribe',
      id: this.id,
      topic,
      ...('q' in this.#topic && this.#topic.q !== undefined ? { q: this.#topic.q } : {}),
      ...('jobId' in this.#topic ? { job_id: this.#topic.jobId } : {}),
      ...(this.#seq === null ? {} : { since: this.#seq }),
    }
  }

  /** Everything up to `seq` has been told. */
  reached(seq: number): void {
    if (this.#seq !== null) this.#seq = Math.max(this.#seq, seq)
  }

  deliver(message: Delivery): void {
    const isFirst = this.#seq === null
    this.#seq = Math.max(this.#seq ?? 0, message.seq)
    try {
      this.#tell(message, isFirst)
    } catch (error) {
      // One reader's mistake must not keep the others from being told; it still reaches the console.
      queueMicrotask(() => {
        throw error
      })
    }
  }

  refuse(error: AndonError): void {
    this.#handlers.onError?.(error)
  }

  #tell(message: Delivery, isFirst: boolean): void {
    switch (message.type) {
      case 'subscribed':
        if (isFirst) this.#handlers.onLoad?.(message.seq)
        return
      case 'reset':
        // The numbering itself may have begun anew, as after a restored backup.
        this.#seq = message.seq
        this.#versions.clear()
        return this.#handlers.onLoad?.(message.seq)
      case 'jobs':
        return this.#tellJobs(message.jobs)
      case 'gone':
        for (const id of message.job_ids) this.#versions.delete(id)
        return this.#handlers.onGone?.(message.job_ids)
      case 'alerts':
        return this.#handlers.onAlerts?.({ open: message.open, unacknowledged: message.unacknowledged })
      case 'floor':
        return this.#handlers.onFloor?.({ jobs: message.jobs, more: message.more })
      case 'printers':
        return this.#handlers.onPrinters?.(message.printers)
      case 'queues':
        return this.#handlers.onQueues?.(message.queues)
      case 'board':
        return this.#handlers.onBoard?.(message.stats)
      case 'toast':
        return this.#tellToast(message)
    }
  }

  #tellJobs(jobs: readonly JobView[]): void {
    const newer = jobs.filter((job) => job.version > (this.#versions.get(job.id) ?? -1))
    if (newer.length === 0) return
    for (const job of newer) {
      this.#versions.delete(job.id)
      this.#versions.set(job.id, job.version)
    }
    dropOldest(this.#versions, VERSIONS_KEPT)
    this.#handlers.onJobs?.(newer)
  }

  #tellToast({ ids: _ids, type: _type, ...toast }: Extract<StreamMessage, { type: 'toast' }>): void {
    const key = `${toast.seq} ${toast.job_id ?? toast.printer ?? ''} ${toast.title}`
    if (this.#toasts.has(key)) return
    this.#toasts.add(key)
    dropOldest(this.#toasts, TOASTS_KEPT)
    this.#handlers.onToast?.(toast)
  }
}

/** Maps and sets iterate in the order of insertion: the first keys are the oldest. */
function dropOldest(collection: Map<string, unknown> | Set<string>, most: number): void {
  for (const key of collection.keys()) {
    if (collection.size <= most) return
    collection.delete(key)
  }
}
