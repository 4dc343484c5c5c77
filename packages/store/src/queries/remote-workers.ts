import { type DriverKind, EVENT_KINDS } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { firstRow } from '../rows.ts'
import { keptStatement, statement } from '../statement.ts'

/** A worker that registered over HTTP, as whoever speaks for it sees it. */
export interface RemoteWorker {
  readonly id: number
  readonly name: string
  readonly kind: 'server' | 'worker' | 'station'
  readonly station_id: number | null
  /** Whether the fence that was asked with is the one it has, and it did not stop. */
  readonly is_current: boolean
}

/** A printer that a station drives, with all that it needs for that. */
export interface StationPrinter {
  readonly id: number
  readonly name: string
  readonly driver: DriverKind
  readonly uri: string
  /** With their secrets. */
  readonly settings: Record<string, unknown>
  readonly is_paused_by_trouble: boolean
  readonly pool_id: number | null
  readonly pool: string | null
  /** The worker that drives it, dead or alive; null when nobody does. */
  readonly holder: number | null
}

/** What has to be known of a held job to end its attempt. */
export interface HeldJob {
  readonly type: string
  readonly attempt: number
  readonly max_attempts: number
  readonly retry: unknown
  readonly is_cancelling: boolean
}

/** A queue with its limit. */
export interface QueueLane {
  readonly id: number
  readonly name: string
  readonly slots: number | null
}

const REMOTE_WORKER = keptStatement(
  'remote_worker',
  `select id, name, kind, station_id, fence = $3 and stopped_at is null as is_current
   from worker where id = $1 and account_id = $2`,
)

const STATION_TO_WORK_FOR = statement(
  'station_to_work_for',
  `select id from station
   where removed_at is null and ($1::int is null or id = $1) and ($2::text is null or name = $2)`,
)

const HELD_AMONG = statement(
  'held_among',
  `select id from job where id = any($2::uuid[]) and worker_id + 0 = $1 and phase = 2`,
)

/**
 * An attempt that ended is found in history, or by its row of attempts when the job goes on. One that is taken up after a
 * loss has not ended: there the loss itself says who had it.
 */
const HAD_AMONG = statement(
  'had_among',
  `select id from job where id = any($2::uuid[]) and worker_id = $1
   union select id from job_done where id = any($2::uuid[]) and worker_id = $1
   union select job_id from attempt where job_id = any($2::uuid[]) and worker_id = $1
   union select job_id from event where job_id = any($2::uuid[]) and kind = $3 and data->>'workerId' = $1::int::text`,
)

const HELD_JOB = statement(
  'held_job',
  `select t.name as type, j.attempt, j.max_attempts, j.retry, j.cancel_requested_at is not null as is_cancelling
   from job j join job_type t on t.id = j.type_id
   where j.id = $2 and j.worker_id + 0 = $1 and j.fence = $3 and j.phase = 2`,
)

const WORKER_OF_NAME = statement(
  'worker_of_name',
  `select id, fence from worker
   where account_id = $1 and name = $2 and host = $3 and stopped_at is null and lease_until > now()
   order by id desc limit 1`,
)

const DOCUMENT_OF_HELD = statement(
  'document_of_held_print',
  `select j.input->>'document_id' as document_id
   from job j join lane l on l.id = j.lane_id and l.kind = 'printer'
   where j.id = $2 and j.worker_id + 0 = $1 and j.phase = 2`,
)

const PRINTERS_OF_STATION = statement(
  'printers_of_station',
  `select p.id, l.name, p.driver, p.uri, p.settings, l.is_paused_by_trouble, p.pool_id, pool.name as pool, l.holder
   from printer p
   join lane l on l.id = p.id and l.removed_at is null
   left join lane pool on pool.id = p.pool_id
   where p.station_id = $1 and ($2::int is null or l.holder = $2)
   order by l.name`,
)

const LET_GO_OF_OTHERS = statement(
  'let_go_of_other_printers',
  `update lane set holder = null, lease_until = null where holder = $1 and id <> all($2::int[])`,
)

const ABANDON_WORKER = statement(
  'abandon_worker',
  `update worker set lease_until = now() where id = $1 and fence = $2 and stopped_at is null`,
)

const QUEUE_LANES = statement(
  'queue_lanes',
  `select id, name, slots from lane where kind = 'queue' and removed_at is null order by name limit 500`,
)

/** The worker of an id, for the account that registered it; null for all others, and for workers near the database. */
export async function remoteWorker(
  db: Queryable,
  lease: { readonly workerId: number; readonly fence: string },
  accountId: number,
): Promise<RemoteWorker | null> {
  return firstRow(await db.query<RemoteWorker>(REMOTE_WORKER, [lease.workerId, accountId, lease.fence]))
}

/** The station of a number or a name, for a worker that wants to drive its printers; null when there is none. */
export async function stationToWorkFor(db: Queryable, key: number | string): Promise<number | null> {
  const values = typeof key === 'number' ? [key, null] : [null, key]
  const row = firstRow(await db.query<{ id: number }>(STATION_TO_WORK_FOR, values))
  return row?.id ?? null
}

/** Which of these jobs the worker holds now. */
export async function heldAmong(
  db: Queryable,
  workerId: number,
  jobIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ id: string }>(HELD_AMONG, [workerId, jobIds])
  return new Set(rows.map(({ id }) => id))
}

/** Which of these jobs the worker holds or held in an attempt of its own. */
export async function hadAmong(
  db: Queryable,
  workerId: number,
  jobIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ id: string }>(HAD_AMONG, [workerId, jobIds, EVENT_KINDS.lost])
  return new Set(rows.map(({ id }) => id))
}

/** A job that the worker holds under exactly this fence; null otherwise. */
export async function heldJob(
  db: Queryable,
  workerId: number,
  token: { readonly jobId: string; readonly fence: number },
): Promise<HeldJob | null> {
  return firstRow(await db.query<HeldJob>(HELD_JOB, [workerId, token.jobId, token.fence]))
}

/** The living worker of an account by its name; null when there is none. */
export async function workerOfName(
  db: Queryable,
  accountId: number,
  { host, name }: { readonly host: string; readonly name: string },
): Promise<{ readonly id: number; readonly fence: string } | null> {
  return firstRow(await db.query<{ id: number; fence: string }>(WORKER_OF_NAME, [accountId, name, host]))
}

/**
 * The document of a print that the worker holds at a printer. Only there: what a print names was checked when it was
 * made, while the input of other jobs names whatever its author liked.
 *
 * @returns undefined when it holds no such print, null when that has no document
 */
export async function documentOfHeldPrint(
  db: Queryable,
  workerId: number,
  jobId: string,
): Promise<string | null | undefined> {
  const row = firstRow(await db.query<{ document_id: string | null }>(DOCUMENT_OF_HELD, [workerId, jobId]))
  return row?.document_id
}

/** Printers of a station, by name; only those that a worker holds when it is given. */
export function printersOfStation(
  db: Queryable,
  stationId: number,
  holder: number | null = null,
): Promise<StationPrinter[]> {
  return db.query<StationPrinter>(PRINTERS_OF_STATION, [stationId, holder])
}

/** Gives up the printers that a worker still holds though they are not among these: somebody else drives them now. */
export async function letGoOfOtherPrinters(db: Queryable, workerId: number, laneIds: readonly number[]): Promise<void> {
  await db.query(LET_GO_OF_OTHERS, [workerId, laneIds])
}

/** Ends a lease whose worker is known to be dead: what it held is taken up without waiting for the lease to run out. */
export async function abandonWorker(
  db: Queryable,
  lease: { readonly workerId: number; readonly fence: string },
): Promise<void> {
  await db.query(ABANDON_WORKER, [lease.workerId, lease.fence])
}

/** The first 500 queues, by name. */
export function queueLanes(db: Queryable): Promise<QueueLane[]> {
  return db.query<QueueLane>(QUEUE_LANES)
}
