import type { WorkerView } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { firstRow } from '../rows.ts'
import { statement } from '../statement.ts'

/** A worker with what it holds. */
export interface WorkerRow {
  id: number
  name: string
  kind: 'server' | 'worker' | 'station'
  host: string
  pid: number
  version: string
  types: string[]
  slots: number
  started_at: Date
  heartbeat_at: Date
  /** Its lease stands, by the database's clock. */
  is_alive: boolean
  /** Its lease ran out, and nothing of its name was started since. */
  is_lost: boolean
  is_draining: boolean
  stopped_at: Date | null
  /** As its worker wrote it; older ones leave members out. */
  sample: { cpu_percent?: number | null; memory_mb?: number | null; waits_for?: 'cpu' | 'memory' | null } | null
  running: number
  /** The jobs it holds, at most a hundred. */
  jobs: string[]
}

const LIST_WORKERS = statement(
  'list_workers',
  `with latest as (select name, max(id) as id from worker group by name)
   select w.id, w.name, w.kind, w.host, w.pid, w.version, w.types, w.slots, w.started_at, w.heartbeat_at,
     w.stopped_at is null and w.lease_until > now() as is_alive,
     (w.is_lost or (w.stopped_at is null and w.lease_until <= now())) and w.id = latest.id as is_lost, w.is_draining,
     w.stopped_at, w.sample,
     (select count(*) from job j where j.worker_id = w.id and j.phase = 2)::int as running,
     array(select j.id from job j where j.worker_id = w.id and j.phase = 2 order by j.id limit 100) as jobs
   from worker w join latest on latest.name = w.name
   where (w.stopped_at is null or w.stopped_at > now() - $1 * interval '1 millisecond') and ($2::int is null or w.id = $2)
   order by w.stopped_at is null desc, w.kind, w.name, w.id`,
)

/** Workers that live or are lost, and those that stopped within the given time; living ones first. */
export function listWorkers(db: Queryable, stoppedWithinMs: number): Promise<WorkerRow[]> {
  return db.query<WorkerRow>(LIST_WORKERS, [stoppedWithinMs, null])
}

/** One of those that `listWorkers` shows; null when it is not among them. */
export async function findWorker(db: Queryable, id: number, stoppedWithinMs: number): Promise<WorkerRow | null> {
  return firstRow(await db.query<WorkerRow>(LIST_WORKERS, [stoppedWithinMs, id]))
}

/** A worker as it is shown. */
export function toWorkerView({ sample, ...row }: WorkerRow): WorkerView {
  return {
    ...row,
    started_at: row.started_at.toISOString(),
    heartbeat_at: row.heartbeat_at.toISOString(),
    stopped_at: row.stopped_at?.toISOString() ?? null,
    cpu_percent: sample?.cpu_percent ?? null,
    memory_mb: sample?.memory_mb ?? null,
    waits_for: row.is_alive ? (sample?.waits_for ?? null) : null,
  }
}
