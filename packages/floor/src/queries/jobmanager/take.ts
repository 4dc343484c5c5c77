import { type Queryable, statement } from '@andon/store'

/** The two sources of the floor. */
export type SourceType = 'print_os' | 'scanner'

/** Which rows a batch is to take. */
export interface TakeRequest {
  readonly source: SourceType
  /** Only rows with a higher number. */
  readonly after: string
  /** Rows that were done are taken as well. */
  readonly isForced: boolean
  /** Also what was left pending by a pass that ended, and errors whose next try is due. */
  readonly takesOpen: boolean
  readonly limit: number
}

/**
 * The rows of a batch, by columns that are passed on to the other database as they are: texts of PostgreSQL arrays,
 * null when no row is sound.
 */
export interface TakenBatch {
  readonly count: number
  /** Where to go on: the highest number that was looked at; null when nothing more lies behind `after`. */
  readonly lastId: string | null
  readonly sound: SoundRows | null
  /** Rows that cannot be processed as they are. */
  readonly troubled: { readonly ids: string; readonly details: string } | null
}

export interface SoundRows {
  readonly ids: string
  readonly targets: string
  /** Names of operations, with commas between those of one row. */
  readonly operations: string
  readonly statuses: string
  readonly times: string
  readonly copies: string
  readonly reasons: string
  readonly hashes: string
}

const TAKE = statement(
  'floor_take',
  `with fresh as materialized (
     select f.source_id from andon_source_facts f
     left join processing_ledger l on l.source_type = $1 and l.source_id = f.source_id
     where f.source_type = $1 and f.source_id > $2::bigint
       and ($3::boolean or l.source_id is null or l.row_hash <> f.row_hash)
     order by f.source_id limit $5
   ), open as materialized (
     select source_id from (
       select source_id from processing_ledger where source_type = $1 and outcome = 'pending' and $4::boolean
       order by source_id limit $5) p
     union
     select source_id from (
       select source_id from processing_errors where source_type = $1 and resolved_at is null and dismissed_at is null
         and next_try_at <= now() and $4::boolean
       order by next_try_at limit $5) e
   ), picked as materialized (
     select f.* from andon_source_facts f where f.source_type = $1
       and f.source_id = any(array(select source_id from fresh union select source_id from open))
     order by f.source_id
   ), pending as (
     insert into processing_ledger as l (source_type, source_id, outcome, row_hash)
     select $1, source_id, 'pending', row_hash from picked
     on conflict (source_type, source_id) do update set outcome = 'pending', row_hash = excluded.row_hash
   )
   select count(*)::int as count, (select max(source_id) from fresh)::text as last_id,
     (array_agg(source_id) filter (where trouble is null))::text as ids,
     (array_agg(target) filter (where trouble is null))::text as targets,
     (array_agg(array_to_string(operations, ',')) filter (where trouble is null))::text as operations,
     (array_agg(status) filter (where trouble is null))::text as statuses,
     (array_agg(happened_at) filter (where trouble is null))::text as times,
     (array_agg(copies) filter (where trouble is null))::text as copies,
     (array_agg(reason) filter (where trouble is null))::text as reasons,
     (array_agg(row_hash) filter (where trouble is null))::text as hashes,
     (array_agg(source_id) filter (where trouble is not null))::text as troubled_ids,
     (array_agg(trouble) filter (where trouble is not null))::text as troubled_details
   from picked`,
)

const TAKE_ONE = statement(
  'floor_take_one',
  `with picked as materialized (
     select * from andon_source_facts where source_type = $1 and source_id = $2::bigint
   ), pending as (
     insert into processing_ledger as l (source_type, source_id, outcome, row_hash)
     select $1, source_id, 'pending', row_hash from picked
     on conflict (source_type, source_id) do update set outcome = 'pending', row_hash = excluded.row_hash
   )
   select count(*)::int as count, null as last_id,
     (array_agg(source_id) filter (where trouble is null))::text as ids,
     (array_agg(target) filter (where trouble is null))::text as targets,
     (array_agg(array_to_string(operations, ',')) filter (where trouble is null))::text as operations,
     (array_agg(status) filter (where trouble is null))::text as statuses,
     (array_agg(happened_at) filter (where trouble is null))::text as times,
     (array_agg(copies) filter (where trouble is null))::text as copies,
     (array_agg(reason) filter (where trouble is null))::text as reasons,
     (array_agg(row_hash) filter (where trouble is null))::text as hashes,
     (array_agg(source_id) filter (where trouble is not null))::text as troubled_ids,
     (array_agg(trouble) filter (where trouble is not null))::text as troubled_details
   from picked`,
)

const NEWEST = statement(
  'floor_newest',
  `select coalesce(case $1 when 'print_os' then (select max(id) from "print OS")
     else (select max(scan_id) from scanned_codes) end, 0)::text as id`,
)

/** Takes the next rows and notes them as pending, in one statement. */
export async function takeBatch(db: Queryable, request: TakeRequest): Promise<TakenBatch> {
  const { source, after, isForced, takesOpen, limit } = request
  const [row] = await db.query<TakenRow>(TAKE, [source, after, isForced, takesOpen, limit])
  return fromRow(row)
}

/** Takes one row, whether it was done or not. */
export async function takeOne(db: Queryable, source: SourceType, id: string): Promise<TakenBatch> {
  const [row] = await db.query<TakenRow>(TAKE_ONE, [source, id])
  return fromRow(row)
}

/** The highest number of a source; `0` when it is empty. */
export async function newestId(db: Queryable, source: SourceType): Promise<string> {
  const [row] = await db.query<{ id: string }>(NEWEST, [source])
  return row?.id ?? '0'
}

interface TakenRow {
  readonly count: number
  readonly last_id: string | null
  readonly ids: string | null
  readonly targets: string
  readonly operations: string
  readonly statuses: string
  readonly times: string
  readonly copies: string
  readonly reasons: string
  readonly hashes: string
  readonly troubled_ids: string | null
  readonly troubled_details: string
}

function fromRow(row: TakenRow | undefined): TakenBatch {
  if (row === undefined) return { count: 0, lastId: null, sound: null, troubled: null }
  const { count, last_id: lastId, ids, troubled_ids: troubledIds, troubled_details: details, ...columns } = row
  return {
    count,
    lastId,
    sound: ids === null ? null : { ids, ...columns },
    troubled: troubledIds === null ? null : { ids: troubledIds, details },
  }
}
