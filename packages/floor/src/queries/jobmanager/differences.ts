import type { FloorDifference } from '@andon/core'
import { type Queryable, statement } from '@andon/store'
import type { OperationsSay } from '../logs/differences.ts'

const JOBS_AFTER = statement('floor_jobs_after', `select job_id from jobs where job_id > $1 order by job_id limit $2`)

const DIFFERENCES = statement(
  'floor_differences',
  `select j.job_id, c.operation_type, coalesce(j.operations -> c.operation_type = 'true', false) as job_says,
     coalesce(s.says, false) as operations_say
   from jobs j cross join unnest($2::text[]) as c (operation_type)
   left join unnest($3::text[], $4::text[], $5::boolean[]) as s (job_id, operation_type, says)
     on s.job_id = j.job_id and s.operation_type = c.operation_type
   where j.job_id = any($1::text[]) and (s.job_id is null or s.says is not null)
     and coalesce(j.operations -> c.operation_type = 'true', false) <> coalesce(s.says, false)
   order by j.job_id, c.operation_type`,
)

/** Ids of jobs after one, in order. */
export async function jobsAfter(db: Queryable, id: string, limit: number): Promise<string[]> {
  return (await db.query<{ job_id: string }>(JOBS_AFTER, [id, limit])).map((row) => row.job_id)
}

/** Where jobs say something else than their operations. */
export function differencesOf(
  db: Queryable,
  jobs: readonly string[],
  { said, types }: { readonly said: OperationsSay; readonly types: readonly string[] },
): Promise<FloorDifference[]> {
  return db.query<FloorDifference>(DIFFERENCES, [jobs, types, said.jobs, said.operations, said.says])
}
