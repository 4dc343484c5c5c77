import { problem } from '@andon/core'

/**
 * Reads the cursor of a list that is walked by number; 0 without one.
 *
 * @throws `cursor_invalid`
 */
export function numberCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  const place = Number(cursor)
  if (/^\d{1,16}$/.test(cursor) && Number.isSafeInteger(place)) return place
  throw problem('cursor_invalid', { field: 'cursor' })
}
