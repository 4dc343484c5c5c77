import { EVENT_KINDS, type EventKind, eventKindName } from '@andon/core'
import type { Queryable, Store } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { tellAlertsChanged } from './alerts.ts'
import { type NotificationDraft, notifyIn } from './notifications.ts'

/** An event as rules read it. */
export interface WatchedEvent {
  readonly at: Date
  readonly kind: EventKind | null
  readonly jobIds: readonly string[]
  readonly data: unknown
}

/** What rules ask of the events. */
export interface WatchRequest {
  readonly kinds: readonly EventKind[]
  /** With those that tell of plain completions, of which there are many. */
  readonly withCompletions: boolean
  readonly limit: number
  /** A number up to which every event can be seen by now, or never will be; null when nobody knows one. */
  readonly settledSeq: string | null
}

/** What was not read before. */
export interface WatchLook {
  readonly events: readonly WatchedEvent[]
  /** There is more than the limit. */
  readonly isPart: boolean
}

/** One turn of reading the events for all rules; nobody else has it meanwhile, on any server. */
export interface WatchTurn {
  readonly tx: Queryable
  /** Reads what no turn has read before; it counts as read when the turn's transaction is committed. */
  look(request: WatchRequest): Promise<WatchLook>
  /** Tells whoever watches that alerts have changed, once the turn is over. */
  tell(data: object): Promise<void>
  /** Makes deliveries, as durable jobs. */
  notify(drafts: readonly NotificationDraft[]): Promise<void>
}

const LOCK_WATCH = statement(
  'lock_rule_watch',
  `select floor::text, snapshot::text, part_seq::text, part_snapshot::text,
     pg_snapshot_xmax(snapshot) > pg_snapshot_xmax(pg_current_snapshot()) as is_foreign
   from rule_watch where id = 1 for update skip locked`,
)

// The snapshot is that of the events themselves: what it shows was read by this look, what it does not was not.
const LOOK = statement(
  'look_for_rules',
  `select s.snapshot, e.* from (select pg_current_snapshot()::text as snapshot) s
   left join lateral (
     (select seq, at, kind, job_ids, null::jsonb as data from event_batch
      where seq > $1::bigint and kind = 8 and $2::boolean and not (pg_visible_in_snapshot(xid, $3::pg_snapshot)
        or coalesce(seq <= $4::bigint and pg_visible_in_snapshot(xid, $5::pg_snapshot), false))
      order by seq limit $6)
     union all
     (select seq, at, kind, array_remove(array[job_id], null), data from event
      where seq > $1::bigint and kind = any($7::smallint[]) and not (pg_visible_in_snapshot(xid, $3::pg_snapshot)
        or coalesce(seq <= $4::bigint and pg_visible_in_snapshot(xid, $5::pg_snapshot), false))
      order by seq limit $6)
     order by seq limit $6
   ) e on true`,
)

const READ_ALL = statement(
  'rules_read_all',
  `update rule_watch set snapshot = $1::pg_snapshot, part_seq = null, part_snapshot = null,
     floor = greatest(floor, $2::bigint)`,
)

const READ_PART = statement(
  'rules_read_part',
  `update rule_watch set part_seq = $1::bigint, part_snapshot = $2::pg_snapshot`,
)

const WATCH_ANEW = statement(
  'rules_watch_anew',
  `update rule_watch set snapshot = pg_current_snapshot(), part_seq = null, part_snapshot = null,
     floor = (select case when is_called then last_value else 0 end from event_seq)
   returning floor::text, snapshot::text, part_seq::text, part_snapshot::text, false as is_foreign`,
)

interface WatchRow {
  floor: string
  snapshot: string
  part_seq: string | null
  part_snapshot: string | null
  is_foreign: boolean
}

interface LookRow {
  snapshot: string
  seq: string | null
  at: Date
  kind: number
  job_ids: string[]
  data: unknown
}

/**
 * Does something for all rules while nobody else does, in one transaction with what it reads of the events: each is
 * read once, whatever servers there are and whenever they stop. False when another one is at it.
 */
export async function inWatchTurn(store: Store, work: (turn: WatchTurn) => Promise<void>): Promise<boolean> {
  const queues = new Set<number>()
  let hasNews = false
  const isOurs = await store.counters.use((processId) =>
    store.transaction(async (tx) => {
      queues.clear()
      hasNews = false
      const [locked] = await tx.query<WatchRow>(LOCK_WATCH)
      if (locked === undefined) return false
      const row = locked.is_foreign ? onlyRow(await tx.query<WatchRow>(WATCH_ANEW)) : locked
      await work({
        tx,
        look: (request) => look(tx, row, request),
        tell: async (data) => {
          hasNews = true
          await tellAlertsChanged(tx, 'system:rules', data)
        },
        notify: async (drafts) => {
          const made = await notifyIn({ store, tx, processId }, drafts)
          hasNews ||= made.jobIds.length > 0
          for (const laneId of made.queues) queues.add(laneId)
        },
      })
      return true
    }),
  )
  if (hasNews) store.notifier.events()
  if (queues.size > 0) store.notifier.ready(queues)
  return isOurs
}

/**
 * Numbers become visible out of order, and a stranger's transaction may keep the horizon back for hours. So what was
 * read is remembered as a snapshot, which knows of each event whether it could be seen; numbers only bound the search.
 */
async function look(tx: Queryable, row: WatchRow, request: WatchRequest): Promise<WatchLook> {
  const { kinds, limit, settledSeq, withCompletions } = request
  const rows = await tx.query<LookRow>(LOOK, [
    row.floor,
    withCompletions,
    row.snapshot,
    row.part_seq,
    row.part_snapshot,
    limit,
    kinds.map((kind) => EVENT_KINDS[kind]),
  ])
  const { snapshot } = onlyRow(rows)
  const found = rows.filter(({ seq }) => seq !== null)
  const last = found.at(-1)
  const isPart = found.length === limit
  if (last !== undefined && isPart) await tx.query(READ_PART, [last.seq, snapshot])
  else if (found.length > 0 || row.part_seq !== null || settledSeq !== null) {
    await tx.query(READ_ALL, [snapshot, settledSeq ?? row.floor])
  }
  return {
    isPart,
    events: found.map(({ at, data, job_ids, kind }) => ({ at, data, jobIds: job_ids, kind: eventKindName(kind) })),
  }
}
