import { EVENT_KINDS, ITEM_STATES, type LostAction, type Priority, problem, type RetryPolicy } from '@andon/core'
import { jsonArray, plainArray, textArray } from '../arrays.ts'
import type { Queryable, Store } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { keptStatement, statement } from '../statement.ts'
import { jobColumns, type PreparedJob, prepareJobs } from '../new-jobs.ts'
import { useDocuments } from './documents.ts'
import { type Came, insertOrHandOver, mayBeHandedOver } from './hand-over.ts'
import {
  claimKeys,
  claimSet,
  firstOfKey,
  idsOfKey,
  isKeyed,
  keyColumns,
  movedKeys,
  movedSet,
  type SetKey,
  type SoleKey,
  soleKey,
} from './idempotency.ts'
import { linkParents, settleParents } from './parents.ts'

/** One item of a new batch. */
export interface NewItem {
  readonly ref?: string | null
  readonly content?: string | null
  readonly data?: unknown
}

/** A job to be made. What is left out comes from its type, its lane, or the defaults named here. */
export interface NewJob {
  readonly type: string
  /** Name of its queue, made where it is new; default `default`. Not together with `laneId`. */
  readonly queue?: string
  /** A printer or pool (or a queue) that exists. */
  readonly laneId?: number
  readonly siteId?: number
  /** A UUIDv7 of the caller's own; default a new one. */
  readonly id?: string
  readonly priority?: Priority
  readonly description?: string | null
  readonly subject?: { readonly type: string; readonly id: string } | null
  readonly tags?: Readonly<Record<string, string>> | null
  readonly input?: unknown
  readonly createdBy: string
  readonly accountId?: number | null
  readonly runAt?: Date | null
  readonly deadlineAt?: Date | null
  readonly expiresAt?: Date | null
  readonly maxAttempts?: number
  readonly retry?: RetryPolicy | null
  /** Default: the type's; `reattach` for printers and pools. */
  readonly lostAction?: LostAction
  readonly uniqueKey?: string | null
  readonly idempotencyKey?: string | null
  /** SHA-256 of the request that carries the key; default a hash of the job itself. */
  readonly requestHash?: Uint8Array
  /** Waits until these have ended. */
  readonly parents?: readonly string[]
  /** What a parent that did not succeed does to it; default `cancel`. */
  readonly onParentFailure?: 'cancel' | 'release'
  readonly parentId?: string | null
  readonly retryOf?: string | null
  readonly estimatedMs?: number | null
  /** Waits until somebody releases it. */
  readonly isHeld?: boolean
  readonly items?: readonly NewItem[]
}

export interface CreatedJob {
  readonly id: string
  /** An idempotency or unique key found an earlier job. */
  readonly isExisting: boolean
}

/** Where the key of the request was taken before, nothing is made and no row comes back. */
const INSERT_JOBS = keptStatement(
  'insert_jobs',
  `with key as (
     insert into idempotency (site_id, key, job_id, job_ids, request_hash)
     select $1::smallint, $29, ($4::uuid[])[1], case when $30::boolean then $4::uuid[] end, $31::bytea
     where $29::text is not null
     on conflict (site_id, key) do nothing returning site_id
   ), input as (
     select * from unnest($4::uuid[], $5::int[], $6::int[], $7::smallint[], $8::smallint[], $9::smallint[],
       $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::text[], $14::text[], $15::text[], $16::jsonb[],
       $17::jsonb[], $18::text[], $19::int[], $20::uuid[], $21::uuid[], $22::bigint[], $23::int[], $24::int[],
       $25::int[], $26::jsonb[], $27::text[])
     as i (id, type_id, queue_id, hold, priority, max_attempts, run_at, deadline_at, expires_at, description,
       subject_type, subject_id, tags, input, created_by, account_id, parent_id, retry_of, estimated_ms, items_total,
       printer_id, station_id, retry, lost_action)
     where $29::text is null or exists (select from key)
   ), made as (
     insert into job (id, site_id, type_id, queue_id, phase, hold, priority, rank, max_attempts, run_at, queued_at,
       deadline_at, expires_at, description, subject_type, subject_id, tags, input, created_by, account_id, parent_id,
       retry_of, estimated_ms, items_total, items_done, items_failed, printer_id, station_id, retry, lost_action)
     select id, $1, type_id, queue_id, case when hold is not null or run_at > now() then 0 else 1 end,
       case when hold is not null then hold when run_at > now() then 0 end, priority, priority, max_attempts,
       coalesce(run_at, now()), case when hold is null and coalesce(run_at <= now(), true) then now() end,
       deadline_at, expires_at, description, subject_type, subject_id, tags, input, created_by, account_id, parent_id,
       retry_of, estimated_ms, items_total, items_total * 0, items_total * 0, printer_id, station_id, retry,
       coalesce(lost_action, 'requeue')
     from input
     returning id, queue_id, phase
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $2::int, queue_id, phase * 2, count(*) from made group by queue_id, phase order by queue_id, phase
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event_batch (site_id, kind, job_ids) select $1, $3, array_agg(id) from made having count(*) > 0
   )
   select id, case when $28::text is not null then pg_notify('andon', $28) end is null as told
   from made limit 1`,
)

const INSERT_UNIQUE_JOBS = statement(
  'insert_unique_jobs',
  `with input as (
     select * from unnest($4::uuid[], $5::int[], $6::int[], $7::smallint[], $8::smallint[], $9::smallint[],
       $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::text[], $14::text[], $15::text[], $16::jsonb[],
       $17::jsonb[], $18::text[], $19::int[], $20::uuid[], $21::uuid[], $22::bigint[], $23::int[], $24::int[],
       $25::int[], $26::jsonb[], $27::text[], $28::text[])
     as i (id, type_id, queue_id, hold, priority, max_attempts, run_at, deadline_at, expires_at, description,
       subject_type, subject_id, tags, input, created_by, account_id, parent_id, retry_of, estimated_ms, items_total,
       printer_id, station_id, retry, lost_action, unique_key)
   ), made as (
     insert into job (id, site_id, type_id, queue_id, phase, hold, priority, rank, max_attempts, run_at, queued_at,
       deadline_at, expires_at, description, subject_type, subject_id, tags, input, created_by, account_id, parent_id,
       retry_of, estimated_ms, items_total, items_done, items_failed, printer_id, station_id, retry, lost_action,
       unique_key)
     select id, $1, type_id, queue_id, case when hold is not null or run_at > now() then 0 else 1 end,
       case when hold is not null then hold when run_at > now() then 0 end, priority, priority, max_attempts,
       coalesce(run_at, now()), case when hold is null and coalesce(run_at <= now(), true) then now() end,
       deadline_at, expires_at, description, subject_type, subject_id, tags, input, created_by, account_id, parent_id,
       retry_of, estimated_ms, items_total, items_total * 0, items_total * 0, printer_id, station_id, retry,
       coalesce(lost_action, 'requeue'), unique_key
     from input order by type_id, unique_key
     on conflict (site_id, type_id, unique_key) where unique_key is not null do nothing
     returning id, queue_id, phase
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $2::int, queue_id, phase * 2, count(*) from made group by queue_id, phase order by queue_id, phase
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event_batch (site_id, kind, job_ids) select $1, $3, array_agg(id) from made having count(*) > 0
   )
   select id from made`,
)

const FIND_UNIQUE = statement(
  'find_unique_jobs',
  `select j.id, k.n::int as n from unnest($2::int[], $3::text[]) with ordinality as k (type_id, unique_key, n)
   join job j on j.site_id = $1 and j.type_id = k.type_id and j.unique_key = k.unique_key`,
)

const INSERT_ITEMS = statement(
  'insert_items',
  `insert into item (job_id, idx, state, ref, content, data)
   select i.job_id, i.idx, $1, i.ref, i.content, i.data
   from unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::jsonb[]) as i (job_id, idx, ref, content, data)`,
)

const LANE_DEPTHS = statement(
  'lane_depths',
  `select queue_id, sum(n)::int as depth from counter where queue_id = any($1::int[]) and state in (0, 2) group by 1`,
)

/** Items written by one statement at most. */
const ITEMS_PER_STATEMENT = 5_000

/**
 * Makes jobs, all or none, in the order given. Sets of a thousand cost little more than one.
 *
 * @param setKey for all of them: with the same key the same request finds the jobs that it made
 * @throws idempotency_conflict when a key was used for another request; queue_full past a lane's depth limit or when
 *   the lane drains; queue_not_found, validation_failed
 */
export async function createJobs(
  store: Store,
  jobs: readonly NewJob[],
  setKey: SetKey | null = null,
): Promise<CreatedJob[]> {
  if (jobs.length === 0) return []
  const prepared = await prepareJobs(store, jobs)
  await checkDepths(store, prepared)
  const key = soleKey(prepared, setKey)
  const isPlain = prepared.every(
    ({ uniqueKey, items, parents }) => uniqueKey === null && !items.length && !parents.length,
  )
  return isPlain && key !== undefined ? createPlain(store, prepared, key) : createLinked(store, prepared, setKey)
}

/**
 * The usual case: one statement, which takes the key of the request and carries its own notification while the process
 * is idle. A lone job then goes straight to a worker that has nothing to do.
 */
async function createPlain(store: Store, jobs: readonly PreparedJob[], key: SoleKey | null): Promise<CreatedJob[]> {
  const [job, other] = jobs
  const came = await store.notifier.carry<Came>(readyQueues(jobs), (payload) =>
    store.counters.use((processId) =>
      payload !== null && job !== undefined && other === undefined && mayBeHandedOver(job)
        ? insertOrHandOver(store, { processId, job, payload, key })
        : insert(store, { processId, jobs, payload, key }),
    ),
  )
  if (key === null || came !== 'not at all') return jobs.map(({ id }) => ({ id, isExisting: false }))
  return (await idsOfKey(store, jobs, key)).map((id) => ({ id, isExisting: true }))
}

async function createLinked(store: Store, jobs: readonly PreparedJob[], setKey: SetKey | null): Promise<CreatedJob[]> {
  const created = await store.counters.use((processId) =>
    store.transaction((tx) =>
      setKey === null ? createInTransaction(tx, processId, jobs) : createSet({ tx, processId }, jobs, setKey),
    ),
  )
  store.notifier.ready(readyQueues(jobs))
  const parents = jobs.flatMap((job) => job.parents)
  await settleParents(store, parents)
  return created
}

async function createSet(
  { tx, processId }: { readonly tx: Queryable; readonly processId: number },
  jobs: readonly PreparedJob[],
  setKey: SetKey,
): Promise<CreatedJob[]> {
  const earlier = await claimSet(tx, setKey, jobs)
  if (earlier !== null) return earlier.map((id) => ({ id, isExisting: true }))
  const created = await createInTransaction(tx, processId, jobs)
  await movedSet(tx, setKey, { jobs, ids: created.map(({ id }) => id) })
  return created
}

/** Makes prepared jobs as part of a larger transaction; the caller notifies after it. */
export async function createInTransaction(
  tx: Queryable,
  processId: number,
  jobs: readonly PreparedJob[],
): Promise<CreatedJob[]> {
  const keyed = jobs.filter(isKeyed)
  const existing = keyed.length > 0 ? await claimKeys(tx, keyed) : new Map<string, string>()
  const fresh = jobs.filter((job) => !existing.has(job.id))
  const plain = fresh.filter((job) => job.uniqueKey === null)
  const unique = fresh.filter((job) => job.uniqueKey !== null)
  await insert(tx, { processId, jobs: plain, payload: null, key: null })
  for (const [id, other] of await insertUnique(tx, processId, unique)) existing.set(id, other)
  await movedKeys(tx, keyed, existing)
  const made = jobs.filter((job) => !existing.has(job.id))
  await insertItems(tx, made)
  await useDocuments(tx, made)
  await linkParents(tx, made)
  return jobs.map((job) => ({ id: firstOfKey(existing, job.id), isExisting: existing.has(job.id) }))
}

interface Insert {
  readonly processId: number
  readonly jobs: readonly PreparedJob[]
  readonly payload: string | null
  /** Taken together with the jobs, which are all of one site then. */
  readonly key: SoleKey | null
}

/** Makes all of them, or none when the key was taken before. */
async function insert(db: Queryable, { processId, jobs, payload, key }: Insert): Promise<'not at all' | 'ready'> {
  let made = 0
  for (const [siteId, ofSite] of Map.groupBy(jobs, (job) => job.siteId)) {
    const head = [siteId, processId, EVENT_KINDS.created]
    const rows = await db.query(INSERT_JOBS, [...head, ...jobColumns(ofSite), payload, ...keyColumns(key)])
    made += rows.length
  }
  return made === 0 ? 'not at all' : 'ready'
}

/** Ids of jobs that were not made because another one lives with their key, with that one's id. */
async function insertUnique(
  tx: Queryable,
  processId: number,
  jobs: readonly PreparedJob[],
): Promise<ReadonlyMap<string, string>> {
  const existing = new Map<string, string>()
  for (const [siteId, ofSite] of Map.groupBy(jobs, (job) => job.siteId)) {
    let open = ofSite
    while (open.length > 0) {
      const keys = textArray(open, (job) => job.uniqueKey)
      const head = [siteId, processId, EVENT_KINDS.created]
      const rows = await tx.query<{ id: string }>(INSERT_UNIQUE_JOBS, [...head, ...jobColumns(open), keys])
      const made = new Set(rows.map((row) => row.id))
      const refused = open.filter((job) => !made.has(job.id))
      const types = plainArray(refused, (job) => job.typeId)
      const found = await tx.query<{ id: string; n: number }>(FIND_UNIQUE, [
        siteId,
        types,
        textArray(refused, (job) => job.uniqueKey),
      ])
      for (const { id, n } of found) existing.set(onlyRow(refused.slice(n - 1)).id, id)
      // The other one ended between the two statements: its key is free again.
      open = refused.filter((job) => !existing.has(job.id))
    }
  }
  return existing
}

async function insertItems(tx: Queryable, jobs: readonly PreparedJob[]): Promise<void> {
  const rows = jobs.flatMap((job) => job.items.map((item, index) => ({ jobId: job.id, index, item })))
  for (let start = 0; start < rows.length; start += ITEMS_PER_STATEMENT) {
    const part = rows.slice(start, start + ITEMS_PER_STATEMENT)
    await tx.query(INSERT_ITEMS, [
      ITEM_STATES.indexOf('pending'),
      plainArray(part, (row) => row.jobId),
      plainArray(part, (row) => row.index),
      textArray(part, (row) => row.item.ref),
      textArray(part, (row) => row.item.content),
      jsonArray(part, (row) => row.item.data),
    ])
  }
}

function readyQueues(jobs: readonly PreparedJob[]): Set<number> {
  return new Set(jobs.map((job) => job.lane.id))
}

/**
 * Refuses what a lane has no room for. Two sets at the same moment may pass it together by one set.
 *
 * @throws queue_full past a lane's depth limit or when the lane drains
 */
export async function checkDepths(store: Store, jobs: readonly PreparedJob[]): Promise<void> {
  const limited = new Map<number, { name: string; depthLimit: number; count: number }>()
  for (const [laneId, ofLane] of Map.groupBy(jobs, (job) => job.lane.id)) {
    const { lane } = onlyRow(ofLane)
    if (lane.isDraining) throw problem('queue_full', { detail: `"${lane.name}" drains and takes no new jobs` })
    const { name, depthLimit } = lane
    if (depthLimit !== null) limited.set(laneId, { name, depthLimit, count: ofLane.length })
  }
  if (limited.size === 0) return
  const rows = await store.query<{ queue_id: number; depth: number }>(LANE_DEPTHS, [[...limited.keys()]])
  const depths = new Map(rows.map((row) => [row.queue_id, row.depth]))
  for (const [laneId, { name, depthLimit, count }] of limited) {
    const depth = depths.get(laneId) ?? 0
    if (depth + count <= depthLimit) continue
    const detail = `${depth} jobs wait in "${name}", which may have ${depthLimit}`
    throw problem('queue_full', { detail, extra: { queue: name, depth, depth_limit: depthLimit } })
  }
}
