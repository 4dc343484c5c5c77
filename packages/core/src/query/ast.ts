/** A place in the text of a query, in UTF-16 units; `end` is behind the last one. */
export interface QueryPosition {
  readonly start: number
  readonly end: number
}

/** `is` with several values means any of them; `range` has exactly two values, of which one may be open. */
export type QueryOp = 'is' | '>' | '>=' | '<' | '<=' | 'range'

export type QueryValue =
  /** Compared without case and accents. */
  | { readonly kind: 'word'; readonly text: string }
  /** Like a word; `*` stands for any characters. `*` alone asks whether there is a value. */
  | { readonly kind: 'wildcard'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'duration'; readonly ms: number }
  /** A time ago, from the moment the query is run. */
  | { readonly kind: 'age'; readonly ms: number }
  /** A date or time; `spanMs` is how long the written place lasts: a day, a minute, a second. */
  | { readonly kind: 'time'; readonly timeMs: number; readonly spanMs: number }
  /** The open end of a range. */
  | { readonly kind: 'open' }

/** One `field:value` of a query. */
export interface QueryTerm {
  /** Name of the field in the table, never an alias. */
  readonly field: string
  /** Keys below `input` and `result`; empty for every other field. */
  readonly path: readonly string[]
  readonly op: QueryOp
  readonly values: readonly QueryValue[]
  readonly isNegated: boolean
  readonly position: QueryPosition
}

/** One free word or quoted phrase of a query. */
export interface QueryText {
  readonly text: string
  /** Written with a star at its end: words that begin so. */
  readonly isPrefix: boolean
  readonly isNegated: boolean
  readonly position: QueryPosition
}

/** A parsed query: everything in it must hold. */
export interface Query {
  readonly terms: readonly QueryTerm[]
  readonly text: readonly QueryText[]
}

/** What is wrong at one place of a query. */
export interface QueryError extends QueryPosition {
  /** A sentence for the person who wrote the query. */
  readonly message: string
  /** What could stand there; empty when that cannot be listed. */
  readonly expected: readonly string[]
  /** What was probably meant, to be put in place of the marked text; null when nothing comes near. */
  readonly suggestion: string | null
}
