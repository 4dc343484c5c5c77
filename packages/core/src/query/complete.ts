import { QUERY_FIELDS, type QueryField, findQueryField } from './fields.ts'
import { quoteValue } from './print.ts'
import { VALUE_EXAMPLES } from './values.ts'
import { fold } from './words.ts'

/** One thing that could be written next. */
export interface QueryCandidate {
  /** What to put in place of the completed part: `state:` or `failed` or `"Badge 01"`. */
  readonly text: string
  /** What it means; empty for values that speak for themselves. */
  readonly doc: string
  readonly kind: 'field' | 'value'
}

/** What could stand at a place of a query: each candidate replaces the text from `start` to `end`. */
export interface QueryCompletion {
  readonly start: number
  readonly end: number
  readonly candidates: readonly QueryCandidate[]
}

/** Values that the caller knows of fields whose values are not fixed, such as the names of the printers. */
export type KnownValues = Readonly<Record<string, readonly string[]>>

/** Candidates that are offered at most. */
const CANDIDATE_LIMIT = 50

/**
 * What could be written at `caret` (UTF-16 units from the beginning): names of fields, or values once a field and its
 * colon stand before it. Works on queries that are still wrong or unfinished.
 */
export function completeQuery(text: string, caret: number, known: KnownValues = {}): QueryCompletion {
  const end = Math.max(0, Math.min(caret, text.length))
  const start = termStart(text, end)
  const begun = text.slice(start, end)
  const sign = begun.startsWith('-') ? 1 : 0
  const colon = begun.indexOf(':')
  const found = colon < 0 ? null : findQueryField(begun.slice(sign, colon))
  if (colon < 0 || begun.startsWith('"', sign)) return completeField(begun.slice(sign), start + sign, end)
  if (found === null) return { start, end, candidates: [] }
  const from = start + valueStart(begun, colon + 1)
  return { start: from, end, candidates: valueCandidates(found.field, text.slice(from, end), known) }
}

function completeField(begun: string, start: number, end: number): QueryCompletion {
  const written = begun.toLowerCase()
  const isBegun = (name: string): boolean => name.startsWith(written)
  const named = QUERY_FIELDS.filter((field) => isBegun(field.name))
  const aliased = QUERY_FIELDS.filter(
    (field) => !named.includes(field) && written !== '' && field.aliases.some(isBegun),
  )
  const candidates = [...named, ...aliased].map(
    (field): QueryCandidate => ({
      text: field.kind === 'json' ? `${field.name}.` : `${field.name}:`,
      doc: `${field.doc}, for example ${field.example}`,
      kind: 'field',
    }),
  )
  return { start, end, candidates }
}

function valueCandidates(field: QueryField, written: string, known: KnownValues): QueryCandidate[] {
  const begun = fold(written.startsWith('"') ? written.slice(1) : written)
  const isBegun = (value: string): boolean => fold(value).startsWith(begun)
  const names = (field.values ?? known[field.name] ?? []).filter(isBegun).map(quoteValue)
  const examples = VALUE_EXAMPLES[field.kind].filter(isBegun)
  return [...names, ...examples].slice(0, CANDIDATE_LIMIT).map((text) => ({ text, doc: '', kind: 'value' }))
}

/** The beginning of the term in which `end` lies; blanks within quotes belong to it. */
function termStart(text: string, end: number): number {
  let start = 0
  let isQuoted = false
  for (let at = 0; at < end; at += 1) {
    if (isQuoted && text[at] === '\\') at += 1
    else if (text[at] === '"') isQuoted = !isQuoted
    else if (!isQuoted && /\s/.test(text[at] ?? '')) start = at + 1
  }
  return start
}

/** The beginning of the last value of a term; commas within quotes belong to it. */
function valueStart(term: string, from: number): number {
  let start = from
  let isQuoted = false
  for (let at = from; at < term.length; at += 1) {
    if (isQuoted && term[at] === '\\') at += 1
    else if (term[at] === '"') isQuoted = !isQuoted
    else if (!isQuoted && term[at] === ',') start = at + 1
  }
  return start
}
