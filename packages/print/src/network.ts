import { codeOf, messageOf } from '@andon/core'

/** What a network error says: one for several addresses of a host has a code and no message. */
export function networkWords(error: unknown): string {
  return messageOf(error) || codeOf(error) || 'failed'
}
