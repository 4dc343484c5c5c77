import { HOLD_REASONS, type JobProgress, type ResourceUse, snakeKeys, type WaitReason } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { wordAt } from '../rows.ts'
import { statement } from '../statement.ts'

/** An error as it stands in the database. */
export interface StoredError {
  code: string
  message: string
  hint?: string | null
  detail?: string
  traceback?: string
  retryable?: boolean
}

/** The latest progress as it stands in the database. */
export interface StoredProgress {
  percent: number | null
  step: string | null
  steps_done: number | null
  steps_total: number | null
  message: string | null
  /** Seconds left by the handler's own estimate, at the time `at`. */
  estimate_s: number | null
  /** Missing while nothing was measured. */
  resources?: StoredResources
  /** Milliseconds since 1970, by the database's clock; missing in what came with the job's last report. */
  at?: number
}

/** What an attempt used, as it stands in the database. */
export interface StoredResources {
  peak_memory_mb: number | null
  cpu_percent: number | null
  wall_ms: number
  cpu_ms: number | null
  memory_mb?: number | null
  memory_limit_mb?: number | null
  cpu_limit_ms?: number | null
  wall_limit_ms?: number | null
}

/** One job, live or finished, with the names of what it points at; everything but its payloads. */
export interface JobRow {
  id: string
  type_id: number
  queue_id: number
  /** 0 waiting, 1 ready, 2 held, 3 final. */
  phase: number
  hold: number | null
  /** Position in `JOB_STATES`. */
  state: number
  /** Position in `PRIORITIES`. */
  priority: number
  attempt: number
  max_attempts: number
  version: number
  run_at: Date
  created_at: Date
  queued_at: Date | null
  sent_at: Date | null
  started_at: Date | null
  finished_at: Date | null
  deadline_at: Date | null
  expires_at: Date | null
  cancel_requested_at: Date | null
  cancel_by: string | null
  cancel_reason: string | null
  description: string | null
  subject_type: string | null
  subject_id: string | null
  tags: Record<string, string> | null
  summary: string | null
  created_by: string
  account_id: number | null
  parent_id: string | null
  retry_of: string | null
  /** Milliseconds; a text where the driver gives bigint as text. */
  estimated_ms: number | string | null
  progress: StoredProgress | null
  items_total: number | null
  items_done: number | null
  items_failed: number | null
  printer_id: number | null
  /** Position in `PROOFS`. */
  proof: number | null
  external_ref: string | null
  error: StoredError | null
  fingerprint: string | null
  resources: StoredResources | null
  type: string
  queue: string
  queue_kind: 'queue' | 'printer' | 'pool'
  worker: string | null
  printer: string | null
  station: string | null
  retried_by: string | null
  /** Why a ready job is not taken, seen now; null for the others, whose reason is `hold`. */
  ready_wait: 'paused' | 'no_worker' | 'no_printer' | 'limit' | 'machine' | null
}

// Names and waits are read apart: joined here, planning them would take longer than all the rest.
const JOBS_BY_ID = statement(
  'job_by_id',
  `select j.id, j.type_id, j.queue_id, j.phase, j.hold, j.state, j.priority, j.attempt, j.max_attempts, j.worker_id,
  j.version, j.run_at, j.created_at, j.queued_at, j.sent_at, j.started_at, j.finished_at, j.deadline_at, j.expires_at,
  j.cancel_requested_at, j.cancel_by, j.cancel_reason, j.description, j.subject_type, j.subject_id, j.tags, j.summary,
  j.created_by, j.account_id, j.parent_id, j.retry_of, j.estimated_ms, j.progress, j.items_total, j.items_done,
  j.items_failed, j.printer_id, j.station_id, j.proof, j.external_ref, j.error, j.fingerprint, j.resources,
  r.retry_id as retried_by
from job_any j
left join retried r on r.job_id = j.id
where j.id = any($1::uuid[])`,
)

const NAMES = statement(
  'names_of_jobs',
  `select 'type' as kind, id, name from job_type where id = any($1::int[])
union all select kind, id, name from lane where id = any($2::int[])
union all select 'worker', id, name from worker where id = any($3::int[])
union all select 'station', id, name from station where id = any($4::int[])`,
)

// Why nothing is taken from a queue for a type, of the pairs that are waiting.
const READY_WAITS = statement(
  'ready_waits',
  `select q.id as queue_id, t.id as type_id,
  case
    when q.is_draining or (q.paused_at is not null and (q.paused_until is null or q.paused_until > now())) then 'paused'
    when q.kind = 'printer' and not exists (
      select from worker h where h.id = q.holder and h.stopped_at is null and h.lease_until > now()) then 'no_worker'
    when q.kind = 'pool' and not exists (
      select from printer m
      join lane l on l.id = m.id and l.removed_at is null
      join worker h on h.id = l.holder and h.stopped_at is null and h.lease_until > now()
      where m.pool_id = q.id) then 'no_worker'
    when q.kind = 'pool' and not exists (
      select from printer m
      join lane l on l.id = m.id and l.removed_at is null and not l.is_draining
        and (l.paused_at is null or l.paused_until <= now())
      where m.pool_id = q.id) then 'paused'
    when q.kind = 'queue' and not exists (
      select from worker h
      where h.stopped_at is null and h.lease_until > now() and not h.is_draining
        and (t.name = any(h.types) or '*' = any(h.types))) then 'no_worker'
    when q.kind = 'queue' and not exists (
      select from worker h
      where h.stopped_at is null and h.lease_until > now() and not h.is_draining and h.sample->>'waits_for' is null
        and (t.name = any(h.types) or '*' = any(h.types))) then 'machine'
    when q.kind = 'queue' and q.slots is not null and q.slots <= (
      select sum(c.n) from counter c where c.queue_id = q.id and c.state in (1, 3)) then 'limit'
    when q.rate_limit is not null and q.rate_used >= q.rate_limit
      and q.rate_since > now() - q.rate_per_ms * interval '1 millisecond' then 'limit'
  end as wait
from unnest($1::int[], $2::int[]) as w (queue_id, type_id)
join lane q on q.id = w.queue_id
join job_type t on t.id = w.type_id`,
)

// Of jobs that a pool has, those that none of its printers can print. A pool without printers has no worker.
const UNPRINTABLE = statement(
  'unprintable_jobs',
  `select j.id from job j join lane q on q.id = j.queue_id and q.kind = 'pool'
   where j.id = any($1::uuid[]) and j.phase = 1
     and exists (select from printer p join lane l on l.id = p.id and l.removed_at is null where p.pool_id = q.id)
     and not exists (
       select from printer p join lane l on l.id = p.id and l.removed_at is null
       where p.pool_id = q.id and (coalesce(p.settings->>'format', '') <> '' or printer_takes(p.capabilities, j.input)))`,
)

/** Progress as it is kept. */
export function storedProgress(progress?: JobProgress, use?: ResourceUse): StoredProgress | undefined {
  if (progress === undefined) return undefined
  const { percent, step, stepsDone, stepsTotal, message, estimateSeconds } = progress
  const kept = { percent, step, steps_done: stepsDone, steps_total: stepsTotal, message, estimate_s: estimateSeconds }
  return use === undefined ? kept : { ...kept, resources: snakeKeys(use) }
}

/** Use of resources as it is kept. */
export function storedResources(use: ResourceUse | undefined): StoredResources | undefined {
  return use === undefined ? undefined : snakeKeys(use)
}

/** Why a job waits; null when it does not. */
export function waitReasonOf({ hold, ready_wait: readyWait }: JobRow): WaitReason | null {
  return hold === null ? readyWait : wordAt(HOLD_REASONS, hold)
}

/** A row as the statement gives it, before the names. */
interface BareRow
  extends Omit<JobRow, 'type' | 'queue' | 'queue_kind' | 'worker' | 'printer' | 'station' | 'ready_wait'> {
  worker_id: number | null
  station_id: number | null
}

interface NameRow {
  kind: 'type' | 'worker' | 'station' | JobRow['queue_kind']
  id: number
  name: string
}

/** The jobs of these ids, live or finished, newest first; ids that are not there are left out. */
export async function jobRows(db: Queryable, ids: readonly string[]): Promise<JobRow[]> {
  if (ids.length === 0) return []
  const rows = await db.query<BareRow>(JOBS_BY_ID, [ids])
  const [names, waits, unprintable] = await Promise.all([namesOf(db, rows), waitsOf(db, rows), unprintableOf(db, rows)])
  type Waiting = Pick<BareRow, 'id' | 'queue_id' | 'type_id'>
  const readyWait = ({ id, queue_id: queueId, type_id: typeId }: Waiting): JobRow['ready_wait'] =>
    unprintable.has(id) ? 'no_printer' : (waits.get(`${queueId} ${typeId}`) ?? null)
  const named = rows.map(({ worker_id, station_id, ...row }): JobRow => {
    const queue = names.get(`lane ${row.queue_id}`)
    const printer = names.get(`lane ${row.printer_id}`) ?? (queue?.kind === 'printer' ? queue : undefined)
    return {
      ...row,
      type: names.get(`type ${row.type_id}`)?.name ?? 'unknown',
      queue: queue?.name ?? 'unknown',
      queue_kind: queue === undefined || !isLane(queue.kind) ? 'queue' : queue.kind,
      worker: names.get(`worker ${worker_id}`)?.name ?? null,
      printer: printer?.name ?? null,
      station: names.get(`station ${station_id}`)?.name ?? null,
      ready_wait: row.phase === 1 ? readyWait(row) : null,
    }
  })
  return named.toSorted((one, other) => (one.id < other.id ? 1 : -1))
}

async function namesOf(db: Queryable, rows: readonly BareRow[]): Promise<ReadonlyMap<string, NameRow>> {
  const lanes = rows.flatMap((row) => [row.queue_id, row.printer_id])
  const asked = [
    rows.map((row) => row.type_id),
    lanes,
    rows.map((row) => row.worker_id),
    rows.map((row) => row.station_id),
  ]
  const names = await db.query<NameRow>(
    NAMES,
    asked.map((ids) => [...new Set(ids.filter((id) => id !== null))]),
  )
  return new Map(names.map((row) => [`${isLane(row.kind) ? 'lane' : row.kind} ${row.id}`, row]))
}

async function waitsOf(db: Queryable, rows: readonly BareRow[]): Promise<ReadonlyMap<string, JobRow['ready_wait']>> {
  const pairs = new Map<string, [number, number]>()
  for (const row of rows) if (row.phase === 1) pairs.set(`${row.queue_id} ${row.type_id}`, [row.queue_id, row.type_id])
  if (pairs.size === 0) return new Map()
  const [queues, types] = [[...pairs.values()].map(([queue]) => queue), [...pairs.values()].map(([, type]) => type)]
  const waits = await db.query<{ queue_id: number; type_id: number; wait: JobRow['ready_wait'] }>(READY_WAITS, [
    queues,
    types,
  ])
  return new Map(waits.map((row) => [`${row.queue_id} ${row.type_id}`, row.wait]))
}

async function unprintableOf(db: Queryable, rows: readonly BareRow[]): Promise<ReadonlySet<string>> {
  const ready = rows.filter(({ phase }) => phase === 1)
  if (ready.length === 0) return new Set()
  const found = await db.query<{ id: string }>(UNPRINTABLE, [ready.map(({ id }) => id)])
  return new Set(found.map(({ id }) => id))
}

function isLane(kind: NameRow['kind']): kind is JobRow['queue_kind'] {
  return kind === 'queue' || kind === 'printer' || kind === 'pool'
}
