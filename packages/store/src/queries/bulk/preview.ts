import { type BulkLeft, JOB_STATES, type JobState } from '@andon/core'
import type { Queryable } from '../../pool.ts'
import { wordAt } from '../../rows.ts'
import type { JobRow } from '../job-row.ts'
import { type BulkTarget, matchingSets } from './match.ts'
import { type BulkOrder, whyLeft } from './order.ts'

/** What a bulk operation would do as things are. */
export interface BulkForecast {
  readonly matched: number
  /** Those that would be touched, by state. */
  readonly byState: ReadonlyMap<JobState, number>
  readonly left: ReadonlyMap<BulkLeft, number>
  /** The newest that would be touched. */
  readonly examples: readonly JobRow[]
  /** False: the time was up; at least so many match. */
  readonly isComplete: boolean
  /** A guess at how many match, where counting was cut off and one is known. */
  readonly estimate: number | null
}

/** A person waits for it. */
const BUDGET_MS = 1_500
const EXAMPLES = 5

/** Counts what an order would do, for as long as somebody waits for it: `budgetMs`, default 1,500. */
export async function forecastBulk(
  db: Queryable,
  target: BulkTarget,
  { budgetMs = BUDGET_MS, order }: { readonly order: BulkOrder; readonly budgetMs?: number },
): Promise<BulkForecast> {
  const until = performance.now() + budgetMs
  const byState = new Map<JobState, number>()
  const left = new Map<BulkLeft, number>()
  const examples: JobRow[] = []
  let matched = 0
  let sets = 0
  let estimate: number | null = null
  let isComplete = true
  for await (const set of matchingSets(db, target)) {
    if (sets > 0 && performance.now() > until) {
      isComplete = false
      break
    }
    sets += 1
    estimate = set.total?.count ?? estimate
    matched += set.rows.length + set.missing
    if (set.missing > 0) add(left, 'not_found', set.missing)
    for (const row of set.rows) {
      const why = whyLeft(order, row)
      if (why !== null) add(left, why, 1)
      else add(byState, wordAt(JOB_STATES, row.state), 1)
      if (why === null && examples.length < EXAMPLES) examples.push(row)
    }
  }
  return { matched, byState, left, examples, isComplete, estimate: isComplete ? null : estimate }
}

function add<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count)
}
