import type { QueryError, QueryPosition } from './ast.ts'

/** One value as it was written: without its quotes, with its escapes undone. */
export interface ScannedValue extends QueryPosition {
  readonly text: string
  readonly isQuoted: boolean
  /** `>`, `>=`, `<`, `<=` before the value; null when there is none. */
  readonly comparison: '>' | '>=' | '<' | '<=' | null
}

/** One blank-separated word of a query; `field` is null for free text, which has exactly one value. */
export interface ScannedTerm extends QueryPosition {
  readonly isNegated: boolean
  readonly field: (QueryPosition & { readonly text: string }) | null
  readonly values: readonly ScannedValue[]
}

/** Cuts a query into terms, once from left to right; what cannot be cut is an error and left out. */
export function scanQuery(text: string): {
  readonly terms: readonly ScannedTerm[]
  readonly errors: readonly QueryError[]
} {
  const terms: ScannedTerm[] = []
  const errors: QueryError[] = []
  let at = skipBlanks(text, 0)
  while (at < text.length) {
    const scanned = scanTerm(text, at)
    if ('message' in scanned) errors.push(scanned)
    else terms.push(scanned)
    at = skipBlanks(text, Math.max(at + 1, scanned.end))
  }
  return { terms, errors }
}

/** Whether a word would be read as `field:…`. */
export function looksLikeField(word: string): boolean {
  return fieldEnd(word, 0) !== null
}

function scanTerm(text: string, start: number): ScannedTerm | QueryError {
  const isNegated = text[start] === '-'
  const from = isNegated ? start + 1 : start
  const colon = fieldEnd(text, from)
  if (colon === null) return scanText(text, { start, from, isNegated })

  const values: ScannedValue[] = []
  let at = colon + 1
  for (;;) {
    const value = scanValue(text, at)
    if ('message' in value) return { ...value, end: Math.max(value.end, wordEnd(text, at)) }
    values.push(value)
    at = value.end
    if (text[at] !== ',') break
    at += 1
  }
  if (at < text.length && !isBlank(text, at)) {
    return error({ start: at, end: wordEnd(text, at) }, 'Nothing may follow a quoted value but a comma or a blank.', [
      ',',
      ' ',
    ])
  }
  return { start, end: at, isNegated, field: { start: from, end: colon, text: text.slice(from, colon) }, values }
}

function scanText(text: string, place: { start: number; from: number; isNegated: boolean }): ScannedTerm | QueryError {
  const { start, from, isNegated } = place
  if (text[from] === '"') {
    const value = scanQuoted(text, from)
    if ('message' in value) return value
    if (value.end < text.length && !isBlank(text, value.end)) {
      return error({ start: value.end, end: wordEnd(text, value.end) }, 'A blank must follow a quoted text.', [' '])
    }
    return { start, end: value.end, isNegated, field: null, values: [{ ...value, comparison: null }] }
  }
  const end = wordEnd(text, from)
  if (end === from) return error({ start, end: from }, 'A word must follow the minus sign.', [])
  const word = text.slice(from, end)
  const quote = word.indexOf('"')
  if (quote >= 0) {
    return { ...error({ start: from + quote, end }, 'A quotation mark must stand at the beginning of a word.', []) }
  }
  return {
    start,
    end,
    isNegated,
    field: null,
    values: [{ start: from, end, text: word, isQuoted: false, comparison: null }],
  }
}

function scanValue(text: string, start: number): ScannedValue | QueryError {
  const sign = text[start]
  const isComparison = sign === '>' || sign === '<'
  const hasEqual = isComparison && text[start + 1] === '='
  const comparison = isComparison ? (hasEqual ? (`${sign}=` as const) : sign) : null
  const from = start + (comparison?.length ?? 0)
  if (text[from] === '"') {
    const value = scanQuoted(text, from)
    return 'message' in value ? value : { ...value, start, comparison }
  }
  let end = from
  while (end < text.length && text[end] !== ',' && text[end] !== '"' && !isBlank(text, end)) end += 1
  if (end === from) return error({ start, end: Math.max(end, start) }, 'A value is missing here.', [])
  if (text[end] === '"')
    return error({ start: end, end: end + 1 }, 'A quotation mark must stand before the whole value.', [])
  return { start, end, text: text.slice(from, end), isQuoted: false, comparison }
}

function scanQuoted(text: string, start: number): (QueryPosition & { text: string; isQuoted: true }) | QueryError {
  let value = ''
  let at = start + 1
  while (at < text.length && text[at] !== '"') {
    if (text[at] === '\\' && at + 1 < text.length) at += 1
    value += text[at]
    at += 1
  }
  if (at >= text.length) return error({ start, end: text.length }, 'The quotation mark is never closed.', ['"'])
  return { start, end: at + 1, text: value, isQuoted: true }
}

/** The place of the colon behind a field name that begins at `start`; null when none does. */
function fieldEnd(text: string, start: number): number | null {
  let at = start
  if (!/[a-z_]/i.test(text[at] ?? '')) return null
  while (at < text.length && /[a-z0-9_.-]/i.test(text[at] ?? '')) at += 1
  return text[at] === ':' ? at : null
}

function wordEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && !isBlank(text, at)) at += 1
  return at
}

function skipBlanks(text: string, start: number): number {
  let at = start
  while (at < text.length && isBlank(text, at)) at += 1
  return at
}

function isBlank(text: string, at: number): boolean {
  return /\s/.test(text[at] ?? '')
}

function error(position: QueryPosition, message: string, expected: readonly string[]): QueryError {
  return { start: position.start, end: position.end, message, expected, suggestion: null }
}
