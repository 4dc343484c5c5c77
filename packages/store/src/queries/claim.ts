import {
  type ClaimedJob,
  type ClaimLane,
  EVENT_KINDS,
  type LostAction,
  PRIORITIES,
  type WorkerLease,
} from '@andon/core'
import { plainArray } from '../arrays.ts'
import type { Queryable, Store } from '../pool.ts'
import { wordAt } from '../rows.ts'
import { keptStatement, statement } from '../statement.ts'
import { typeIds, typeNames } from './types.ts'

/**
 * The candidates are locked in a materialised step and the rows are then changed by a list of ids: a join there would
 * be at the planner's mercy. `width_bucket` over the sorted ids finds a row's place in the columns of the set.
 *
 * Lanes that take from the same queue get consecutive stretches of it (`skip`), so that one statement serves all idle
 * printers of a pool. Those that are paused or taken get none: what lay in theirs would be left for nobody. For the same
 * reason printers that can print different things (`takes`) get stretches of their own: each of what it can print.
 */
const CLAIM = keptStatement(
  'claim_jobs',
  `with lease as materialized (
     select id from worker
     where id = $1 and fence = $2 and stopped_at is null and lease_until > now() and not is_draining for key share
   ), want as materialized (
     select w.lane_id, w.queue_id, w.slot, w.n, l.kind = 'printer' as is_printer, p.takes,
       coalesce(sum(w.n) over (
         partition by w.queue_id, p.takes order by w.turn rows between unbounded preceding and 1 preceding), 0) as skip
     from unnest($4::int[], $5::int[], $6::smallint[], $7::int[])
       with ordinality as w (lane_id, queue_id, slot, n, turn)
     join lane l on l.id = w.lane_id join lane q on q.id = w.queue_id
     left join lateral (
       select capabilities as takes from printer
       where id = w.lane_id and id <> w.queue_id and coalesce(settings->>'format', '') = ''
     ) p on true
     where l.paused_at is null and q.paused_at is null and (l.id = q.id or not l.is_draining)
       and (w.slot is null or not exists (select from job h where h.lane_id = w.lane_id and h.slot = w.slot))
   ), locked as materialized (
     select w.lane_id, w.slot, w.n, w.is_printer, j.id, j.rank, j.run_at
     from want w cross join lateral (
       select id, rank, run_at from job
       where phase = 1 and queue_id = w.queue_id and type_id = any($8::int[])
         and (w.takes is null or printer_takes(w.takes, input))
       order by rank desc, run_at, id offset w.skip limit w.n for update skip locked
     ) j
     where exists (select from lease)
   ), placed as (
     select distinct on (id) * from (
       select *, row_number() over (partition by lane_id, slot order by rank desc, run_at, id) as place from locked
     ) p where place <= n order by id
   ), chosen as materialized (
     select id, lane_id, slot, is_printer from placed order by rank desc, run_at, id limit $9
   ), sorted as materialized (
     select array_agg(id order by id) as ids, array_agg(lane_id order by id) as lanes,
       array_agg(coalesce(slot, -1) order by id) as slots, array_agg(is_printer order by id) as printers
     from chosen
   ), claimed as (
     update job set
       phase = 2,
       substate = case when (select printers from sorted)[width_bucket(id, (select ids from sorted))] then 1 else 3 end,
       worker_id = $1,
       lane_id = (select lanes from sorted)[width_bucket(id, (select ids from sorted))],
       slot = nullif((select slots from sorted)[width_bucket(id, (select ids from sorted))], -1),
       printer_id = case when (select printers from sorted)[width_bucket(id, (select ids from sorted))]
         then (select lanes from sorted)[width_bucket(id, (select ids from sorted))] else printer_id end,
       attempt = attempt + case when is_resumed then 0 else 1 end,
       fence = fence + 1,
       version = version + 1,
       sent_at = case when is_resumed then sent_at
         when (select printers from sorted)[width_bucket(id, (select ids from sorted))] then now() end,
       started_at = case when is_resumed then started_at
         when not (select printers from sorted)[width_bucket(id, (select ids from sorted))] then now() end,
       external_ref = case when is_resumed then external_ref end,
       proof = case when is_resumed then proof end,
       progress = case when is_resumed then progress end
     where id = any(array(select unnest(ids) from sorted))
     returning *
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $3, queue_id, state, d from (
       select queue_id, 2::smallint as state, -count(*) as d from claimed group by queue_id
       union all select queue_id, substate, count(*) from claimed group by queue_id, substate
     ) x order by queue_id, state
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event_batch (site_id, kind, worker_id, job_ids)
     select site_id, $10, $1, array_agg(id) from claimed group by site_id
   )
   select id, fence, type_id, lane_id, queue_id, attempt, max_attempts, priority, is_resumed, external_ref, input,
     description, created_by, date_part('epoch', created_at) * 1000 as created_ms,
     date_part('epoch', deadline_at) * 1000 as deadline_ms,
     date_part('epoch', deadline_at - now()) * 1000 as deadline_in_ms,
     items_total, items_done, items_failed, lost_action, retry
   from claimed order by rank desc, run_at, id`,
)

// Times leave as numbers: reading dates from text costs the worker more than all else of a claim.
/**
 * The same for one lane that takes from itself, which is what queues of background work do. The rows are found again
 * by where they lie: locked as they are, they stay there. One that was changed just before is left to the next claim.
 */
const CLAIM_QUEUE = keptStatement(
  'claim_queue',
  `with lease as materialized (
     select id from worker
     where id = $1 and fence = $2 and stopped_at is null and lease_until > now() and not is_draining for key share
   ), locked as materialized (
     select ctid as place from job
     where phase = 1 and queue_id = $4 and type_id = any($5::int[]) and exists (select from lease)
       and exists (select from lane where id = $4 and paused_at is null)
     order by rank desc, run_at, id limit $6 for update skip locked
   ), claimed as (
     update job set
       phase = 2, substate = 3, worker_id = $1, lane_id = $4,
       attempt = attempt + case when is_resumed then 0 else 1 end,
       fence = fence + 1,
       version = version + 1,
       sent_at = case when is_resumed then sent_at end,
       started_at = case when is_resumed then started_at else now() end,
       external_ref = case when is_resumed then external_ref end,
       proof = case when is_resumed then proof end,
       progress = case when is_resumed then progress end
     where ctid = any(array(select place from locked))
     returning id, site_id, rank, run_at, fence, type_id, queue_id, lane_id, attempt, max_attempts, priority, is_resumed,
       external_ref, input, description, created_by, created_at, deadline_at, items_total, items_done, items_failed,
       lost_action, retry
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $3::int, $4::int, s.state, s.sign * n.n
     from (select count(*) as n from claimed) n, (values (2, -1), (3, 1)) as s (state, sign)
     where n.n > 0 order by s.state
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event_batch (site_id, kind, worker_id, job_ids)
     select site_id, $7, $1, array_agg(id) from claimed group by site_id
   )
   select id, fence, type_id, lane_id, queue_id, attempt, max_attempts, priority, is_resumed, external_ref, input,
     description, created_by, date_part('epoch', created_at) * 1000 as created_ms,
     date_part('epoch', deadline_at) * 1000 as deadline_ms,
     date_part('epoch', deadline_at - now()) * 1000 as deadline_in_ms,
     items_total, items_done, items_failed, lost_action, retry
   from claimed order by rank desc, run_at, id`,
)

const SET_STATIONS = statement(
  'set_claimed_stations',
  `update job j set station_id = p.station_id from printer p
   where j.id = any($1::uuid[]) and p.id = j.printer_id and j.station_id is distinct from p.station_id`,
)

const MISSED = keptStatement(
  'missed_jobs',
  `select id, fence, type_id, lane_id, queue_id, attempt, max_attempts, priority, is_resumed, external_ref, input,
     description, created_by, date_part('epoch', created_at) * 1000 as created_ms,
     date_part('epoch', deadline_at) * 1000 as deadline_ms,
     date_part('epoch', deadline_at - now()) * 1000 as deadline_in_ms,
     items_total, items_done, items_failed, lost_action, retry
   from job where worker_id = $1 and phase = 2 and id <> all($3::uuid[])
     and exists (select from worker where id = $1 and fence = $2 and stopped_at is null)
   order by rank desc, run_at, id limit 1000`,
)

/** What a store's claim takes over the port's request: shares of limited lanes are settled by then. */
export interface ClaimOptions {
  readonly lanes: readonly ClaimLane[]
  readonly types: readonly string[]
  readonly limit: number
}

/** Each look that finds a place taken meanwhile is one that somebody else did not lose: so many in a row are a defect. */
const LOOKS = 20

/**
 * Claims at most `limit` jobs for a worker in one statement, in order of rank, then age. Paused lanes give nothing, a
 * draining lane nothing from its pool, and a lost or draining lease claims nothing.
 */
export async function claimJobs(store: Store, lease: WorkerLease, options: ClaimOptions): Promise<ClaimedJob[]> {
  const types = await typeIds(store, options.types)
  const wants = wantsOf(options)
  if (types.length === 0 || wants.length === 0 || options.limit < 1) return []
  const claim = (): Promise<ClaimedRow[]> =>
    store.counters.use((processId) => claimRows(store, lease, { processId, wants, types, limit: options.limit }))
  const rows = await untilSeen(claim)
  if (rows.length === 0) return []
  store.notifier.events()
  await setStations(store, rows, options)
  return fromRows(store, rows)
}

/** Somebody else took a place in the same moment: the next look sees it taken, unless yet another is as quick. */
async function untilSeen(claim: () => Promise<ClaimedRow[]>): Promise<ClaimedRow[]> {
  for (let look = 1; ; look += 1) {
    try {
      return await claim()
    } catch (error) {
      if (look === LOOKS || !isTaken(error)) throw error
    }
  }
}

/** Whether somebody else took the place at a printer in the same moment. */
export function isTaken(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'job_slot'
}

/** Jobs that a worker holds without knowing it: the answer to its claim was lost. */
export async function missedJobs(
  store: Store,
  lease: WorkerLease,
  knownJobIds: readonly string[],
): Promise<ClaimedJob[]> {
  return fromRows(store, await store.query<ClaimedRow>(MISSED, [lease.workerId, lease.fence, knownJobIds]))
}

async function fromRows(store: Store, rows: readonly ClaimedRow[]): Promise<ClaimedJob[]> {
  const names = await typeNames(
    store,
    rows.map((row) => row.type_id),
  )
  return rows.map((row) => toClaimedJob(row, names.get(row.type_id) ?? ''))
}

interface Claim {
  readonly processId: number
  readonly wants: readonly Want[]
  readonly types: readonly number[]
  readonly limit: number
}

function claimRows(store: Store, lease: WorkerLease, { processId, wants, types, limit }: Claim): Promise<ClaimedRow[]> {
  const head = [lease.workerId, lease.fence, processId]
  const [only, other] = wants
  if (only !== undefined && other === undefined && only.slot === null && only.laneId === only.queueId) {
    return store.query<ClaimedRow>(CLAIM_QUEUE, [...head, only.queueId, types, only.limit, EVENT_KINDS.claimed])
  }
  return store.query<ClaimedRow>(CLAIM, [
    ...head,
    plainArray(wants, (want) => want.laneId),
    plainArray(wants, (want) => want.queueId),
    plainArray(wants, (want) => want.slot),
    plainArray(wants, (want) => want.limit),
    types,
    limit,
    EVENT_KINDS.claimed,
  ])
}

interface Want {
  readonly laneId: number
  readonly queueId: number
  readonly slot: number | null
  readonly limit: number
}

function wantsOf({ lanes, limit }: ClaimOptions): Want[] {
  return lanes.flatMap((lane) => {
    const n = Math.min(lane.slot === null ? lane.limit : Math.min(1, lane.limit), limit)
    if (n < 1) return []
    return lane.queueIds.map((queueId) => ({ laneId: lane.laneId, queueId, slot: lane.slot, limit: n }))
  })
}

/** A job from a pool learns its station with its printer. */
async function setStations(db: Queryable, rows: readonly ClaimedRow[], { lanes }: ClaimOptions): Promise<void> {
  const printers = new Set(lanes.filter((lane) => lane.slot !== null).map((lane) => lane.laneId))
  const pooled = rows.filter((row) => printers.has(row.lane_id) && row.queue_id !== row.lane_id)
  if (pooled.length > 0) await db.query(SET_STATIONS, [pooled.map((row) => row.id)])
}

/** A claimed job as the statements return it. */
export interface ClaimedRow {
  id: string
  fence: number
  type_id: number
  lane_id: number
  queue_id: number
  attempt: number
  max_attempts: number
  priority: number
  is_resumed: boolean
  external_ref: string | null
  input: unknown
  description: string | null
  created_by: string
  created_ms: number
  deadline_ms: number | null
  deadline_in_ms: number | null
  items_total: number | null
  items_done: number | null
  items_failed: number | null
  lost_action: LostAction
  retry: unknown
}

/** The job of a row; times travel as numbers. */
export function toClaimedJob(row: Omit<ClaimedRow, 'type_id'>, type: string): ClaimedJob {
  return {
    jobId: row.id,
    fence: row.fence,
    type,
    laneId: row.lane_id,
    queueId: row.queue_id,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    priority: wordAt(PRIORITIES, row.priority),
    isResumed: row.is_resumed,
    externalRef: row.external_ref,
    input: row.input,
    description: row.description,
    createdBy: row.created_by,
    createdAt: new Date(row.created_ms),
    deadlineAt: row.deadline_ms === null ? null : new Date(row.deadline_ms),
    deadlineInMs: row.deadline_in_ms,
    itemsTotal: row.items_total,
    itemsDone: row.items_done,
    itemsFailed: row.items_failed,
    lostAction: row.lost_action,
    retry: row.retry,
  }
}
