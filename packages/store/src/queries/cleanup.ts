import type { CleanedView, RetentionForecast, RetentionRule } from '@andon/core'
import { plainArray, timeArray } from '../arrays.ts'
import type { Queryable, Store } from '../pool.ts'
import { firstRow, onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { listMonths, monthBounds, monthsDue } from './partitions.ts'
import { removeFinished } from './remove-finished.ts'
import { type RetentionPlan, retentionPlans } from './retention-rules.ts'

const HISTORY_START = statement('history_start', `select min(finished_at) as at from job_done_other`)

const TO_CLEAN = statement(
  'jobs_to_clean',
  `select d.id from job_done d
   join unnest($1::int[], $2::smallint[]) as r (type_id, state) on r.type_id = d.type_id and r.state = d.state
   where d.finished_at >= $3 and d.finished_at < $4
     and not exists (select from cleaned_job c where c.job_id = d.id)
   limit $5`,
)

const TO_DELETE = statement(
  'jobs_to_delete',
  `select d.id from job_done d
   join unnest($1::int[], $2::smallint[]) as r (type_id, state) on r.type_id = d.type_id and r.state = d.state
   where d.finished_at >= $3 and d.finished_at < $4
   limit $5`,
)

/** A document goes with the only job that prints it. */
const CLEAN = statement(
  'clean_jobs',
  `with old as materialized (
     select id from job_done where id = any($1::uuid[]) and finished_at < $2
   ), items as (
     update item set content = null, data = null
     where job_id = any(array(select id from old)) and (content is not null or data is not null) returning job_id
   ), logs as (
     delete from job_log where job_id = any(array(select id from old)) returning job_id
   ), documents as (
     delete from document where job_id = any(array(select id from old)) and not is_shared returning job_id
   ), cleaned as (
     insert into cleaned_job (job_id, rule, items, log_lines, documents)
     select o.id, $3, coalesce(i.n, 0), coalesce(l.n, 0), coalesce(d.n, 0)
     from old o
     left join (select job_id, count(*) as n from items group by 1) i on i.job_id = o.id
     left join (select job_id, count(*) as n from logs group by 1) l on l.job_id = o.id
     left join (select job_id, count(*) as n from documents group by 1) d on d.job_id = o.id
     on conflict (job_id) do nothing
     returning items, log_lines, documents
   )
   select count(*) filter (where items + log_lines + documents > 0)::int as jobs, coalesce(sum(items), 0)::int as items, coalesce(sum(log_lines), 0)::int as log_lines,
     coalesce(sum(documents), 0)::int as documents
   from cleaned`,
)

const CLEANED_JOB = statement(
  'cleaned_job',
  `select cleaned_at, rule, items, log_lines, documents from cleaned_job where job_id = $1`,
)

const EXPIRED_DOCUMENTS = statement(
  'has_expired_documents',
  `select exists (select from document where expires_at < $1) as is_due`,
)

/** Of jobs whose ids lie in a range, those that each rule would clean or delete. */
const COUNT_OVER = statement(
  'count_over',
  `select r.n, count(*) filter (where d.finished_at < r.artifacts_before and c.job_id is null)::int as artifacts,
     count(*) filter (where d.finished_at < r.delete_before)::int as deleted
   from job_done d
   join unnest($1::int[], $2::smallint[], $3::int[], $4::timestamptz[], $5::timestamptz[])
     as r (type_id, state, n, artifacts_before, delete_before) on r.type_id = d.type_id and r.state = d.state
   left join cleaned_job c on c.job_id = d.id
   where d.id >= uuid_floor($6) and d.id < uuid_floor($7) and d.finished_at < $8
   group by r.n`,
)

/** A stretch of the history that a plan is carried out in. */
export interface CleanupStretch {
  /** The first end that is in it, and the first that is not. */
  readonly from: Date
  readonly to: Date
  readonly limit: number
}

/** What went with jobs that were cleaned. */
export interface CleanedJobs {
  /** Those of which something went. */
  readonly jobs: number
  readonly items: number
  readonly log_lines: number
  readonly documents: number
}

/** Nothing that is listed ended before. */
export async function historyStart(db: Queryable): Promise<Date | null> {
  const { at } = onlyRow(await db.query<{ at: Date | null }>(HISTORY_START))
  const first = (await listMonths(db)).find((month) => !month.isArchived)
  const starts = [at, first === undefined ? null : monthBounds(first.month)[0]].filter((start) => start !== null)
  return starts.toSorted((one, other) => one.getTime() - other.getTime())[0] ?? null
}

/** Ids of at most `limit` jobs of a stretch that a plan is about and that were not cleaned yet. */
export async function jobsToClean(db: Queryable, plan: RetentionPlan, stretch: CleanupStretch): Promise<string[]> {
  const rows = await db.query<{ id: string }>(TO_CLEAN, within(plan, stretch))
  return rows.map(({ id }) => id)
}

/** Ids of at most `limit` jobs of a stretch that a plan is about. */
export async function jobsToDelete(db: Queryable, plan: RetentionPlan, stretch: CleanupStretch): Promise<string[]> {
  const rows = await db.query<{ id: string }>(TO_DELETE, within(plan, stretch))
  return rows.map(({ id }) => id)
}

/** Cleans the artifacts of finished jobs that ended before a moment; what is younger or not final is left alone. */
export async function cleanJobs(
  db: Queryable,
  ids: readonly string[],
  { before, rule }: { readonly before: Date /** In words. */; readonly rule: string },
): Promise<CleanedJobs> {
  return onlyRow(await db.query<CleanedJobs>(CLEAN, [ids, before, rule]))
}

/** Deletes finished jobs that ended before a moment; how many. */
export function deleteOver(store: Store, ids: readonly string[], before: Date): Promise<number> {
  return store.counters.use(async (processId) => (await removeFinished(store, { processId, ids, before })).length)
}

/** What was cleaned of a job, when and why; null when nothing was. */
export async function cleanedJob(db: Queryable, id: string): Promise<CleanedView | null> {
  const row = firstRow(await db.query<Omit<CleanedView, 'at'> & { cleaned_at: Date }>(CLEANED_JOB, [id]))
  if (row === null) return null
  const { cleaned_at: at, ...rest } = row
  return { at: at.toISOString(), ...rest }
}

/** Whether the time of some document is over. */
export async function hasExpiredDocuments(db: Queryable, now: Date): Promise<boolean> {
  return onlyRow(await db.query<{ is_due: boolean }>(EXPIRED_DOCUMENTS, [now])).is_due
}

/** What would go by rules at a moment. Counts month by month, the newest first, for about `budgetMs` (5 s). */
export async function forecastRetention(
  db: Queryable,
  rules: readonly RetentionRule[],
  { budgetMs = 5_000, now }: { readonly budgetMs?: number; readonly now: Date },
): Promise<RetentionForecast> {
  const startedAtMs = performance.now()
  const plans = await retentionPlans(db, rules, now)
  const counts = rules.map(() => ({ artifacts: 0, deleted: 0 }))
  let isComplete = true
  for (const range of await rangesOf(db, now)) {
    isComplete = performance.now() - startedAtMs < budgetMs
    if (!isComplete) break
    for (const { artifacts, deleted, n } of await countOver(db, plans, { ...range, now })) {
      const count = counts[n]
      if (count === undefined) continue
      count.artifacts += artifacts
      count.deleted += deleted
    }
  }
  return { rules: counts, months: await monthsDue(db, plans), is_complete: isComplete }
}

interface Range {
  readonly from: Date
  readonly to: Date
}

/** The months that there are, the newest first, and what is older than all of them. */
async function rangesOf(db: Queryable, now: Date): Promise<Range[]> {
  const months = (await listMonths(db)).filter((month) => !month.isArchived)
  const ranges = months.map(({ month }) => monthBounds(month)).map(([from, to]) => ({ from, to }))
  const first = ranges[0]?.from ?? now
  return [...ranges.toReversed(), { from: new Date(0), to: first }]
}

async function countOver(db: Queryable, plans: readonly RetentionPlan[], { from, now, to }: Range & { now: Date }) {
  const pairs = plans.flatMap((plan, n) =>
    plan.typeIds.map((typeId, index) => ({ plan, n, typeId, state: plan.states[index] })),
  )
  return db.query<{ n: number; artifacts: number; deleted: number }>(COUNT_OVER, [
    plainArray(pairs, (pair) => pair.typeId),
    plainArray(pairs, (pair) => pair.state),
    plainArray(pairs, (pair) => pair.n),
    timeArray(pairs, (pair) => pair.plan.artifactsBefore),
    timeArray(pairs, (pair) => pair.plan.deleteBefore),
    from,
    to,
    now,
  ])
}

function within({ states, typeIds }: RetentionPlan, { from, limit, to }: CleanupStretch): unknown[] {
  return [typeIds, states, from, to, limit]
}
