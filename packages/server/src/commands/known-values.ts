import type { KnownValues } from '@andon/core'
import { listPools, listQueues, type Store } from '@andon/store'

/** Names that a query can ask for, for completion. */
export async function knownValues(store: Store): Promise<KnownValues> {
  const [lanes, pools] = await Promise.all([listQueues(store), listPools(store)])
  const namesOf = (kind: 'queue' | 'printer'): string[] =>
    lanes.filter((lane) => lane.kind === kind).map(({ name }) => name)
  return { queue: lanes.map(({ name }) => name), printer: namesOf('printer'), pool: pools.map(({ name }) => name) }
}
