import { EVENT_KINDS } from '@andon/core'
import type { Store } from '../pool.ts'
import { statement } from '../statement.ts'

const FLOOR_EVENT = statement(
  'floor_event',
  `insert into event (kind, topic, actor, data) values ($1, 'floor', $2, $3::jsonb)`,
)

/** Jobs of the floor that an event names one by one; beyond, whoever watches loads anew. */
const JOBS_TOLD = 500

/** Tells whoever watches the floor that something about these jobs has changed; nothing when there are none. */
export async function tellFloorChanged(store: Store, jobIds: Iterable<string>, actor: string): Promise<void> {
  const ids = [...new Set(jobIds)]
  if (ids.length === 0) return
  const data = { jobs: ids.slice(0, JOBS_TOLD), more: ids.length > JOBS_TOLD }
  await store.query(FLOOR_EVENT, [EVENT_KINDS.floor_changed, actor, JSON.stringify(data)])
  store.notifier.events()
}
