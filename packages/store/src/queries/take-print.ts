import { EVENT_KINDS, ITEM_STATES, type ItemState, type WorkerLease } from '@andon/core'
import type { Queryable, Store } from '../pool.ts'
import { firstRow, onlyRow, wordAt } from '../rows.ts'
import { statement } from '../statement.ts'
import { isTaken } from './claim.ts'

/** Where a print stands, as far as somebody who wants just this one has to know. */
export interface PrintPlace {
  /** 0 waits for a time or a person, 1 may be taken, 2 is held. */
  readonly phase: number
  readonly fence: number
  readonly attempt: number
  readonly worker_id: number | null
  /** The printer that holds it; null while nobody does. */
  readonly lane_id: number | null
  readonly queue_id: number
  readonly queue: string
  readonly queue_kind: 'queue' | 'printer' | 'pool'
}

const PRINT_PLACE = statement(
  'print_place',
  `select j.phase, j.fence, j.attempt, j.worker_id, j.lane_id, j.queue_id, q.name as queue, q.kind as queue_kind
   from job j join lane q on q.id = j.queue_id where j.id = $1`,
)

/** The rules of `claim_jobs` for one job at one printer: paused, draining and taken places give nothing. */
const TAKE_PRINT = statement(
  'take_print',
  `with lease as materialized (
     select id from worker
     where id = $1 and fence = $2 and stopped_at is null and lease_until > now() and not is_draining for key share
   ), place as materialized (
     select l.id, p.pool_id, p.station_id, l.is_draining,
       case when coalesce(p.settings->>'format', '') = '' then p.capabilities end as takes
     from lane l join printer p on p.id = l.id
     where l.id = $4 and l.holder = $1 and l.paused_at is null and l.removed_at is null
       and not exists (select from job h where h.lane_id = l.id and h.slot = 0)
   ), locked as materialized (
     select j.id from job j join lane q on q.id = j.queue_id and q.paused_at is null cross join place p
     where j.id = $5 and j.phase = 1 and (j.queue_id = p.id
         or j.queue_id = p.pool_id and not p.is_draining and printer_takes(p.takes, j.input))
       and exists (select from lease)
     for update of j skip locked
   ), claimed as (
     update job set phase = 2, substate = 1, worker_id = $1, lane_id = $4, slot = 0, printer_id = $4,
       station_id = (select station_id from place), attempt = attempt + case when is_resumed then 0 else 1 end,
       fence = fence + 1, version = version + 1, sent_at = case when is_resumed then sent_at else now() end,
       started_at = case when is_resumed then started_at end, external_ref = case when is_resumed then external_ref end,
       proof = case when is_resumed then proof end, progress = case when is_resumed then progress end
     where id in (select id from locked)
     returning id, site_id, queue_id, fence, attempt
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $3::int, g.queue_id, s.state, s.n from claimed g cross join (values (1, 1), (2, -1)) as s (state, n)
     order by s.state
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event_batch (site_id, kind, worker_id, job_ids) select site_id, $6, $1, array[id] from claimed
   )
   select fence, attempt from claimed`,
)

const OPEN_ITEMS = statement(
  'open_items',
  `select idx, state from item where job_id = $1 and state in (0, 1) order by idx`,
)

const COUNT_ENDED_ITEMS = statement(
  'count_ended_items',
  `select count(*) filter (where state = 2)::int as done, count(*) filter (where state = 3)::int as failed,
     count(*)::int as total
   from item where job_id = $1`,
)

const HAS_ENDED = statement(
  'attempt_has_ended',
  `select exists (
     select from job_done where id = $1 and worker_id = $2
   ) or exists (
     select from job j join attempt a on a.job_id = j.id and a.number = j.attempt and a.worker_id = $2
     where j.id = $1 and j.fence = $3 and j.phase < 2
   ) as has_ended`,
)

const LOCK_STATION = statement('lock_station', `select id from station where id = $1 for no key update`)

/** Null for a job that has ended, and for one that never was. */
export async function printPlace(db: Queryable, jobId: string): Promise<PrintPlace | null> {
  return firstRow(await db.query<PrintPlace>(PRINT_PLACE, [jobId]))
}

/**
 * Claims one print for a printer that the worker holds, whatever else waits there.
 *
 * @returns the token of the claim; null when the job, its queue or the printer does not allow it now
 */
export async function takePrint(
  store: Store,
  lease: WorkerLease,
  at: { readonly jobId: string; readonly laneId: number },
): Promise<{ readonly fence: number; readonly attempt: number } | null> {
  const take = (processId: number) =>
    store.query<{ fence: number; attempt: number }>(TAKE_PRINT, [
      lease.workerId,
      lease.fence,
      processId,
      at.laneId,
      at.jobId,
      EVENT_KINDS.claimed,
    ])
  try {
    const row = firstRow(await store.counters.use(take))
    if (row !== null) store.notifier.events()
    return row
  } catch (error) {
    if (isTaken(error)) return null
    throw error
  }
}

/** Items of a job without an outcome, in order: those not begun, and those that may have left. */
export async function openItems(
  db: Queryable,
  jobId: string,
): Promise<{ readonly index: number; readonly state: ItemState }[]> {
  const rows = await db.query<{ idx: number; state: number }>(OPEN_ITEMS, [jobId])
  return rows.map(({ idx, state }) => ({ index: idx, state: wordAt(ITEM_STATES, state) }))
}

/** How many items of a job came out and how many did not, of how many. */
export async function endedItems(
  db: Queryable,
  jobId: string,
): Promise<{ readonly done: number; readonly failed: number; readonly total: number }> {
  return onlyRow(await db.query<{ done: number; failed: number; total: number }>(COUNT_ENDED_ITEMS, [jobId]))
}

/** Whether it was this worker that ended the attempt which the fence stands for. */
export async function hasEndedAttempt(
  db: Queryable,
  workerId: number,
  token: { readonly jobId: string; readonly fence: number },
): Promise<boolean> {
  const values = [token.jobId, workerId, token.fence]
  return onlyRow(await db.query<{ has_ended: boolean }>(HAS_ENDED, values)).has_ended
}

/** Keeps others from doing what is done for this station, until the transaction ends. */
export async function lockStation(tx: Queryable, stationId: number): Promise<void> {
  await tx.query(LOCK_STATION, [stationId])
}
