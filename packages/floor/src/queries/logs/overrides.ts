import { type Queryable, statement } from '@andon/store'
import type { OverrideRow } from '../jobmanager/jobs.ts'

const OVERRIDE = statement(
  'floor_override_operations',
  `with version as materialized (
     select andon_file_version(file_id) as version_tag from imposition_file_mapping
     where andon_file_job(file_id) = $1 and octet_length(file_id) <= 1024
     union select version_tag from job_operations where job_id = $1
   ), changed as (
     update job_operations set completed_at = case when $3::boolean then $4::timestamptz::timestamp end,
       completed_by = 'manual', source_id = $5::bigint, status = case when $3::boolean then 'completed' end, notes = $6
     where job_id = $1 and operation_id = any($2::text[])
   )
   insert into job_operations (job_operation_id, job_id, version_tag, operation_id, completed_at, completed_by, source_id,
     status, notes)
   select $1 || '_' || v.version_tag || '_' || ($2::text[])[1], $1, v.version_tag, ($2::text[])[1],
     case when $3::boolean then $4::timestamptz::timestamp end, 'manual', $5::bigint,
     case when $3::boolean then 'completed' end, $6
   from version v
   where not exists (select from job_operations o where o.job_id = $1 and o.version_tag = v.version_tag
     and o.operation_id = any($2::text[]))
   on conflict (job_operation_id) do nothing`,
)

const CLEAR_OVERRIDE = statement(
  'floor_clear_override',
  `update job_operations set completed_at = null, completed_by = null, source_id = null, status = null, notes = null
   where job_id = $1 and operation_id = any($2::text[]) and completed_by = 'manual'`,
)

/** Writes what a person said over what was reported, or takes it away again. */
export async function writeOverride(
  tx: Queryable,
  override: OverrideRow,
  operationIds: readonly string[],
): Promise<void> {
  const { job_id: job, lifted_at: liftedAt, override_id: id, reason, set_at: at, set_by: by, value } = override
  if (liftedAt === null) await tx.query(OVERRIDE, [job, operationIds, value, at, id, `${by}: ${reason}`])
  else await tx.query(CLEAR_OVERRIDE, [job, operationIds])
}
