import { EVENT_KINDS, type WorkerLease } from '@andon/core'
import { jobColumns, type PreparedJob } from '../new-jobs.ts'
import type { Queryable } from '../pool.ts'
import { keptStatement } from '../statement.ts'
import { keyColumns, type SoleKey } from './idempotency.ts'

const PARK = keptStatement(
  'park',
  `insert into parked as p (worker_id, lane_ids, ticket) values ($1, $2, $3)
   on conflict (worker_id) do update set lane_ids = excluded.lane_ids, ticket = excluded.ticket, parked_at = now()`,
)

/** Waits for whoever is handing something over, so that the next statement sees it. */
const UNPARK = keptStatement('unpark', `delete from parked where worker_id = $1 returning ticket`)

/**
 * Makes one job, and hands it to a worker that is parked for it: then it is held from its first moment, as if it had
 * been claimed. What a claim respects is respected here: the lease, drain, the types that the worker can run, the
 * lane's pause, and what waits there already. Lanes with limits grant their places to claims alone.
 *
 * A worker that died is not known as such before its lease is over; that it parks anew at each poll is seen sooner.
 * Where the key of the request was taken before, nothing is made and no row comes back.
 */
const INSERT_OR_HAND_OVER = keptStatement(
  'insert_or_hand_over',
  `with key as (
     insert into idempotency (site_id, key, job_id, job_ids, request_hash)
     select $1::smallint, $33, ($4::uuid[])[1], case when $34::boolean then $4::uuid[] end, $35::bytea
     where $33::text is not null
     on conflict (site_id, key) do nothing returning site_id
   ), input as (
     select * from unnest($4::uuid[], $5::int[], $6::int[], $7::smallint[], $8::smallint[], $9::smallint[],
       $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::text[], $14::text[], $15::text[], $16::jsonb[],
       $17::jsonb[], $18::text[], $19::int[], $20::uuid[], $21::uuid[], $22::bigint[], $23::int[], $24::int[],
       $25::int[], $26::jsonb[], $27::text[])
     as i (id, type_id, queue_id, hold, priority, max_attempts, run_at, deadline_at, expires_at, description,
       subject_type, subject_id, tags, input, created_by, account_id, parent_id, retry_of, estimated_ms, items_total,
       printer_id, station_id, retry, lost_action)
     where $33::text is null or exists (select from key)
   ), place as materialized (
     select p.worker_id, p.ticket from parked p join worker w on w.id = p.worker_id
     where $30::int = any(p.lane_ids) and p.parked_at > now() - interval '5 seconds'
       and w.stopped_at is null and w.lease_until > now() and not w.is_draining and $31::text = any(w.types)
       and exists (select from lane where id = $30 and paused_at is null and slots is null and rate_limit is null)
       and not exists (select from job where queue_id = $30 and phase = 1) and exists (select from input)
     order by p.parked_at desc limit 1
     for update of p skip locked for key share of w skip locked
   ), taken as (
     delete from parked where worker_id in (select worker_id from place)
   ), made as (
     insert into job (id, site_id, type_id, queue_id, phase, substate, worker_id, lane_id, fence, attempt, version,
       priority, rank, max_attempts, run_at, queued_at, started_at, deadline_at, expires_at, description, subject_type,
       subject_id, tags, input, created_by, account_id, parent_id, retry_of, estimated_ms, retry, lost_action)
     select id, $1, type_id, queue_id, 1 + p.n, case when p.n = 1 then 3 end, p.worker_id,
       case when p.n = 1 then queue_id end, p.n, p.n, 1 + p.n,
       priority, priority, max_attempts, now(), now(), case when p.n = 1 then now() end, deadline_at, expires_at,
       description, subject_type, subject_id, tags, input, created_by, account_id, parent_id, retry_of, estimated_ms,
       retry, coalesce(lost_action, 'requeue')
     from input, (select count(*)::int as n, max(worker_id) as worker_id from place) p
     returning *
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $2::int, queue_id, coalesce(substate, 2), 1 from made
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event_batch (site_id, kind, worker_id, job_ids)
     select $1, e.kind, case when e.n = 2 then m.worker_id end, array[m.id]
     from made m, (values (1, $3::smallint), (2, $29::smallint)) as e (n, kind)
     where e.n = 1 or m.phase = 2 order by e.n
   ), handed as (
     select json_build_object('w', p.worker_id, 't', p.ticket) as bare,
       json_build_object('w', p.worker_id, 't', p.ticket, 'j', json_build_object('id', m.id, 'fence', m.fence,
         'type', $31::text, 'lane_id', m.lane_id, 'queue_id', m.queue_id, 'attempt', m.attempt, 'max_attempts',
         m.max_attempts, 'priority', m.priority, 'is_resumed', m.is_resumed, 'external_ref', m.external_ref, 'input',
         m.input, 'description', m.description, 'created_by', m.created_by,
         'created_ms', date_part('epoch', m.created_at) * 1000,
         'deadline_ms', date_part('epoch', m.deadline_at) * 1000,
         'deadline_in_ms', date_part('epoch', m.deadline_at - now()) * 1000,
         'items_total', m.items_total, 'items_done', m.items_done, 'items_failed', m.items_failed,
         'lost_action', m.lost_action, 'retry', m.retry)) as full
     from made m join place p on p.worker_id = m.worker_id
   )
   select phase = 1 as is_ready, pg_notify('andon', coalesce((
     select json_build_object('e', 1, 'h', case when octet_length(h.full::text) < $32 then h.full else h.bare end)::text
     from handed h), $28)) from made`,
)

/** Longest text about a handed job that travels with its notification, whose limit is 8,000 bytes. */
const TRAVELS_BYTES = 7_900

/** Lets a worker be handed one job of these lanes. */
export async function park(
  db: Queryable,
  lease: WorkerLease,
  { laneIds, ticket }: { readonly laneIds: readonly number[]; readonly ticket: number },
): Promise<void> {
  await db.query(PARK, [lease.workerId, laneIds, ticket])
}

/** False when the worker was not parked any more: something was handed to it, and is committed. */
export async function unpark(db: Queryable, lease: WorkerLease): Promise<boolean> {
  return (await db.query(UNPARK, [lease.workerId])).length > 0
}

/** Whether a job is of the kind that is handed over: ready at once, in a queue, and without limits to be granted. */
export function mayBeHandedOver(job: PreparedJob): boolean {
  const { kind, slots, rateLimit } = job.lane
  return kind === 'queue' && slots === null && rateLimit === null && job.hold === null && job.runAt === null
}

interface HandOver {
  readonly processId: number
  readonly job: PreparedJob
  /** What to notify when nobody was parked. */
  readonly payload: string
  readonly key: SoleKey | null
}

/** How new jobs came to be; not at all when the key of their request had made them before. */
export type Came = 'handed over' | 'not at all' | 'ready'

/** Makes one job that `mayBeHandedOver`, and tells whoever has to know. It is ready where nobody was parked for it. */
export async function insertOrHandOver(db: Queryable, { processId, job, payload, key }: HandOver): Promise<Came> {
  const [row] = await db.query<{ is_ready: boolean }>(INSERT_OR_HAND_OVER, [
    job.siteId,
    processId,
    EVENT_KINDS.created,
    ...jobColumns([job]),
    payload,
    EVENT_KINDS.claimed,
    job.lane.id,
    job.type,
    TRAVELS_BYTES,
    ...keyColumns(key),
  ])
  if (row === undefined) return 'not at all'
  return row.is_ready ? 'ready' : 'handed over'
}
