import { messageOf } from '@andon/core'

/** What a network error says: one for several addresses of a host has a code and no message. */
export function networkWords(error: unknown): string {
  return messageOf(error) || networkCode(error) || 'failed'
}

/** Code of a network error such as `ECONNREFUSED`; empty when it has none. */
export function networkCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
