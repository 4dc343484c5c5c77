import { problem } from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import type { Queryable, Store } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { addToCounters } from './counters.ts'

const ENSURE = statement(
  'ensure_partitions',
  `select sum(ensure_partitions(now() + n * interval '1 month'))::int as made from generate_series(0, $1::int) n`,
)

const LIST_MONTHS = statement(
  'list_months',
  `select right(c.relname, 6) as month, n.nspname = 'archive' as is_archived, c.reltuples::float8 as rows,
     pg_total_relation_size(c.oid)::float8 as size_bytes
   from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind = 'r' and c.relname ~ '^job_done_[0-9]{6}$' and n.nspname in ('public', 'archive') order by 1`,
)

/** Months whose newest finish is old enough, and in which no job lives any more. */
const MONTH_IS_OVER = statement(
  'month_is_over',
  `with bounds as (
     select uuid_floor(m.start) as low, uuid_floor((m.start at time zone 'UTC' + interval '1 month') at time zone 'UTC')
       as high
     from (select make_timestamptz(left($1, 4)::int, right($1, 2)::int, 1, 0, 0, 0, 'UTC') as start) m
   )
   select not exists (select from job j, bounds b where j.id >= b.low and j.id < b.high)
     and coalesce((select max(finished_at) from job_done d, bounds b where d.id >= b.low and d.id < b.high),
       '-infinity') < $2 as is_over`,
)

const MONTH_COUNTS = statement(
  'month_counts',
  `with bounds as (
     select uuid_floor(m.start) as low, uuid_floor((m.start at time zone 'UTC' + interval '1 month') at time zone 'UTC')
       as high
     from (select make_timestamptz(left($1, 4)::int, right($1, 2)::int, 1, 0, 0, 0, 'UTC') as start) m
   )
   select d.queue_id, d.state, count(*)::int as n from job_done d, bounds b where d.id >= b.low and d.id < b.high
   group by 1, 2`,
)

const ARCHIVE_MONTH = statement('archive_month', `select archive_month($1) as moved`)
const RESTORE_MONTH = statement('restore_month', `select restore_month($1) as moved`)
const DROP_ARCHIVED_MONTH = statement('drop_archived_month', `select drop_archived_month($1) as dropped`)
const DROP_EVENTS = statement(
  'drop_events',
  `select drop_events_before(now() - $1::bigint * interval '1 millisecond') as dropped`,
)

/** One month of history. */
export interface Month {
  /** `YYYYMM`, in UTC, of the creation of its jobs. */
  readonly month: string
  readonly isArchived: boolean
  /** Finished jobs, estimated by the database; -1 when it never counted. */
  readonly rows: number
  readonly sizeBytes: number
}

/** Makes the partitions of this month and of those ahead; how many tables were made. Safe to race. */
export async function ensurePartitions(db: Queryable, monthsAhead = 2): Promise<number> {
  return onlyRow(await db.query<{ made: number }>(ENSURE, [monthsAhead])).made
}

/** The months of history that there are, oldest first, archived ones included. */
export async function listMonths(db: Queryable): Promise<Month[]> {
  const rows = await db.query<{ month: string; is_archived: boolean; rows: number; size_bytes: number }>(LIST_MONTHS)
  return rows.map((row) => ({
    month: row.month,
    isArchived: row.is_archived,
    rows: row.rows,
    sizeBytes: row.size_bytes,
  }))
}

/** Months that may be archived: everything in them ended before `before`. */
export async function monthsOver(db: Queryable, before: Date): Promise<string[]> {
  const over: string[] = []
  for (const { month, isArchived } of await listMonths(db)) {
    if (isArchived || monthEnd(month) > before.getTime()) continue
    const { is_over: isOver } = onlyRow(await db.query<{ is_over: boolean }>(MONTH_IS_OVER, [month, before]))
    if (isOver) over.push(month)
  }
  return over
}

/**
 * Takes a month out of history as it is; `restoreMonth` brings it back. Waits at most 3 s for the lock.
 *
 * @throws state_conflict while one of its jobs is not over
 */
export async function archiveMonth(store: Store, month: string, actor: Actor): Promise<void> {
  checkMonth(month)
  await store.transaction(async (tx) => {
    const { is_over: isOver } = onlyRow(await tx.query<{ is_over: boolean }>(MONTH_IS_OVER, [month, new Date(8.64e15)]))
    if (!isOver) throw problem('state_conflict', { detail: `jobs of ${month} are not over yet` })
    const counts = await tx.query<Counts>(MONTH_COUNTS, [month])
    const { moved } = onlyRow(await tx.query<{ moved: boolean }>(ARCHIVE_MONTH, [month]))
    if (!moved) throw problem('not_found', { detail: `there is no month ${month} in history` })
    await addToCounters(
      tx,
      counts.map((count) => ({ queueId: count.queue_id, state: count.state, n: -count.n })),
    )
    await writeAudit(tx, actor, [{ action: 'history.archive', target: `month:${month}` }])
  })
}

/** Brings an archived month back into history. */
export async function restoreMonth(store: Store, month: string, actor: Actor): Promise<void> {
  checkMonth(month)
  await store.transaction(async (tx) => {
    const { moved } = onlyRow(await tx.query<{ moved: boolean }>(RESTORE_MONTH, [month]))
    if (!moved) throw problem('not_found', { detail: `there is no month ${month} in the archive` })
    const counts = await tx.query<Counts>(MONTH_COUNTS, [month])
    await addToCounters(
      tx,
      counts.map((count) => ({ queueId: count.queue_id, state: count.state, n: count.n })),
    )
    await writeAudit(tx, actor, [{ action: 'history.restore', target: `month:${month}` }])
  })
}

/** Deletes an archived month for good. */
export async function dropArchivedMonth(store: Store, month: string, actor: Actor): Promise<void> {
  checkMonth(month)
  await store.transaction(async (tx) => {
    const { dropped } = onlyRow(await tx.query<{ dropped: boolean }>(DROP_ARCHIVED_MONTH, [month]))
    if (!dropped) throw problem('not_found', { detail: `there is no month ${month} in the archive` })
    await writeAudit(tx, actor, [{ action: 'history.delete', target: `month:${month}` }])
  })
}

/** Drops whole months of events that are older than `keepMs`; how many tables. */
export async function dropOldEvents(db: Queryable, keepMs: number): Promise<number> {
  return onlyRow(await db.query<{ dropped: number }>(DROP_EVENTS, [keepMs])).dropped
}

interface Counts {
  queue_id: number
  state: number
  n: number
}

function monthEnd(month: string): number {
  return Date.UTC(Number(month.slice(0, 4)), Number(month.slice(4)), 1)
}

function checkMonth(month: string): void {
  if (/^[0-9]{4}(0[1-9]|1[0-2])$/.test(month)) return
  throw problem('validation_failed', { field: '/month', allowed: 'a month as YYYYMM' })
}
