import { uuidGenerator } from '@andon/core/base'

/**
 * A new idempotency key. `crypto.randomUUID` is not there on pages that came over plain HTTP from another machine,
 * which is how a shop without TLS opens the dashboard; `getRandomValues` is.
 */
export const newKey: () => string = uuidGenerator({
  now: Date.now,
  random: (bytes) => crypto.getRandomValues(bytes),
})
