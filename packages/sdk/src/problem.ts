import type { ErrorCode, ErrorEntry, FieldError } from '@andon/core'
import { AndonError, CLIENT_ERRORS, clientProblem, codeOf } from '@andon/core/base'

type ClientCode = keyof typeof CLIENT_ERRORS

/** Codes for answers that carry no problem document, such as those of a proxy in between. */
const CODE_OF_STATUS: Readonly<Record<number, ClientCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  502: 'server_unreachable',
  503: 'overloaded',
  504: 'timed_out',
}

/** Members of a problem document that {@link AndonError} has as properties of its own. */
const OWN_MEMBERS = new Set(['type', 'title', 'detail', 'hint', 'field', 'allowed', 'errors', 'retryable'])

/**
 * The error that a refused response stands for. `extra` has the further members of the document, `request_id`, the
 * `status` as it came, and `retry_after_s` (see `retryAfterMs`) when the server said how long to wait. The code may be one of a newer server;
 * an answer without a problem document has the code of its status.
 */
export async function problemOf(response: Response): Promise<AndonError> {
  const document = await readDocument(response)
  const code = wordOf(document['code']) ?? codeOfStatus(response.status)
  const retryAfterS = retryAfterSeconds(response)
  return new AndonError(code as ErrorCode, entryOf(document, response.status), {
    detail: wordOf(document['detail']) ?? wordOf(document['title']) ?? `The server answered ${response.status}.`,
    field: wordOf(document['field']),
    hint: wordOf(document['hint']),
    allowed: allowedOf(document['allowed']),
    errors: Array.isArray(document['errors']) ? document['errors'].filter(isFieldError) : undefined,
    extra: {
      ...Object.fromEntries(Object.entries(document).filter(([name]) => !OWN_MEMBERS.has(name))),
      status: response.status,
      ...(retryAfterS === null ? {} : { retry_after_s: retryAfterS }),
    },
  })
}

/** The error that a word of the live stream stands for, which comes with its code alone. */
export function problemOfCode(code: string, detail: string): AndonError {
  const known: Readonly<Record<string, ErrorEntry>> = CLIENT_ERRORS
  return new AndonError(code as ErrorCode, known[code] ?? CLIENT_ERRORS.bad_request, { detail, extra: { code } })
}

/** The error for a request that got no answer; `cause` is what `fetch` threw. */
export function unreachable(url: string, cause: unknown): AndonError {
  const why = reasonOf(cause)
  return clientProblem('server_unreachable', {
    detail: `${new URL(url).origin} does not answer${why === '' ? '' : `: ${why}`}.`,
    cause,
  })
}

/** Seconds of a Retry-After header, a number or a date (RFC 9110 §10.2.3); null when there is none. */
export function retryAfterSeconds(response: { readonly headers: { get(name: string): string | null } }): number | null {
  const text = response.headers.get('retry-after')
  if (text === null) return null
  if (/^[0-9]{1,9}$/.test(text)) return Number(text)
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? null : Math.max(0, (atMs - Date.now()) / 1000)
}

async function readDocument(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const text = await response.text().catch(() => '')
  if (!(response.headers.get('content-type') ?? '').includes('json')) return {}
  try {
    const parsed: unknown = JSON.parse(text)
    return isRecord(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

/** What the document says of its code; for the rest, what its status says. */
function entryOf(document: Readonly<Record<string, unknown>>, status: number): ErrorEntry {
  const { hint, retryable, title } = CLIENT_ERRORS[codeOfStatus(status)]
  const isRetryable = document['retryable']
  return {
    status,
    title: wordOf(document['title']) ?? title,
    hint: wordOf(document['hint']) ?? hint,
    retryable: typeof isRetryable === 'boolean' ? isRetryable : retryable,
  }
}

function codeOfStatus(status: number): ClientCode {
  return CODE_OF_STATUS[status] ?? (status < 500 ? 'bad_request' : 'internal')
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'there is no way to that machine',
  ENETUNREACH: 'there is no way to that network',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name could not be looked up',
  ETIMEDOUT: 'it took too long',
  UND_ERR_CONNECT_TIMEOUT: 'it took too long',
  UND_ERR_SOCKET: 'the connection was cut',
}

/** In Node the reason is the code of the innermost cause; browsers do not tell. */
function reasonOf(cause: unknown): string {
  for (let error = cause; error instanceof Error; error = error.cause) {
    const code = codeOf(error)
    if (code !== '') return REASONS[code] ?? code
  }
  return ''
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function allowedOf(value: unknown): readonly string[] | string | undefined {
  if (typeof value === 'string') return value
  return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined
}

function isFieldError(value: unknown): value is FieldError {
  return isRecord(value) && typeof value['field'] === 'string' && typeof value['detail'] === 'string'
}
