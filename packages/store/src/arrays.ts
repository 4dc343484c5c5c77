/**
 * PostgreSQL array literals for whole columns of a set. A column in which nothing stands is sent as null, not as an
 * array of nulls: the database then neither parses nor walks it, and `unnest` fills the column with nulls.
 */

type Nullish<T> = T | null | undefined

const NEEDS_ESCAPE = /["\\]/
const ESCAPES = /["\\]/g

/** Integers, uuids and booleans: values that need no quotes. */
export function plainArray<T>(
  items: readonly T[],
  pick: (item: T) => Nullish<number | string | boolean>,
): string | null {
  return arrayOf(items, pick, String)
}

/** Texts, each in quotes. */
export function textArray<T>(items: readonly T[], pick: (item: T) => Nullish<string>): string | null {
  return arrayOf(items, pick, (text) => (NEEDS_ESCAPE.test(text) ? `"${text.replace(ESCAPES, '\\$&')}"` : `"${text}"`))
}

/** Values as JSON texts; undefined and null are SQL null. */
export function jsonArray<T>(items: readonly T[], pick: (item: T) => unknown): string | null {
  // JSON has no control characters left that a second pass would write otherwise than an array literal wants them.
  return arrayOf(items, pick, (value) => JSON.stringify(JSON.stringify(value)))
}

/** Times, exact to the millisecond. */
export function timeArray<T>(items: readonly T[], pick: (item: T) => Nullish<Date>): string | null {
  return arrayOf(items, pick, (time) => `"${time.toISOString()}"`)
}

/** One JSON array, whose members are found by their place without walking those before. */
export function jsonList<T>(items: readonly T[], pick: (item: T) => unknown): string | null {
  const values = items.map(pick)
  return values.every(isNothing) ? null : JSON.stringify(values)
}

function arrayOf<T, V>(
  items: readonly T[],
  pick: (item: T) => V,
  write: (value: NonNullable<V>) => string,
): string | null {
  if (items.length > 0 && !items.some((item) => !isNothing(pick(item)))) return null
  return `{${items.map((item) => writeMember(pick(item), write)).join(',')}}`
}

function writeMember<V>(value: V, write: (value: NonNullable<V>) => string): string {
  return value === null || value === undefined ? 'NULL' : write(value)
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined
}

/** The order of PostgreSQL's uuids, which `width_bucket` needs, for reports of different jobs. */
export function byJobId(one: { readonly jobId: string }, other: { readonly jobId: string }): number {
  return one.jobId < other.jobId ? -1 : 1
}
