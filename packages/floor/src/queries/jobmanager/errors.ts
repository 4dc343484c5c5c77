import { onlyRow, type Queryable, statement } from '@andon/store'
import type { SourceType } from './take.ts'

const LIST_ERRORS = statement(
  'floor_list_errors',
  `select e.error_id::text as error_id, e.source_type, e.source_id::text as source_id, e.reason, e.detail, e.attempts,
     e.next_try_at, e.created_at,
     case e.source_type when 'print_os' then (select left(p.name, 200) from "print OS" p where p.id = e.source_id)
       else (select left(s.code_text, 200) from scanned_codes s where s.scan_id = e.source_id) end as subject
   from processing_errors e
   where e.resolved_at is null and e.dismissed_at is null and ($1::text is null or e.source_type = $1)
     and ($2::text is null or e.reason = $2) and e.error_id < $3::bigint
   order by e.error_id desc limit $4`,
)

const COUNT_ERRORS = statement(
  'floor_count_errors',
  `select count(*)::int as n from (
     select from processing_errors where resolved_at is null and dismissed_at is null limit 10000) e`,
)

const RETRY_ERRORS = statement(
  'floor_retry_errors',
  `update processing_errors set next_try_at = now()
   where resolved_at is null and dismissed_at is null and ($1::bigint[] is null or error_id = any($1::bigint[]))
   returning source_type`,
)

const DISMISS_ERROR = statement(
  'floor_dismiss_error',
  `update processing_errors set dismissed_at = now(), dismissed_by = $2, next_try_at = null
   where error_id = $1::bigint and resolved_at is null and dismissed_at is null returning error_id`,
)

const STATUS = statement(
  'floor_source_status',
  `with late as (
     select f.source_id, f.happened_at from andon_source_facts f
     left join processing_ledger l on l.source_type = $1 and l.source_id = f.source_id and l.source_id > $2::bigint
     where f.source_type = $1 and f.source_id > $2::bigint and (l.source_id is null or l.outcome = 'pending')
   )
   select m.last_processed_id::text as last_marker, m.last_processed_at::timestamptz as last_processed_at,
     (select count(*)::int from late) as waiting,
     (select extract(epoch from now() - min(happened_at))::float8 from late) as lag_s
   from processing_markers m where m.marker_type = case $1 when 'print_os' then 'print_os' else 'scanned_codes' end`,
)

const COUNT_OVERRIDES = statement(
  'floor_count_overrides',
  `select count(*)::int as n from operation_overrides where lifted_at is null`,
)

export interface ErrorRow {
  readonly error_id: string
  readonly source_type: SourceType
  readonly source_id: string
  readonly reason: string
  readonly detail: string
  readonly attempts: number
  readonly next_try_at: Date | null
  readonly created_at: Date
  readonly subject: string | null
}

export interface ErrorFilter {
  readonly source: SourceType | null
  readonly reason: string | null
  /** Only those with a lower number; null for the newest. */
  readonly before: string | null
  readonly limit: number
}

/** Higher than every number that a sequence gives. */
const NEWEST = '9223372036854775807'

/** What still stands aside, newest first. */
export function listErrors(db: Queryable, { source, reason, before, limit }: ErrorFilter): Promise<ErrorRow[]> {
  return db.query<ErrorRow>(LIST_ERRORS, [source, reason, before ?? NEWEST, limit])
}

/** How many stand aside; 10,000 for all above. */
export async function countErrors(db: Queryable): Promise<number> {
  return onlyRow(await db.query<{ n: number }>(COUNT_ERRORS)).n
}

/** Has errors tried with the next pass, all of them where `ids` is null; the sources that they are of. */
export async function retryErrors(db: Queryable, ids: readonly string[] | null): Promise<SourceType[]> {
  return (await db.query<{ source_type: SourceType }>(RETRY_ERRORS, [ids])).map((row) => row.source_type)
}

/** Puts an error away for good; false when it does not stand any more. */
export async function dismissError(db: Queryable, id: string, by: string): Promise<boolean> {
  return (await db.query(DISMISS_ERROR, [id, by])).length > 0
}

export interface SourceStatusRow {
  readonly last_marker: string
  readonly last_processed_at: Date | null
  readonly waiting: number
  readonly lag_s: number | null
}

/** How far a source is; rows up to `after` count as done. */
export async function sourceStatus(db: Queryable, source: SourceType, after: string): Promise<SourceStatusRow> {
  const [row] = await db.query<SourceStatusRow>(STATUS, [source, after])
  return row ?? { last_marker: '0', last_processed_at: null, waiting: 0, lag_s: null }
}

export async function countOverrides(db: Queryable): Promise<number> {
  return onlyRow(await db.query<{ n: number }>(COUNT_OVERRIDES)).n
}
