/** The first row; null when there is none. */
export function firstRow<R>(rows: readonly R[]): R | null {
  return rows[0] ?? null
}

/**
 * The row of a statement that always gives one.
 *
 * @throws when it gave none, which is a defect
 */
export function onlyRow<R>(rows: readonly R[]): R {
  const [row] = rows
  if (row === undefined) throw new RangeError('a statement that always gives a row gave none')
  return row
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
