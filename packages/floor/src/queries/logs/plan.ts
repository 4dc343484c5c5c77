import { onlyRow, type Queryable, statement } from '@andon/store'

const PLAN_SHEETS = statement(
  'floor_plan_sheets',
  `with sheet as (
     insert into production_planner_paths (runlist_id, imposition_id)
     select distinct $1, u.imposition_id from unnest($2::text[]) as u (imposition_id)
   )
   insert into imposition_file_mapping (imposition_id, file_id)
   select u.imposition_id, u.file_id from unnest($2::text[], $3::text[]) as u (imposition_id, file_id)`,
)

const HAS_RUNLISTS = statement(
  'floor_has_runlists',
  `select exists (select from production_planner_paths where starts_with(runlist_id, $1)) as has`,
)

const FORGET_RUNLISTS = statement(
  'floor_forget_runlists',
  `with sheet as materialized (
     select distinct imposition_id from production_planner_paths where starts_with(runlist_id, $1)
   ), file as materialized (
     select distinct andon_file_job(file_id) as job_id from imposition_file_mapping
     where imposition_id in (select imposition_id from sheet)
   ), paths as (
     delete from production_planner_paths where starts_with(runlist_id, $1)
   ), files as (
     delete from imposition_file_mapping where imposition_id in (select imposition_id from sheet)
   ), sheets as (
     delete from imposition_operations where imposition_id in (select imposition_id from sheet)
   ), operations as (
     delete from job_operations where job_id in (select job_id from file)
   ), sources as (
     delete from applied_sources where target in (select imposition_id from sheet) or starts_with(target, $1)
   )
   select coalesce(array_agg(job_id) filter (where job_id is not null), '{}') as jobs from file`,
)

/** Files by the imposition that they lie on, by columns. */
export interface PlannedFiles {
  readonly impositions: readonly string[]
  readonly files: readonly string[]
}

/** Writes the impositions and files of a runlist. */
export async function planSheets(
  db: Queryable,
  runlistId: string,
  { impositions, files }: PlannedFiles,
): Promise<void> {
  await db.query(PLAN_SHEETS, [runlistId, impositions, files])
}

/** Whether there are runlists whose name begins so. */
export async function hasRunlistsOf(db: Queryable, prefix: string): Promise<boolean> {
  return onlyRow(await db.query<{ has: boolean }>(HAS_RUNLISTS, [prefix])).has
}

/** Removes the runlists whose name begins so, with all that hangs on them; the jobs that they had. */
export async function forgetSheets(db: Queryable, prefix: string): Promise<string[]> {
  return onlyRow(await db.query<{ jobs: string[] }>(FORGET_RUNLISTS, [prefix])).jobs
}
