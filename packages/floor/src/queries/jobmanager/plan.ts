import { type Queryable, statement } from '@andon/store'

const PLAN_JOBS = statement(
  'floor_plan_jobs',
  `insert into jobs (job_id, description) select u.job_id, u.description
   from unnest($1::text[], $2::text[]) as u (job_id, description) on conflict do nothing`,
)

const FORGET_JOBS = statement(
  'floor_forget_jobs',
  `with record as (
     delete from "print OS" where starts_with(name, $2) returning id
   ), scan as (
     delete from scanned_codes where starts_with(code_text, $2) returning scan_id
   ), ledger as (
     delete from processing_ledger where (source_type = 'print_os' and source_id in (select id from record))
       or (source_type = 'scanner' and source_id in (select scan_id from scan))
   ), error as (
     delete from processing_errors where (source_type = 'print_os' and source_id in (select id from record))
       or (source_type = 'scanner' and source_id in (select scan_id from scan))
   ), history as (
     delete from job_status_updates where job_id = any($1::text[])
   ), override as (
     delete from operation_overrides where job_id = any($1::text[])
   )
   delete from jobs where job_id = any($1::text[])`,
)

/** Makes jobs that are not there yet; ids and descriptions by columns. */
export async function planJobs(db: Queryable, ids: readonly string[], descriptions: readonly string[]): Promise<void> {
  await db.query(PLAN_JOBS, [ids, descriptions])
}

/** Removes jobs, and the records and scans whose names begin so, with everything that was made of them. */
export async function forgetJobs(db: Queryable, jobs: readonly string[], prefix: string): Promise<void> {
  await db.query(FORGET_JOBS, [jobs, prefix])
}
