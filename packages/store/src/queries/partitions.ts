import { problem } from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import { plainArray, timeArray } from '../arrays.ts'
import type { Queryable, Store } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { addToCounters } from './counters.ts'
import { forgetRetentionUntil, type RetentionPlan } from './retention-rules.ts'

const ENSURE = statement(
  'ensure_partitions',
  `select sum(ensure_partitions(now() + n * interval '1 month'))::int as made from generate_series(0, $1::int) n`,
)

const LIST_MONTHS = statement(
  'list_months',
  `select m.month, m.is_archived, m.rows, m.size_bytes, r.restored_at, r.restored_by
   from (
     select right(c.relname, 6) as month,
       bool_or(n.nspname = 'archive') filter (where c.relname ~ '^job_done') as is_archived,
       max(c.reltuples::float8) filter (where c.relname ~ '^job_done') as rows,
       sum(pg_total_relation_size(c.oid))::float8 as size_bytes
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and c.relname ~ '^(job_done|item|attempt|job_log|job_search)_[0-9]{6}$'
       and n.nspname in ('public', 'archive')
     group by 1
   ) m
   left join restored_month r on r.month = m.month
   where m.is_archived is not null order by 1`,
)

/** Whether something keeps a month in history: a job that lives, one that is to be deleted, or one that is too young. */
const MONTH_IS_HELD = statement(
  'month_is_held',
  `select exists (select from job where id >= uuid_floor($1) and id < uuid_floor($2))
     or exists (
       select from job_done d
       join unnest($3::int[], $4::smallint[], $5::timestamptz[]) as r (type_id, state, keep_after)
         on r.type_id = d.type_id and r.state = d.state
       where d.id >= uuid_floor($1) and d.id < uuid_floor($2)
         and (r.keep_after is null or d.finished_at >= r.keep_after)) as is_held`,
)

const MONTH_LIVES = statement(
  'month_lives',
  `select exists (select from job where id >= uuid_floor($1) and id < uuid_floor($2)) as lives`,
)

const MONTH_COUNTS = statement(
  'month_counts',
  `select queue_id, state, count(*)::int as n from job_done where id >= uuid_floor($1) and id < uuid_floor($2)
   group by 1, 2`,
)

const ARCHIVE_MONTH = statement('archive_month', `select archive_month($1) as moved`)
const RESTORE_MONTH = statement('restore_month', `select restore_month($1) as moved`)
const DROP_ARCHIVED_MONTH = statement('drop_archived_month', `select drop_archived_month($1) as dropped`)
const KEEP_RESTORED = statement(
  'keep_restored_month',
  `insert into restored_month (month, restored_by) values ($1, $2)
   on conflict (month) do update set restored_at = now(), restored_by = excluded.restored_by`,
)
const FORGET_RESTORED = statement('forget_restored_month', `delete from restored_month where month = $1`)
const FORGET_CLEANED = statement(
  'forget_cleaned_of_month',
  `delete from cleaned_job where job_id >= uuid_floor($1) and job_id < uuid_floor($2)`,
)
const FORGET_RETRIED = statement(
  'forget_retried_of_month',
  `delete from retried where job_id >= uuid_floor($1) and job_id < uuid_floor($2)`,
)
const DELETE_DOCUMENTS = statement(
  'delete_documents_of_month',
  `delete from document where job_id >= uuid_floor($1) and job_id < uuid_floor($2) and not is_shared`,
)
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
  /** Of all that its jobs consist of. */
  readonly sizeBytes: number
  /** Who brought it back; it stays until somebody archives it. */
  readonly restored: { readonly at: Date; readonly by: string } | null
}

/** What moved with a month. */
export interface MovedMonth {
  readonly jobs: number
}

/** Makes the partitions of this month and of those ahead; how many tables were made. Safe to race. */
export async function ensurePartitions(db: Queryable, monthsAhead = 2): Promise<number> {
  return onlyRow(await db.query<{ made: number }>(ENSURE, [monthsAhead])).made
}

/** The months of history that there are, oldest first, archived ones included. */
export async function listMonths(db: Queryable): Promise<Month[]> {
  const rows = await db.query<MonthRow>(LIST_MONTHS)
  return rows.map((row) => ({
    month: row.month,
    isArchived: row.is_archived,
    rows: row.rows,
    sizeBytes: row.size_bytes,
    restored: row.restored_at === null ? null : { at: row.restored_at, by: row.restored_by ?? '' },
  }))
}

/** Months in history that nothing of these plans keeps there; those that somebody brought back are left out. */
export async function monthsDue(db: Queryable, plans: readonly RetentionPlan[]): Promise<string[]> {
  const due: string[] = []
  for (const { isArchived, month, restored } of await listMonths(db)) {
    if (!isArchived && restored === null && (await isMonthDue(db, month, plans))) due.push(month)
  }
  return due
}

/** Whether a month is as old as the rule about all jobs says, and every job in it over by its own rule. */
export async function isMonthDue(db: Queryable, month: string, plans: readonly RetentionPlan[]): Promise<boolean> {
  checkMonth(month)
  const [from, to] = monthBounds(month)
  const general = plans.find(({ rule }) => rule.type === '*' && rule.state === null)
  if (general === undefined || general.keepAfter < to) return false
  const pairs = plans.flatMap((plan) =>
    plan.typeIds.map((typeId, index) => ({ plan, typeId, state: plan.states[index] })),
  )
  const { is_held: isHeld } = onlyRow(
    await db.query<{ is_held: boolean }>(MONTH_IS_HELD, [
      from,
      to,
      plainArray(pairs, (pair) => pair.typeId),
      plainArray(pairs, (pair) => pair.state),
      timeArray(pairs, ({ plan }) => (plan.deleteBefore === null ? plan.keepAfter : null)),
    ]),
  )
  return !isHeld
}

/**
 * Takes a month out of history as it is; `restoreMonth` brings it back. Waits at most 3 s for the lock.
 *
 * @throws state_conflict while one of its jobs is not over
 */
export async function archiveMonth(store: Store, month: string, actor: Actor): Promise<MovedMonth> {
  checkMonth(month)
  return store.transaction(async (tx) => {
    const { lives } = onlyRow(await tx.query<{ lives: boolean }>(MONTH_LIVES, monthBounds(month)))
    if (lives) throw problem('state_conflict', { detail: `jobs of ${month} are not over yet` })
    const counts = await tx.query<Counts>(MONTH_COUNTS, monthBounds(month))
    const { moved } = onlyRow(await tx.query<{ moved: boolean }>(ARCHIVE_MONTH, [month]))
    if (!moved) throw problem('not_found', { detail: `there is no month ${month} in history` })
    await addToCounters(
      tx,
      counts.map((count) => ({ queueId: count.queue_id, state: count.state, n: -count.n })),
    )
    await tx.query(FORGET_RESTORED, [month])
    await writeAudit(tx, actor, [{ action: 'history.archive', target: `month:${month}` }])
    return movedOf(counts)
  })
}

/** Brings an archived month back into history, where it stays until somebody archives it. */
export async function restoreMonth(store: Store, month: string, actor: Actor): Promise<MovedMonth> {
  checkMonth(month)
  return store.transaction(async (tx) => {
    const { moved } = onlyRow(await tx.query<{ moved: boolean }>(RESTORE_MONTH, [month]))
    if (!moved) throw problem('not_found', { detail: `there is no month ${month} in the archive` })
    const counts = await tx.query<Counts>(MONTH_COUNTS, monthBounds(month))
    await addToCounters(
      tx,
      counts.map((count) => ({ queueId: count.queue_id, state: count.state, n: count.n })),
    )
    await tx.query(KEEP_RESTORED, [month, actor.name])
    // Rules may be shorter than they were when it was archived.
    await forgetRetentionUntil(tx)
    await writeAudit(tx, actor, [{ action: 'history.restore', target: `month:${month}` }])
    return movedOf(counts)
  })
}

/**
 * Deletes an archived month for good, with the documents that one of its jobs alone printed; shared ones go when they
 * would have gone anyway.
 */
export async function dropArchivedMonth(store: Store, month: string, actor: Actor): Promise<void> {
  checkMonth(month)
  await store.transaction(async (tx) => {
    const found = (await listMonths(tx)).find((one) => one.month === month)
    const { dropped } = onlyRow(await tx.query<{ dropped: boolean }>(DROP_ARCHIVED_MONTH, [month]))
    if (!dropped) throw problem('not_found', { detail: `there is no month ${month} in the archive` })
    for (const each of [FORGET_CLEANED, FORGET_RETRIED, DELETE_DOCUMENTS]) await tx.query(each, monthBounds(month))
    const before = { sizeBytes: found?.sizeBytes ?? 0 }
    await writeAudit(tx, actor, [{ action: 'history.delete', target: `month:${month}`, before }])
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

interface MonthRow {
  month: string
  is_archived: boolean
  rows: number
  size_bytes: number
  restored_at: Date | null
  restored_by: string | null
}

/** The first moment of a month (`YYYYMM`, UTC), and the first one after it. */
export function monthBounds(month: string): [Date, Date] {
  const [year, number] = [Number(month.slice(0, 4)), Number(month.slice(4))]
  return [new Date(Date.UTC(year, number - 1, 1)), new Date(Date.UTC(year, number, 1))]
}

function movedOf(counts: readonly Counts[]): MovedMonth {
  return { jobs: counts.reduce((sum, { n }) => sum + n, 0) }
}

function checkMonth(month: string): void {
  if (/^[0-9]{4}(0[1-9]|1[0-2])$/.test(month)) return
  throw problem('validation_failed', { field: '/month', allowed: 'a month as YYYYMM' })
}
