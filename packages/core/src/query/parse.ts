import { clientProblem } from '../andon-error.ts'
import type { Query, QueryError, QueryOp, QueryTerm, QueryText, QueryValue } from './ast.ts'
import { findQueryField, QUERY_FIELD_NAMES, QUERY_FIELDS, type QueryField } from './fields.ts'
import { type ScannedTerm, scanQuery } from './scan.ts'
import { suggest } from './suggest.ts'
import { typeValue } from './values.ts'
import { hasWords } from './words.ts'

/** Longest query, in UTF-16 units. */
export const QUERY_LENGTH_LIMIT = 2_000

/** Errors that are reported at most; the first ones matter. */
const ERROR_LIMIT = 10

/** A query, or every place where it is wrong. */
export type QueryResult =
  | { readonly query: Query; readonly errors: readonly [] }
  | { readonly query: null; readonly errors: readonly [QueryError, ...QueryError[]] }

/**
 * Reads a query: `state:failed,running type:print.* -tag:test created:<2h "free text"`.
 *
 * Blanks mean and, commas or, a leading minus not. Times are compared by age when they are written as a duration:
 * `created:<2h` (or `created:2h`) is the last two hours, `created:>2h` longer ago than that; and as themselves when
 * they are dates: `created:>2026-11-01` is later than that day. `a..b` is a range with both ends in it. Takes time in
 * proportion to the length of the text.
 */
export function parseQuery(text: string): QueryResult {
  const [outside] = faultsOfText(text)
  if (outside !== undefined) return { query: null, errors: [outside] }

  const { terms: scanned, errors: scanErrors } = scanQuery(text)
  const errors: QueryError[] = [...scanErrors]
  const terms: QueryTerm[] = []
  const texts: QueryText[] = []
  for (const term of scanned) {
    const parsed = term.field === null ? parseText(term) : parseTerm(term, term.field)
    if ('message' in parsed) errors.push(parsed)
    else if ('field' in parsed) terms.push(parsed)
    else texts.push(parsed)
  }
  const [first, ...others] = errors.toSorted((one, other) => one.start - other.start)
  if (first !== undefined) return { query: null, errors: [first, ...others.slice(0, ERROR_LIMIT - 1)] }
  return { query: { terms, text: texts }, errors: [] }
}

/**
 * Like {@link parseQuery}, for callers that cannot go on with a wrong query.
 *
 * @throws query_invalid with the first error's `position`, `expected` and `suggestion`, and all of them in `query_errors`
 */
export function requireQuery(text: string, field = 'q'): Query {
  const { query, errors } = parseQuery(text)
  if (query !== null) return query
  const [{ start, end, message, expected, suggestion }] = errors
  const meant = suggestion === null ? '' : ` Did you mean "${suggestion}"?`
  throw clientProblem('query_invalid', {
    detail: `At character ${start + 1}: ${message}${meant}`,
    field,
    allowed: expected.length === 0 ? undefined : expected,
    extra: { position: { start, end }, expected, suggestion, query_errors: errors },
  })
}

function faultsOfText(text: string): QueryError[] {
  const wrong = (start: number, end: number, message: string): QueryError[] => [
    { start, end, message, expected: [], suggestion: null },
  ]
  if (text.length > QUERY_LENGTH_LIMIT) {
    return wrong(QUERY_LENGTH_LIMIT, text.length, `A query may have at most ${QUERY_LENGTH_LIMIT} characters.`)
  }
  const nul = text.indexOf('\0')
  if (nul >= 0) return wrong(nul, nul + 1, 'A query must not contain the NUL character.')
  return text.isWellFormed() ? [] : wrong(0, text.length, 'The query is not valid Unicode.')
}

function parseText(term: ScannedTerm): QueryText | QueryError {
  const written = term.values[0] ?? { text: '', isQuoted: false }
  const fail = (message: string, expected: readonly string[], suggestion: string | null = null): QueryError => ({
    start: term.start,
    end: term.end,
    message,
    expected,
    suggestion,
  })
  if (!written.isQuoted && ['AND', 'OR', 'NOT'].includes(written.text)) {
    return fail(`There is no ${written.text}: a blank means and, a comma between values or, a leading minus not.`, [
      'state:failed,cancelled',
      '-tag:test',
      `"${written.text}"`,
    ])
  }
  const isPrefix = !written.isQuoted && written.text.endsWith('*')
  const text = isPrefix ? written.text.slice(0, -1) : written.text
  if (!written.isQuoted && text.includes('*'))
    return fail('In free text a star can only stand at the end of a word.', [])
  if (!hasWords(text)) return fail('There is no letter and no figure to search for.', [])
  return { text, isPrefix, isNegated: term.isNegated, position: { start: term.start, end: term.end } }
}

function parseTerm(term: ScannedTerm, written: NonNullable<ScannedTerm['field']>): QueryTerm | QueryError {
  const found = findQueryField(written.text)
  if (found === null) return unknownField(written)
  const { field, path } = found

  let op: QueryOp = 'is'
  const values: QueryValue[] = []
  for (const value of term.values) {
    const typed = typeValue(field, value)
    if ('message' in typed) return { start: value.start, end: value.end, ...typed }
    if (typed.op !== 'is' && term.values.length > 1) {
      return {
        start: value.start,
        end: value.end,
        message: 'A comparison or range must stand alone, without commas.',
        expected: [],
        suggestion: null,
      }
    }
    op = typed.op
    values.push(...typed.values)
  }
  return {
    field: field.name,
    path,
    op,
    values,
    isNegated: term.isNegated,
    position: { start: term.start, end: term.end },
  }
}

function unknownField(written: NonNullable<ScannedTerm['field']>): QueryError {
  const { start, end, text } = written
  const root = findJsonRoot(text)
  if (root !== null) {
    return {
      start,
      end,
      message: `After ${root.name} comes a path, for example ${root.example}.`,
      expected: [root.example],
      suggestion: null,
    }
  }
  return {
    start,
    end,
    message: `There is no field "${text}". Put the text in quotes to search for it as it is.`,
    expected: QUERY_FIELDS.map((field) => field.name),
    suggestion: suggest(text, QUERY_FIELD_NAMES),
  }
}

function findJsonRoot(written: string): QueryField | null {
  const root = written.split('.')[0]?.toLowerCase()
  return QUERY_FIELDS.find((field) => field.kind === 'json' && field.name === root) ?? null
}
