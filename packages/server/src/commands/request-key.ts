import { createHash } from 'node:crypto'
import { ownKey, type SetKey } from '@andon/store'
import type { Actor } from '../policies/actor.ts'

/** Of the request and not of the job: times and documents that are made from it differ each time it is repeated. */
export function requestHash(request: unknown): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(sorted(request)))
    .digest()
}

/**
 * The key of a request that makes many things together. It knows its request by the text: putting the members of a
 * thousand jobs in order costs more than making them, and a repetition says them as they were said before.
 */
export function ownSetKey(actor: Actor, key: string | null, request: object): SetKey | null {
  const own = ownKey(actor, key)
  if (own === null) return null
  return { key: own, requestHash: createHash('sha256').update(JSON.stringify(request)).digest() }
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
