import { type BulkOutcome, EVENT_KINDS, isProblem } from '@andon/core'
import { type Actor, writeAudit } from '../../actor.ts'
import { jsonArray, plainArray } from '../../arrays.ts'
import { prepareJobs } from '../../new-jobs.ts'
import type { Queryable, Store } from '../../pool.ts'
import { statement } from '../../statement.ts'
import { createInTransaction, type NewItem } from '../create.ts'
import { withoutArtifacts } from '../documents.ts'
import { retryJob, retryOf, type RetryOrigin } from '../retry.ts'
import type { SetOutcomes } from './change.ts'

const READ_DONE = statement(
  'bulk_read_done',
  `select d.id, d.site_id, t.name as type, d.queue_id, d.state, d.priority, d.max_attempts, d.description,
     d.subject_type, d.subject_id, d.tags, d.input, d.created_by, d.account_id, d.parent_id, d.estimated_ms,
     d.items_total, d.items_failed
   from job_done d join job_type t on t.id = d.type_id where d.id = any($1::uuid[]) order by d.id`,
)

const CLAIM_RETRIES = statement(
  'bulk_claim_retries',
  `insert into retried (job_id, retry_id) select r.job_id, r.retry_id
   from unnest($1::uuid[], $2::uuid[]) as r (job_id, retry_id) order by r.job_id
   on conflict (job_id) do nothing returning job_id`,
)

const UNDONE_ITEMS = statement(
  'bulk_undone_items',
  `select job_id, ref, content, data from item where job_id = any($1::uuid[]) and state <> 2 order by job_id, idx`,
)

const TELL_RETRIES = statement(
  'bulk_tell_retries',
  `insert into event (site_id, kind, job_id, actor, data)
   select e.site_id, $1, e.job_id, $2, e.data
   from unnest($3::smallint[], $4::uuid[], $5::jsonb[]) as e (site_id, job_id, data)`,
)

/** Items that are read and made again at once: a batch may have 500 labels of some kilobytes each. */
const ITEMS = 5_000

/** Does finished jobs again as new, linked ones: of batches the items that are not done. Audited. */
export async function retryJobs(store: Store, ids: readonly string[], actor: Actor): Promise<SetOutcomes> {
  const origins = await store.query<RetryOrigin>(READ_DONE, [ids])
  const outcomes = new Map<BulkOutcome, number>()
  add(outcomes, 'not_found', ids.length - origins.length)
  for (const part of byItems(origins)) {
    const { alone, again, retried } = await retrySet(store, part, actor)
    add(outcomes, 'retried', retried)
    add(outcomes, 'already_retried', again)
    for (const id of alone) add(outcomes, await retryAlone(store, id, actor), 1)
  }
  return outcomes
}

/** Parts with a bounded number of items each. */
function byItems(origins: readonly RetryOrigin[]): RetryOrigin[][] {
  const parts: RetryOrigin[][] = []
  let left = 0
  for (const origin of origins) {
    left -= origin.items_total ?? 0
    const part = parts.at(-1)
    if (part === undefined || left < 0) parts.push([origin])
    else part.push(origin)
    if (part === undefined || left < 0) left = ITEMS - (origin.items_total ?? 0)
  }
  return parts
}

interface RetriedSet {
  readonly retried: number
  /** Were retried before. */
  readonly again: number
  /** Batches of which no undone item is kept, and jobs that were cleaned. */
  readonly alone: readonly string[]
}

async function retrySet(store: Store, origins: readonly RetryOrigin[], actor: Actor): Promise<RetriedSet> {
  const batches = origins.filter((origin) => origin.items_total !== null).map((origin) => origin.id)
  const items = await undoneItems(store, batches)
  const gone = await withoutArtifacts(store, origins)
  const alone = [...new Set([...gone, ...batches.filter((id) => !items.has(id))])]
  const wanted = origins
    .filter((origin) => !alone.includes(origin.id))
    .map((origin) => ({ origin, id: store.newId(), items: items.get(origin.id) ?? [] }))
  const prepared = await prepareJobs(
    store,
    wanted.map(({ id, items: own, origin }) => retryOf(origin, { id, items: own, options: { actor } })),
  )
  const made = await store.counters.use((processId) =>
    store.transaction(async (tx) => {
      const claimed = await tx.query<{ job_id: string }>(CLAIM_RETRIES, [
        wanted.map(({ origin }) => origin.id),
        wanted.map(({ id }) => id),
      ])
      const first = new Set(claimed.map((row) => row.job_id))
      const fresh = wanted.filter(({ origin }) => first.has(origin.id))
      const ids = new Set(fresh.map(({ id }) => id))
      await createInTransaction(
        tx,
        processId,
        prepared.filter((job) => ids.has(job.id)),
      )
      await tell(tx, fresh, actor)
      return fresh
    }),
  )
  store.notifier.ready(new Set(made.map(({ origin }) => origin.queue_id)))
  return { retried: made.length, again: wanted.length - made.length, alone }
}

async function undoneItems(store: Store, batches: readonly string[]): Promise<ReadonlyMap<string, NewItem[]>> {
  if (batches.length === 0) return new Map()
  const rows = await store.query<NewItem & { job_id: string }>(UNDONE_ITEMS, [batches])
  return Map.groupBy(rows, (row) => row.job_id)
}

interface Retry {
  readonly origin: RetryOrigin
  readonly id: string
  readonly items: readonly NewItem[]
}

async function tell(tx: Queryable, retries: readonly Retry[], actor: Actor): Promise<void> {
  if (retries.length === 0) return
  await tx.query(TELL_RETRIES, [
    EVENT_KINDS.retried,
    actor.name,
    plainArray(retries, ({ origin }) => origin.site_id),
    plainArray(retries, ({ origin }) => origin.id),
    jsonArray(retries, ({ id }) => ({ retryId: id })),
  ])
  await writeAudit(
    tx,
    actor,
    retries.map(({ id, items, origin }) => ({
      action: 'job.retry',
      target: `job:${origin.id}`,
      after: { retryId: id, items: items.length > 0 ? items.length : null },
    })),
  )
}

/** A batch that has nothing undone is retried whole, or refused when its items are not kept. */
async function retryAlone(store: Store, id: string, actor: Actor): Promise<BulkOutcome> {
  try {
    await retryJob(store, id, { actor })
    return 'retried'
  } catch (error) {
    if (!isProblem(error)) throw error
    if (error.code === 'artifacts_cleaned') return 'cleaned'
    return error.code === 'already_retried' ? 'already_retried' : 'refused'
  }
}

function add(counts: Map<BulkOutcome, number>, outcome: BulkOutcome, count: number): void {
  if (count > 0) counts.set(outcome, (counts.get(outcome) ?? 0) + count)
}
