import { type Queryable, statement } from '@andon/store'

const JOB = statement(
  'floor_job',
  `select job_id, coalesce(operations, '{}') as operations from jobs where job_id = $1`,
)

const JOBS_AROUND = statement(
  'floor_jobs_around',
  `select job_id from (
     (select job_id from jobs where job_id >= $1 order by job_id limit 200)
     union all
     (select job_id from jobs where job_id < $1 order by job_id desc limit 200)
   ) n order by job_id`,
)

const HISTORY = statement(
  'floor_history',
  `select update_id::text as update_id, version_tag, operation_type, status, source_type, source_id::text as source_id,
     notes, updated_at::timestamptz as updated_at
   from job_status_updates where job_id = $1 order by updated_at desc, update_id desc limit 500`,
)

const OVERRIDES = statement(
  'floor_overrides',
  `select override_id::text as override_id, job_id, operation_type, value, reason, set_by, set_at, lifted_by, lifted_at
   from operation_overrides where job_id = any($1::text[]) and lifted_at is null order by set_at desc, override_id desc`,
)

export interface JobRow {
  readonly job_id: string
  readonly operations: Readonly<Record<string, unknown>>
}

export interface UpdateRow {
  readonly update_id: string
  readonly version_tag: string | null
  readonly operation_type: string
  readonly status: string
  readonly source_type: 'print_os' | 'scanner' | 'manual'
  readonly source_id: string | null
  readonly notes: string | null
  readonly updated_at: Date
}

export interface OverrideRow {
  readonly override_id: string
  readonly job_id: string
  readonly operation_type: string
  readonly value: boolean
  readonly reason: string
  readonly set_by: string
  readonly set_at: Date
  readonly lifted_by: string | null
  readonly lifted_at: Date | null
}

/** Null when the shop has no such job. */
export async function jobRow(db: Queryable, id: string): Promise<JobRow | null> {
  const [row] = await db.query<JobRow>(JOB, [id])
  return row ?? null
}

/** Ids around an id, at most 400, in order. */
export async function jobsAround(db: Queryable, id: string): Promise<string[]> {
  return (await db.query<{ job_id: string }>(JOBS_AROUND, [id])).map((row) => row.job_id)
}

/** The newest 500 lines of a job's history. */
export function jobHistory(db: Queryable, id: string): Promise<UpdateRow[]> {
  return db.query<UpdateRow>(HISTORY, [id])
}

/** The overrides of jobs that stand, newest first. */
export function standingOverrides(db: Queryable, jobs: readonly string[]): Promise<OverrideRow[]> {
  return db.query<OverrideRow>(OVERRIDES, [jobs])
}
