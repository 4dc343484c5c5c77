import type { JobError } from './ports/job-source.ts'
import type { ErrorEntry } from './errors/entry.ts'
import { FLOOR_ERRORS } from './errors/floor.ts'
import { JOB_ERRORS } from './errors/job.ts'
import { PRINT_ERRORS } from './errors/print.ts'
import { REQUEST_ERRORS } from './errors/request.ts'
import { SYSTEM_ERRORS } from './errors/system.ts'

export type { ErrorEntry } from './errors/entry.ts'

/** Every error code there is. Codes are public: none changes its meaning, and one that is withdrawn is never reused. */
export const ERRORS = { ...REQUEST_ERRORS, ...JOB_ERRORS, ...PRINT_ERRORS, ...FLOOR_ERRORS, ...SYSTEM_ERRORS } as const

/** A code of the catalogue. Handlers may fail a job with codes of their own, which are plain strings. */
export type ErrorCode = keyof typeof ERRORS

/** Whether the catalogue knows `code`. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code)
}

/** What the catalogue says about `code`; undefined for codes that a handler invented. */
export function errorEntry(code: string): ErrorEntry | undefined {
  return isErrorCode(code) ? ERRORS[code] : undefined
}

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

/** An error of the catalogue. Make it with {@link problem}. */
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

  constructor(code: ErrorCode, options: ProblemOptions = {}) {
    const entry: ErrorEntry = ERRORS[code]
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
}

/**
 * Makes the error to throw (or to keep) for `code`.
 *
 *     throw problem('items_out_of_range', { detail: '501 items', field: '/items', allowed: '1 to 500' })
 */
export function problem(code: ErrorCode, options: ProblemOptions = {}): AndonError {
  return new AndonError(code, options)
}

/** Whether `error` is an {@link AndonError}, and of `code` when that is given. */
export function isProblem(error: unknown, code?: ErrorCode): error is AndonError {
  return error instanceof AndonError && (code === undefined || error.code === code)
}

/** The error for `code` as it is kept with a job; the title of the code where `message` is empty. */
export function catalogueError(code: ErrorCode, message: string): JobError {
  const { title, hint, retryable } = ERRORS[code]
  return { code, message: message === '' ? title : message, hint, retryable }
}

/** What a caught thing says of itself: anything can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The body of an error response (RFC 9457, `application/problem+json`), with Andon's own members. */
export interface ProblemDocument {
  /** `urn:andon:error:<code>`; an identifier, not an address. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly hint: string
  /** Names the request in the server's log. */
  readonly request_id: string
  /** Whether the same request can succeed later. */
  readonly retryable: boolean
  readonly field?: string
  readonly allowed?: string | readonly string[]
  readonly errors?: readonly FieldError[]
  readonly [extension: string]: unknown
}

/**
 * The problem document for `error`. Whatever is not an {@link AndonError} becomes `internal` without its message,
 * which could hold secrets.
 */
export function toProblemDocument(error: unknown, requestId: string): ProblemDocument {
  const known = error instanceof AndonError ? error : problem('internal')
  return {
    ...known.extra,
    type: `urn:andon:error:${known.code}`,
    title: known.title,
    status: known.status,
    detail: known.detail,
    code: known.code,
    hint: known.hint,
    request_id: requestId,
    retryable: known.retryable,
    ...(known.field === null ? {} : { field: known.field }),
    ...(known.allowed === null ? {} : { allowed: known.allowed }),
    ...(known.errors.length === 0 ? {} : { errors: known.errors }),
  }
}
