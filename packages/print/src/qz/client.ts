// oxlint-disable-next-line typescript/triple-slash-reference -- the types must come along into programs of other packages
/// <reference path="./qz-tray.d.ts" />
import { messageOf } from '@andon/core'
import qz, { type QzPort } from 'qz-tray'
import type { QzDocument } from './document.ts'
import { quietPromise } from './quiet.ts'

/** A constructor of sockets: `WebSocket` of the package `ws` in Node; browsers have their own. */
export type WebSocketType = new (address: string) => WebSocketLike

/** What a socket must have beyond what the package `qz-tray` uses of it. */
interface WebSocketLike {
  close(): void
}

/** How QZ Tray is reached, and how it is told who we are. */
export interface QzAccess {
  /** Host names to try in turn; default: those of the package. */
  readonly host?: readonly string[] | undefined
  /** Ports to try in turn; default: those of the package. An empty list leaves that kind of connection out. */
  readonly port?: QzPort | undefined
  /** Needed in Node; default: the global one. */
  readonly websocket?: WebSocketType | undefined
  /** The certificate that QZ Tray trusts, as PEM. */
  certificate(): Promise<string>
  /** Signs a text with the key of that certificate: RSA with SHA-512, base64. */
  sign(text: string): Promise<string>
  /** Longest wait for an answer that needs nobody's consent, in milliseconds. */
  readonly callTimeoutMs: number
  /** Longest wait for an answer for which the user of QZ Tray may have to click, in milliseconds. */
  readonly consentTimeoutMs: number
}

/** Who hears what QZ Tray says by itself. */
export interface QzListener {
  onEvent(event: unknown): void
  onClosed(): void
}

/** A call that did not succeed. */
export class QzCallError extends Error {
  override readonly name = 'QzCallError'
  /** `lost`: no answer will come. `late`: none came in time. `refused`: QZ Tray said no. `unsent`: it never left. */
  readonly kind: 'lost' | 'late' | 'refused' | 'unsent'

  constructor(kind: QzCallError['kind'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }

  /** Whether QZ Tray may have obeyed though we do not know it. */
  get isDoubtful(): boolean {
    return this.kind === 'lost' || this.kind === 'late'
  }
}

/** There is nothing to show to QZ Tray. */
export class QzCertificateError extends Error {
  override readonly name = 'QzCertificateError'
}

/** What is known of the call whose signature is asked for. */
interface Signing {
  isSigned: boolean
  readonly done: () => void
}

/** Messages of the package for calls that were not sent, and for those whose answer is lost. */
const UNSIGNED = 'Failed to sign request'
const CLOSED = /closed before response/i
const HEARTBEAT_CALLS = { keepAlive: 0, retries: 0 } as const

let isClaimed = false

/**
 * The package `qz-tray`, which is one object for the whole process or page with one connection: whoever claims it has it
 * alone until it is released.
 */
export class QzClient {
  readonly #access: QzAccess
  readonly #listener: QzListener
  readonly #sockets = new Set<WebSocketLike>()
  #hasClaim = false
  /** Counts connections, so that what was begun on one is never sent on the next. */
  #generation = 0
  #signing: Signing | null = null
  #signingTurn: Promise<void> = Promise.resolve()

  constructor(access: QzAccess, listener: QzListener) {
    this.#access = access
    this.#listener = listener
  }

  /** @throws Error when another connection of this process has the package. */
  claim(): void {
    if (isClaimed) throw new Error('One connection with QZ Tray at a time: close the other one first.')
    isClaimed = true
    this.#hasClaim = true
    this.#setUp()
  }

  release(): void {
    if (this.#hasClaim) isClaimed = false
    this.#hasClaim = false
  }

  /** Connects, and is let in by the user of QZ Tray or by the certificate. */
  async connect(): Promise<{ readonly version: string }> {
    this.#generation += 1
    const { host, port, consentTimeoutMs } = this.#access
    const isInsecure = port !== undefined && port.secure.length === 0
    const connecting = qz.websocket.connect({
      ...HEARTBEAT_CALLS,
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(isInsecure ? { usingSecure: false } : {}),
    })
    await inTime(connecting, consentTimeoutMs)
    return { version: await this.#call(() => qz.api.getVersion()) }
  }

  /** Whether a socket is open, be it that nobody has let us in yet. */
  get isOpen(): boolean {
    return qz.websocket.isActive()
  }

  /** Ends the connection at once; a peer that does not answer is not waited for. */
  drop(): void {
    this.#generation += 1
    for (const socket of this.#sockets) {
      if ('terminate' in socket && typeof socket.terminate === 'function') socket.terminate()
      else socket.close()
    }
    this.#sockets.clear()
  }

  /** The names of all printers. */
  find(): Promise<string[]> {
    return this.#signedCall(() => qz.printers.find())
  }

  async startListening(printers: readonly string[]): Promise<void> {
    await this.#signedCall(() => qz.printers.startListening(printers))
  }

  async stopListening(): Promise<void> {
    await this.#call(() => qz.printers.stopListening())
  }

  /** Events of all printers that are listened to come before this resolves. */
  async getStatus(): Promise<void> {
    await this.#call(() => qz.printers.getStatus())
  }

  async getVersion(): Promise<void> {
    await this.#call(() => qz.api.getVersion())
  }

  /** Resolves when the job is spooled, which says nothing of paper. */
  async print(printer: string, document: QzDocument): Promise<void> {
    await this.#signedCall(() => qz.print(qz.configs.create(printer, document.options), [document.data]))
  }

  /** Takes one job out of the queue of a printer; older versions of QZ Tray cannot. */
  async cancelJob(printerName: string, jobId: number): Promise<void> {
    await this.#signedCall(() => qz.printers.clearQueue({ printerName, jobId }))
  }

  #setUp(): void {
    qz.api.setPromiseType(quietPromise)
    const type = this.#access.websocket ?? (globalThis as { WebSocket?: WebSocketType }).WebSocket
    if (type !== undefined) qz.api.setWebSocketType(keepingSockets(type, this.#sockets))
    qz.security.setCertificatePromise((resolve, reject) => void this.#certificate().then(resolve, reject), {
      rejectOnFailure: true,
    })
    qz.security.setSignatureAlgorithm('SHA512')
    qz.security.setSignaturePromise((text) => (resolve, reject) => {
      void this.#sign(text).then(resolve, reject)
    })
    qz.printers.setPrinterCallbacks((event) => this.#listener.onEvent(event))
    qz.websocket.setClosedCallbacks(() => this.#listener.onClosed())
    qz.websocket.setErrorCallbacks(() => undefined)
  }

  async #certificate(): Promise<string> {
    try {
      return await this.#access.certificate()
    } catch (error) {
      throw new QzCertificateError('The certificate for QZ Tray cannot be had.', { cause: error })
    }
  }

  /** What is signed after its connection has ended would be sent on the next one, long after it was given up. */
  async #sign(text: string): Promise<string> {
    const [signing, generation] = [this.#signing, this.#generation]
    const signature = await this.#access.sign(text)
    if (signing === null || signing !== this.#signing || generation !== this.#generation || !this.isOpen)
      throw new Error('The connection has ended meanwhile.')
    signing.isSigned = true
    signing.done()
    return signature
  }

  /** Signed one after the other, so that it is known which call has left. */
  async #signedCall<T>(call: () => Promise<T>): Promise<T> {
    const turn = this.#signingTurn
    let done = (): void => undefined
    this.#signingTurn = new Promise((resolve) => {
      done = resolve
    })
    await turn
    const signing: Signing = { isSigned: false, done }
    this.#signing = signing
    try {
      return await this.#call(call, { timeoutMs: this.#access.consentTimeoutMs, hasLeft: () => signing.isSigned })
    } finally {
      // A signature that comes later than this is one for nobody.
      if (this.#signing === signing) this.#signing = null
      done()
    }
  }

  /** @throws QzCallError */
  async #call<T>(call: () => Promise<T>, options: { timeoutMs?: number; hasLeft?: () => boolean } = {}): Promise<T> {
    const { timeoutMs = this.#access.callTimeoutMs, hasLeft = () => true } = options
    if (!this.isOpen) throw new QzCallError('unsent', 'QZ Tray is not connected.')
    try {
      return await inTime(call(), timeoutMs)
    } catch (error) {
      if (error instanceof QzCallError) throw hasLeft() ? error : new QzCallError('unsent', error.message)
      const message = messageOf(error)
      const isUnsent = !hasLeft() || message === UNSIGNED
      const kind = isUnsent ? 'unsent' : CLOSED.test(message) ? 'lost' : 'refused'
      throw new QzCallError(kind, message, { cause: error })
    }
  }
}

/** Rejects when no answer came in time; a later one is for nobody. */
async function inTime<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const error = new QzCallError('late', `QZ Tray did not answer within ${timeoutMs} ms.`)
    timer = setTimeout(() => reject(error), timeoutMs)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The package cannot end a connection whose peer is silent, so its sockets are kept at hand. */
function keepingSockets(type: WebSocketType, sockets: Set<WebSocketLike>): WebSocketType {
  return class extends type {
    constructor(address: string) {
      super(address)
      sockets.clear()
      sockets.add(this)
    }
  }
}
