import { createHmac } from 'node:crypto'
import { type AndonError, codeOf, type ErrorCode, HOUR_MS, MINUTE_MS, problem } from '@andon/core'
import type { PrintBeatSettings } from './settings.ts'

/** What is asked for: attempts of a press (`''`: of all) from a marker on, the lowest first. */
export interface JobsRequest {
  readonly device: string
  readonly startMarker: string
  readonly signal: AbortSignal
}

/** At most {@link PAGE_SIZE} attempts as they came, or why there are none. */
export type JobsAnswer =
  | { readonly ok: true; readonly attempts: readonly unknown[] }
  | {
      readonly ok: false
      readonly error: AndonError
      /** How long no request may be sent; null when nothing was said about that. */
      readonly holdMs: number | null
    }

/** An answer with as many attempts is not the last one. */
export const PAGE_SIZE = 100
/** No hold lasts longer, whatever the answer says. */
export const LONGEST_HOLD_MS = HOUR_MS

/** The part of the path that is signed; the base is not, nor is the query. */
const PATH = '/externalApi/jobs'
/** A hundred attempts take some 300 KB. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
const TIMEOUT_MS = 20_000

/** Asks HP Print Beat. Nothing that it returns or throws tells the secret or a signature. */
export class PrintBeatClient {
  readonly #settings: PrintBeatSettings
  readonly #now: () => number
  readonly #timeoutMs: number

  constructor(
    settings: PrintBeatSettings,
    options: { readonly now: () => number; readonly timeoutMs?: number | undefined },
  ) {
    this.#settings = settings
    this.#now = options.now
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  }

  async jobs({ device, signal, startMarker }: JobsRequest): Promise<JobsAnswer> {
    const query = new URLSearchParams({ startMarker, ...(device === '' ? {} : { devices: device }), sortOrder: 'ASC' })
    try {
      const response = await fetch(`${this.#settings.url}${PATH}?${query.toString()}`, {
        headers: { accept: 'application/json', ...this.#signature() },
        // The signature is for this server alone.
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)]),
      })
      return response.ok ? await readAttempts(response) : await this.#refusal(response)
    } catch (error) {
      signal.throwIfAborted()
      return refused('print_beat_unavailable', networkWords(error))
    }
  }

  #signature(): Record<string, string> {
    const date = new Date(this.#now()).toISOString()
    const signed = createHmac('sha256', this.#settings.secret).update(`GET ${PATH}${date}`).digest('hex')
    return {
      'x-hp-hmac-algorithm': 'SHA256',
      'x-hp-hmac-authentication': `${this.#settings.key}:${signed}`,
      'x-hp-hmac-date': date,
    }
  }

  async #refusal(response: Response): Promise<JobsAnswer> {
    await response.body?.cancel()
    const { headers, status } = response
    const detail = `Print Beat answered with HTTP ${status}.`
    if (status === 401 || status === 403) return refused('print_beat_unauthorised', detail)
    if (status === 429) {
      const holdMs = this.#retryAfterMs(headers.get('retry-after'))
      return { ...refused('print_beat_rate_limited', detail), holdMs }
    }
    return refused(status >= 500 || status === 408 ? 'print_beat_unavailable' : 'print_beat_unexpected', detail)
  }

  /** Seconds or a date; a minute when it is neither. */
  #retryAfterMs(header: string | null): number {
    const isSeconds = header !== null && /^\s*\d+\s*$/.test(header)
    const ms = isSeconds ? Number(header) * 1_000 : Date.parse(header ?? '') - this.#now()
    return Number.isNaN(ms) ? MINUTE_MS : Math.min(LONGEST_HOLD_MS, Math.max(0, ms))
  }
}

async function readAttempts(response: Response): Promise<JobsAnswer> {
  const text = await readText(response)
  if (text === null) return refused('print_beat_unexpected', `The answer has more than ${MAX_ANSWER_BYTES} bytes.`)
  const attempts = attemptsOf(text)
  return attempts === null
    ? refused('print_beat_unexpected', 'The answer holds no list of attempts.')
    : { ok: true, attempts }
}

/** Null when it is longer than any page. */
async function readText(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.byteLength
    if (sizeBytes > MAX_ANSWER_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function attemptsOf(text: string): readonly unknown[] | null {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body !== 'object' || body === null || !('attempts' in body)) return null
    return Array.isArray(body.attempts) ? body.attempts : null
  } catch {
    return null
  }
}

function refused(code: ErrorCode, detail: string) {
  return { ok: false, error: problem(code, { detail }), holdMs: null } as const
}

function networkWords(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'Print Beat did not answer in time.'
  const code = codeOf(error instanceof Error ? error.cause : error)
  return `Print Beat cannot be reached${code === '' ? '' : ` (${code})`}.`
}
