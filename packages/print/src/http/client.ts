import { codeOf, reasonOf, type StateReason } from '@andon/core'
import { networkWords } from '../network.ts'

/** What a print server answered, or why it did not. */
export type HttpAnswer =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>>; readonly isNearLimit: boolean }
  | { readonly ok: false; readonly refusal: HttpRefusal }

export interface HttpRefusal {
  /** HTTP status; null when there was no answer. */
  readonly status: number | null
  /** The server's own words, or those of the network. */
  readonly message: string
  /** From Retry-After; null when it did not say. */
  readonly afterMs: number | null
  /** False only when it is certain that the request did not arrive. */
  readonly mayHaveArrived: boolean
}

const MAX_ANSWER_BYTES = 4 * 1024 * 1024
/** Errors of connections that were never made. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])
/** Requests that are left before the server begins to refuse: from here on it is asked less often. */
const NEAR_LIMIT = 3
const LONGEST_RETRY_AFTER_MS = 3_600_000

/** Speaks the HTTP contract of label print servers. Trouble is a value. */
export class PrintServerClient {
  readonly #base: string
  readonly #token: string
  readonly #timeoutMs: number

  constructor(options: { uri: string; token: string; timeoutMs: number }) {
    this.#base = options.uri.replace(/\/+$/, '')
    this.#token = options.token
    this.#timeoutMs = options.timeoutMs
  }

  /** One request. A body makes it a POST unless a method is given. */
  async send(
    path: string,
    options: { method?: string; body?: unknown; key?: string; signal?: AbortSignal } = {},
  ): Promise<HttpAnswer> {
    const timeout = AbortSignal.timeout(this.#timeoutMs)
    const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal])
    try {
      const response = await fetch(`${this.#base}${path}`, {
        method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
        headers: {
          accept: 'application/json',
          ...(this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` }),
          ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
        },
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
        redirect: 'manual',
        signal,
      })
      return await readAnswer(response)
    } catch (error) {
      return { ok: false, refusal: networkRefusal(error) }
    }
  }
}

/** What a refusal means for the printer behind it. */
export function serverReason(refusal: HttpRefusal): StateReason {
  const words = refusal.status === null ? refusal.message : `HTTP ${refusal.status}: ${refusal.message}`
  if (refusal.status === null) return reasonOf('print-server-unreachable', words)
  if (refusal.status === 401 || refusal.status === 403) return reasonOf('print-server-unauthorised', words)
  if (refusal.status === 429 || refusal.status === 503) return reasonOf('print-server-overloaded', words)
  if (refusal.status >= 500) return reasonOf('print-server-failed', words)
  return reasonOf('print-server-refused', words)
}

async function readAnswer(response: Response): Promise<HttpAnswer> {
  const text = await readText(response)
  const body = text === null ? null : parse(text)
  if (response.ok && body !== null) {
    const left = response.headers.get('x-ratelimit-remaining')
    return { ok: true, body, isNearLimit: left !== null && Number(left) <= NEAR_LIMIT }
  }
  const message =
    wordsOf(body) ?? (response.ok ? 'The answer is not a JSON object.' : response.statusText || 'no further words')
  const afterMs = retryAfterMs(response.headers.get('retry-after'))
  return { ok: false, refusal: { status: response.status, message, afterMs, mayHaveArrived: true } }
}

/** Null when it is longer than any answer of the contract. */
async function readText(response: Response): Promise<string | null> {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of response.body) {
    sizeBytes += chunk.byteLength
    if (sizeBytes > MAX_ANSWER_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

function wordsOf(body: Readonly<Record<string, unknown>> | null): string | null {
  const words = [body?.['message'], body?.['error'], body?.['detail']].find(
    (value) => typeof value === 'string' && value !== '',
  )
  return typeof words === 'string' ? words.slice(0, 500) : null
}

function retryAfterMs(header: string | null): number | null {
  if (header === null) return null
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, ms)) : null
}

/** `fetch` says why in the cause of its error. */
function networkRefusal(error: unknown): HttpRefusal {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const mayHaveArrived = !NEVER_CONNECTED.has(codeOf(cause))
  return { status: null, message: networkWords(cause), afterMs: null, mayHaveArrived }
}
