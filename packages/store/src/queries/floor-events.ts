import { EVENT_KINDS } from '@andon/core'
import type { Store } from '../pool.ts'
import { statement } from '../statement.ts'

const TELL_FLOOR = statement(
  'tell_floor',
  `insert into event (kind, topic, actor, data) values ($1, 'floor', $2, $3::jsonb)`,
)

/** Jobs of the floor that an event names one by one; beyond, whoever watches loads anew. */
const JOBS_TOLD = 500

/** Tells whoever watches the floor that something about these jobs has changed. */
export async function tellFloorChanged(store: Store, jobIds: Iterable<string>, actor: string): Promise<void> {
  const ids = [...new Set(jobIds)]
  const data = { jobs: ids.slice(0, JOBS_TOLD), more: ids.length > JOBS_TOLD }
  await store.query(TELL_FLOOR, [EVENT_KINDS.floor_changed, actor, JSON.stringify(data)])
  store.notifier.events()
}

/** What somebody should hear of without watching the floor. */
export type FloorAlert =
  | { readonly about: 'lag'; readonly source: string; readonly lag_s: number }
  | { readonly about: 'errors'; readonly open_errors: number }
  | { readonly about: 'unavailable'; readonly code: string; readonly detail: string }

/** Records that the floor needs somebody. */
export async function alertOfFloor(store: Store, alert: FloorAlert, actor: string): Promise<void> {
  await store.query(TELL_FLOOR, [EVENT_KINDS.alert, actor, JSON.stringify(alert)])
  store.notifier.events()
}
