import { AndonError, type FieldError, type ProblemOptions } from './andon-error.ts'
import type { ErrorEntry } from './errors/entry.ts'
import { CLIENT_ERRORS } from './errors/client.ts'
import type { JobError } from './ports/job-source.ts'
import { FLOOR_ERRORS } from './errors/floor.ts'
import { JOB_ERRORS } from './errors/job.ts'
import { NOTIFY_ERRORS } from './errors/notify.ts'
import { PRINT_ERRORS } from './errors/print.ts'
import { REQUEST_ERRORS } from './errors/request.ts'
import { SIGN_IN_ERRORS } from './errors/sign-in.ts'
import { SYSTEM_ERRORS } from './errors/system.ts'

export * from './andon-error.ts'
export * from './caught.ts'
export { CLIENT_ERRORS } from './errors/client.ts'
export { SIGN_IN_ERRORS } from './errors/sign-in.ts'
export type { ErrorEntry } from './errors/entry.ts'

/** Every error code there is. Codes are public: none changes its meaning, and one that is withdrawn is never reused. */
export const ERRORS = {
  ...CLIENT_ERRORS,
  ...REQUEST_ERRORS,
  ...JOB_ERRORS,
  ...PRINT_ERRORS,
  ...FLOOR_ERRORS,
  ...NOTIFY_ERRORS,
  ...SIGN_IN_ERRORS,
  ...SYSTEM_ERRORS,
} as const

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

/**
 * Makes the error to throw (or to keep) for `code`.
 *
 *     throw problem('items_out_of_range', { detail: '501 items', field: '/items', allowed: '1 to 500' })
 */
export function problem(code: ErrorCode, options: ProblemOptions = {}): AndonError {
  return new AndonError(code, ERRORS[code], options)
}

/** The error for `code` as it is kept with a job; the title of the code where `message` is empty. */
export function catalogueError(code: ErrorCode, message: string): JobError {
  const { title, hint, retryable } = ERRORS[code]
  return { code, message: message === '' ? title : message, hint, retryable }
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
