import { type Queryable, statement } from '@andon/store'
import type { OperationIds } from '../jobmanager/catalogue.ts'
import { NO_ROWS } from '../jobmanager/take.ts'

/**
 * Null where the operations leave it open what the job says: some files aborted, and not all of them printed. Where the
 * press said something of printing, each version that has files counts.
 */
const OPERATIONS_SAY = statement(
  'floor_operations_say',
  `with version as materialized (
     select andon_file_job(file_id) as job_id, andon_file_version(file_id) as version_tag from imposition_file_mapping
     where andon_file_job(file_id) = any($1::text[]) and octet_length(file_id) <= 1024 group by 1, 2
   ), operation as materialized (
     select o.job_id, o.version_tag, c.operation_type, o.completed_by, o.status,
       o.completed_by = 'print_os' and (o.status = 'aborted' or o.notes ~ 'files printed, [0-9]+ aborted') as has_aborted
     from job_operations o
     join unnest($2::text[], $3::text[]) as c (operation_id, operation_type) on c.operation_id = o.operation_id
     where o.job_id = any($1::text[])
   ), press as (
     select v.job_id, count(*) as versions, count(*) filter (where o.status = 'completed') as completed,
       count(*) filter (where o.status = 'aborted') as aborted, bool_or(o.has_aborted) as has_aborted
     from version v left join (
       select distinct on (job_id, version_tag) * from operation where completed_by = 'print_os'
       order by job_id, version_tag, status) o on o.job_id = v.job_id and o.version_tag = v.version_tag
     where v.job_id in (select job_id from operation where completed_by = 'print_os')
     group by 1
   ), other as (
     select job_id, operation_type, bool_or(status = 'completed') is true as says from operation
     where completed_by in ('scanner', 'manual') group by 1, 2
   )
   select array_agg(job_id)::text as jobs, array_agg(operation_type)::text as operations, array_agg(says)::text as says
   from (
     select job_id, 'print' as operation_type, case when completed = versions then true when aborted = versions then false
       when not has_aborted then false end as says
     from press
     union all
     select o.job_id, o.operation_type, o.says from other o
     where not exists (select from press p where p.job_id = o.job_id and o.operation_type = 'print')
   ) s`,
)

/** What operations come to, by columns; PostgreSQL arrays as text. */
export interface OperationsSay {
  readonly jobs: string
  readonly operations: string
  readonly says: string
}

/** What the operations of jobs say of the jobs. */
export async function operationsSay(
  db: Queryable,
  jobs: readonly string[],
  { ids, types }: OperationIds,
): Promise<OperationsSay> {
  const [row] = await db.query<{ [K in keyof OperationsSay]: string | null }>(OPERATIONS_SAY, [jobs, ids, types])
  return { jobs: row?.jobs ?? NO_ROWS, operations: row?.operations ?? NO_ROWS, says: row?.says ?? NO_ROWS }
}
