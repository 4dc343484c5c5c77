import { EVENT_KINDS, isUuid, PRIORITIES, problem, type RetryPolicy } from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import { prepareJobs } from '../new-jobs.ts'
import type { Queryable, Store } from '../pool.ts'
import { onlyRow, wordAt } from '../rows.ts'
import { statement } from '../statement.ts'
import { createInTransaction, type NewItem, type NewJob } from './create.ts'
import { requireArtifacts } from './documents.ts'
import { statesOf } from './stale.ts'

const READ_DONE = statement(
  'read_done_for_retry',
  `select d.id, d.site_id, t.name as type, d.queue_id, d.state, d.priority, d.max_attempts, d.description,
     d.subject_type, d.subject_id, d.tags, d.input, d.created_by, d.account_id, d.parent_id, d.estimated_ms,
     d.items_total, d.items_failed
   from job_done d join job_type t on t.id = d.type_id where d.id = $1`,
)

const CLAIM_RETRY = statement(
  'claim_retry',
  `insert into retried (job_id, retry_id) values ($1, $2) on conflict (job_id) do nothing returning retry_id`,
)

const FIND_RETRY = statement('find_retry', `select retry_id from retried where job_id = $1`)

const ITEMS_TO_RETRY = statement(
  'items_to_retry',
  `select ref, content, data from item
   where job_id = $1 and idx >= $2 and (not $3::boolean or state <> 2) order by idx`,
)

const RETRIED_EVENT = statement(
  'retried_event',
  `insert into event (site_id, kind, job_id, actor, data) values ($1, $2, $3, $4, $5::jsonb)`,
)

/** What of a job with items is done again: those that are not done, those from an index on, or all. */
export type RetryItems = 'all' | 'failed' | { readonly from: number }

export interface RetryOptions {
  readonly actor: Actor
  /** Default: those that are not done, or all when every one is. */
  readonly items?: RetryItems
  /** Replaces the input, for a retry with changed input. */
  readonly input?: unknown
}

/** What a retry is made from, whether the job lies in history or is still waiting for a person. */
export interface RetryOrigin {
  readonly id: string
  readonly site_id: number
  readonly type: string
  readonly queue_id: number
  readonly priority: number
  readonly max_attempts: number
  readonly description: string | null
  readonly subject_type: string | null
  readonly subject_id: string | null
  readonly tags: Record<string, string> | null
  readonly input: unknown
  readonly account_id: number | null
  readonly parent_id: string | null
  readonly estimated_ms: string | null
  readonly items_total: number | null
  readonly items_failed: number | null
  readonly retry?: RetryPolicy | null
}

/**
 * Does a finished job again as a new, linked one.
 *
 * @returns the id of the new job
 * @throws already_retried with the first retry's id, state_conflict while it is not over, job_not_found,
 *   items_out_of_range when nothing is left to do, artifacts_cleaned when what it printed is not kept any more
 */
export async function retryJob(store: Store, jobId: string, options: RetryOptions): Promise<string> {
  if (!isUuid(jobId)) throw problem('job_not_found')
  const [origin] = await store.query<RetryOrigin>(READ_DONE, [jobId])
  if (origin === undefined) throw await notFinal(store, jobId)
  const retryId = await store.counters.use((processId) =>
    store.transaction((tx) => retryIn({ store, tx, processId }, origin, options)),
  )
  store.notifier.ready([origin.queue_id])
  return retryId
}

/** Where a retry is made. */
export interface RetryPlace {
  readonly store: Store
  readonly tx: Queryable
  readonly processId: number
}

/** Makes the retry within a transaction; the caller notifies after it. */
export async function retryIn(place: RetryPlace, origin: RetryOrigin, options: RetryOptions): Promise<string> {
  const { store, tx, processId } = place
  await requireArtifacts(tx, origin)
  const retryId = store.newId()
  const claimed = await tx.query(CLAIM_RETRY, [origin.id, retryId])
  if (claimed.length === 0) {
    const first = onlyRow(await tx.query<{ retry_id: string }>(FIND_RETRY, [origin.id]))
    throw problem('already_retried', { extra: { retry_id: first.retry_id } })
  }
  const items = await itemsFor(tx, origin, options.items)
  const prepared = await prepareJobs(store, [retryOf(origin, { id: retryId, items, options })])
  await createInTransaction(tx, processId, prepared)
  const { actor } = options
  const data = JSON.stringify({ retryId })
  await tx.query(RETRIED_EVENT, [origin.site_id, EVENT_KINDS.retried, origin.id, actor.name, data])
  await writeAudit(tx, actor, [
    {
      action: 'job.retry',
      target: `job:${origin.id}`,
      after: { retryId, items: items.length > 0 ? items.length : null },
    },
  ])
  return retryId
}

async function itemsFor(tx: Queryable, origin: RetryOrigin, wanted: RetryItems | undefined): Promise<NewItem[]> {
  if (origin.items_total === null) return []
  // Nobody asked for a second copy of what came out before the job was cancelled or failed.
  const choice = wanted ?? 'failed'
  const from = typeof choice === 'object' ? choice.from : 0
  const items = await tx.query<NewItem>(ITEMS_TO_RETRY, [origin.id, from, choice === 'failed'])
  if (items.length > 0) return items
  if (wanted === undefined) return itemsFor(tx, origin, 'all')
  throw await nothingToRetry(tx, origin, choice)
}

async function nothingToRetry(tx: Queryable, origin: RetryOrigin, choice: RetryItems): Promise<Error> {
  const kept = choice === 'all' ? [] : await tx.query<NewItem>(ITEMS_TO_RETRY, [origin.id, 0, false])
  if (kept.length === 0) {
    const hint = 'Print them anew from where they came from.'
    return problem('items_out_of_range', { field: '/items', detail: 'The items of this job are not kept', hint })
  }
  return problem('items_out_of_range', {
    field: '/items',
    detail: typeof choice === 'object' ? `There is no item with the index ${choice.from}` : 'Every item is done',
    allowed: typeof choice === 'object' ? `0 to ${kept.length - 1}` : 'all, or the index of an item',
    hint: 'Choose all items, or the index to go on from.',
  })
}

/** What a retry gets of its own. */
export interface Made {
  readonly id: string
  readonly items: readonly NewItem[]
  readonly options: RetryOptions
}

/** The job that does a finished one again. */
export function retryOf(origin: RetryOrigin, { id, items, options }: Made): NewJob {
  const { subject_type: type, subject_id: subject } = origin
  return {
    id,
    type: origin.type,
    laneId: origin.queue_id,
    siteId: origin.site_id,
    priority: wordAt(PRIORITIES, origin.priority),
    maxAttempts: origin.max_attempts,
    retry: origin.retry ?? null,
    description: origin.description,
    subject: type === null || subject === null ? null : { type, id: subject },
    tags: origin.tags,
    input: options.input === undefined ? origin.input : options.input,
    createdBy: options.actor.name,
    accountId: options.actor.accountId ?? origin.account_id,
    parentId: origin.parent_id,
    retryOf: origin.id,
    estimatedMs: origin.estimated_ms === null ? null : Number(origin.estimated_ms),
    items,
  }
}

async function notFinal(db: Queryable, jobId: string): Promise<Error> {
  const state = (await statesOf(db, [jobId])).get(jobId.toLowerCase())
  if (state === undefined) return problem('job_not_found')
  return problem('state_conflict', {
    detail: `The job is ${state}; only a job that has ended can be retried`,
    extra: { state },
  })
}
