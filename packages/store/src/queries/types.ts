import { type LostAction, problem, type RetryPolicy, type TypeDeclaration } from '@andon/core'
import type { Queryable, Store } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'

/** A kind of job, with what its jobs get when they do not say it themselves. */
export interface JobType {
  readonly id: number
  readonly name: string
  readonly maxAttempts: number
  /** Null: the default of the kind of work. */
  readonly retry: RetryPolicy | null
  readonly lostAction: LostAction
  readonly timeoutMs: number | null
  readonly memoryMb: number | null
  readonly isIsolated: boolean
}

/** What of a type is set by whoever declares it; what is left out stays. */
export interface JobTypeSettings {
  readonly maxAttempts?: number
  readonly retry?: RetryPolicy | null
  readonly lostAction?: LostAction
  readonly timeoutMs?: number | null
  readonly memoryMb?: number | null
  readonly isIsolated?: boolean
}

/** How long another process may go on with the settings of before a change. */
const STALE_MS = 5_000

const INTERN_TYPES = statement(
  'intern_types',
  `with made as (
     insert into job_type (name) select distinct unnest($1::text[]) on conflict (name) do nothing returning *
   )
   select id, name, max_attempts, retry, lost_action, timeout_ms, memory_mb, is_isolated
   from job_type where name = any($1::text[])
   union all
   select id, name, max_attempts, retry, lost_action, timeout_ms, memory_mb, is_isolated from made`,
)

const FIND_TYPES = statement(
  'find_types',
  `select id, name, max_attempts, retry, lost_action, timeout_ms, memory_mb, is_isolated
   from job_type where name = any($1::text[])`,
)

const TYPES_BY_ID = statement(
  'types_by_id',
  `select id, name, max_attempts, retry, lost_action, timeout_ms, memory_mb, is_isolated
   from job_type where id = any($1::int[])`,
)

const SET_TYPE = statement(
  'set_type',
  `insert into job_type as t (name, max_attempts, retry, lost_action, timeout_ms, memory_mb, is_isolated)
   values ($1, coalesce(($2::jsonb->>'maxAttempts')::smallint, 5), nullif($2::jsonb->'retry', 'null'),
     coalesce($2::jsonb->>'lostAction', 'requeue'), ($2::jsonb->>'timeoutMs')::bigint, ($2::jsonb->>'memoryMb')::int,
     coalesce(($2::jsonb->>'isIsolated')::boolean, false))
   on conflict (name) do update set
     max_attempts = case when $2::jsonb ? 'maxAttempts' then excluded.max_attempts else t.max_attempts end,
     retry = case when $2::jsonb ? 'retry' then excluded.retry else t.retry end,
     lost_action = case when $2::jsonb ? 'lostAction' then excluded.lost_action else t.lost_action end,
     timeout_ms = case when $2::jsonb ? 'timeoutMs' then excluded.timeout_ms else t.timeout_ms end,
     memory_mb = case when $2::jsonb ? 'memoryMb' then excluded.memory_mb else t.memory_mb end,
     is_isolated = case when $2::jsonb ? 'isIsolated' then excluded.is_isolated else t.is_isolated end
   returning id, name, max_attempts, retry, lost_action, timeout_ms, memory_mb, is_isolated`,
)

interface Row {
  id: number
  name: string
  max_attempts: number
  retry: RetryPolicy | null
  lost_action: LostAction
  timeout_ms: string | null
  memory_mb: number | null
  is_isolated: boolean
}

interface Cache {
  readonly byName: Map<string, { type: JobType; at: number }>
  /** Names of ids never change. */
  readonly names: Map<number, string>
}

const caches = new WeakMap<Store, Cache>()

/**
 * The types of these names; unknown ones are made with the defaults. From the process's cache, at most 5 s old.
 *
 * @throws validation_failed for a name that is none
 */
export async function internTypes(store: Store, names: Iterable<string>): Promise<ReadonlyMap<string, JobType>> {
  const cache = cacheOf(store)
  const now = performance.now()
  const found = new Map<string, JobType>()
  const missing = new Set<string>()
  for (const name of names) {
    const cached = cache.byName.get(name)
    if (cached !== undefined && now - cached.at < STALE_MS) found.set(name, cached.type)
    else missing.add(name)
  }
  if (missing.size === 0) return found
  for (const type of await loadTypes(store, [...missing])) found.set(type.name, remember(store, type))
  return found
}

/** Names of types by id. */
export async function typeNames(store: Store, ids: Iterable<number>): Promise<ReadonlyMap<number, string>> {
  const { names } = cacheOf(store)
  const missing = [...new Set(ids)].filter((id) => !names.has(id))
  if (missing.length > 0) {
    for (const row of await store.query<Row>(TYPES_BY_ID, [missing])) names.set(row.id, row.name)
  }
  return names
}

/** Ids of the types of these names, without making any: a name that no job was ever created with has none. */
export async function typeIds(store: Store, names: readonly string[]): Promise<number[]> {
  const { byName } = cacheOf(store)
  const missing = names.filter((name) => !byName.has(name))
  if (missing.length > 0) {
    for (const row of await store.query<Row>(FIND_TYPES, [missing])) remember(store, fromRow(row))
  }
  return names.flatMap((name) => byName.get(name)?.type.id ?? [])
}

/** Declares a type's settings, making it where it is new. */
export async function setType(store: Store, name: string, settings: JobTypeSettings): Promise<JobType> {
  checkName(name)
  const row = onlyRow(await store.query<Row>(SET_TYPE, [name, JSON.stringify(settings)]))
  return remember(store, fromRow(row))
}

/** Takes over what a worker says of its types; see `WorkerRegistration.declares`. */
export async function declareTypes(store: Store, declares: ReadonlyMap<string, TypeDeclaration>): Promise<void> {
  for (const [name, { maxAttempts, retry }] of declares) {
    await setType(store, name, {
      ...(maxAttempts === undefined ? {} : { maxAttempts }),
      ...(retry === undefined ? {} : { retry }),
    })
  }
}

async function loadTypes(db: Queryable, names: readonly string[]): Promise<JobType[]> {
  for (const name of names) checkName(name)
  const known = await db.query<Row>(FIND_TYPES, [names])
  if (known.length === names.length) return known.map(fromRow)
  const rows = await db.query<Row>(INTERN_TYPES, [names])
  // One that another process made meanwhile is seen by neither half of that statement.
  const complete = rows.length < names.length ? await db.query<Row>(FIND_TYPES, [names]) : rows
  return complete.map(fromRow)
}

function checkName(name: string): void {
  if (name.length <= 100 && /^[a-z0-9_]+([.][a-z0-9_]+)*$/.test(name)) return
  throw problem('validation_failed', {
    detail: `"${name.slice(0, 100)}" is not a job type`,
    field: '/type',
    allowed: 'lower-case words with dots, such as print.label, at most 100 characters',
  })
}

function remember(store: Store, type: JobType): JobType {
  const cache = cacheOf(store)
  cache.byName.set(type.name, { type, at: performance.now() })
  cache.names.set(type.id, type.name)
  return type
}

function cacheOf(store: Store): Cache {
  let cache = caches.get(store)
  if (cache === undefined) {
    cache = { byName: new Map(), names: new Map() }
    caches.set(store, cache)
  }
  return cache
}

function fromRow(row: Row): JobType {
  return {
    id: row.id,
    name: row.name,
    maxAttempts: row.max_attempts,
    retry: row.retry,
    lostAction: row.lost_action,
    timeoutMs: row.timeout_ms === null ? null : Number(row.timeout_ms),
    memoryMb: row.memory_mb,
    isIsolated: row.is_isolated,
  }
}
