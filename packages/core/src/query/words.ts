/** A word longer than this counts by its beginning. */
const PART_LIMIT = 40

/** Characters of one text that are looked at. */
const TEXT_LIMIT = 20_000

/** Facet values longer than this count by their beginning. */
const FACET_LIMIT = 200

/** Text without case, accents, and the differences between full and half width: the form in which it is compared. */
export function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  return text
    .toWellFormed()
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{Mn}/gu, '')
    .replaceAll('ß', 'ss')
    .normalize('NFC')
}

/** Most text is plain, and folding that is ten times as fast. */
function isAscii(text: string): boolean {
  return !/[^\t-~]/.test(text)
}

/** A facet value in the form in which it is compared: folded, blanks joined, control characters gone, bounded. */
export function facetValue(text: string): string {
  const folded = fold(text.slice(0, FACET_LIMIT))
  if (!/[^!-~]/.test(folded)) return folded
  return folded
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
  const folded = fold(text.slice(0, TEXT_LIMIT))
  const isPart = isAscii(folded) ? isAsciiPart : isAnyPart
  const compounds: string[][] = []
  let compound: string[] = []
  let left = limit
  let start = -1
  for (let at = 0; at <= folded.length && left > 0; at += 1) {
    if (at < folded.length && isPart(folded, at)) {
      if (start < 0) start = at
      continue
    }
    if (start >= 0) {
      if (compound.length === 0) compounds.push(compound)
      compound.push(folded.slice(start, Math.min(at, start + PART_LIMIT)))
      left -= 1
      start = -1
    }
    if (compound.length > 0 && isBlank(folded, at)) compound = []
  }
  return compounds
}

function isAsciiPart(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  return (unit >= 97 && unit <= 122) || (unit >= 48 && unit <= 57)
}

/** Halves of a surrogate pair count as their character. */
function isAnyPart(text: string, at: number): boolean {
  const isSecondHalf = at > 0 && (text.charCodeAt(at) & 0xfc00) === 0xdc00
  return /[\p{L}\p{N}]/u.test(String.fromCodePoint(text.codePointAt(isSecondHalf ? at - 1 : at) ?? 0))
}

function isBlank(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  return unit === 32 || (unit >= 9 && unit <= 13) || (unit > 126 && /\s/.test(text[at] ?? ''))
}
