import type { Query, QueryTerm } from '@andon/core'
import type { Queryable } from '../../pool.ts'
import type { JobRow } from '../job-row.ts'
import { getJobs } from '../jobs.ts'
import { listJobs } from '../list.ts'
import type { ListTotal } from '../list-total.ts'
import type { Visibility } from '../visibility.ts'

/** Which jobs a bulk operation is about. */
export interface BulkTarget {
  /** What they match; null when they are named by `ids`. */
  readonly query: Query | null
  /** Empty where a query says which. */
  readonly ids: readonly string[]
  readonly visible: Visibility
  readonly canReadPayloads: boolean
  /** Of a query: jobs made at this time or later are left out, and ages are taken at it; null is now, and all. */
  readonly before: Date | null
}

/** One set of jobs that match. */
export interface BulkSet {
  readonly rows: readonly JobRow[]
  /** Named jobs that are not there, or not the reader's to see. */
  readonly missing: number
  /** How many match in all; null where nothing is known, and with every set but the first. */
  readonly total: ListTotal | null
}

/** Jobs of one set. */
const SET = 500

/** Bulk work may look longer for its next set than a person who waits for a page. */
const BUDGET_MS = 500

/**
 * The jobs that match, in sets, the newest first; never all of them in memory. Going on by id, it comes past each job
 * once, whatever is done to it meanwhile.
 */
export async function* matchingSets(db: Queryable, target: BulkTarget): AsyncGenerator<BulkSet, void, undefined> {
  if (target.query === null) yield* namedSets(db, target)
  else yield* foundSets(db, target, target.query)
}

async function* namedSets(db: Queryable, { ids, visible }: BulkTarget): AsyncGenerator<BulkSet, void, undefined> {
  const all = [...new Set(ids.map((id) => id.toLowerCase()))]
  for (let start = 0; start < all.length; start += SET) {
    const part = all.slice(start, start + SET)
    const rows = await getJobs(db, part, visible)
    const total = start === 0 ? { count: all.length, isExact: true } : null
    yield { rows, missing: part.length - rows.length, total }
  }
}

async function* foundSets(
  db: Queryable,
  { before, canReadPayloads, visible }: BulkTarget,
  query: Query,
): AsyncGenerator<BulkSet, void, undefined> {
  const bounded = before === null ? query : { ...query, terms: [...query.terms, madeBefore(before)] }
  const nowMs = before === null ? Date.now() : before.getTime()
  const request = { query: bounded, visible, canReadPayloads, limit: SET, budgetMs: BUDGET_MS, nowMs }
  let cursor: string | null = null
  do {
    const page = await listJobs(db, { ...request, cursor })
    yield { rows: page.rows, missing: 0, total: page.total }
    cursor = page.nextCursor
  } while (cursor !== null)
}

function madeBefore(time: Date): QueryTerm {
  return {
    field: 'created',
    path: [],
    op: '<',
    values: [{ kind: 'time', timeMs: time.getTime(), spanMs: 1 }],
    isNegated: false,
    position: { start: 0, end: 0 },
  }
}
