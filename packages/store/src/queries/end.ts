import type { Store } from '../pool.ts'
import { type Ended, endIdle, type IdleEnd } from './end-idle.ts'
import { settleParents } from './parents.ts'

/** Ends jobs that nobody holds and lets their children know. */
export async function endIdleJobs(store: Store, jobIds: readonly string[], end: IdleEnd): Promise<string[]> {
  const ended = await store.counters.use((processId) => endIdle(store, processId, { jobIds, end }))
  await afterEnd(store, ended)
  return ended.map((job) => job.id)
}

/** What follows once jobs have ended: others hear of it, and children move. */
export async function afterEnd(store: Store, ended: readonly Ended[]): Promise<void> {
  if (ended.length === 0) return
  store.notifier.events()
  const parents = ended.filter((job) => job.isParent).map((job) => job.id)
  await settleParents(store, parents)
}
