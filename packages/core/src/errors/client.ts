import type { ErrorEntry } from './entry.ts'

/**
 * What a client says by itself: that nothing came back, what HTTP alone says, and what it refuses before it asks. All else
 * that a server refuses brings its words along, so that no client has to carry them.
 */
export const CLIENT_ERRORS = {
  validation_failed: {
    status: 400,
    title: 'A field has a value that is not allowed',
    hint: 'Correct the named fields and send the request again.',
    retryable: false,
  },
  query_invalid: {
    status: 400,
    title: 'The query has an error',
    hint: 'Correct the query at the marked place, for example: state:failed type:print.* created:<2d',
    retryable: false,
  },
  bad_request: {
    status: 400,
    title: 'The request cannot be understood',
    hint: 'Compare the request with the reference page at /docs/api.',
    retryable: false,
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    hint: 'Requests may have 1 MiB, label batches 16 MiB, documents 50 MiB. Split the work into several jobs.',
    retryable: false,
  },
  unsupported_media_type: {
    status: 415,
    title: 'The content type is not supported',
    hint: 'Send application/json, or for documents one of the accepted formats.',
    retryable: false,
  },
  method_not_allowed: {
    status: 405,
    title: 'The method is not allowed here',
    hint: 'Use one of the methods in the Allow header.',
    retryable: false,
  },
  unauthenticated: {
    status: 401,
    title: 'Nobody is signed in',
    hint: 'Sign in, or send a token as "Authorization: Bearer …".',
    retryable: false,
  },
  forbidden: {
    status: 403,
    title: 'This is not allowed for your role',
    hint: 'Ask an administrator for the permission that is named.',
    retryable: false,
  },
  not_found: {
    status: 404,
    title: 'There is nothing at this address',
    hint: 'Check the address. What you may not see is not found either.',
    retryable: false,
  },
  conflict: {
    status: 409,
    title: 'Somebody else has changed this meanwhile',
    hint: 'Load it again and repeat the change.',
    retryable: false,
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    hint: 'Wait as long as the Retry-After header says.',
    retryable: true,
  },
  server_unreachable: {
    status: null,
    title: 'The Andon server cannot be reached',
    hint: 'Check that the server runs and that the address is right.',
    retryable: true,
  },
  timed_out: {
    status: 504,
    title: 'It took longer than the time allowed',
    hint: 'Try again with a longer time.',
    retryable: true,
  },
  overloaded: {
    status: 503,
    title: 'The server has too much to do',
    hint: 'Try again in a moment.',
    retryable: true,
  },
  internal: {
    status: 500,
    title: 'Something went wrong inside Andon',
    hint: 'Try again; if it stays so, report the request id to an administrator.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>
