/** A word longer than this counts by its beginning. */
const PART_LIMIT = 40

/** Facet values longer than this count by their beginning. */
const FACET_LIMIT = 200

/** Text without case, accents, and the differences between full and half width: the form in which it is compared. */
export function fold(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{Mn}/gu, '')
    .replaceAll('ß', 'ss')
    .normalize('NFC')
}

/** A facet value in the form in which it is compared: folded, blanks joined, control characters gone, bounded. */
export function facetValue(text: string): string {
  return fold(text.slice(0, FACET_LIMIT))
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, FACET_LIMIT)
}

/** Whether there is anything in a text that can be searched for. */
export function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(fold(text))
}

/**
 * The compounds of a text, each as its parts: `MO-8235 Kite` is `[['mo', '8235'], ['kite']]`. Blanks part compounds,
 * all other signs part the words in them.
 *
 * @param limit how many parts are taken at most, over all compounds
 */
export function compoundsOf(text: string, limit: number): string[][] {
  const compounds: string[][] = []
  let left = limit
  for (const word of fold(text).split(/\s+/)) {
    if (left <= 0) break
    const parts = (word.match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, left).map((part) => part.slice(0, PART_LIMIT))
    left -= parts.length
    if (parts.length > 0) compounds.push(parts)
  }
  return compounds
}
