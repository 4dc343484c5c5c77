import { createHash } from 'node:crypto'
import { isUuid, problem, type Query } from '@andon/core'
import type { Visibility } from './visibility.ts'

/** Where a list goes on. */
export interface ListPosition {
  /** Only jobs with a lower id; null is the first page. */
  readonly before: string | null
  /** The moment that ages are taken at: the same on every page. */
  readonly nowMs: number
}

interface CursorOwner {
  readonly query: Query
  readonly visible: Visibility
  readonly canReadPayloads: boolean
}

/**
 * The position in a cursor; the first page when there is none.
 *
 * @throws cursor_invalid when it is damaged, or was made for another query or reader
 */
export function readCursor(owner: CursorOwner & { readonly cursor: string | null }, nowMs: number): ListPosition {
  if (owner.cursor === null) return { before: null, nowMs }
  const [key, before, at] = Buffer.from(owner.cursor, 'base64url').toString('latin1').split('|')
  const then = Number(at)
  if (key !== keyOf(owner) || before === undefined || !isUuid(before) || !Number.isSafeInteger(then)) {
    throw problem('cursor_invalid', { field: 'cursor' })
  }
  return { before, nowMs: then }
}

/** The cursor for what comes after a position. */
export function writeCursor(owner: CursorOwner, position: ListPosition): string {
  return Buffer.from(`${keyOf(owner)}|${position.before}|${position.nowMs}`, 'latin1').toString('base64url')
}

/** A hash of everything but the place that decides what a list holds; where a term stood in the text does not. */
function keyOf({ query, visible, canReadPayloads }: CursorOwner): string {
  const terms = query.terms.map(({ field, path, op, values, isNegated }) => [field, path, op, values, isNegated])
  const text = query.text.map((word) => [word.text, word.isPrefix, word.isNegated])
  return createHash('sha256')
    .update(JSON.stringify([terms, text, visible, canReadPayloads]))
    .digest('base64url')
    .slice(0, 12)
}
