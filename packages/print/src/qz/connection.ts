import { messageOf, reasonOf, type StateReason } from '@andon/core'
import { pause } from '../pause.ts'
import { QzCallError, QzClient, QzCertificateError, type QzAccess } from './client.ts'
import type { QzDocument } from './document.ts'
import { readQzEvent } from './events.ts'
import { QzQueue } from './queue.ts'

/** `error` is what somebody has to allow or mend in QZ Tray; `disconnected` is that it cannot be reached. */
export type QzConnectionState = 'connected' | 'disconnected' | 'error'

export interface QzConnectionStatus {
  readonly state: QzConnectionState
  /** `qz-not-running`, `qz-blocked` or `certificate-untrusted`; null while connected. */
  readonly reason: StateReason | null
  /** Version of QZ Tray; null until it was connected once. */
  readonly version: string | null
}

export interface QzConnectionOptions extends Omit<QzAccess, 'callTimeoutMs' | 'consentTimeoutMs'> {
  /** Told of each change of the status. */
  readonly onStatus?: (status: QzConnectionStatus) => void
  /** Longest wait for an answer that needs nobody's consent, in milliseconds; default 10,000. */
  readonly callTimeoutMs?: number
  /** Longest wait for an answer for which the user of QZ Tray may have to click, in milliseconds; default 60,000. */
  readonly consentTimeoutMs?: number
  /** How often a quiet connection is tried, in milliseconds; default 15,000. */
  readonly heartbeatMs?: number
  /** Shortest and longest wait before it is connected again, in milliseconds; default 500 and 15,000. */
  readonly reconnectMs?: readonly [shortest: number, longest: number]
}

/** A printer that is listened to until it is released. */
export interface QzWatch {
  readonly queue: QzQueue
  release(): Promise<void>
}

const DEFAULT_CALL_TIMEOUT_MS = 10_000
const DEFAULT_CONSENT_TIMEOUT_MS = 60_000
const DEFAULT_HEARTBEAT_MS = 15_000
const DEFAULT_RECONNECT_MS = [500, 15_000] as const
const NOT_RUNNING = 'QZ Tray cannot be reached on this machine.'
const BLOCKED = /blocked|denied/i

/**
 * The connection of a station with QZ Tray: connects and connects again until it is closed, listens to the printers that
 * are watched, and keeps what was heard of them. One at a time for a process or page, since the package `qz-tray` is one
 * object with one connection.
 */
export class QzConnection implements AsyncDisposable {
  readonly #options: QzConnectionOptions
  readonly #client: QzClient
  readonly #queues = new Map<string, { readonly queue: QzQueue; watchers: number; isListening: boolean }>()
  readonly #listeners = new Set<(status: QzConnectionStatus) => void>()
  #status: QzConnectionStatus = {
    state: 'disconnected',
    reason: reasonOf('qz-not-running', NOT_RUNNING),
    version: null,
  }
  #stopping = new AbortController()
  #running: Promise<void> | null = null
  #isUp = false
  #epoch = 0
  #onLost: (() => void) | null = null
  #holds = 0
  #refreshing: Promise<void> = Promise.resolve()
  #nextRefresh: Promise<void> | null = null

  constructor(options: QzConnectionOptions) {
    this.#options = options
    const { callTimeoutMs = DEFAULT_CALL_TIMEOUT_MS, consentTimeoutMs = DEFAULT_CONSENT_TIMEOUT_MS } = options
    this.#client = new QzClient(
      { ...options, callTimeoutMs, consentTimeoutMs },
      { onEvent: (event) => this.#onEvent(event), onClosed: () => this.#lose(NOT_RUNNING) },
    )
    if (options.onStatus !== undefined) this.#listeners.add(options.onStatus)
  }

  get status(): QzConnectionStatus {
    return this.#status
  }

  /** Whether the socket stands, be it that QZ Tray blocks us meanwhile: what is under way is still heard of. */
  get isUp(): boolean {
    return this.#isUp
  }

  /** Counts the connections that were made: who remembers it knows whether there was a loss since. */
  get epoch(): number {
    return this.#epoch
  }

  /**
   * Begins to connect. May be called twice.
   *
   * @throws Error when another connection of this process or page is not closed.
   */
  start(): void {
    if (this.#running !== null) return
    this.#client.claim()
    this.#stopping = new AbortController()
    this.#running = this.#run(this.#stopping.signal)
  }

  /** Ends the connection; prints under way end in doubt. Resolves when nothing runs any more. May be called twice. */
  async close(): Promise<void> {
    const running = this.#running
    if (running === null) return
    this.#stopping.abort()
    this.#client.drop()
    this.#lose('The connection with QZ Tray was closed.')
    await running
    this.#running = null
    this.#client.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Calls `listener` at each change of the status until the returned function is called. */
  onStatus(listener: (status: QzConnectionStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * The names of all printers that QZ Tray knows now. New ones appear late: ask again.
   *
   * @throws QzCallError
   */
  printers(): Promise<string[]> {
    return this.#asked(() => this.#client.find())
  }

  /** Listens to a printer until it is released, through all losses of the connection. */
  async watch(printer: string): Promise<QzWatch> {
    const entry = this.#queues.get(printer) ?? { queue: new QzQueue(printer), watchers: 0, isListening: false }
    this.#queues.set(printer, entry)
    entry.watchers += 1
    if (this.#isUp && !entry.isListening) await this.#listen([printer]).catch(() => undefined)
    let isReleased = false
    const release = async (): Promise<void> => {
      if (isReleased) return
      isReleased = true
      entry.watchers -= 1
      await this.#listenLess()
    }
    return { queue: entry.queue, release }
  }

  /** While held, no printer is given up: QZ Tray can only stop to tell of all at once, and an end could be missed. */
  hold(): () => Promise<void> {
    this.#holds += 1
    return async () => {
      this.#holds -= 1
      await this.#listenLess()
    }
  }

  /**
   * Asks for the state of all watched printers, and listens anew to those of which nothing comes: their events stop when
   * another client disconnects.
   *
   * @throws QzCallError
   */
  refresh(): Promise<void> {
    this.#nextRefresh ??= this.#refreshNext()
    return this.#nextRefresh
  }

  /**
   * Spools a document; says nothing of paper.
   *
   * @throws QzCallError
   */
  print(printer: string, document: QzDocument): Promise<void> {
    return this.#asked(() => this.#client.print(printer, document))
  }

  /**
   * Asks to take one job out of a queue.
   *
   * @throws QzCallError `refused` by versions that cannot
   */
  cancelJob(printer: string, jobId: number): Promise<void> {
    return this.#asked(() => this.#client.cancelJob(printer, jobId))
  }

  async #run(signal: AbortSignal): Promise<void> {
    const [shortestMs, longestMs] = this.#options.reconnectMs ?? DEFAULT_RECONNECT_MS
    let waitMs = shortestMs
    while (!signal.aborted) {
      if (await this.#connect(signal)) {
        waitMs = shortestMs
        await this.#stay(signal)
      }
      await pause(waitMs, signal)
      waitMs = Math.min(longestMs, waitMs * 2)
    }
  }

  async #connect(signal: AbortSignal): Promise<boolean> {
    try {
      const { version } = await this.#client.connect()
      if (signal.aborted) throw new Error('closed')
      this.#isUp = true
      this.#epoch += 1
      for (const entry of this.#queues.values()) entry.queue.noteGap()
      await this.#listen(this.#watched())
      this.#tell({ state: 'connected', reason: null, version })
      return true
    } catch (error) {
      this.#isUp = false
      const status = await this.#whyNot(error)
      this.#client.drop()
      if (!signal.aborted) this.#tell(status)
      return false
    }
  }

  async #whyNot(error: unknown): Promise<QzConnectionStatus> {
    const { version } = this.#status
    const words = messageOf(error)
    if (BLOCKED.test(words)) return { state: 'error', reason: reasonOf('qz-blocked', words), version }
    if (error instanceof QzCertificateError)
      return { state: 'error', reason: reasonOf('certificate-untrusted', words), version }
    const isLate = error instanceof QzCallError && error.kind === 'late' && this.#client.isOpen
    if (isLate && (await this.#isAlive())) {
      const waits = 'QZ Tray asks its user whether it may trust us, and nobody has answered.'
      return { state: 'error', reason: reasonOf('certificate-untrusted', waits), version }
    }
    return { state: 'disconnected', reason: reasonOf('qz-not-running', words), version }
  }

  /** Until the connection is lost, or given up since nothing answers. */
  async #stay(signal: AbortSignal): Promise<void> {
    const lost = new AbortController()
    this.#onLost = () => lost.abort()
    while (this.#isUp && !signal.aborted) {
      await pause(this.#options.heartbeatMs ?? DEFAULT_HEARTBEAT_MS, lost.signal)
      if (this.#isUp && !signal.aborted) await this.#beat()
    }
    this.#onLost = null
  }

  /** An answer that says no is one, too. */
  async #beat(): Promise<void> {
    const isBlocked = this.#status.state === 'error'
    await (isBlocked ? this.printers() : this.refresh()).catch(() => undefined)
  }

  async #isAlive(): Promise<boolean> {
    return this.#client.getVersion().then(
      () => true,
      () => false,
    )
  }

  /** A call that needs consent: it tells whether we are blocked. */
  async #asked<T>(call: () => Promise<T>): Promise<T> {
    const answer = await this.#tried(call)
    const { state, version } = this.#status
    if (state === 'error' && this.#isUp) this.#tell({ state: 'connected', reason: null, version })
    return answer
  }

  /** Any call tells whether QZ Tray is alive. One that is open to everybody is answered to those that it blocks, too. */
  async #tried<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      if (error instanceof QzCallError) await this.#judge(error)
      throw error
    }
  }

  async #judge({ kind, message }: QzCallError): Promise<void> {
    if (kind === 'refused' && BLOCKED.test(message)) {
      this.#tell({ ...this.#status, state: 'error', reason: reasonOf('qz-blocked', message) })
    }
    if (kind === 'late' && !(await this.#isAlive())) this.#lose(message)
  }

  #lose(words: string): void {
    if (!this.#isUp) return
    this.#isUp = false
    this.#client.drop()
    for (const entry of this.#queues.values()) {
      entry.isListening = false
      entry.queue.wake()
    }
    this.#tell({ ...this.#status, state: 'disconnected', reason: reasonOf('qz-not-running', words) })
    this.#onLost?.()
  }

  #tell(status: QzConnectionStatus): void {
    const { state, reason, version } = this.#status
    const isSame = state === status.state && reason?.reason === status.reason?.reason && version === status.version
    this.#status = status
    if (!isSame) for (const listener of this.#listeners) listener(status)
  }

  #onEvent(value: unknown): void {
    const event = readQzEvent(value, Date.now())
    if (event !== null) this.#queues.get(event.printer)?.queue.note(event)
  }

  #watched(): string[] {
    return [...this.#queues].filter(([, { watchers }]) => watchers > 0).map(([printer]) => printer)
  }

  /** Of a printer that is not there QZ Tray may tell nothing, which is no reason to hear nothing of the others. */
  async #listen(printers: readonly string[]): Promise<void> {
    if (printers.length === 0) return
    try {
      await this.#asked(() => this.#client.startListening(printers))
    } catch (error) {
      if (!isAboutPrinters(error)) throw error
      if (printers.length > 1) for (const printer of printers) await this.#listen([printer])
      return
    }
    for (const printer of printers) {
      const entry = this.#queues.get(printer)
      if (entry !== undefined) entry.isListening = true
    }
  }

  /** Only all printers at once can be given up, so that those that are still watched are taken up again. */
  async #listenLess(): Promise<void> {
    const hasUnwatched = [...this.#queues.values()].some(({ watchers, isListening }) => watchers === 0 && isListening)
    if (this.#holds > 0 || !this.#isUp || !hasUnwatched) return
    for (const entry of this.#queues.values()) entry.isListening = false
    await this.#tried(async () => {
      await this.#client.stopListening()
      await this.#listen(this.#watched())
    }).catch(() => undefined)
  }

  async #refreshNext(): Promise<void> {
    await this.#refreshing.catch(() => undefined)
    this.#refreshing = this.#nextRefresh ?? Promise.resolve()
    this.#nextRefresh = null
    await this.#tried(() => this.#refreshOnce())
  }

  async #refreshOnce(): Promise<void> {
    const watched = this.#watched()
    if (watched.length === 0) return this.#client.getVersion()
    const silent = await this.#askStatus(watched)
    if (silent.length === 0) return
    for (const printer of silent) this.#queues.get(printer)?.queue.noteGap()
    await this.#listen(silent)
    await this.#askStatus(watched)
  }

  /** Returns the printers of which nothing was said. */
  async #askStatus(printers: readonly string[]): Promise<string[]> {
    const queues = printers.flatMap((printer) => this.#queues.get(printer)?.queue ?? [])
    for (const queue of queues) queue.beginAnswer()
    try {
      await this.#client.getStatus()
    } catch (error) {
      // Without any listener QZ Tray refuses to answer.
      if (!(error instanceof QzCallError) || error.kind !== 'refused') throw error
    }
    return queues.filter((queue) => !queue.endAnswer()).map(({ printer }) => printer)
  }
}

function isAboutPrinters(error: unknown): boolean {
  return error instanceof QzCallError && error.kind === 'refused' && !BLOCKED.test(error.message)
}
