import { matchesQuery, uuidFloor, uuidTime } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { lastOf } from '../rows.ts'
import { facetExtras, toFacets } from './job-facets.ts'
import { type JobRow, jobRows } from './job-row.ts'
import { maySee } from './jobs.ts'
import { daysClause, filterTsquery, isIndexable, type ListFilter, type ListRequest, makeFilter } from './list-filter.ts'
import { type ListPosition, readCursor, writeCursor } from './list-cursor.ts'
import { lastOfSpan, oldestDone, scanDone, scanLive, searchDone } from './list-scan.ts'
import { type ListTotal, listTotal } from './list-total.ts'

/** One page that is asked for. */
export interface PageRequest extends Omit<ListRequest, 'nowMs'> {
  /** What the page before gave as `nextCursor`; null is the first page. */
  readonly cursor: string | null
  readonly limit: number
  /** How long to look before the page is given as it is; default 30. */
  readonly budgetMs?: number
  /** How many of the newest finished jobs are looked at before the index is asked; default 1,000. */
  readonly probeRows?: number
  /** Default: now. */
  readonly nowMs?: number
}

/** One page of jobs, newest first. */
export interface JobRowPage {
  readonly rows: JobRow[]
  /** Null on the last page. */
  readonly nextCursor: string | null
  /** Only on the first page; null where nothing is known. */
  readonly total: ListTotal | null
  /** Set when the time was up: everything newer was looked at; go on with `nextCursor`. */
  readonly searchedUntil: Date | null
}

const BUDGET_MS = 30
/** Rows that are looked at in order before it is decided whether to go on so, and rows of each look after that. */
const PROBE_ROWS = 1_000
const SPAN_ROWS = 3_000
/** With less than this part of a page among those rows, the index finds the rest sooner. */
const SPARSE = 4
const DAY_MS = 86_400_000
/** Candidates of one look at live jobs: each of them is read in full. */
const LIVE_CANDIDATES = 500

/** What one side (live or finished) gave: its rows, and the id down to which it was looked at; null is all of it. */
interface Side {
  readonly rows: JobRow[]
  readonly boundary: string | null
}

/**
 * One page of the jobs that match, newest first by id, in a time that does not depend on how many there are: the newest
 * few thousand are looked at in order, then the search index is asked for one stretch of days after the other. A job
 * that ended within the last second may be missing from pages further back, as the index is filled behind.
 *
 * @throws cursor_invalid when the cursor is of another query
 */
export async function listJobs(db: Queryable, request: PageRequest): Promise<JobRowPage> {
  const position = readCursor(request, request.nowMs ?? Date.now())
  const filter = await makeFilter(db, { ...request, nowMs: position.nowMs })
  if (filter.isEmpty) return { rows: [], nextCursor: null, total: { count: 0, isExact: true }, searchedUntil: null }
  const { limit, budgetMs = BUDGET_MS, probeRows = PROBE_ROWS } = request
  const search: Search = { db, filter, limit, budgetMs, probeRows }
  const [live, done] = await Promise.all([
    filter.hasLive ? liveSide(search, position) : NOTHING,
    filter.hasDone ? doneSide(search, position) : NOTHING,
  ])
  return page(request, { search, position, live, done })
}

const NOTHING: Side = { rows: [], boundary: null }

interface Search {
  readonly db: Queryable
  readonly filter: ListFilter
  readonly limit: number
  readonly budgetMs: number
  readonly probeRows: number
}

/** Keeps what both sides were looked through for, and says how it goes on. */
async function page(
  request: PageRequest,
  { search, position, live, done }: { search: Search; position: ListPosition; live: Side; done: Side },
): Promise<JobRowPage> {
  const boundary = later(live.boundary, done.boundary)
  const merged = [...live.rows, ...done.rows].toSorted((one, other) => (one.id < other.id ? 1 : -1))
  const certain = boundary === null ? merged : merged.filter((row) => row.id >= boundary)
  const rows = certain.slice(0, request.limit)
  const isFull = rows.length === request.limit
  const isMore = boundary !== null || certain.length > rows.length
  const before = isFull ? lastId(rows) : boundary
  const isFirst = position.before === null
  const total = isFirst ? await totalOf(search, { isMore, count: rows.length }) : null
  return {
    rows,
    nextCursor: isMore && before !== null ? writeCursor(request, { ...position, before }) : null,
    total,
    searchedUntil: !isFull && boundary !== null ? new Date(timeOf(boundary)) : null,
  }
}

function totalOf({ db, filter }: Search, seen: { isMore: boolean; count: number }): Promise<ListTotal | null> {
  return seen.isMore ? listTotal(db, filter) : Promise.resolve({ count: seen.count, isExact: true })
}

async function liveSide(search: Search, position: ListPosition): Promise<Side> {
  const { db, filter, limit, budgetMs } = search
  const until = performance.now() + budgetMs
  const rows: JobRow[] = []
  let before = position.before ?? filter.idTo
  let candidates = limit + 1
  for (;;) {
    const span = { before, rows: SPAN_ROWS, limit: candidates }
    const ids = await scanLive(db, filter, span)
    rows.push(...(await matching(search, ids)))
    if (rows.length > limit) return full(rows, limit)
    const isCut = ids.length === candidates
    const last: string | null = isCut ? lastOf(ids) : await lastOfSpan(db, 'live', { ...span, idFrom: filter.idFrom })
    if (last === null) return { rows, boundary: null }
    before = last
    if (performance.now() > until) return { rows, boundary: last }
    candidates = LIVE_CANDIDATES
  }
}

async function doneSide(search: Search, position: ListPosition): Promise<Side> {
  const { db, filter, limit } = search
  const until = performance.now() + search.budgetMs
  const rows: JobRow[] = []
  let before = position.before ?? filter.idTo
  let spanRows = search.probeRows
  for (;;) {
    const span = { before, rows: spanRows, limit: limit + 1 }
    const ids = await scanDone(db, filter, span)
    rows.push(...(await matching(search, ids)))
    if (rows.length > limit) return full(rows, limit)
    const isCut = ids.length === span.limit
    const last: string | null = isCut ? lastOf(ids) : await lastOfSpan(db, 'done', { ...span, idFrom: filter.idFrom })
    if (last === null) return { rows, boundary: null }
    before = last
    const isSparse = !isCut && ids.length * SPARSE < limit
    if (isSparse && isIndexable(filter)) return searchSide(search, { rows, before, until })
    if (performance.now() > until) return { rows, boundary: last }
    spanRows = SPAN_ROWS
  }
}

/** Asks the index for one stretch of days after the other, each longer while little is found and time is left. */
async function searchSide(search: Search, start: { rows: JobRow[]; before: string; until: number }): Promise<Side> {
  const { db, filter, limit } = search
  const { rows } = start
  const oldest = await oldestDone(db, filter.idFrom)
  if (oldest === null || oldest >= start.before) return { rows, boundary: null }
  let before = start.before
  let days = 1
  for (;;) {
    const startedAt = performance.now()
    const { from, ids } = await searchStretch(search, { before, oldest, days })
    rows.push(...(await matching(search, ids)))
    if (rows.length > limit) return full(rows, limit)
    const isCut = ids.length > limit
    before = isCut ? lastOf(ids) : from
    if (before <= oldest) return { rows, boundary: null }
    const now = performance.now()
    if (now > start.until) return { rows, boundary: before }
    days = nextDays(days, { tookMs: now - startedAt, leftMs: start.until - now, isCut })
  }
}

async function searchStretch(
  { db, filter, limit }: Search,
  { before, oldest, days }: { before: string; oldest: string; days: number },
): Promise<{ from: string; ids: string[] }> {
  const toMs = timeOf(before)
  // From midnight to midnight, so that the stretch is all of the days that it names.
  const fromMs = Math.floor((toMs - (days - 1) * DAY_MS) / DAY_MS) * DAY_MS
  const floor = uuidFloor(Math.max(0, fromMs))
  const from = floor > oldest ? floor : oldest
  const clause = daysClause('day', { fromMs, toMs: toMs + 1 })
  const ids = await searchDone(db, {
    tokens: filterTsquery(filter) ?? '',
    days: clause === null ? null : filterTsquery({ ...filter, clauses: [clause] }),
    before,
    from,
    limit: limit + 1,
  })
  return { from, ids }
}

/** A stretch should take about a quarter of the time that is left. */
function nextDays(days: number, { tookMs, leftMs, isCut }: { tookMs: number; leftMs: number; isCut: boolean }): number {
  if (isCut) return days
  const factor = leftMs / 4 / Math.max(0.5, tookMs)
  return Math.max(1, Math.round(days * Math.min(6, Math.max(0.25, factor))))
}

/** Of candidates, the jobs that the query asks for. */
async function matching({ db, filter }: Search, ids: readonly string[]): Promise<JobRow[]> {
  if (ids.length === 0) return []
  const rows = await jobRows(db, ids)
  const extras = filter.needs.itemRefs || filter.needs.payloads ? await facetExtras(db, ids, filter.needs) : null
  return rows.filter(
    (row) =>
      maySee(row, filter.visible) && matchesQuery(filter.query, toFacets(row, extras?.get(row.id)), filter.nowMs),
  )
}

/** One row more than asked for was found: the page ends before it. */
function full(rows: JobRow[], limit: number): Side {
  const kept = rows.slice(0, limit)
  return { rows: kept, boundary: lastId(kept) }
}

function lastId(rows: readonly JobRow[]): string {
  return lastOf(rows.map((row) => row.id))
}

/** When the job of an id was made, in milliseconds since 1970. */
function timeOf(id: string): number {
  return uuidTime(id) ?? 0
}

function later(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other
  return one > other ? one : other
}
