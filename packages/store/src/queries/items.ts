import { ITEM_STATES, type ItemChange, PROOFS, type StaleToken, type StoredItem, type WorkerLease } from '@andon/core'
import { jsonArray, plainArray, textArray } from '../arrays.ts'
import type { Queryable, Store } from '../pool.ts'
import { wordAt } from '../rows.ts'
import { statement } from '../statement.ts'
import { staleTokens, statesOf } from './stale.ts'

const READ_ITEMS = statement(
  'read_items',
  `select idx, ref, state, proof, attempt, content, data, external_ref from item
   where job_id = $1 and idx >= $2 order by idx limit $3`,
)

/** The job's row is locked first, so that rescue and a report of the same worker wait for each other. */
const LOCK_HELD = statement(
  'lock_held_jobs',
  `select id, fence from job where id = any($2::uuid[]) and worker_id + 0 = $1 and phase = 2
   order by id for no key update`,
)

const CHANGE_ITEMS = statement(
  'change_items',
  `with changes as (
     select * from unnest($1::uuid[], $2::int[], $3::int[], $4::smallint[], $5::smallint[], $6::smallint[], $7::text[],
       $8::jsonb[]) as c (job_id, first, last, state, proof, attempt, external_ref, error)
   )
   update item i set state = c.state, proof = coalesce(c.proof, i.proof), attempt = c.attempt,
     external_ref = coalesce(c.external_ref, i.external_ref), error = c.error,
     intent_at = case when c.state = 1 then now() else i.intent_at end,
     outcome_at = case when c.state between 2 and 5 then now() end
   from changes c
   where i.job_id = c.job_id and i.job_id = any($1::uuid[]) and i.idx between c.first and c.last`,
)

const COUNT_ITEMS = statement(
  'count_items',
  `update job j set
     items_done = n.done, items_failed = n.failed, version = j.version + 1
   from (
     select job_id, count(*) filter (where state = 2)::int as done, count(*) filter (where state = 3)::int as failed
     from item where job_id = any($1::uuid[]) group by job_id
   ) n where j.id = n.job_id and j.id = any($1::uuid[])`,
)

const TELL_ITEMS = statement(
  'tell_items',
  `insert into event_batch (kind, worker_id, job_ids) values (7, $1, $2::uuid[])`,
)

const CANCEL_OPEN_ITEMS = statement(
  'cancel_open_items',
  `update item set state = 5, outcome_at = now() where job_id = any($1::uuid[]) and state = 0`,
)

const UNCONFIRM_INTENDED = statement(
  'unconfirm_intended_items',
  `update item set state = 4, outcome_at = now() where job_id = any($1::uuid[]) and state = 1`,
)

/** Items of a job from an index on, in order. */
export async function readItems(
  db: Queryable,
  jobId: string,
  range: { readonly from: number; readonly limit: number },
): Promise<StoredItem[]> {
  const rows = await db.query<Row>(READ_ITEMS, [jobId, range.from, range.limit])
  return rows.map((row) => ({
    index: row.idx,
    ref: row.ref,
    state: wordAt(ITEM_STATES, row.state),
    proof: wordAt(PROOFS, row.proof),
    attempt: row.attempt,
    content: row.content,
    data: row.data,
    externalRef: row.external_ref,
  }))
}

/**
 * Applies changes of items in order, with the counts of their jobs, in one transaction: durable when it resolves. Nothing
 * of a job is changed whose token is stale.
 *
 * @returns the tokens that are stale
 */
export async function changeItems(
  store: Store,
  lease: WorkerLease,
  changes: readonly ItemChange[],
): Promise<StaleToken[]> {
  if (changes.length === 0) return []
  const jobIds = [...new Set(changes.map((change) => change.jobId))].toSorted()
  const stale = await store.transaction(async (tx) => {
    const held = await tx.query<{ id: string; fence: number }>(LOCK_HELD, [lease.workerId, jobIds])
    const fences = new Map(held.map(({ id, fence }) => [id, fence]))
    const [valid, refused] = parted(changes, (change) => fences.get(change.jobId) === change.fence)
    for (const step of disjoint(valid)) await apply(tx, step)
    const counted = [...new Set(valid.filter(({ state }) => state !== 'intended').map(({ jobId }) => jobId))]
    if (counted.length > 0) {
      await tx.query(COUNT_ITEMS, [counted])
      await tx.query(TELL_ITEMS, [lease.workerId, counted])
    }
    return refused
  })
  store.notifier.events()
  if (stale.length === 0) return []
  return staleTokens(
    stale,
    await statesOf(
      store,
      stale.map(({ jobId }) => jobId),
    ),
  )
}

/** What was not begun when its job was cancelled is cancelled with it. */
export async function cancelOpenItems(db: Queryable, jobIds: readonly string[]): Promise<void> {
  await db.query(CANCEL_OPEN_ITEMS, [jobIds])
}

/** An intent without an outcome, of a job whose worker is gone: nobody can know. */
export async function unconfirmIntended(db: Queryable, jobIds: readonly string[]): Promise<void> {
  await db.query(UNCONFIRM_INTENDED, [jobIds])
}

function parted<T>(values: readonly T[], isFirst: (value: T) => boolean): [T[], T[]] {
  const first: T[] = []
  const second: T[] = []
  for (const value of values) (isFirst(value) ? first : second).push(value)
  return [first, second]
}

/** Splits changes into statements within which no item is changed twice, since their order would be lost there. */
function disjoint(changes: readonly ItemChange[]): ItemChange[][] {
  const steps: ItemChange[][] = []
  let current: ItemChange[] = []
  for (const change of changes) {
    if (current.some((other) => overlaps(other, change))) {
      steps.push(current)
      current = []
    }
    current.push(change)
  }
  if (current.length > 0) steps.push(current)
  return steps
}

function overlaps(one: ItemChange, other: ItemChange): boolean {
  return one.jobId === other.jobId && one.from <= other.to && other.from <= one.to
}

async function apply(tx: Queryable, changes: readonly ItemChange[]): Promise<void> {
  await tx.query(CHANGE_ITEMS, [
    plainArray(changes, (change) => change.jobId),
    plainArray(changes, (change) => change.from),
    plainArray(changes, (change) => change.to),
    plainArray(changes, (change) => ITEM_STATES.indexOf(change.state)),
    plainArray(changes, (change) => (change.proof === undefined ? null : PROOFS.indexOf(change.proof))),
    plainArray(changes, (change) => change.attempt),
    textArray(changes, (change) => change.externalRef),
    jsonArray(changes, (change) => change.error),
  ])
}

interface Row {
  idx: number
  ref: string | null
  state: number
  proof: number
  attempt: number | null
  content: string | null
  data: unknown
  external_ref: string | null
}
