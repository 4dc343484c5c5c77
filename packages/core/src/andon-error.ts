import type { ErrorEntry } from './errors/entry.ts'
import { CLIENT_ERRORS } from './errors/client.ts'
import type { ErrorCode } from './errors.ts'

/** One wrong field of a request. */
export interface FieldError {
  /** JSON pointer (RFC 6901) into the body such as `/items/3/zpl`, or the name of a query parameter. */
  readonly field: string
  /** What is wrong with the value. */
  readonly detail: string
  /** What would be accepted: a range in words, or the list of values. */
  readonly allowed?: string | readonly string[]
}

/** What is known about one occurrence of an error. */
export interface ProblemOptions {
  /** What happened this time, as a sentence; the title of the code when left out. */
  readonly detail?: string | undefined
  /** JSON pointer (RFC 6901) or name of the field that is to blame. */
  readonly field?: string | undefined
  /** What the field accepts: a range in words, or the list of values. */
  readonly allowed?: string | readonly string[] | undefined
  /** All wrong fields, when there are several. */
  readonly errors?: readonly FieldError[] | undefined
  /** Replaces the hint of the catalogue where this occurrence allows a better one. */
  readonly hint?: string | undefined
  /** Further members of the problem document, for example `{ state: 'completed' }` or `{ retry_id: '…' }`; snake_case. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined
  /** The error that lies behind; never leaves the server. */
  readonly cause?: unknown
}

/** An error of the catalogue, or of that of a newer server. Make it with `problem` or {@link clientProblem}. */
export class AndonError extends Error {
  override readonly name = 'AndonError'
  readonly code: ErrorCode
  /** What the fields accept; null when that does not apply. */
  readonly allowed: string | readonly string[] | null
  /** What happened this time; the same as `message`. */
  readonly detail: string
  /** The wrong fields one by one; empty when at most one field is to blame. */
  readonly errors: readonly FieldError[]
  /** Further members of the problem document. */
  readonly extra: Readonly<Record<string, unknown>>
  /** JSON pointer or name of the field that is to blame; null when no field is. */
  readonly field: string | null
  readonly hint: string
  readonly retryable: boolean
  /** HTTP status to answer with: 500 for codes that only end jobs. */
  readonly status: number
  readonly title: string

  constructor(code: ErrorCode, entry: ErrorEntry, options: ProblemOptions = {}) {
    const detail = options.detail ?? entry.title
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.allowed = options.allowed ?? null
    this.detail = detail
    this.errors = options.errors ?? []
    this.extra = options.extra ?? {}
    this.field = options.field ?? null
    this.hint = options.hint ?? entry.hint
    this.retryable = entry.retryable
    this.status = entry.status ?? 500
    this.title = entry.title
  }

  /** How long to wait before the same request is worth another try, in milliseconds; null when nobody said. */
  get retryAfterMs(): number | null {
    const seconds = this.extra['retry_after_s']
    return typeof seconds === 'number' ? seconds * 1000 : null
  }
}

/** Whether `error` is an {@link AndonError}, and of `code` when that is given. */
export function isProblem(error: unknown, code?: ErrorCode): error is AndonError {
  return error instanceof AndonError && (code === undefined || error.code === code)
}

/** The error for what a client says by itself; unlike `problem` it brings no catalogue along. */
export function clientProblem(code: keyof typeof CLIENT_ERRORS, options: ProblemOptions = {}): AndonError {
  return new AndonError(code, CLIENT_ERRORS[code], options)
}
