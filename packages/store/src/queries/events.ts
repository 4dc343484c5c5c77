import { type EventKind, eventKindName } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { keptStatement, statement } from '../statement.ts'

/** One recorded fact: about many jobs at once when nothing else is to be said, or about one thing with its data. */
export interface FeedEvent {
  /** Its place among all events; unique. */
  readonly seq: number
  readonly at: Date
  readonly siteId: number
  /** Null for a kind that a newer version wrote. */
  readonly kind: EventKind | null
  /** The jobs it is about; empty when it is about something else. */
  readonly jobIds: readonly string[]
  /** What else it is about, such as `printer:7`; null for jobs. */
  readonly topic: string | null
  /** The job's version after it; null for batches. */
  readonly version: number | null
  readonly attempt: number | null
  readonly actor: string | null
  readonly data: unknown
}

/** What one look at the events saw, all of it in one snapshot. */
export interface FeedLook {
  /** In the order of their numbers. */
  readonly events: FeedEvent[]
  /** Every transaction below this id had ended. */
  readonly xmin: bigint
}

interface Row {
  xmin: string
  seq: string | null
  at: Date
  site_id: number
  kind: number
  job_ids: string[]
  topic: string | null
  version: number | null
  attempt: number | null
  actor: string | null
  data: unknown
}

// The horizon and the events are of one snapshot: what is missing although its writer must have ended never comes.
const LOOK = keptStatement(
  'look_at_events',
  `select s.xmin, e.* from (select pg_snapshot_xmin(pg_current_snapshot())::text as xmin) s
   left join lateral (
     (select seq, at, site_id, kind, job_ids, null as topic, null::int as version, null::smallint as attempt,
        null as actor, null::jsonb as data
      from event_batch where seq > $1 order by seq limit $3)
     union all
     (select seq, at, site_id, kind, array_remove(array[job_id], null), topic, version, attempt, actor, data
      from event where seq > $1 order by seq limit $3)
     union all
     (select seq, at, site_id, kind, job_ids, null, null, null, null, null from event_batch where seq = any($2::bigint[]))
     union all
     (select seq, at, site_id, kind, array_remove(array[job_id], null), topic, version, attempt, actor, data
      from event where seq = any($2::bigint[]))
     order by seq limit $3
   ) e on true`,
)

const SEEN_SINCE = statement(
  'event_numbers_since',
  `select seq from event_batch where seq > $1 union all select seq from event where seq > $1 order by 1`,
)

const OWN_XID = statement('own_transaction_id', `select pg_current_xact_id()::text as xid`)

const OLDEST_EVENT = statement(
  'oldest_event',
  `select least((select seq from event_batch order by seq limit 1), (select seq from event order by seq limit 1)) as seq`,
)

/** Events beyond `high` and those of the given numbers, at most `limit`, as far as they can be seen. */
export async function lookAtEvents(
  db: Queryable,
  asked: { readonly high: number; readonly holes: readonly number[]; readonly limit: number },
): Promise<FeedLook> {
  const rows = await db.query<Row>(LOOK, [asked.high, asked.holes, asked.limit])
  const events = rows.flatMap((row) => (row.seq === null ? [] : [toEvent(row, Number(row.seq))]))
  return { events, xmin: BigInt(onlyRow(rows).xmin) }
}

/** The numbers after `seq` whose events can be seen, in order. */
export async function eventNumbersSince(db: Queryable, seq: number): Promise<number[]> {
  const rows = await db.query<{ seq: string }>(SEEN_SINCE, [seq])
  return rows.map((row) => Number(row.seq))
}

/** A transaction id of the reader's own, higher than that of everybody who has taken a number before. */
export async function ownTransactionId(db: Queryable): Promise<bigint> {
  return BigInt(onlyRow(await db.query<{ xid: string }>(OWN_XID)).xid)
}

/** The lowest number that is still kept; null when there is no event. */
export async function oldestEventSeq(db: Queryable): Promise<number | null> {
  const [row] = await db.query<{ seq: string | null }>(OLDEST_EVENT)
  return row === undefined || row.seq === null ? null : Number(row.seq)
}

function toEvent(row: Row, seq: number): FeedEvent {
  return {
    seq,
    at: row.at,
    siteId: row.site_id,
    kind: eventKindName(row.kind),
    jobIds: row.job_ids,
    topic: row.topic,
    version: row.version,
    attempt: row.attempt,
    actor: row.actor,
    data: row.data,
  }
}
