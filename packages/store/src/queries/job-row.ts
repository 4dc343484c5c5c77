import type { Queryable } from '../pool.ts'
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

/** The latest progress as it stands in the database; all of it may be missing. */
export interface StoredProgress {
  percent?: number | null
  step?: string | null
  steps_done?: number | null
  steps_total?: number | null
  message?: string | null
  /** Seconds left by the handler's own estimate, at the time `at`. */
  estimate_s?: number | null
  at?: string
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
  resources: {
    peak_memory_mb: number | null
    cpu_percent: number | null
    wall_ms: number
    cpu_ms: number | null
  } | null
  type: string
  queue: string
  queue_kind: 'queue' | 'printer' | 'pool'
  worker: string | null
  printer: string | null
  station: string | null
  retried_by: string | null
  /** Why a ready job is not taken, seen now; null for the others, whose reason is `hold`. */
  ready_wait: 'paused' | 'no_worker' | 'limit' | null
}

// The page is materialised so that the names are joined to its few rows, never the other way round.
const JOBS_BY_ID = statement(
  'job_by_id',
  `with page as materialized (
  select id, type_id, queue_id, phase, hold, state, priority, attempt, max_attempts, worker_id, version, run_at,
    created_at, queued_at, sent_at, started_at, finished_at, deadline_at, expires_at, cancel_requested_at, cancel_by,
    cancel_reason, description, subject_type, subject_id, tags, summary, created_by, account_id, parent_id, retry_of,
    estimated_ms, progress, items_total, items_done, items_failed, printer_id, station_id, proof, external_ref, error,
    fingerprint, resources
  from job_any
  where id = any($1::uuid[])
)
select page.*, coalesce(t.name, 'unknown') as type, coalesce(q.name, 'unknown') as queue,
  coalesce(q.kind, 'queue') as queue_kind, w.name as worker, coalesce(p.name, qp.name) as printer, s.name as station,
  r.retry_id as retried_by,
  case
    when page.phase <> 1 then null
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
    when q.kind = 'queue' and q.slots is not null and q.slots <= (
      select sum(c.n) from counter c where c.queue_id = q.id and c.state in (1, 3)) then 'limit'
    when q.rate_limit is not null and q.rate_used >= q.rate_limit
      and q.rate_since > now() - q.rate_per_ms * interval '1 millisecond' then 'limit'
  end as ready_wait
from page
left join job_type t on t.id = page.type_id
left join lane q on q.id = page.queue_id
left join worker w on w.id = page.worker_id
left join lane p on p.id = page.printer_id
left join lane qp on qp.id = page.queue_id and qp.kind = 'printer'
left join station s on s.id = page.station_id
left join retried r on r.job_id = page.id
order by page.id desc`,
)

/** The jobs of these ids, live or finished, newest first; ids that are not there are left out. */
export async function jobRows(db: Queryable, ids: readonly string[]): Promise<JobRow[]> {
  return ids.length === 0 ? [] : db.query<JobRow>(JOBS_BY_ID, [ids])
}
