import type { Queryable } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { keptStatement, statement } from '../statement.ts'

const MARK = statement('event_mark', `select last_value::text as seq from event_seq`)

/** Taken after the mark: whoever has a number up to the mark began before this transaction. */
const MARK_XID = statement('event_mark_xid', `select pg_current_xact_id()::text as xid`)

const HORIZON_PASSED = statement(
  'event_horizon_passed',
  `select pg_snapshot_xmin(pg_current_snapshot()) > $1::text::xid8 as has_passed`,
)

const ENDED_SINCE = keptStatement(
  'ended_since',
  `select seq::text, job_ids, date_part('epoch', now() - at) * 1000 as age_ms from (
     (select seq, job_ids, at from event_batch where seq > $1::bigint and kind = 8 order by seq limit $2)
     union all
     (select seq, array[job_id], at from event where seq > $1::bigint and kind in (9, 10, 11, 18, 20) and job_id is not null
      order by seq limit $2)
   ) e order by seq limit $2`,
)

const UNINDEXED_BETWEEN = statement(
  'unindexed_between',
  `with ended as (
     select unnest(job_ids) as id from event_batch where seq > $1::bigint and seq <= $2::bigint and kind = 8
     union
     select job_id from event
     where seq > $1::bigint and seq <= $2::bigint and kind in (9, 10, 11, 18, 20) and job_id is not null
   )
   select e.id from ended e where not exists (select from job_search s where s.job_id = e.id) limit $3`,
)

const READ_CURSOR = statement('read_cursor', `select seq::text from event_cursor where reader = $1`)

const MOVE_CURSOR = statement(
  'move_cursor',
  `insert into event_cursor (reader, seq) values ($1, $2::bigint)
   on conflict (reader) do update set seq = greatest(event_cursor.seq, excluded.seq), moved_at = now()`,
)

/** A number, and a transaction after which no smaller number can appear any more. */
export interface EventMark {
  readonly seq: string
  readonly xid: string
}

/** Jobs that ended, by the events that say so. */
export interface EndedJobs {
  /** The highest number among them; null when there are none. */
  readonly seq: string | null
  readonly jobIds: readonly string[]
  /** How many events that were; one may stand for hundreds of jobs. */
  readonly events: number
  /** Milliseconds since the last of them; 0 when there are none. */
  readonly ageMs: number
}

/** Remembers how far the events have got, so that `hasPassed` can tell later when all of those can be seen. */
export async function markEvents(db: Queryable): Promise<EventMark> {
  const { seq } = onlyRow(await db.query<{ seq: string }>(MARK))
  const { xid } = onlyRow(await db.query<{ xid: string }>(MARK_XID))
  return { seq, xid }
}

/** Whether every event up to a mark can be seen now, or never will be. */
export async function hasPassed(db: Queryable, mark: EventMark): Promise<boolean> {
  return onlyRow(await db.query<{ has_passed: boolean }>(HORIZON_PASSED, [mark.xid])).has_passed
}

/** Jobs whose end was told after a number, at most `limit` events; events that appear late are not among them. */
export async function endedSince(db: Queryable, seq: string, limit: number): Promise<EndedJobs> {
  const rows = await db.query<{ seq: string; job_ids: string[]; age_ms: number }>(ENDED_SINCE, [seq, limit])
  const last = rows.at(-1)
  return {
    seq: last?.seq ?? null,
    jobIds: rows.flatMap((row) => row.job_ids),
    events: rows.length,
    ageMs: last?.age_ms ?? 0,
  }
}

/** Jobs that ended between two numbers and cannot be found by search yet. */
export async function unindexedBetween(
  db: Queryable,
  range: { readonly after: string; readonly upTo: string; readonly limit: number },
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(UNINDEXED_BETWEEN, [range.after, range.upTo, range.limit])
  return rows.map((row) => row.id)
}

/** Where a durable reader stands; `0` when it never read. */
export async function readCursor(db: Queryable, reader: string): Promise<string> {
  const [row] = await db.query<{ seq: string }>(READ_CURSOR, [reader])
  return row?.seq ?? '0'
}

/** Moves a durable reader on; never back. */
export async function moveCursor(db: Queryable, reader: string, seq: string): Promise<void> {
  await db.query(MOVE_CURSOR, [reader, seq])
}
