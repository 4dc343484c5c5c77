import { JobId, type JobPage } from '@andon/core'
import { type TSchema, Type } from 'typebox'

/** Parameters of paths and shapes of answers that several nouns share. */
export const NameParam = Type.Object({ name: Type.String({ minLength: 1, maxLength: 200 }) })
export const IdParam = Type.Object({ id: JobId })
export const NumberParam = Type.Object({ id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) })
/** A whole id, or at least the first four characters of one. */
export const JobParam = Type.Object({ id: Type.String({ minLength: 4, maxLength: 36 }) })

/** A list that is never long enough for pages. */
export const listOf = <T extends TSchema>(item: T) => Type.Object({ data: Type.Array(item) })

/** A page of a list whose cursor is the place of its last entry. */
export function pageAfter<T>(data: readonly T[], limit: number, placeOf: (entry: T) => string | number) {
  const last = data.length < limit ? undefined : data.at(-1)
  const page = { data: [...data], next_cursor: last === undefined ? null : String(placeOf(last)) }
  return { ...page, total: null, searched_until: null } satisfies Omit<JobPage, 'data'> & { data: T[] }
}
