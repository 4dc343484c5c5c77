import { type Queryable, statement } from '@andon/store'
import type { OverrideRow } from './jobs.ts'

const SET_OVERRIDE = statement(
  'floor_set_override',
  `with made as (
     insert into operation_overrides (job_id, operation_type, value, reason, set_by)
     select $1, $2, $3, $4, $5 where exists (select from jobs where job_id = $1)
     on conflict (job_id, operation_type) where lifted_at is null do nothing
     returning override_id, job_id, operation_type, value, reason, set_by, set_at, lifted_by, lifted_at
   ), changed as (
     update jobs j set operations = coalesce(j.operations, '{}') || jsonb_build_object($2::text, $3::boolean)
     from made where j.job_id = made.job_id
   ), told as (
     insert into job_status_updates (job_id, operation_type, status, source_type, source_id, notes, updated_at)
     select job_id, operation_type, case when value then 'completed' else 'open' end, 'manual', override_id,
       set_by || ': ' || reason, set_at::timestamp
     from made
   )
   select override_id::text as override_id, job_id, operation_type, value, reason, set_by, set_at, lifted_by, lifted_at
   from made`,
)

const LIFT_OVERRIDE = statement(
  'floor_lift_override',
  `with lifted as (
     update operation_overrides set lifted_at = now(), lifted_by = $2, is_applied = false
     where override_id = $1::bigint and lifted_at is null
     returning override_id, job_id, operation_type, value, reason, set_by, set_at, lifted_by, lifted_at
   ), changed as (
     update jobs j set operations = coalesce(j.operations, '{}') || jsonb_build_object(l.operation_type, false)
     from lifted l where j.job_id = l.job_id
   ), told as (
     insert into job_status_updates (job_id, operation_type, status, source_type, source_id, row_hash, notes, updated_at)
     select job_id, operation_type, 'lifted', 'manual', override_id, 'lifted', lifted_by || ' lifted the override',
       lifted_at::timestamp
     from lifted
   )
   select override_id::text as override_id, job_id, operation_type, value, reason, set_by, set_at, lifted_by, lifted_at
   from lifted`,
)

const HALF_APPLIED = statement(
  'floor_half_applied_overrides',
  `select override_id::text as override_id, job_id, operation_type, value, reason, set_by, set_at, lifted_by, lifted_at
   from operation_overrides where not is_applied order by override_id limit 1000`,
)

const APPLIED = statement(
  'floor_override_applied',
  `update operation_overrides set is_applied = true where override_id = $1::bigint
     and (lifted_at is null) = $2::boolean`,
)

export interface NewOverride {
  readonly jobId: string
  readonly operationType: string
  readonly value: boolean
  readonly reason: string
  readonly by: string
}

/** Null when the job is not there, or the operation is overridden already. */
export async function setOverride(db: Queryable, given: NewOverride): Promise<OverrideRow | null> {
  const { jobId, operationType, value, reason, by } = given
  const [row] = await db.query<OverrideRow>(SET_OVERRIDE, [jobId, operationType, value, reason, by])
  return row ?? null
}

/** Null when it does not stand any more. Until the records are worked out again, the operation counts as not done. */
export async function liftOverride(db: Queryable, id: string, by: string): Promise<OverrideRow | null> {
  const [row] = await db.query<OverrideRow>(LIFT_OVERRIDE, [id, by])
  return row ?? null
}

/** Set or lifted, and not known to the other database yet: the process ended in between. */
export function halfApplied(db: Queryable): Promise<OverrideRow[]> {
  return db.query<OverrideRow>(HALF_APPLIED)
}

/** The other database knows of it. */
export async function markApplied(db: Queryable, { override_id: id, lifted_at: liftedAt }: OverrideRow): Promise<void> {
  await db.query(APPLIED, [id, liftedAt === null])
}
