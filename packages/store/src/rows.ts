/** The first row; null when there is none. */
export function firstRow<R>(rows: readonly R[]): R | null {
  return rows[0] ?? null
}

/**
 * The first row where there always is one.
 *
 * @throws when there is none, which is a defect
 */
export function onlyRow<R>(rows: readonly R[]): R {
  const [row] = rows
  if (row === undefined) throw new RangeError('a row is missing that is always there')
  return row
}

/**
 * The last of some of which there always is one.
 *
 * @throws when there is none, which is a defect
 */
export function lastOf<R>(rows: readonly R[]): R {
  return onlyRow(rows.slice(-1))
}

/**
 * The word for which a column keeps the place in a list of core.
 *
 * @throws for a place that the list does not have, which the checks of the columns forbid
 */
export function wordAt<W>(words: readonly W[], place: number): W {
  const word = words[place]
  if (word === undefined) throw new RangeError(`there is no word ${place} in ${words.join(', ')}`)
  return word
}
