import {
  EVENT_KINDS,
  type HeartbeatAnswer,
  problem,
  type WorkerLease,
  type WorkerRegistration,
  type WorkerSample,
  snakeKeys,
} from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import type { Queryable, Store } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { keptStatement, statement } from '../statement.ts'

const REGISTER = statement(
  'register_worker',
  `with made as (
     insert into worker (site_id, name, kind, host, pid, version, schema_version, types, slots, lease_until, account_id,
       station_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10::bigint * interval '1 millisecond', $12, $13)
     returning id, fence, name
   ), told as (
     insert into event (site_id, kind, topic, actor, data)
     select $1, $11, 'worker:' || id, name, jsonb_build_object('name', name, 'kind', $3::text) from made
   )
   select id, fence from made`,
)

/** The lease lasts by the database's clock alone; lanes of printers are renewed with it. */
const HEARTBEAT = keptStatement(
  'heartbeat',
  `with beat as (
     update worker set heartbeat_at = now(), lease_until = now() + $3::bigint * interval '1 millisecond',
       sample = coalesce($4::jsonb, sample)
     where id = $1 and fence = $2 and stopped_at is null
     returning id, is_draining, lease_until
   ), lanes as (
     update lane l set lease_until = beat.lease_until from beat where l.holder = beat.id
   )
   select b.is_draining, j.id, j.cancel_by, j.cancel_reason, j.is_kill_requested
   from beat b left join job j on j.worker_id = $1 and j.cancel_requested_at is not null and j.phase = 2`,
)

const UNREGISTER = statement(
  'unregister_worker',
  `with stopped as (
     update worker set stopped_at = now(), fence = fence + 1
     where id = $1 and fence = $2 and stopped_at is null and not exists (
       select from job where worker_id = $1 and phase = 2)
     returning id, site_id, name
   ), lanes as (
     update lane set holder = null, lease_until = null where holder in (select id from stopped)
   ), grants as (
     delete from lane_grant where worker_id in (select id from stopped)
   ), unparked as (
     delete from parked where worker_id in (select id from stopped)
   ), told as (
     insert into event (site_id, kind, topic, actor) select site_id, $3, 'worker:' || id, name from stopped
   )
   select id from stopped`,
)

const DRAIN_WORKER = statement(
  'drain_worker',
  `with drained as (
     update worker set is_draining = $2 where id = $1 and stopped_at is null returning id, site_id
   ), told as (
     insert into event (site_id, kind, topic, actor, data)
     select site_id, $3, 'worker:' || id, $4, jsonb_build_object('isDraining', $2::boolean) from drained
   )
   select id from drained`,
)

export interface RegisterOptions {
  readonly siteId?: number
  readonly schemaVersion?: number
  /** Who registered it over HTTP, and alone may speak for it; null near the database. */
  readonly accountId?: number | null
  /** The station whose printers it may drive; null for all others. */
  readonly stationId?: number | null
}

/** Makes a worker known; its id is new at every start. */
export async function registerWorker(
  db: Queryable,
  worker: WorkerRegistration,
  options: RegisterOptions = {},
): Promise<WorkerLease> {
  const row = onlyRow(
    await db.query<{ id: number; fence: string }>(REGISTER, [
      options.siteId ?? 1,
      worker.name,
      worker.kind,
      worker.host,
      worker.pid,
      worker.version,
      options.schemaVersion ?? 1,
      [...worker.types],
      worker.slots,
      worker.leaseMs,
      EVENT_KINDS.worker_started,
      options.accountId ?? null,
      options.stationId ?? null,
    ]),
  )
  return { workerId: row.id, fence: row.fence, leaseMs: worker.leaseMs }
}

/** Renews a lease; see `JobSource.heartbeat`. */
export async function heartbeat(
  db: Queryable,
  lease: WorkerLease,
  sample: WorkerSample | null,
): Promise<HeartbeatAnswer> {
  const rows = await db.query<BeatRow>(HEARTBEAT, [
    lease.workerId,
    lease.fence,
    lease.leaseMs,
    sample === null ? null : JSON.stringify(snakeKeys(sample)),
  ])
  const cancels = rows.flatMap((row) =>
    row.id === null ? [] : { jobId: row.id, by: row.cancel_by, reason: row.cancel_reason, kill: row.is_kill_requested },
  )
  return { alive: rows.length > 0, drain: rows[0]?.is_draining ?? false, cancels }
}

/** Ends a lease under which nothing is held; false when something is, or when it was lost before. */
export async function unregisterWorker(store: Store, lease: WorkerLease): Promise<boolean> {
  const rows = await store.query(UNREGISTER, [lease.workerId, lease.fence, EVENT_KINDS.worker_stopped])
  store.notifier.events()
  return rows.length > 0
}

/**
 * Tells a worker to take no more work (or to go on); it hears of it with its next heartbeat.
 *
 * @throws worker_not_found
 */
export async function drainWorker(
  store: Store,
  workerId: number,
  options: { readonly isDraining: boolean; readonly actor: Actor },
): Promise<void> {
  const { isDraining, actor } = options
  await store.transaction(async (tx) => {
    const rows = await tx.query(DRAIN_WORKER, [workerId, isDraining, EVENT_KINDS.worker_drained, actor.name])
    if (rows.length === 0) throw problem('worker_not_found')
    await writeAudit(tx, actor, [{ action: 'worker.drain', target: `worker:${workerId}`, after: { isDraining } }])
  })
  store.notifier.events()
}

/** A worker that is alive, with a job of its own that is to be cancelled, if there is one. */
type BeatRow = { is_draining: boolean } & (
  | { id: null }
  | { id: string; cancel_by: string; cancel_reason: string | null; is_kill_requested: boolean }
)
