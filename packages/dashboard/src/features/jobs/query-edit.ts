import { parseQuery, type QueryError, type QueryTerm, type QueryText } from '@andon/core'

/** One part of a query as it stands on the page: the text and its place, so that both edit the same thing. */
export interface Chip {
  readonly text: string
  readonly start: number
  readonly end: number
  readonly isNegated: boolean
  /** Name of the field; null for free text. */
  readonly field: string | null
}

/** The parts of a query, in their order; none while it is wrong. */
export function chipsOf(text: string): readonly Chip[] {
  const { query } = parseQuery(text)
  if (query === null) return []
  const partOf = (part: QueryTerm | QueryText, field: string | null): Chip => ({
    ...part.position,
    text: text.slice(part.position.start, part.position.end),
    isNegated: part.isNegated,
    field,
  })
  const terms = query.terms.map((term) => partOf(term, term.field))
  const words = query.text.map((word) => partOf(word, null))
  return [...terms, ...words].toSorted((a, b) => a.start - b.start)
}

/** What is wrong first; null when the query can be run. */
export function firstError(text: string): QueryError | null {
  return parseQuery(text).errors[0] ?? null
}

/** The query without the part at a place. */
export function withoutPart(text: string, { start, end }: { readonly start: number; readonly end: number }): string {
  return tidy(`${text.slice(0, start)} ${text.slice(end)}`)
}

/**
 * The query with `field:value` in the place of every positive term of that field; null takes them out. A wrong query
 * is left as it is, with the term behind it.
 */
export function withTerm(text: string, field: string, value: string | null): string {
  const chips = chipsOf(text).filter((chip) => chip.field === field && !chip.isNegated)
  const rest = chips.reduceRight((left, chip) => withoutPart(left, chip), text)
  return tidy(value === null ? rest : `${field}:${value} ${rest}`)
}

/** The words of the only positive term of a field, as they are written in a list; null when there is none. */
export function valuesOf(text: string, field: string): readonly string[] | null {
  const terms = (parseQuery(text).query?.terms ?? []).filter((term) => term.field === field && !term.isNegated)
  const [term] = terms
  return terms.length !== 1 || term === undefined ? null : term.values.map(wordOf)
}

function wordOf(value: QueryTerm['values'][number]): string {
  return value.kind === 'word' || value.kind === 'wildcard' ? value.text : value.kind
}

function tidy(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
