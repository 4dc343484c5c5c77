import { EVENT_KINDS, problem } from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import type { Queryable, Store } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { keptStatement, statement } from '../statement.ts'
import { findLane, forgetLane, type Lane, type LaneKind, type LaneRow, toLane } from './lanes.ts'

const LANE_AFTER = statement(
  'lane_after_change',
  `select l.*, p.station_id, p.pool_id from lane l left join printer p on p.id = l.id where l.id = $1`,
)

const CREATE_LANE = statement(
  'create_lane',
  `insert into lane (site_id, kind, name, slots, depth_limit, rate_limit, rate_per_ms)
   values ($1, $2, $3, $4, $5, $6, $7)
   on conflict (site_id, (case kind when 'queue' then 'queue' else 'printer' end), name) where removed_at is null
   do nothing returning *, null::int as station_id, null::int as pool_id`,
)

const LOCK_LANE = statement(
  'lock_lane',
  `select l.*, p.station_id, p.pool_id from lane l left join printer p on p.id = l.id
   where l.id = $1 and l.removed_at is null for update of l`,
)

const RENAME_LANE = statement('rename_lane', `update lane set name = $2 where id = $1`)

const LANE_HAS_JOBS = statement('lane_has_jobs', `select id from job where queue_id = $1 or lane_id = $1 limit 1`)

const REMOVE_LANE = statement('remove_lane', `update lane set removed_at = now(), holder = null where id = $1`)

const FORGET_FAILOVER = statement('forget_failover', `update printer set failover_id = null where failover_id = $1`)

const PAUSE_LANE = statement(
  'pause_lane',
  `update lane set paused_at = coalesce(paused_at, now()), paused_by = $2, paused_reason = $3, paused_until = $4,
     is_paused_by_trouble = $5 where id = $1`,
)

const RESUME_LANE = statement(
  'resume_lane',
  `update lane set paused_at = null, paused_by = null, paused_reason = null, paused_until = null,
     is_paused_by_trouble = false where id = $1`,
)

const RESUME_DUE_LANES = keptStatement(
  'resume_due_lanes',
  `with due as (
     update lane set paused_at = null, paused_by = null, paused_reason = null, paused_until = null,
       is_paused_by_trouble = false
     where id in (select id from lane where paused_until <= now() for update skip locked) returning id, site_id
   ), told as (
     insert into event (site_id, kind, topic, actor, data)
     select site_id, $1, 'lane:' || id, 'system', '{"reason":"the time it was paused for is over"}'::jsonb from due
   )
   select id from due`,
)

const SET_LIMITS = statement(
  'set_lane_limits',
  `update lane set slots = $2, depth_limit = $3, rate_limit = $4, rate_per_ms = $5 where id = $1`,
)

const DRAIN_LANE = statement('drain_lane', `update lane set is_draining = $2 where id = $1`)

const LANE_EVENT = statement(
  'lane_event',
  `insert into event (site_id, kind, topic, actor, data) values ($1, $2, 'lane:' || $3::int, $4, $5::jsonb)`,
)

const HOLD_LANES = statement(
  'hold_lanes',
  `with lease as materialized (
     select id, fence, lease_until from worker where id = $1 and fence = $2 and stopped_at is null for key share
   )
   update lane l set holder = lease.id, holder_fence = lease.fence, lease_until = lease.lease_until
   from lease
   where l.id = any($3::int[]) and l.removed_at is null and (
     l.holder is null or l.holder = lease.id or not exists (
       select from worker w where w.id = l.holder and w.stopped_at is null and w.lease_until > now()))
   returning l.id`,
)

/** Limits of a lane; null lifts one, what is left out stays. */
export interface LaneLimits {
  readonly slots?: number | null
  readonly depthLimit?: number | null
  readonly rateLimit?: number | null
  readonly ratePerMs?: number | null
}

export interface Pause {
  readonly reason?: string | null
  /** When it ends by itself; null is until somebody resumes it. */
  readonly until?: Date | null
  /** The device's own trouble paused it, and its recovery resumes it. */
  readonly isTrouble?: boolean
}

/** What a new lane is made from. */
export interface NewLane extends LaneLimits {
  readonly kind: LaneKind
  readonly name: string
  readonly siteId?: number
}

/**
 * Makes a lane; a printer gets one slot. Its row in `printer` is made by whoever adds the printer, in the same
 * transaction.
 *
 * @throws printer_exists; name_taken for queues and pools
 */
export async function createLane(tx: Queryable, lane: NewLane, actor: Actor): Promise<Lane> {
  const slots = lane.kind === 'printer' ? 1 : (lane.slots ?? null)
  const limits = [slots, lane.depthLimit ?? null, lane.rateLimit ?? null, lane.ratePerMs ?? null]
  const [row] = await tx.query<LaneRow>(CREATE_LANE, [lane.siteId ?? 1, lane.kind, lane.name, ...limits])
  if (row === undefined) {
    const detail = `"${lane.name}" exists already`
    throw problem(lane.kind === 'printer' ? 'printer_exists' : 'name_taken', { detail, field: '/name' })
  }
  const made = toLane(row)
  await tell(tx, { lane: made, kind: 'lane_created', actor, data: { name: made.name, kind: made.kind } })
  await writeAudit(tx, actor, [{ action: `${made.kind}.create`, target: `lane:${made.id}`, after: limitsOf(made) }])
  return made
}

/**
 * Gives a lane another name.
 *
 * @throws printer_exists; name_taken for queues and pools
 */
export function renameLane(store: Store, laneId: number, name: string, actor: Actor): Promise<Lane> {
  return change(store, { laneId, actor, action: 'rename' }, async (tx, lane) => {
    const taken = await findLane(tx, lane.kind === 'queue' ? 'queue' : 'printer', name, lane.siteId)
    if (taken !== null && taken.id !== lane.id) {
      const code = lane.kind === 'printer' ? 'printer_exists' : 'name_taken'
      throw problem(code, { detail: `"${name}" exists already`, field: '/name' })
    }
    await tx.query(RENAME_LANE, [lane.id, name])
    return { kind: 'lane_changed', before: { name: lane.name }, after: { name } }
  })
}

/**
 * Removes a lane from sight; its history keeps it.
 *
 * @throws state_conflict while jobs wait or run there
 */
export function removeLane(store: Store, laneId: number, actor: Actor): Promise<Lane> {
  return change(store, { laneId, actor, action: 'remove' }, async (tx, lane) => {
    const jobs = await tx.query(LANE_HAS_JOBS, [lane.id])
    if (jobs.length > 0) {
      const hint = 'Cancel its jobs or move them elsewhere, then remove it.'
      throw problem('state_conflict', { detail: `"${lane.name}" still has jobs`, field: 'name', hint })
    }
    await tx.query(FORGET_FAILOVER, [lane.id])
    await tx.query(REMOVE_LANE, [lane.id])
    return { kind: 'lane_removed', before: { name: lane.name, kind: lane.kind }, after: null }
  })
}

/**
 * Pauses a lane: nothing is claimed from it or for it; jobs keep their states. Trouble never replaces a person's
 * pause, a person's replaces trouble's.
 */
export function pauseLane(store: Store, laneId: number, pause: Pause, actor: Actor): Promise<Lane> {
  return change(store, { laneId, actor, action: 'pause' }, async (tx, lane) => {
    const isTrouble = pause.isTrouble ?? false
    const reason = pause.reason ?? null
    const isKnown = !lane.isPausedByTrouble || lane.pausedReason === reason
    if (isTrouble && lane.pausedAt !== null && isKnown) return null
    await tx.query(PAUSE_LANE, [lane.id, actor.name, reason, pause.until ?? null, isTrouble])
    const after = { reason, until: pause.until?.toISOString() ?? null, byTrouble: isTrouble }
    return { kind: 'lane_paused', before: { paused: lane.pausedAt !== null, reason: lane.pausedReason }, after }
  })
}

/** Ends a pause. With `onlyTrouble` a pause that a person ordered stays. */
export function resumeLane(
  store: Store,
  laneId: number,
  actor: Actor,
  options: { readonly onlyTrouble?: boolean } = {},
): Promise<Lane> {
  return change(store, { laneId, actor, action: 'resume' }, async (tx, lane) => {
    if (lane.pausedAt === null || (options.onlyTrouble === true && !lane.isPausedByTrouble)) return null
    await tx.query(RESUME_LANE, [lane.id])
    return { kind: 'lane_resumed', before: { reason: lane.pausedReason, by: lane.pausedBy }, after: { reason: null } }
  })
}

/** Ends the pauses whose time is over; the ids of their lanes. Safe to run in several processes. */
export async function resumeDueLanes(store: Store): Promise<number[]> {
  const rows = await store.query<{ id: number }>(RESUME_DUE_LANES, [EVENT_KINDS.lane_resumed])
  const ids = rows.map((row) => row.id)
  for (const id of ids) forgetLane(store, id)
  if (ids.length > 0) store.notifier.ready(ids)
  return ids
}

/** Sets a lane's limits. */
export function setLaneLimits(store: Store, laneId: number, limits: LaneLimits, actor: Actor): Promise<Lane> {
  return change(store, { laneId, actor, action: 'limits' }, async (tx, lane) => {
    const next = { ...limitsOf(lane), ...limits }
    await tx.query(SET_LIMITS, [lane.id, next.slots, next.depthLimit, next.rateLimit, next.ratePerMs])
    return { kind: 'lane_changed', before: limitsOf(lane), after: next }
  })
}

/** A draining lane takes no new jobs and nothing from its pool; what waits in it is still done. */
export function drainLane(store: Store, laneId: number, isDraining: boolean, actor: Actor): Promise<Lane> {
  return change(store, { laneId, actor, action: isDraining ? 'drain' : 'undrain' }, async (tx, lane) => {
    if (lane.isDraining === isDraining) return null
    await tx.query(DRAIN_LANE, [lane.id, isDraining])
    return { kind: 'lane_changed', before: { isDraining: lane.isDraining }, after: { isDraining } }
  })
}

/**
 * Makes a worker the one that drives these printers, where nobody who lives does; the ids it now holds. Renewed with
 * every heartbeat of the worker.
 */
export async function holdLanes(
  db: Queryable,
  lease: { readonly workerId: number; readonly fence: string },
  laneIds: readonly number[],
): Promise<number[]> {
  const rows = await db.query<{ id: number }>(HOLD_LANES, [lease.workerId, lease.fence, laneIds])
  return rows.map((row) => row.id)
}

type LaneEventKind = 'lane_created' | 'lane_changed' | 'lane_removed' | 'lane_paused' | 'lane_resumed'

interface Changed {
  readonly kind: LaneEventKind
  readonly before: object
  readonly after: object | null
}

interface ChangeOptions {
  readonly laneId: number
  readonly actor: Actor
  readonly action: string
}

/** Locks the lane, lets `work` change it, and records event and audit. `null` from `work`: nothing had to change. */
async function change(
  store: Store,
  { laneId, actor, action }: ChangeOptions,
  work: (tx: Queryable, lane: Lane) => Promise<Changed | null>,
): Promise<Lane> {
  const lane = await store.transaction(async (tx) => {
    const [row] = await tx.query<LaneRow>(LOCK_LANE, [laneId])
    if (row === undefined) throw problem('queue_not_found')
    const found = toLane(row)
    const changed = await work(tx, found)
    if (changed === null) return found
    await tell(tx, { lane: found, kind: changed.kind, actor, data: changed.after ?? changed.before })
    const target = `lane:${found.id}`
    await writeAudit(tx, actor, [
      { action: `${found.kind}.${action}`, target, before: changed.before, after: changed.after },
    ])
    return toLane(onlyRow(await tx.query<LaneRow>(LANE_AFTER, [laneId])))
  })
  forgetLane(store, laneId)
  store.notifier.ready([laneId])
  return lane
}

interface LaneTold {
  readonly lane: Lane
  readonly kind: LaneEventKind
  readonly actor: Actor
  readonly data: object
}

async function tell(tx: Queryable, { lane, kind, actor, data }: LaneTold): Promise<void> {
  await tx.query(LANE_EVENT, [lane.siteId, EVENT_KINDS[kind], lane.id, actor.name, JSON.stringify(data)])
}

function limitsOf(lane: Lane): Required<LaneLimits> {
  const { slots, depthLimit, rateLimit, ratePerMs } = lane
  return { slots, depthLimit, rateLimit, ratePerMs }
}
