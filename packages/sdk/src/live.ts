import type { AndonError, StreamMessage, StreamRequest } from '@andon/core'
import { clientProblem, isProblem } from '@andon/core/base'
import type { Http } from './http.ts'
import { type LiveHandlers, type LiveTopic, Subscription } from './live-subscription.ts'
import { problemOfCode } from './problem.ts'

/** What Andon needs of a WebSocket; the one of browsers and of Node has it. */
export interface LiveSocket {
  addEventListener(type: 'close' | 'error' | 'open', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  close(): void
  send(text: string): void
}

/** How the live stream is made. */
export interface LiveOptions {
  /** Replaces the global `WebSocket`. */
  readonly WebSocket?: (new (url: string) => LiveSocket) | undefined
  /** Silence after which the server is asked for a sign of life, in milliseconds; 5,000. */
  readonly pingMs?: number | undefined
  /** Pause before the first new attempt, in milliseconds; 250. It doubles up to 15 s, each with jitter. */
  readonly backoffMs?: number | undefined
}

/**
 * `idle`: nobody subscribes. `connecting`: for the first time. `live`: what is shown is current. `reconnecting`: the
 * connection was lost a moment ago. `stale`: it has been away for two pings or longer. `signed_out`: the server does
 * not know the reader any more; `wake` tries again. `closed`: for good.
 */
export type LiveState = 'closed' | 'connecting' | 'idle' | 'live' | 'reconnecting' | 'signed_out' | 'stale'

/** How the stream is; a new object at each change, so that it can be compared. */
export interface LiveStatus {
  /** When the server was last heard, in milliseconds since 1970, as of this change; null when never. */
  readonly heardAt: number | null
  /** Why it is not live; null when nothing is wrong. */
  readonly problem: AndonError | null
  readonly state: LiveState
}

/** Ends one subscription. */
export interface LiveHandle {
  close(): void
}

const PING_MS = 5_000
const BACKOFF_MS = 250
const LONGEST_BACKOFF_MS = 15_000
const OPEN_TIMEOUT_MS = 10_000
/** A page that changes its view closes its subscriptions and opens others: one connection serves both. */
const LINGER_MS = 1_000

/**
 * One WebSocket for all subscriptions of a client. It connects with the first one, comes back by itself with a
 * growing pause, and then asks for what was missed, so that nothing is told twice and nothing is lost.
 */
export class Live {
  readonly #http: Http
  readonly #listeners = new Set<() => void>()
  readonly #options: LiveOptions
  readonly #subscriptions = new Map<string, Subscription>()
  #attempt = 0
  /** Rises with each connection that is begun or given up: what an older one still says is not heard. */
  #generation = 0
  #heardAt: number | null = null
  #isOpen = false
  #lingering: ReturnType<typeof setTimeout> | undefined
  #nextId = 0
  #pingedAt: number | null = null
  #retrying: ReturnType<typeof setTimeout> | undefined
  #socket: LiveSocket | undefined
  #status: LiveStatus = { heardAt: null, problem: null, state: 'idle' }
  #ticking: ReturnType<typeof setInterval> | undefined

  constructor(http: Http, options: LiveOptions = {}) {
    this.#http = http
    this.#options = options
  }

  get status(): LiveStatus {
    return this.#status
  }

  /** Milliseconds since the server was last heard; null when it never was. */
  ageMs(now: number = Date.now()): number | null {
    return this.#heardAt === null ? null : Math.max(0, now - this.#heardAt)
  }

  /** Calls back after each change of `status`. Returns what ends that. */
  onStatus(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Asks for a topic; see {@link LiveHandlers} for what is told. */
  subscribe(topic: LiveTopic, handlers: LiveHandlers): LiveHandle {
    if (this.#status.state === 'closed') throw new Error('the live stream is closed')
    this.#nextId += 1
    const subscription = new Subscription(`s${this.#nextId}`, topic, handlers)
    this.#subscriptions.set(subscription.id, subscription)
    clearTimeout(this.#lingering)
    if (this.#isOpen) this.#send(subscription.request())
    else if (this.#status.state === 'idle') this.#start()
    return { close: () => this.#unsubscribe(subscription.id) }
  }

  /**
   * Tries again at once instead of after the pause, and asks an open connection for a sign of life. To be called when
   * a page becomes visible, the machine is online again, or somebody has signed in.
   */
  wake(): void {
    if (this.#isOpen) return this.#tick()
    if (this.#subscriptions.size === 0 || this.#status.state === 'closed' || this.#socket) return
    this.#attempt = 0
    void this.#connect()
  }

  /** Ends the stream for good. */
  close(): void {
    this.#subscriptions.clear()
    this.#stop('closed')
    this.#listeners.clear()
  }

  #start(): void {
    this.#ticking ??= setInterval(() => this.#tick(), this.#pingMs)
    this.#setStatus('connecting')
    void this.#connect()
  }

  async #connect(): Promise<void> {
    clearTimeout(this.#retrying)
    this.#generation += 1
    const generation = this.#generation
    try {
      const { ticket } = await this.#http.json<{ ticket: string }>({
        method: 'POST',
        path: '/api/stream/ticket',
        body: {},
        timeoutMs: OPEN_TIMEOUT_MS,
      })
      if (generation === this.#generation) this.#open(ticket, generation)
    } catch (error) {
      if (generation === this.#generation) this.#failed(error)
    }
  }

  #open(ticket: string, generation: number): void {
    const Socket = this.#options.WebSocket ?? globalThis.WebSocket
    const socket: LiveSocket = new Socket(`${this.#http.origin.replace(/^http/, 'ws')}/ws?ticket=${ticket}`)
    this.#socket = socket
    const lose = () => {
      clearTimeout(opening)
      if (generation === this.#generation) this.#lost()
    }
    const opening = setTimeout(lose, OPEN_TIMEOUT_MS)
    socket.addEventListener('open', () => {
      clearTimeout(opening)
      if (generation === this.#generation) this.#opened()
    })
    socket.addEventListener('message', (event) => {
      if (generation === this.#generation) this.#heard(event.data)
    })
    socket.addEventListener('close', lose)
    socket.addEventListener('error', lose)
  }

  #opened(): void {
    this.#isOpen = true
    this.#heardAt = Date.now()
    this.#pingedAt = null
    for (const subscription of this.#subscriptions.values()) this.#send(subscription.request())
    this.#setStatus('live')
  }

  #heard(data: unknown): void {
    this.#heardAt = Date.now()
    this.#pingedAt = null
    this.#attempt = 0
    const message = parseMessage(data)
    if (message === null) return
    if (message.type === 'error') return this.#refused(message)
    if (message.type === 'pong') {
      for (const subscription of this.#subscriptions.values()) subscription.reached(message.seq)
      return
    }
    const ids = 'ids' in message ? message.ids : [message.id]
    for (const id of ids) this.#subscriptions.get(id)?.deliver(message)
  }

  #refused(message: StreamMessage & { readonly type: 'error' }): void {
    const { code, detail, id } = message
    const error = problemOfCode(code, detail)
    const subscription = this.#subscriptions.get(id ?? '')
    if (!subscription) return this.#setStatus(this.#status.state, error)
    this.#subscriptions.delete(subscription.id)
    subscription.refuse(error)
  }

  /** The connection ended, or nothing came of it. */
  #lost(): void {
    this.#drop()
    this.#setStatus('reconnecting')
    this.#retryLater()
  }

  #failed(error: unknown): void {
    const cause = isProblem(error) ? error : clientProblem('internal', { cause: error })
    if (cause.code === 'unauthenticated' || cause.code === 'forbidden') {
      this.#drop()
      return this.#setStatus('signed_out', cause)
    }
    this.#setStatus(this.#status.state === 'stale' ? 'stale' : 'reconnecting', cause)
    this.#retryLater()
  }

  #retryLater(): void {
    const most = Math.min(LONGEST_BACKOFF_MS, (this.#options.backoffMs ?? BACKOFF_MS) * 2 ** this.#attempt)
    this.#attempt += 1
    this.#retrying = setTimeout(() => void this.#connect(), most * (0.5 + Math.random() / 2))
  }

  /** Looks after the connection: asks when it is silent, gives it up when it does not answer. */
  #tick(): void {
    const now = Date.now()
    if (!this.#isOpen) {
      const isOld = (this.ageMs(now) ?? 0) >= 2 * this.#pingMs
      if (isOld && this.#status.state === 'reconnecting') this.#setStatus('stale', this.#status.problem)
      return
    }
    // Measured from the ping, not from the last message: in a hidden tab timers stand still for a minute.
    if (this.#pingedAt !== null && now - this.#pingedAt >= this.#pingMs) return this.#lost()
    if (this.#pingedAt === null && (this.ageMs(now) ?? 0) >= this.#pingMs / 2) {
      this.#pingedAt = now
      this.#send({ type: 'ping' })
    }
  }

  #unsubscribe(id: string): void {
    if (!this.#subscriptions.delete(id)) return
    if (this.#isOpen) this.#send({ type: 'unsubscribe', id })
    if (this.#subscriptions.size === 0) this.#lingering = setTimeout(() => this.#stop('idle'), LINGER_MS)
  }

  #stop(state: 'closed' | 'idle'): void {
    clearTimeout(this.#lingering)
    clearInterval(this.#ticking)
    this.#ticking = undefined
    this.#drop()
    this.#setStatus(state)
  }

  #drop(): void {
    clearTimeout(this.#retrying)
    this.#generation += 1
    this.#isOpen = false
    const socket = this.#socket
    this.#socket = undefined
    socket?.close()
  }

  #send(request: StreamRequest): void {
    this.#socket?.send(JSON.stringify(request))
  }

  #setStatus(state: LiveState, cause: AndonError | null = null): void {
    if (this.#status.state === state && this.#status.problem === cause) return
    this.#status = { heardAt: this.#heardAt, problem: cause, state }
    for (const listener of this.#listeners) listener()
  }

  get #pingMs(): number {
    return this.#options.pingMs ?? PING_MS
  }
}

function parseMessage(data: unknown): StreamMessage | null {
  if (typeof data !== 'string') return null
  try {
    return JSON.parse(data) as StreamMessage
  } catch {
    return null
  }
}
