import type { AndonError } from '@andon/core'
import { isProblem, clientProblem } from '@andon/core/base'
import { problemOf, unreachable } from './problem.ts'
import { type QueryValues, withQuery } from './route.ts'

/** How the requests of one client are made. */
export interface HttpOptions {
  /** Replaces the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** How often a request that may safely be repeated is sent again; 2. */
  readonly retries?: number | undefined
  /** How long an answer may take to begin, in milliseconds; 30,000. */
  readonly timeoutMs?: number | undefined
  /** `andon_…`; without one the browser's session cookie signs the requests. */
  readonly token?: string | undefined
  /** Address of the server, such as `https://andon.example.com`. */
  readonly url: string
}

/** One request. */
export interface Call {
  readonly accept?: string
  /** Sent as JSON. */
  readonly body?: unknown
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Makes a POST safe to repeat: the server answers the second one as it answered the first. */
  readonly idempotencyKey?: string
  readonly method?: 'DELETE' | 'GET' | 'PATCH' | 'POST' | 'PUT'
  readonly path: string
  readonly query?: QueryValues
  /** Sent as it is, with `contentType`. */
  readonly raw?: Blob | Uint8Array<ArrayBuffer> | string
  readonly signal?: AbortSignal | undefined
  /** Instead of the client's own. */
  readonly timeoutMs?: number
}

const RETRIES = 2
const TIMEOUT_MS = 30_000
const FIRST_BACKOFF_MS = 150
/** A server that asks for a longer pause gets its answer passed on instead: nobody waits that long unasked. */
const LONGEST_PAUSE_MS = 10_000

/** Sends requests, repeats those that may be repeated, and turns refusals into errors of the catalogue. */
export class Http {
  readonly origin: string
  readonly #fetch: typeof globalThis.fetch
  readonly #retries: number
  readonly #timeoutMs: number
  #token: string | undefined

  constructor(options: HttpOptions) {
    this.origin = options.url.replace(/\/+$/, '')
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
    this.#retries = options.retries ?? RETRIES
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS
    this.#token = options.token
  }

  /** The parsed body of the answer. */
  async json<T>(call: Call): Promise<T> {
    const response = await this.response({ accept: 'application/json', ...call })
    try {
      return (await response.json()) as T
    } catch (cause) {
      call.signal?.throwIfAborted()
      throw clientProblem('internal', { detail: `${call.path} did not answer with JSON.`, cause })
    }
  }

  /** For answers without a body. */
  async empty(call: Call): Promise<void> {
    const response = await this.response(call)
    await response.body?.cancel()
  }

  /** The answer itself, for bodies that are read as a stream. Rejects with an AndonError when it is a refusal. */
  async response(call: Call): Promise<Response> {
    const isRepeatable = (call.method ?? 'GET') === 'GET' || call.idempotencyKey !== undefined
    const retries = isRepeatable ? this.#retries : 0
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await this.#once(call)
      if (!isProblem(outcome)) return outcome
      const pauseMs = pauseBefore(outcome, attempt)
      if (attempt >= retries || pauseMs === null) throw outcome
      await pause(pauseMs, call.signal)
    }
  }

  /** One attempt: the answer, or the error it stands for. Throws only when the caller's signal ended it. */
  async #once(call: Call): Promise<AndonError | Response> {
    const timeout = new AbortController()
    const timer = setTimeout(() => timeout.abort(), call.timeoutMs ?? this.#timeoutMs)
    const signal = call.signal ? AbortSignal.any([call.signal, timeout.signal]) : timeout.signal
    const url = this.origin + withQuery(call.path, call.query)
    try {
      const response = await this.#fetch(url, { ...this.#init(call), signal })
      return response.ok ? response : await problemOf(response)
    } catch (cause) {
      call.signal?.throwIfAborted()
      if (timeout.signal.aborted)
        return clientProblem('timed_out', { detail: `${this.origin} took too long to answer.` })
      return unreachable(url, cause)
    } finally {
      clearTimeout(timer)
    }
  }

  #init(call: Call): RequestInit {
    const headers: Record<string, string> = { ...call.headers }
    if (call.accept !== undefined) headers['accept'] = call.accept
    if (call.idempotencyKey !== undefined) headers['idempotency-key'] = call.idempotencyKey
    if (this.#token !== undefined) headers['authorization'] = `Bearer ${this.#token}`
    if (call.body !== undefined) headers['content-type'] = 'application/json'
    else if (call.contentType !== undefined) headers['content-type'] = call.contentType
    const body = call.body === undefined ? call.raw : JSON.stringify(call.body)
    return { method: call.method ?? 'GET', headers, ...(body === undefined ? {} : { body }) }
  }
}

/** Milliseconds to wait before the next attempt; null when another one cannot help. */
function pauseBefore(error: AndonError, attempt: number): number | null {
  const isBusy = (error.status === 429 || error.status === 503) && error.retryable
  if (!isBusy && error.code !== 'server_unreachable') return null
  const backoffMs = FIRST_BACKOFF_MS * 3 ** attempt * (0.5 + Math.random())
  const pauseMs = error.retryAfterMs ?? backoffMs
  return pauseMs > LONGEST_PAUSE_MS ? null : pauseMs
}

/** Resolves after a time; rejects with the signal's reason when it is aborted meanwhile. */
export function pause(durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, durationMs)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
