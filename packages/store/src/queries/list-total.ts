import type { Queryable } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { filterTsquery, type ListFilter } from './list-filter.ts'

/** How many jobs a list has. */
export interface ListTotal {
  readonly count: number
  /** False: an estimate. */
  readonly isExact: boolean
}

const COUNT_BY_COUNTERS = statement(
  'count_by_counters',
  `select greatest(coalesce(sum(n), 0), 0)::float8 as n from counter
   where ($1::smallint[] is null or state = any($1)) and ($2::int[] is null or queue_id = any($2))`,
)

const ESTIMATE = statement(
  'estimate_search',
  `explain (format json) select job_id from job_search where tokens @@ $1::tsquery and ($2::uuid is null or job_id >= $2)
   and ($3::uuid is null or job_id < $3)`,
)

interface Plan {
  'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }]
}

/**
 * How many jobs match: from the counters where the query asks for states and queues alone, otherwise as the planner
 * guesses from its statistics, which costs no look at the jobs. Null where there is nothing to guess from.
 */
export async function listTotal(db: Queryable, filter: ListFilter): Promise<ListTotal | null> {
  if (filter.isCountable) {
    const counted = onlyRow(await db.query<{ n: number }>(COUNT_BY_COUNTERS, [filter.states, filter.queueIds]))
    return { count: counted.n, isExact: true }
  }
  const tokens = filterTsquery(filter)
  if (tokens === null) return null
  const { 'QUERY PLAN': plan } = onlyRow(await db.query<Plan>(ESTIMATE, [tokens, filter.idFrom, filter.idTo]))
  return { count: plan[0].Plan['Plan Rows'], isExact: false }
}
