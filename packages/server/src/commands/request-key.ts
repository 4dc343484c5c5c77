import { createHash } from 'node:crypto'
import type { Actor } from '../policies/actor.ts'

/** Keys are an account's own: those of others neither find its jobs nor clash with them. */
export function ownKey(actor: Actor, key: string | null | undefined): string | null {
  return key === null || key === undefined ? null : `${actor.accountId}:${key}`
}

/** Of the request and not of the job: times and documents that are made from it differ each time it is repeated. */
export function requestHash(request: unknown): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(sorted(request)))
    .digest()
}

/** The same value with its members in order, so that equal requests hash alike. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, entry]) => [key, sorted(entry)]),
  )
}
