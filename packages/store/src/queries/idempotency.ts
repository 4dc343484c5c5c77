import { problem } from '@andon/core'
import { plainArray, textArray } from '../arrays.ts'
import type { PreparedJob } from '../new-jobs.ts'
import type { Queryable } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'

/** A job that came with an idempotency key. */
export type KeyedJob = PreparedJob & { readonly idempotencyKey: string; readonly requestHash: Uint8Array }

/** A key for all jobs of a request together. */
export interface SetKey {
  readonly key: string
  /** SHA-256 of the request. */
  readonly requestHash: Uint8Array
}

/** The one key that stands for all that a request makes. */
export interface SoleKey extends SetKey {
  /** False: it is the key of a job, and finds that alone. */
  readonly isSet: boolean
}

const CLAIM_KEYS = statement(
  'claim_idempotency_keys',
  `insert into idempotency (site_id, key, job_id, request_hash)
   select k.site_id, k.key, k.job_id, k.hash
   from unnest($1::smallint[], $2::text[], $3::uuid[], $4::bytea[]) as k (site_id, key, job_id, hash)
   order by k.site_id, k.key
   on conflict (site_id, key) do nothing returning job_id`,
)

const FIND_KEYS = statement(
  'find_idempotency_keys',
  `select i.site_id, i.key, i.job_id, i.request_hash
   from unnest($1::smallint[], $2::text[]) as k (site_id, key)
   join idempotency i on i.site_id = k.site_id and i.key = k.key`,
)

const MOVE_KEYS = statement(
  'move_idempotency_keys',
  `update idempotency i set job_id = k.new_id
   from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[]) as k (old_id, new_id, site_id, key)
   where i.site_id = k.site_id and i.key = k.key and i.job_id = k.old_id`,
)

const CLAIM_SET = statement(
  'claim_set_key',
  `insert into idempotency (site_id, key, job_id, job_ids, request_hash)
   values ($1, $2, ($3::uuid[])[1], $3::uuid[], $4)
   on conflict (site_id, key) do nothing returning key`,
)

const FIND_KEY = statement(
  'find_idempotency_key',
  `select job_id, job_ids, request_hash from idempotency where site_id = $1 and key = $2`,
)

const MOVE_SET = statement(
  'move_set_key',
  `update idempotency set job_id = ($3::uuid[])[1], job_ids = $3::uuid[] where site_id = $1 and key = $2`,
)

const FORGET_KEYS = statement(
  'forget_idempotency_keys',
  `with gone as (
     delete from idempotency where (site_id, key) in (
       select site_id, key from idempotency where created_at < now() - $1::bigint * interval '1 millisecond' limit $2)
     returning 1
   )
   select count(*)::int as n from gone`,
)

/** Whether the job came with a key of its own. */
export function isKeyed(job: PreparedJob): job is KeyedJob {
  return job.idempotencyKey !== null
}

/** The one key that stands for all of these; null when they have none, undefined when they have several. */
export function soleKey(jobs: readonly PreparedJob[], setKey: SetKey | null): SoleKey | null | undefined {
  const [job, other] = jobs.filter(isKeyed)
  if (job === undefined) return setKey && { ...setKey, isSet: true }
  if (setKey !== null || other !== undefined || jobs.length > 1) return undefined
  return { key: job.idempotencyKey, requestHash: job.requestHash, isSet: false }
}

/** The key as the statements take it that make jobs with it. */
export function keyColumns(key: SoleKey | null): [key: string | null, isSet: boolean | null, hash: Buffer | null] {
  return key === null ? [null, null, null] : [key.key, key.isSet, Buffer.from(key.requestHash)]
}

/**
 * Ids of the jobs, in their order, that were made when the key was taken.
 *
 * @throws idempotency_conflict when the key was used for another request
 */
export async function idsOfKey(
  db: Queryable,
  jobs: readonly PreparedJob[],
  { key, requestHash, isSet }: SoleKey,
): Promise<readonly string[]> {
  const [row] = await db.query<{ job_id: string; job_ids: string[] | null; request_hash: Buffer }>(FIND_KEY, [
    siteOf(jobs).siteId,
    key,
  ])
  if (row === undefined) throw beingForgotten()
  if ((row.job_ids !== null) !== isSet || !row.request_hash.equals(requestHash)) {
    throw problem('idempotency_conflict', { extra: { job_id: row.job_id } })
  }
  return row.job_ids ?? [row.job_id]
}

/**
 * Takes the keys for these jobs; jobs whose key was taken before come back with the id of the first.
 *
 * @throws idempotency_conflict when a key was used for another request
 */
export async function claimKeys(tx: Queryable, jobs: readonly KeyedJob[]): Promise<Map<string, string>> {
  const first = new Map<string, KeyedJob>()
  for (const job of jobs) if (!first.has(keyOf(job))) first.set(keyOf(job), job)
  const distinct = [...first.values()]
  const taken = await tx.query<{ job_id: string }>(CLAIM_KEYS, [
    plainArray(distinct, (job) => job.siteId),
    textArray(distinct, (job) => job.idempotencyKey),
    plainArray(distinct, (job) => job.id),
    textArray(distinct, (job) => `\\x${Buffer.from(job.requestHash).toString('hex')}`),
  ])
  const mine = new Set(taken.map((row) => row.job_id))
  const others = jobs.filter((job) => !mine.has(job.id))
  return others.length === 0 ? new Map() : compare(tx, others)
}

/** Points keys at the job that a unique key found instead of the one that was to be made. */
export async function movedKeys(
  tx: Queryable,
  jobs: readonly KeyedJob[],
  existing: ReadonlyMap<string, string>,
): Promise<void> {
  const moved = jobs.filter((job) => job.uniqueKey !== null && existing.has(job.id))
  if (moved.length === 0) return
  await tx.query(MOVE_KEYS, [
    plainArray(moved, (job) => job.id),
    plainArray(moved, (job) => existing.get(job.id)),
    plainArray(moved, (job) => job.siteId),
    textArray(moved, (job) => job.idempotencyKey),
  ])
}

/**
 * Takes the key for jobs that are made together; ids of the first ones, in their order, when it was taken before.
 *
 * @throws idempotency_conflict when the key was used for another request
 */
export async function claimSet(
  tx: Queryable,
  { key, requestHash }: SetKey,
  jobs: readonly PreparedJob[],
): Promise<readonly string[] | null> {
  const { siteId } = siteOf(jobs)
  const taken = await tx.query(CLAIM_SET, [siteId, key, jobs.map(({ id }) => id), Buffer.from(requestHash)])
  if (taken.length > 0) return null
  return idsOfKey(tx, jobs, { key, requestHash, isSet: true })
}

/** Points the key of a set at what came of it, where unique keys found other jobs than those that were to be made. */
export async function movedSet(
  tx: Queryable,
  { key }: SetKey,
  { jobs, ids }: { readonly jobs: readonly PreparedJob[]; readonly ids: readonly string[] },
): Promise<void> {
  if (jobs.every(({ id }, index) => id === ids[index])) return
  await tx.query(MOVE_SET, [siteOf(jobs).siteId, key, ids])
}

/** The job that stands for `id`: itself, or the first of its key. */
export function firstOfKey(existing: ReadonlyMap<string, string>, id: string): string {
  const first = existing.get(id)
  return first === undefined || first === id ? id : firstOfKey(existing, first)
}

/** Forgets keys older than the window, at most `limit` of them; how many. */
export async function forgetKeys(db: Queryable, windowMs: number, limit: number): Promise<number> {
  return onlyRow(await db.query<{ n: number }>(FORGET_KEYS, [windowMs, limit])).n
}

async function compare(tx: Queryable, jobs: readonly KeyedJob[]): Promise<Map<string, string>> {
  const rows = await tx.query<{ site_id: number; key: string; job_id: string; request_hash: Buffer }>(FIND_KEYS, [
    plainArray(jobs, (job) => job.siteId),
    textArray(jobs, (job) => job.idempotencyKey),
  ])
  const known = new Map(rows.map((row) => [`${row.site_id}/${row.key}`, row]))
  const existing = new Map<string, string>()
  for (const job of jobs) {
    const row = known.get(keyOf(job))
    if (row === undefined) throw beingForgotten()
    if (!row.request_hash.equals(job.requestHash)) {
      throw problem('idempotency_conflict', { extra: { job_id: row.job_id } })
    }
    existing.set(job.id, row.job_id)
  }
  return existing
}

function keyOf(job: KeyedJob): string {
  return `${job.siteId}/${job.idempotencyKey}`
}

/** Where the key of a set lies: its jobs are of one site. */
function siteOf(jobs: readonly PreparedJob[]): Pick<PreparedJob, 'siteId'> {
  return onlyRow(jobs.slice(0, 1))
}

function beingForgotten(): Error {
  return problem('conflict', { detail: 'the idempotency key is just being forgotten' })
}
