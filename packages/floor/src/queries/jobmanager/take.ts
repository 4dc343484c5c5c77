import { onlyRow, type Queryable, statement } from '@andon/store'
import type { Troubles } from './write-press.ts'
import type { JobOperations } from './write-scans.ts'

/** The two sources of the floor. */
export type SourceType = 'print_os' | 'scanner'

/** Which rows a batch is to take. */
export interface TakeRequest {
  readonly source: SourceType
  /** Only rows with a higher number. */
  readonly after: string
  /** Besides them what was left half done, and errors whose next try is due. */
  readonly takesOpen: boolean
  /** Rows that were done are taken as well. */
  readonly isForced: boolean
  readonly limit: number
}

/** The rows of a batch, by columns that are passed on to the other database as they are: texts of PostgreSQL arrays. */
export interface TakenBatch {
  readonly count: number
  /** Where to go on: the highest number that was looked at; null when nothing more lies behind `after`. */
  readonly lastId: string | null
  /** Highest position in the source; null when no row has one. */
  readonly highestMarker: string | null
  readonly sound: SoundRows
  /** Rows that cannot be processed as they are. */
  readonly troubled: Troubles & { readonly hashes: string }
  /** Rows, sound or not, that were taken before: something may rest on what they said then. */
  readonly seen: string
}

export interface SoundRows {
  readonly ids: string
  readonly targets: string
  /** Names of the operations of scans, with commas between those of one. */
  readonly operations: string
  readonly statuses: string
  readonly times: string
  readonly copies: string
  readonly reasons: string
  readonly hashes: string
}

/**
 * What rows say is looked at only where they are to be processed; the words of scans are few and looked up once each. A
 * row that is gone before it was processed, or tried again, is nothing to wait for. Who dismissed an error did so of what
 * the row said then.
 */
const TAKE = statement(
  'floor_take',
  `with fresh as materialized (
     select f.source_id from andon_source_facts f
     left join processing_ledger l on l.source_type = $1 and l.source_id = f.source_id and l.source_id > $2::bigint
     where f.source_type = $1 and f.source_id > $2::bigint
       and ($3::boolean or l.source_id is null or l.outcome = 'pending' or l.row_hash <> f.row_hash)
     order by f.source_id limit $4
   ), open as materialized (
     select source_id from (
       select source_id from processing_ledger where $5::boolean and source_type = $1 and outcome = 'pending'
       order by source_id limit $4) p
     union
     select source_id from (
       select source_id from processing_errors where $5::boolean and source_type = $1 and resolved_at is null
         and dismissed_at is null and next_try_at <= now() order by next_try_at limit $4) e
   ), found as materialized (
     select * from andon_source_facts
     where source_type = $1 and source_id = any(array(select source_id from fresh union select source_id from open))
   ), meaning as materialized (
     select said, words, case $1 when 'print_os' then array['print'] else andon_operation_types(words) end as operations
     from (
       select said, case $1 when 'scanner' then andon_operation_words(said) end as words
       from (select said from found group by said) s) w
   ), picked as materialized (
     select f.*, m.operations, l.source_id is not null as was_seen,
       l.row_hash <> f.row_hash as has_changed,
       case when f.trouble is not null then f.trouble
         when $1 = 'scanner' and coalesce(m.words, '{}') = '{}' then 'The scan names no operation.'
         when array_position(m.operations, null) is not null
           then 'The scan names an operation that the catalogue does not know: '
             || left(array_to_string(m.words, ', '), 200) end as wrong
     from found f join meaning m on m.said = f.said
     left join processing_ledger l on l.source_type = $1 and l.source_id = f.source_id
   ), pending as (
     insert into processing_ledger as l (source_type, source_id, outcome, row_hash)
     select $1, source_id, 'pending', row_hash from picked
     on conflict (source_type, source_id) do update set outcome = 'pending', row_hash = excluded.row_hash
   ), undismissed as (
     update processing_errors set dismissed_at = null, dismissed_by = null
     where source_type = $1 and source_id = any(array(select source_id from picked where has_changed))
       and dismissed_at is not null
   ), gone as (
     select source_id from open except select source_id from found
   ), forgotten as (
     update processing_ledger set outcome = 'done', processed_at = now()
     where source_type = $1 and source_id = any(array(select source_id from gone)) and outcome = 'pending'
   ), resolved as (
     update processing_errors set resolved_at = now(), next_try_at = null
     where source_type = $1 and source_id = any(array(select source_id from gone)) and resolved_at is null
   )
   select count(*)::int as count, (select max(source_id) from fresh)::text as last_id, max(marker)::text as highest_marker,
     (array_agg(source_id) filter (where wrong is null))::text as ids,
     (array_agg(target) filter (where wrong is null))::text as targets,
     (array_agg(array_to_string(operations, ',')) filter (where wrong is null and $1 = 'scanner'))::text as operations,
     (array_agg(status) filter (where wrong is null and $1 = 'print_os'))::text as statuses,
     (array_agg(happened_at) filter (where wrong is null))::text as times,
     (array_agg(copies) filter (where wrong is null and $1 = 'print_os'))::text as copies,
     (array_agg(reason) filter (where wrong is null))::text as reasons,
     (array_agg(row_hash) filter (where wrong is null))::text as hashes,
     (array_agg(source_id) filter (where wrong is not null))::text as troubled_ids,
     (array_agg('malformed'::text) filter (where wrong is not null))::text as troubled_reasons,
     (array_agg(wrong) filter (where wrong is not null))::text as troubled_details,
     (array_agg(row_hash) filter (where wrong is not null))::text as troubled_hashes,
     (array_agg(source_id) filter (where was_seen))::text as seen
   from picked`,
)

/** Jobs and operations of which the history has lines by these rows. */
const JOBS_OF_SOURCES = statement(
  'floor_jobs_of_sources',
  `select array_agg(job_id)::text as jobs, array_agg(operation_type)::text as operations
   from (
     select distinct job_id, operation_type from job_status_updates
     where source_type = $1 and source_id = any($2::bigint[])) h`,
)

const NEWEST = statement(
  'floor_newest',
  `select coalesce(case $1 when 'print_os' then (select max(id) from "print OS")
     else (select max(scan_id) from scanned_codes) end, 0)::text as id`,
)

/** Takes the next rows and notes them as pending, in one statement. */
export async function takeBatch(db: Queryable, request: TakeRequest): Promise<TakenBatch> {
  const { source, after, isForced, limit, takesOpen } = request
  const [row] = await db.query<TakenRow>(TAKE, [source, after, isForced, limit, takesOpen])
  return fromRow(row)
}

/** Takes one row, whether it was done or not. */
export async function takeOne(db: Queryable, source: SourceType, id: string): Promise<TakenBatch> {
  const [row] = await db.query<TakenRow>(TAKE, [source, String(BigInt(id) - 1n), true, 1, false])
  return fromRow(row)
}

/**
 * Operations of jobs that rested on what rows said when they were taken before. Only the last transaction of a batch changes this, so
 * that a batch which is done again finds the same.
 */
export async function jobsOfSources(db: Queryable, source: SourceType, ids: string): Promise<JobOperations> {
  if (ids === NO_ROWS) return { jobs: NO_ROWS, operations: NO_ROWS }
  const row = onlyRow(await db.query<{ [K in keyof JobOperations]: string | null }>(JOBS_OF_SOURCES, [source, ids]))
  return { jobs: row.jobs ?? NO_ROWS, operations: row.operations ?? NO_ROWS }
}

/** The highest number of a source; `0` when it is empty. */
export async function newestId(db: Queryable, source: SourceType): Promise<string> {
  return onlyRow(await db.query<{ id: string }>(NEWEST, [source])).id
}

/** An empty PostgreSQL array. */
export const NO_ROWS = '{}'

type TakenRow = { readonly count: number; readonly last_id: string | null; readonly highest_marker: string | null } & {
  readonly [K in keyof SoundRows | `troubled_${'ids' | 'reasons' | 'details' | 'hashes'}` | 'seen']: string | null
}

function fromRow(row: TakenRow | undefined): TakenBatch {
  return {
    count: row?.count ?? 0,
    lastId: row?.last_id ?? null,
    highestMarker: row?.highest_marker ?? null,
    sound: {
      ids: row?.ids ?? NO_ROWS,
      targets: row?.targets ?? NO_ROWS,
      operations: row?.operations ?? NO_ROWS,
      statuses: row?.statuses ?? NO_ROWS,
      times: row?.times ?? NO_ROWS,
      copies: row?.copies ?? NO_ROWS,
      reasons: row?.reasons ?? NO_ROWS,
      hashes: row?.hashes ?? NO_ROWS,
    },
    troubled: {
      ids: row?.troubled_ids ?? NO_ROWS,
      reasons: row?.troubled_reasons ?? NO_ROWS,
      details: row?.troubled_details ?? NO_ROWS,
      hashes: row?.troubled_hashes ?? NO_ROWS,
    },
    seen: row?.seen ?? NO_ROWS,
  }
}
