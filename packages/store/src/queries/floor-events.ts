import { EVENT_KINDS } from '@andon/core'
import type { Store } from '../pool.ts'
import { statement } from '../statement.ts'

const FLOOR_EVENT = statement(
  'floor_event',
  `insert into event (kind, topic, actor, data) values ($1, 'floor', $2, $3::jsonb)`,
)

/** Jobs of the floor that an event names one by one; beyond, whoever watches loads anew. */
const JOBS_TOLD = 500

/** What changed on the floor. */
export interface FloorChange {
  /** Jobs of which something changed. */
  readonly jobs: Iterable<string>
  /** Something changed besides these jobs, such as how far others are. Default false. */
  readonly more?: boolean
}

/** Tells whoever watches the floor what has changed; nothing when nothing did. */
export async function tellFloorChanged(
  store: Store,
  { jobs, more = false }: FloorChange,
  actor: string,
): Promise<void> {
  const ids = [...new Set(jobs)]
  if (ids.length === 0 && !more) return
  const data = { jobs: ids.slice(0, JOBS_TOLD), more: more || ids.length > JOBS_TOLD }
  await store.query(FLOOR_EVENT, [EVENT_KINDS.floor_changed, actor, JSON.stringify(data)])
  store.notifier.events()
}
