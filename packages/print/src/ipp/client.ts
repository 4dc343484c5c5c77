import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { messageOf } from '@andon/core'
import { IppFormatError } from './guard.ts'
import { decodeMessage, encodeRequest, type IppMessage, type IppRequest } from './message.ts'

/** Why there is no answer. */
export interface IppFailure {
  /**
   * `unreachable`: no connection, so nothing left. `timeout`, `lost`: connected, then silence or an end.
   * `not_ipp`: something answered that is no IPP server. `auth`: it wants a name and password. `aborted`: our signal.
   */
  readonly kind: 'unreachable' | 'timeout' | 'lost' | 'not_ipp' | 'auth' | 'aborted'
  readonly message: string
  /** Whether a byte of the request may have reached the other side. */
  readonly dataLeft: boolean
}

export type IppResult =
  | { readonly ok: true; readonly message: IppMessage }
  | { readonly ok: false; readonly failure: IppFailure }

export interface IppClientOptions {
  /** `ipp:`, `ipps:`, `http:` or `https:`; port 631 unless given. */
  readonly uri: string
  readonly username: string
  readonly password: string
  /** Whether certificates that nobody vouches for are taken; printers mostly make their own. */
  readonly acceptSelfSigned: boolean
  /** Longest silence while connecting and while waiting for an answer. */
  readonly timeoutMs: number
}

/** Longest answer that is read: Get-Jobs of a busy CUPS queue stays far below. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024

/**
 * Sends IPP requests over HTTP (RFC 8010 §4). Network trouble is a value; it throws only for requests that cannot be
 * encoded.
 */
export class IppClient {
  readonly printerUri: string
  readonly #target: URL
  readonly #options: IppClientOptions
  readonly #agent: HttpAgent
  #lastId = 0

  constructor(options: IppClientOptions) {
    this.#options = options
    this.#target = httpUrl(options.uri)
    this.printerUri = ippUri(this.#target)
    const pool = { keepAlive: true, maxSockets: 4, maxFreeSockets: 1, timeout: 5_000 }
    this.#agent =
      this.#target.protocol === 'https:'
        ? new HttpsAgent({ ...pool, rejectUnauthorized: !options.acceptSelfSigned })
        : new HttpAgent(pool)
  }

  /**
   * One operation. Requests that only read are sent a second time when a kept connection turns out to be closed;
   * requests that change something never are, and use a connection of their own.
   */
  async send(request: IppRequest, options: { signal?: AbortSignal; timeoutMs?: number } = {}): Promise<IppResult> {
    const isRead = request.operation.startsWith('Get-') || request.operation.startsWith('CUPS-Get-')
    const first = await this.#exchange(request, { ...options, isKept: isRead })
    if (first.ok || !isRead || first.failure.kind !== 'lost') return first
    return this.#exchange(request, { ...options, isKept: false })
  }

  /** Closes the connections that are kept. */
  close(): void {
    this.#agent.destroy()
  }

  #exchange(request: IppRequest, options: ExchangeOptions): Promise<IppResult> {
    this.#lastId = (this.#lastId % 0x7fffffff) + 1
    const body = encodeRequest(request, this.#lastId)
    const send = this.#target.protocol === 'https:' ? httpsRequest : httpRequest
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs
    return new Promise((resolve) => {
      if (options.signal?.aborted === true) return resolve(failed('aborted', 'It was stopped.', false))
      const progress = { connected: false, finished: false }
      const outgoing = send(this.#target, this.#requestOptions(body, options))
      const finish = (result: IppResult): void => {
        if (progress.finished) return
        progress.finished = true
        options.signal?.removeEventListener('abort', onAbort)
        resolve(result)
        if (!result.ok) outgoing.destroy()
      }
      const onAbort = (): void => finish(failed('aborted', 'It was stopped.', progress.connected))
      options.signal?.addEventListener('abort', onAbort, { once: true })
      outgoing.on('socket', (socket) => {
        const onConnect = (): void => {
          progress.connected = true
        }
        if (socket.connecting) socket.once('connect', onConnect)
        else onConnect()
      })
      outgoing.setTimeout(timeoutMs, () => {
        const kind = progress.connected ? 'timeout' : 'unreachable'
        finish(failed(kind, `No answer within ${timeoutMs} ms.`, progress.connected))
      })
      outgoing.on('error', (error) => {
        finish(failed(progress.connected ? 'lost' : 'unreachable', error.message, progress.connected))
      })
      outgoing.on('response', (incoming) => void readAnswer(incoming).then(finish))
      outgoing.end(body)
    })
  }

  #requestOptions(body: Buffer, options: ExchangeOptions): RequestOptions {
    const { username, password } = this.#options
    return {
      method: 'POST',
      // Not keeping is a matter of safety for what must be sent once: a kept connection may be closed already.
      ...(options.isKept
        ? { agent: this.#agent }
        : { agent: false, rejectUnauthorized: !this.#options.acceptSelfSigned }),
      headers: {
        'content-type': 'application/ipp',
        'content-length': body.length,
        ...(options.isKept ? {} : { connection: 'close' }),
        ...(username === ''
          ? {}
          : { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }),
      },
    }
  }
}

interface ExchangeOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly isKept: boolean
}

/** The HTTP address behind an IPP address (RFC 8010 §4.2). */
export function httpUrl(uri: string): URL {
  const url = new URL(uri.replace(/^ipp(s?):/i, 'http$1:'))
  const isIpp = /^ipps?:/i.test(uri)
  // URL drops the default port of http; IPP's own default is 631.
  if (isIpp && url.port === '' && !/^[^/]*\/\/[^/]*:(80|443)(\/|$)/.test(uri)) url.port = '631'
  return url
}

function ippUri(target: URL): string {
  const scheme = target.protocol === 'https:' ? 'ipps' : 'ipp'
  return `${scheme}://${target.host}${target.pathname}`
}

async function readAnswer(incoming: IncomingMessage): Promise<IppResult> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length
      if (sizeBytes > MAX_RESPONSE_BYTES) return failed('not_ipp', 'The answer is too long.', true)
      chunks.push(chunk)
    }
  } catch (error) {
    return failed('lost', messageOf(error), true)
  }
  const status = incoming.statusCode ?? 0
  if (status === 401 || status === 403) return failed('auth', `The printer answered HTTP ${status}.`, true)
  if (status !== 200) return failed('not_ipp', `The server answered HTTP ${status}.`, true)
  try {
    return { ok: true, message: decodeMessage(Buffer.concat(chunks)) }
  } catch (error) {
    if (!(error instanceof IppFormatError)) throw error
    return failed('not_ipp', error.message, true)
  }
}

function failed(kind: IppFailure['kind'], message: string, dataLeft: boolean): IppResult {
  return { ok: false, failure: { kind, message, dataLeft } }
}
