import { problem } from '@andon/core'
import { findStation, listStations, type StationRow, type Store } from '@andon/store'
import { closeNames } from './find-printer.ts'

/** Numbers of the database are no longer. */
const NUMBER = /^\d{1,9}$/

/** The station of a number or a name. @throws `station_not_found` naming those that were probably meant */
export async function requireStation(store: Store, key: string | number): Promise<StationRow> {
  const text = String(key)
  const found = NUMBER.test(text) ? await findStation(store, Number(text)) : await findStation(store, text)
  if (found !== null) return found
  const names = (await listStations(store)).map(({ name }) => name)
  const candidates = closeNames(text, names)
  const meant = candidates.length === 0 ? '' : ` Did you mean ${candidates.map((name) => `"${name}"`).join(' or ')}?`
  throw problem('station_not_found', { detail: `There is no station "${text}".${meant}`, extra: { candidates } })
}
