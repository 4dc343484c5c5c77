import { problem } from '@andon/core'
import type { Queryable, Store } from '../pool.ts'
import { keptStatement, statement } from '../statement.ts'

export type LaneKind = 'queue' | 'printer' | 'pool'

/** Where work waits: a queue, a printer or a pool of printers. */
export interface Lane {
  readonly id: number
  readonly siteId: number
  readonly kind: LaneKind
  readonly name: string
  readonly slots: number | null
  readonly depthLimit: number | null
  readonly rateLimit: number | null
  readonly ratePerMs: number | null
  readonly isDraining: boolean
  /** Null when it is not paused. */
  readonly pausedAt: Date | null
  readonly pausedBy: string | null
  readonly pausedReason: string | null
  readonly pausedUntil: Date | null
  readonly isPausedByTrouble: boolean
  /** The worker that drives it; null when nobody does. */
  readonly holder: number | null
  /** The station that drives the printer; null for others. */
  readonly stationId: number | null
  /** The pool that the printer belongs to; null for others. */
  readonly poolId: number | null
}

/** How long another process may go on with the limits of before a change. */
const STALE_MS = 2_000

const LANES_BY_NAME = statement(
  'lanes_by_name',
  `select l.*, p.station_id, p.pool_id from lane l left join printer p on p.id = l.id
   where l.site_id = $1 and l.name = any($2::text[]) and l.removed_at is null
     and (l.kind = 'queue') = $3`,
)

const LANES_BY_ID = keptStatement(
  'lanes_by_id',
  `select l.id, l.site_id, l.kind, l.name, l.slots, l.depth_limit, l.rate_limit, l.rate_per_ms, l.is_draining,
     l.paused_at, l.paused_by, l.paused_reason, l.paused_until, l.is_paused_by_trouble, l.holder, p.station_id, p.pool_id
   from lane l left join printer p on p.id = l.id where l.id = any($1::int[])`,
)

const INTERN_QUEUES = statement(
  'intern_queues',
  `insert into lane (site_id, kind, name) select $1, 'queue', unnest($2::text[])
   on conflict (site_id, (case kind when 'queue' then 'queue' else 'printer' end), name) where removed_at is null
   do nothing`,
)

/** A lane as the statements of this folder return it. */
export interface LaneRow {
  id: number
  site_id: number
  kind: LaneKind
  name: string
  slots: number | null
  depth_limit: number | null
  rate_limit: number | null
  rate_per_ms: number | null
  is_draining: boolean
  paused_at: Date | null
  paused_by: string | null
  paused_reason: string | null
  paused_until: Date | null
  is_paused_by_trouble: boolean
  holder: number | null
  station_id: number | null
  pool_id: number | null
}

interface Cache {
  readonly queues: Map<string, number>
  readonly lanes: Map<number, { lane: Lane; at: number }>
}

const caches = new WeakMap<Store, Cache>()

/**
 * Queues of these names on a site; unknown ones are made without limits. From the cache, at most 2 s old.
 *
 * @throws validation_failed for the name of a printer or pool that no queue has
 */
export async function internQueues(
  store: Store,
  names: Iterable<string>,
  siteId = 1,
): Promise<ReadonlyMap<string, Lane>> {
  const cache = cacheOf(store)
  const found = new Map<string, Lane>()
  const missing: string[] = []
  for (const name of new Set(names)) {
    const lane = fresh(cache, cache.queues.get(`${siteId}/${name}`))
    if (lane === undefined) missing.push(name)
    else found.set(name, lane)
  }
  if (missing.length === 0) return found
  for (const lane of await loadQueues(store, missing, siteId)) found.set(lane.name, remember(store, lane))
  return found
}

/** Lanes by id; from the cache, at most 2 s old. Ids that do not exist are missing from the answer. */
export async function lanesById(store: Store, ids: Iterable<number>): Promise<ReadonlyMap<number, Lane>> {
  const cache = cacheOf(store)
  const found = new Map<number, Lane>()
  const missing: number[] = []
  for (const id of new Set(ids)) {
    const lane = fresh(cache, id)
    if (lane === undefined) missing.push(id)
    else found.set(id, lane)
  }
  if (missing.length === 0) return found
  const rows = await store.query<LaneRow>(LANES_BY_ID, [missing])
  for (const row of rows) found.set(row.id, remember(store, toLane(row)))
  return found
}

/**
 * The lane of a name, read from the database.
 *
 * @param kind `printer` finds pools as well: they share their names
 * @returns null when there is none
 */
export async function findLane(
  db: Queryable,
  kind: 'queue' | 'printer',
  name: string,
  siteId = 1,
): Promise<Lane | null> {
  const [row] = await db.query<LaneRow>(LANES_BY_NAME, [siteId, [name], kind === 'queue'])
  return row === undefined ? null : toLane(row)
}

/** Forgets what the cache knows of a lane that was just changed here. */
export function forgetLane(store: Store, laneId: number): void {
  const cache = cacheOf(store)
  const lane = cache.lanes.get(laneId)?.lane
  cache.lanes.delete(laneId)
  if (lane !== undefined) cache.queues.delete(`${lane.siteId}/${lane.name}`)
}

async function loadQueues(store: Store, names: readonly string[], siteId: number): Promise<Lane[]> {
  const known = await store.query<LaneRow>(LANES_BY_NAME, [siteId, names, true])
  if (known.length === names.length) return known.map(toLane)
  const have = new Set(known.map((row) => row.name))
  const missing = names.filter((name) => !have.has(name)).toSorted()
  const [printer] = await store.query<LaneRow>(LANES_BY_NAME, [siteId, missing, false])
  if (printer !== undefined) throw noQueue(printer)
  await store.query(INTERN_QUEUES, [siteId, missing])
  const all = await store.query<LaneRow>(LANES_BY_NAME, [siteId, names, true])
  return all.map(toLane)
}

/** A queue of a printer's name would be made by mistake, and nobody would work in it. */
function noQueue({ kind, name }: LaneRow): Error {
  return problem('validation_failed', {
    field: '/queue',
    detail: `"${name}" is a ${kind}; what it prints is asked for with POST /api/print`,
    allowed: 'the name of a queue',
  })
}

function fresh(cache: Cache, id: number | undefined): Lane | undefined {
  const cached = id === undefined ? undefined : cache.lanes.get(id)
  return cached !== undefined && performance.now() - cached.at < STALE_MS ? cached.lane : undefined
}

function remember(store: Store, lane: Lane): Lane {
  const cache = cacheOf(store)
  cache.lanes.set(lane.id, { lane, at: performance.now() })
  if (lane.kind === 'queue') cache.queues.set(`${lane.siteId}/${lane.name}`, lane.id)
  return lane
}

function cacheOf(store: Store): Cache {
  let cache = caches.get(store)
  if (cache === undefined) {
    cache = { queues: new Map(), lanes: new Map() }
    caches.set(store, cache)
  }
  return cache
}

/** The lane of a row. */
export function toLane(row: LaneRow): Lane {
  return {
    id: row.id,
    siteId: row.site_id,
    kind: row.kind,
    name: row.name,
    slots: row.slots,
    depthLimit: row.depth_limit,
    rateLimit: row.rate_limit,
    ratePerMs: row.rate_per_ms,
    isDraining: row.is_draining,
    pausedAt: row.paused_at,
    pausedBy: row.paused_by,
    pausedReason: row.paused_reason,
    pausedUntil: row.paused_until,
    isPausedByTrouble: row.is_paused_by_trouble,
    holder: row.holder,
    stationId: row.station_id,
    poolId: row.pool_id,
  }
}
