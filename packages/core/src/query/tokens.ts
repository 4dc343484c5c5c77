import type { Query, QueryTerm, QueryText, QueryValue } from './ast.ts'
import { FACET_VALUES, type JobFacets, jobCompounds } from './facets.ts'
import { statesOf } from './fields.ts'
import { compoundsOf, facetValue } from './words.ts'

/** Parts of a compound that are kept together: `a-b-c-d-e` is found by any four neighbours of it. */
const WINDOW = 4

/** Parts of one free text that are looked up. */
const QUERY_PARTS = 50

/** What stands before the `=` of a facet's token. Fields that are not named here have no tokens. */
const TOKEN_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    state: 's',
    type: 't',
    queue: 'q',
    printer: 'p',
    pool: 'pool',
    station: 'st',
    worker: 'w',
    by: 'by',
    tag: 'tag',
    subject: 'sub',
    'item.ref': 'ref',
    error: 'err',
    fingerprint: 'fp',
    priority: 'pri',
    proof: 'proof',
    parent: 'parent',
    retry_of: 'retry',
  }),
)

/**
 * The token of a facet, such as `s=failed`; also for facets of the caller's own, as who may see a job. Their names must
 * begin with a capital letter, as in `O=12`: no word does, so that a search for words that begin with `o` misses them.
 */
export function facetToken(name: string, value: string): string {
  return `${name}=${facetValue(value)}`
}

/**
 * The lexemes under which a job is found: facets such as `s=failed`, `p=badge 01`, `tag=shift=night`, and the words of
 * its texts, where `MO-8235` gives `mo-8235`, `mo` and `8235`. Each once, sorted; words never hold `=`. At most some
 * 2,500, none longer than 300 characters.
 */
export function searchTokens(job: JobFacets): string[] {
  const tokens = new Set<string>()
  for (const [field, name] of TOKEN_NAMES) {
    for (const value of FACET_VALUES.get(field)?.(job) ?? []) tokens.add(facetToken(name, value))
  }
  for (const parts of jobCompounds(job).flat()) addWindows(parts, tokens)
  return [...tokens].toSorted()
}

function addWindows(parts: readonly string[], tokens: Set<string>): void {
  parts.forEach((part, start) => {
    let token = part
    tokens.add(token)
    for (const next of parts.slice(start + 1, start + WINDOW)) {
      token = `${token}-${next}`
      tokens.add(token)
    }
  })
}

/** One lexeme to look for. */
export interface QueryToken {
  readonly token: string
  /** Every lexeme that begins so. */
  readonly isPrefix: boolean
}

/** Jobs that have (or, negated, have not) any of the tokens. */
export interface TokenClause {
  readonly anyOf: readonly QueryToken[]
  readonly isNegated: boolean
}

/** What the search index can answer of a query: all clauses must hold. */
export interface TokenQuery {
  readonly clauses: readonly TokenClause[]
  /**
   * Whether the clauses say all that the query says. If not, every job that matches still satisfies them, and the
   * ones found must be looked at again with {@link matchesQuery}.
   */
  readonly isExact: boolean
}

/** The part of a query that tokens can answer. */
export function queryTokens(query: Query): TokenQuery {
  const answers = [...query.terms.map(termTokens), ...query.text.map(textTokens)]
  return {
    clauses: answers.flatMap((answer) => answer.clauses),
    isExact: answers.every((answer) => answer.isExact),
  }
}

/**
 * The clauses as the text of a PostgreSQL `tsquery`, to be given as a parameter: `'s=failed' & !'tag=test'`. Null when
 * there is nothing to look for.
 */
export function toTsquery({ clauses }: TokenQuery): string | null {
  const parts = clauses.map(({ anyOf, isNegated }) => {
    const any = anyOf.map(({ token, isPrefix }) => `'${token.replace(/['\\]/g, '$&$&')}'${isPrefix ? ':*' : ''}`)
    return `${isNegated ? '!' : ''}${any.length === 1 ? any.join('') : `(${any.join(' | ')})`}`
  })
  return parts.length === 0 ? null : parts.join(' & ')
}

const NO_TOKENS: TokenQuery = { clauses: [], isExact: false }

function termTokens(term: QueryTerm): TokenQuery {
  const name = TOKEN_NAMES.get(term.field)
  if (name === undefined || term.op !== 'is') return NO_TOKENS
  const found = term.values.map((value) => valueTokens(name, value))
  const isExact = found.every((value) => value.isExact)
  // What a token only narrows down, its negation would rule out wrongly.
  if (term.isNegated && !isExact) return NO_TOKENS
  if (found.some((value) => value.tokens.length === 0)) return NO_TOKENS
  return { clauses: [{ anyOf: found.flatMap((value) => value.tokens), isNegated: term.isNegated }], isExact }
}

function valueTokens(name: string, value: QueryValue): { tokens: readonly QueryToken[]; isExact: boolean } {
  if (value.kind === 'word') return { tokens: wordTokens(name, value.text), isExact: true }
  if (value.kind !== 'wildcard') return { tokens: [], isExact: false }
  const star = value.text.indexOf('*')
  const token = facetToken(name, value.text.slice(0, star))
  return { tokens: [{ token, isPrefix: true }], isExact: star === value.text.length - 1 }
}

function wordTokens(name: string, word: string): QueryToken[] {
  const words = name === 's' ? statesOf(word) : [word]
  return words.map((value) => ({ token: facetToken(name, value), isPrefix: false }))
}

function textTokens({ text, isPrefix, isNegated }: QueryText): TokenQuery {
  const compounds = compoundsOf(text, QUERY_PARTS)
  const [only] = compounds
  const isOneWindow = compounds.length === 1 && only !== undefined && only.length <= WINDOW
  if (isOneWindow) {
    const token = only.join('-')
    const isExact = !isPrefix || !beginsFacet(token)
    return isNegated && !isExact ? NO_TOKENS : { clauses: [{ anyOf: [{ token, isPrefix }], isNegated }], isExact }
  }
  if (isNegated) return NO_TOKENS
  const parts = compounds.flat()
  const whole = isPrefix ? parts.slice(0, -1) : parts
  const clauses = [...new Set(whole)].map((token) => ({ anyOf: [{ token, isPrefix: false }], isNegated: false }))
  return { clauses, isExact: false }
}

/** Whether lexemes of facets begin so as well: those that begin with `b` are words and `by=…`. */
function beginsFacet(prefix: string): boolean {
  return [...TOKEN_NAMES.values()].some((name) => name.startsWith(prefix))
}
