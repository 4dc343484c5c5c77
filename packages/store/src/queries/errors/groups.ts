import { DAY_MS, errorEntry, type ErrorGroupView, HOUR_MS, problem } from '@andon/core'
import type { Queryable } from '../../pool.ts'
import { statement } from '../../statement.ts'
import type { AnalyticsSpan } from '../analytics/request.ts'
import { mayReadAll, type Visibility } from '../visibility.ts'

const GROUPS = statement(
  'error_groups',
  `with seen as (
     select c.fingerprint, sum(h.n)::int as count, sum(h.n - h.retried)::int as open,
       min(h.first_at) as first_at, date_trunc('milliseconds', max(h.last_at)) as last_at,
       array_agg(distinct t.name order by t.name) as types
     from error_hour h
     join error_cause c on c.id = h.cause_id
     join job_type t on t.id = c.type_id
     where h.hour >= date_trunc('hour', $1::timestamptz, 'UTC') and h.hour < $2 and h.n > 0
       and ($3::int is null or c.account_id = $3 or t.name like 'print.%')
       and ($4::text is null or t.name = $4 or ($4 like '%.*' and starts_with(t.name, rtrim($4, '*'))))
       and ($5::text is null or c.fingerprint = $5)
     group by c.fingerprint
   )
   select s.fingerprint, s.count, s.open, s.first_at, s.last_at, s.types, newest.code, newest.message, newest.hint,
     newest.job_id
   from seen s
   cross join lateral (
     select c.code, c.message, c.hint, c.job_id from error_cause c join job_type t on t.id = c.type_id
     where c.fingerprint = s.fingerprint and ($3::int is null or c.account_id = $3 or t.name like 'print.%')
     order by c.last_at desc limit 1
   ) newest
   where (not $6::boolean or s.open > 0)
     and ($7::timestamptz is null or (s.last_at, s.fingerprint) < ($7, $8::text))
   order by s.last_at desc, s.fingerprint desc limit $9`,
)

const COUNTS_AT = statement(
  'error_counts_at',
  `select c.fingerprint, date_trunc($1::text, h.hour, 'UTC') as start, sum(h.n)::int as n
   from error_hour h
   join error_cause c on c.id = h.cause_id
   join job_type t on t.id = c.type_id
   where c.fingerprint = any($2::text[]) and h.hour >= date_trunc('hour', $3::timestamptz, 'UTC') and h.hour < $4
     and ($5::int is null or c.account_id = $5 or t.name like 'print.%')
     and ($6::text is null or t.name = $6 or ($6 like '%.*' and starts_with(t.name, rtrim($6, '*'))))
   group by 1, 2`,
)

/** Which groups of errors are asked for. */
export interface ErrorGroupsRequest extends AnalyticsSpan {
  readonly visible: Visibility
  /** A type, or `print.*` for all whose names begin so; null is all. */
  readonly type: string | null
  /** One group; null is all. */
  readonly fingerprint: string | null
  /** Only groups in which some job was not retried. */
  readonly isOpen: boolean
  readonly limit: number
  /** What the page before gave; null is the first page. */
  readonly cursor: string | null
}

/** One page of groups, the one that was seen last first. */
export interface ErrorGroups {
  readonly groups: ErrorGroupView[]
  /** Hours for up to two days, days (UTC) for longer periods. */
  readonly bucket: 'hour' | 'day'
  readonly starts: Date[]
  readonly nextCursor: string | null
}

interface GroupRow {
  fingerprint: string
  count: number
  open: number
  first_at: Date
  last_at: Date
  types: string[]
  code: string
  message: string
  hint: string | null
  job_id: string
}

/** A longer period is shown by the day. */
const MOST_HOURS = 48

/**
 * The groups of errors of a period, from counts by the hour: what it costs does not depend on how many jobs failed.
 * Errors of the last second may be missing, since they are counted behind.
 *
 * @throws cursor_invalid
 */
export async function errorGroups(db: Queryable, request: ErrorGroupsRequest): Promise<ErrorGroups> {
  const { fingerprint, isOpen, limit, since, type, until } = request
  const accountId = mayReadAll(request.visible) ? null : request.visible.accountId
  const after = readCursor(request.cursor)
  const found = await db.query<GroupRow>(GROUPS, [
    since,
    until,
    accountId,
    type,
    fingerprint,
    isOpen,
    after?.at ?? null,
    after?.fingerprint ?? null,
    limit + 1,
  ])
  const rows = found.slice(0, limit)
  const bucket = until.getTime() - since.getTime() > MOST_HOURS * HOUR_MS ? 'day' : 'hour'
  const starts = startsOf(request, bucket === 'day' ? DAY_MS : HOUR_MS)
  const names = rows.map((row) => row.fingerprint)
  const counts = await db.query<{ fingerprint: string; start: Date; n: number }>(COUNTS_AT, [
    bucket,
    names,
    since,
    until,
    accountId,
    type,
  ])
  const at = new Map(counts.map((row) => [`${row.start.getTime()} ${row.fingerprint}`, row.n]))
  const last = found.length > limit ? rows.at(-1) : undefined
  return {
    groups: rows.map((row) =>
      toView(
        row,
        starts.map((start) => at.get(`${start.getTime()} ${row.fingerprint}`) ?? 0),
      ),
    ),
    bucket,
    starts,
    nextCursor: last === undefined ? null : writeCursor(last),
  }
}

function startsOf({ since, until }: AnalyticsSpan, stepMs: number): Date[] {
  const starts: Date[] = []
  for (let at = Math.floor(since.getTime() / stepMs) * stepMs; at < until.getTime(); at += stepMs) {
    starts.push(new Date(at))
  }
  return starts
}

function toView(row: GroupRow, counts: number[]): ErrorGroupView {
  const entry = errorEntry(row.code)
  return {
    fingerprint: row.fingerprint,
    code: row.code,
    title: entry?.title ?? null,
    hint: row.hint ?? entry?.hint ?? null,
    message: row.message,
    types: row.types,
    count: row.count,
    open: row.open,
    first_seen_at: row.first_at.toISOString(),
    last_seen_at: row.last_at.toISOString(),
    last_job: row.job_id,
    counts,
  }
}

function writeCursor({ fingerprint, last_at: at }: GroupRow): string {
  return Buffer.from(`${at.getTime()}|${fingerprint}`).toString('base64url')
}

function readCursor(cursor: string | null): { readonly at: Date; readonly fingerprint: string } | null {
  if (cursor === null) return null
  const [, ms, fingerprint] = /^(\d{1,15})\|(.+)$/s.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (ms === undefined || fingerprint === undefined) throw problem('cursor_invalid', { field: 'cursor' })
  return { at: new Date(Number(ms)), fingerprint }
}
