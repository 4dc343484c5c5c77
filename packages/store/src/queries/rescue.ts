import { type AndonError, EVENT_KINDS, problem } from '@andon/core'
import type { Queryable, Store } from '../pool.ts'
import { wordAt } from '../rows.ts'
import { statement } from '../statement.ts'
import { unconfirmIntended } from './items.ts'
import { settleParents } from './parents.ts'
import { holdWanderers } from './wanderers.ts'

/** For update, so that it waits for reports under way and keeps later ones away. */
const LOCK_EXPIRED = statement(
  'lock_expired_worker',
  `select id, site_id, name from worker where stopped_at is null and lease_until < now()
   order by lease_until limit 1 for update skip locked`,
)

const STOP_WORKER = statement(
  'stop_worker',
  `with stopped as (
     update worker set stopped_at = now(), is_lost = true, fence = fence + 1 where id = $1
     returning id, site_id, name
   ), lanes as (
     update lane set holder = null, lease_until = null where holder = $1
   ), grants as (
     delete from lane_grant where worker_id = $1
   ), unparked as (
     delete from parked where worker_id = $1
   )
   insert into event (site_id, kind, topic, actor, data)
   select site_id, $2, 'worker:' || id, 'system:rescue', jsonb_build_object('name', name) from stopped`,
)

/**
 * What becomes of the jobs of a lost worker, by type and by what is known: 0 done again, 1 taken up at the executor,
 * 2 asked about, 3 failed because it was lost too often, 4 cancelled because that was asked for anyway.
 *
 * A print of a pool of which nothing left goes to another printer: its moves are counted, not its losses.
 *
 * Work that left (a reference, or an item's intent) is never done again blindly: where nothing left, asking about it
 * would be a needless question, so that a print which had not begun is done again.
 */
const RESCUE_JOBS = statement(
  'rescue_jobs',
  `with held as materialized (
     select j.*, exists (
         select from item i where i.job_id = j.id and j.items_total is not null and i.attempt = j.attempt
           and i.state in (1, 2, 4)) as has_begun
     from job j where j.worker_id = $1 and j.phase = 2 order by j.id for update
   ), judged as materialized (
     select *, case
       when lost_action <> 'requeue' and (external_ref is not null or has_begun or substate > 1
           or (items_total is null and coalesce(proof, 0) > 0)) then
         case when lost_action = 'ask' or losses + 1 >= max_attempts then 2 else 1 end
       when cancel_requested_at is not null then 4
       when slot is not null and queue_id <> lane_id then 0
       when attempt >= max_attempts or losses + 1 >= max_attempts then 3
       else 0 end as fate
     from held
   ), back as (
     update job set
       phase = case when f.fate = 2 then 0 else 1 end, hold = case when f.fate = 2 then 5 end,
       substate = null, worker_id = null, lane_id = null, slot = null, version = job.version + 1,
       losses = job.losses + 1,
       moves = job.moves + case when f.fate = 0 and f.slot is not null and f.queue_id <> f.lane_id then 1 else 0 end,
       is_resumed = f.fate = 1, queued_at = case when f.fate = 2 then job.queued_at else now() end,
       cancel_requested_at = case when f.fate = 1 then job.cancel_requested_at end,
       error = case when f.fate <> 1 then $4::jsonb else job.error end,
       queue_id = case when f.fate = 1 and job.slot is not null then job.lane_id else job.queue_id end
     from judged f where f.id = job.id and f.fate <= 2
   ), gone as (
     delete from job using judged f where f.id = job.id and f.fate >= 3
   ), done as (
     insert into job_done (id, site_id, type_id, queue_id, state, priority, attempt, max_attempts, worker_id, version,
       run_at, created_at, queued_at, sent_at, started_at, deadline_at, expires_at, cancel_by, cancel_reason,
       description, subject_type, subject_id, tags, input, created_by, account_id, parent_id, retry_of, estimated_ms,
       progress, items_total, items_done, items_failed, printer_id, station_id, proof, external_ref, error, fingerprint)
     select id, site_id, type_id, queue_id, case fate when 3 then 6 else 7 end, priority, attempt, max_attempts,
       worker_id, version + 1, run_at, created_at, queued_at, sent_at, started_at, deadline_at, expires_at, cancel_by,
       cancel_reason, description, subject_type, subject_id, tags, input, created_by, account_id, parent_id, retry_of,
       estimated_ms, progress, items_total, items_done, items_failed, printer_id, station_id, proof, external_ref,
       case when fate = 3 then case when losses + 1 >= max_attempts then $5::jsonb else $4::jsonb end end,
       case when fate = 3 then case when losses + 1 >= max_attempts then 'poison_job.' else 'worker_lost.' end || type_id
       end
     from judged where fate >= 3
   ), attempted as (
     insert into attempt (job_id, number, worker_id, worker_name, started_at, ended_at, outcome, error, external_ref)
     select id, attempt, worker_id, $3, coalesce(least(sent_at, started_at), now()), now(),
       case fate when 2 then 4 when 4 then 2 else 3 end, $4::jsonb, external_ref
     from judged where fate <> 1
     on conflict (job_id, number) do update set ended_at = excluded.ended_at, outcome = excluded.outcome,
       error = excluded.error
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $2, queue_id, state, sum(d) from (
       select queue_id, substate::int as state, -1 as d from judged
       union all
       select case when fate = 1 and slot is not null then lane_id else queue_id end,
         case fate when 2 then 0 when 3 then 6 when 4 then 7 else 2 end, 1 from judged
     ) x group by 2, 3 order by 2, 3
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event (site_id, kind, job_id, version, attempt, actor, data)
     select site_id, $6, id, version + 1, attempt, 'system:rescue', jsonb_build_object('workerId', worker_id, 'action',
       case fate when 0 then 'requeue' when 1 then 'reattach' when 2 then 'ask' when 3 then 'failed' else 'cancelled' end)
     from judged
   ), told_end as (
     insert into event (site_id, kind, job_id, version, attempt, actor, data)
     select site_id, case fate when 2 then $7::smallint when 3 then $8::smallint else $9::smallint end, id, version + 1, attempt,
       coalesce(case when fate = 4 then cancel_by end, 'system:rescue'),
       jsonb_build_object('error', case when fate = 3 and losses + 1 >= max_attempts then $5::jsonb else $4::jsonb end)
     from judged where fate >= 2
   )
   select id, queue_id, lane_id, fate, items_total is not null as has_items,
     exists (select from job_parent p where p.parent_id = judged.id) as is_parent
   from judged`,
)

const FATES = ['requeued', 'reattached', 'asked', 'failed', 'cancelled'] as const

/** One worker whose lease was over, and what became of its jobs. */
export interface Rescue {
  readonly workerId: number
  readonly workerName: string
  readonly jobs: readonly { readonly id: string; readonly fate: (typeof FATES)[number] }[]
}

/**
 * Takes the lease of workers that are gone and decides about their jobs, one worker per transaction. Safe to run in
 * several processes; each worker is rescued once.
 *
 * @returns the workers rescued, at most `limit`
 */
export async function rescueWorkers(store: Store, limit = 100): Promise<Rescue[]> {
  const rescues: Rescue[] = []
  while (rescues.length < limit) {
    const rescue = await store.counters.use((processId) => store.transaction((tx) => rescueOne(tx, processId)))
    if (rescue === null) break
    await afterRescue(store, rescue)
    rescues.push({
      workerId: rescue.worker.id,
      workerName: rescue.worker.name,
      jobs: rescue.rows.map((row) => ({ id: row.id, fate: wordAt(FATES, row.fate) })),
    })
  }
  return rescues
}

interface Rescued {
  readonly worker: { readonly id: number; readonly name: string }
  readonly rows: readonly Row[]
}

async function rescueOne(tx: Queryable, processId: number): Promise<Rescued | null> {
  const [worker] = await tx.query<{ id: number; name: string }>(LOCK_EXPIRED)
  if (worker === undefined) return null
  const rows = await tx.query<Row>(RESCUE_JOBS, [
    worker.id,
    processId,
    worker.name,
    errorText(problem('worker_lost', { detail: `The worker ${worker.name} stopped while it had the job` })),
    errorText(problem('poison_job')),
    EVENT_KINDS.lost,
    EVENT_KINDS.unconfirmed,
    EVENT_KINDS.failed,
    EVENT_KINDS.cancelled,
  ])
  await tx.query(STOP_WORKER, [worker.id, EVENT_KINDS.worker_lost])
  const asked = rows.filter((row) => row.fate === 2 && row.has_items).map((row) => row.id)
  if (asked.length > 0) await unconfirmIntended(tx, asked)
  return { worker, rows }
}

async function afterRescue(store: Store, { worker, rows }: Rescued): Promise<void> {
  store.log.warn({ worker: worker.name, jobs: rows.length }, 'a worker was lost')
  const again = rows.filter(({ fate }) => fate === 0)
  await holdWanderers(store, again)
  store.notifier.ready(rows.flatMap((row) => (row.fate <= 1 ? [row.queue_id, row.lane_id] : [])))
  const parents = rows.filter((row) => row.fate >= 3 && row.is_parent).map((row) => row.id)
  await settleParents(store, parents)
}

function errorText({ code, detail, hint, retryable }: AndonError): string {
  return JSON.stringify({ code, message: detail, hint, retryable })
}

interface Row {
  id: string
  queue_id: number
  lane_id: number
  fate: number
  has_items: boolean
  is_parent: boolean
}
