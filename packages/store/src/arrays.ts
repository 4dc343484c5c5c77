/**
 * PostgreSQL array literals for whole columns of a set. A column in which nothing stands is sent as null, not as an
 * array of nulls: the database then neither parses nor walks it, and `unnest` fills the column with nulls.
 */

type Nullish<T> = T | null | undefined

const NEEDS_ESCAPE = /["\\]/
const ESCAPES = /["\\]/g

/** Integers, uuids and booleans: values that need no quotes. */
export function plainArray(values: readonly Nullish<number | string | boolean>[]): string | null {
  let found = false
  let text = '{'
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]
    if (index > 0) text += ','
    if (value === null || value === undefined) text += 'NULL'
    else {
      found = true
      text += value
    }
  }
  return found || values.length === 0 ? `${text}}` : null
}

/** Texts, each in quotes. */
export function textArray(values: readonly Nullish<string>[]): string | null {
  let found = false
  let text = '{'
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]
    if (index > 0) text += ','
    if (value === null || value === undefined) text += 'NULL'
    else {
      found = true
      text += NEEDS_ESCAPE.test(value) ? `"${value.replace(ESCAPES, '\\$&')}"` : `"${value}"`
    }
  }
  return found || values.length === 0 ? `${text}}` : null
}

/** Values as JSON texts; undefined and null are SQL null. */
export function jsonArray(values: readonly unknown[]): string | null {
  return textArray(values.map((value) => (value === undefined || value === null ? null : JSON.stringify(value))))
}

/** Times, exact to the millisecond. */
export function timeArray(values: readonly Nullish<Date>[]): string | null {
  return textArray(values.map((value) => value?.toISOString()))
}
