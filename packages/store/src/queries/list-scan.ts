import type { Queryable } from '../pool.ts'
import { type Statement, statement } from '../statement.ts'
import { type ListFilter, filterTsquery } from './list-filter.ts'

/** A stretch of ids, newest first: `before` is not in it; null is the newest there is. */
export interface ScanSpan {
  readonly before: string | null
  /** Rows that are looked at, at most. */
  readonly rows: number
  /** Ids that are returned, at most. */
  readonly limit: number
}

// The filter's sets are null where anything goes; planned for each execution, those conditions cost nothing.
const SCAN_LIVE = statement(
  'scan_live',
  `select r.id from (
     select id, phase, substate, type_id, queue_id, worker_id, printer_id, priority, account_id from job
     where ($1::uuid is null or id < $1) and ($2::uuid is null or id >= $2)
     order by id desc limit $3
   ) r
   where ($5::smallint[] is null or (case r.phase when 0 then 0 when 1 then 2 else r.substate end) = any($5))
     and ($6::int[] is null or r.type_id = any($6)) and ($7::int[] is null or r.queue_id = any($7))
     and ($8::int[] is null or r.worker_id = any($8))
     and ($9::int[] is null or r.printer_id = any($9) or (r.printer_id is null and r.queue_id = any($9)))
     and ($10::smallint[] is null or r.priority = any($10))
     and ($11::int is null or r.account_id = $11 or r.type_id = any($12::int[]))
   order by r.id desc limit $4`,
)

const SCAN_DONE = statement(
  'scan_done',
  `select r.id from (
     select id, state, type_id, queue_id, worker_id, printer_id, priority, account_id from job_done
     where ($1::uuid is null or id < $1) and ($2::uuid is null or id >= $2)
     order by id desc limit $3
   ) r
   where ($5::smallint[] is null or r.state = any($5))
     and ($6::int[] is null or r.type_id = any($6)) and ($7::int[] is null or r.queue_id = any($7))
     and ($8::int[] is null or r.worker_id = any($8))
     and ($9::int[] is null or r.printer_id = any($9) or (r.printer_id is null and r.queue_id = any($9)))
     and ($10::smallint[] is null or r.priority = any($10))
     and ($11::int is null or r.account_id = $11 or r.type_id = any($12::int[]))
   order by r.id desc limit $4`,
)

// Jobs that the indexer has not reached yet pass.
const SCAN_DONE_BY_TOKENS = statement(
  'scan_done_by_tokens',
  `select r.id from (
     select id, state, type_id, queue_id, worker_id, printer_id, priority, account_id from job_done
     where ($1::uuid is null or id < $1) and ($2::uuid is null or id >= $2)
     order by id desc limit $3
   ) r
   left join job_search s on s.job_id = r.id
   where ($5::smallint[] is null or r.state = any($5))
     and ($6::int[] is null or r.type_id = any($6)) and ($7::int[] is null or r.queue_id = any($7))
     and ($8::int[] is null or r.worker_id = any($8))
     and ($9::int[] is null or r.printer_id = any($9) or (r.printer_id is null and r.queue_id = any($9)))
     and ($10::smallint[] is null or r.priority = any($10))
     and ($11::int is null or r.account_id = $11 or r.type_id = any($12::int[]))
     and (s.job_id is null or s.tokens @@ $13::tsquery)
   order by r.id desc limit $4`,
)

const LAST_OF_LIVE = statement(
  'last_of_live_span',
  `select id from job where ($1::uuid is null or id < $1) and ($2::uuid is null or id >= $2)
   order by id desc offset $3 limit 1`,
)

const LAST_OF_DONE = statement(
  'last_of_done_span',
  `select id from job_done where ($1::uuid is null or id < $1) and ($2::uuid is null or id >= $2)
   order by id desc offset $3 limit 1`,
)

const OLDEST_DONE = statement(
  'oldest_done',
  `select id from job_done where $1::uuid is null or id >= $1 order by id limit 1`,
)

// The index finds the rows of the stretch in any order; materialised, so that they are never looked for in order of id.
const SEARCH_DONE = statement(
  'search_done',
  `with hit as materialized (
     select job_id from job_search
     where tokens @@ $1::tsquery and ($2::tsquery is null or tokens @@ $2) and job_id < $3 and job_id >= $4
   )
   select job_id as id from hit order by job_id desc limit $5`,
)

/** Candidates among the live jobs of a span, newest first. */
export function scanLive(db: Queryable, filter: ListFilter, span: ScanSpan): Promise<string[]> {
  return ids(db, SCAN_LIVE, parameters(filter, span))
}

/** Candidates among the finished jobs of a span, newest first. */
export function scanDone(db: Queryable, filter: ListFilter, span: ScanSpan): Promise<string[]> {
  const tokens = filterTsquery(filter)
  if (tokens === null) return ids(db, SCAN_DONE, parameters(filter, span))
  return ids(db, SCAN_DONE_BY_TOKENS, [...parameters(filter, span), tokens])
}

/** The last id of a span; null when the span holds everything that is left. */
export async function lastOfSpan(
  db: Queryable,
  kind: 'live' | 'done',
  span: ScanSpan & { readonly idFrom: string | null },
): Promise<string | null> {
  const last = kind === 'live' ? LAST_OF_LIVE : LAST_OF_DONE
  const [id] = await ids(db, last, [span.before, span.idFrom, span.rows - 1])
  return id ?? null
}

/** The oldest finished job that the bounds allow; null when there is none. */
export async function oldestDone(db: Queryable, idFrom: string | null): Promise<string | null> {
  const [id] = await ids(db, OLDEST_DONE, [idFrom])
  return id ?? null
}

/** A stretch of ids that the index is asked for. */
export interface SearchStretch {
  readonly tokens: string
  /** The days of the stretch, which keep the index from reading others; null where they would be too many. */
  readonly days: string | null
  readonly before: string
  readonly from: string
  readonly limit: number
}

/** Indexed finished jobs in a stretch of ids, newest first. */
export function searchDone(db: Queryable, stretch: SearchStretch): Promise<string[]> {
  const { tokens, days, before, from, limit } = stretch
  return ids(db, SEARCH_DONE, [tokens, days, before, from, limit])
}

async function ids(db: Queryable, asked: Statement, values: readonly unknown[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(asked, values)
  return rows.map((row) => row.id)
}

function parameters(filter: ListFilter, { before, rows, limit }: ScanSpan): unknown[] {
  const { idFrom, states, typeIds, queueIds, workerIds, printerIds, priorities, accountId, printTypeIds } = filter
  return [
    before,
    idFrom,
    rows,
    limit,
    states,
    typeIds,
    queueIds,
    workerIds,
    printerIds,
    priorities,
    accountId,
    printTypeIds,
  ]
}
