import { keptStatement, type Queryable } from '@andon/store'
import { NO_ROWS } from '../jobmanager/take.ts'

const FILES_OF_IMPOSITIONS = keptStatement(
  'floor_files_of_impositions',
  `select array_agg(imposition_id)::text as impositions, array_agg(job_id)::text as jobs,
     array_agg(version_tag)::text as versions, array_agg(files)::text as files, array_agg(sample)::text as samples
   from (
     select imposition_id, job_id, version_tag, count(*)::int as files,
       case when job_id is null then left(min(file_id), 120) end as sample
     from (
       select distinct imposition_id, andon_file_job(file_id) as job_id, andon_file_version(file_id) as version_tag, file_id
       from imposition_file_mapping where imposition_id = any($1::text[]) and octet_length(file_id) <= 1024) d
     group by 1, 2, 3
     union all
     select imposition_id, null, null, count(*)::int, left(min(file_id), 80) || '…'
     from imposition_file_mapping where imposition_id = any($1::text[]) and octet_length(file_id) > 1024
     group by 1
   ) f`,
)

/** Files that lie on several sheets are counted once for each; the jobs that have such are told. */
const SHEETS_OF_JOBS = keptStatement(
  'floor_sheets_of_jobs',
  `with lie as materialized (
     select job_id, version_tag, imposition_id, count(*)::int as files from (
       select distinct andon_file_job(file_id) as job_id, andon_file_version(file_id) as version_tag, imposition_id, file_id
       from imposition_file_mapping where andon_file_job(file_id) = any($1::text[]) and octet_length(file_id) <= 1024) d
     group by 1, 2, 3
   ), whole as (
     select andon_file_job(file_id) as job_id, andon_file_version(file_id) as version_tag, count(distinct file_id) as files
     from imposition_file_mapping where andon_file_job(file_id) = any($1::text[]) and octet_length(file_id) <= 1024
     group by 1, 2
   ), shared as (
     select distinct w.job_id from whole w
     join (select job_id, version_tag, sum(files) as files from lie group by 1, 2) l
       on l.job_id = w.job_id and l.version_tag = w.version_tag and l.files > w.files
   )
   select array_agg(job_id)::text as jobs, array_agg(version_tag)::text as versions,
     array_agg(imposition_id)::text as impositions, array_agg(files)::text as files,
     (select array_agg(job_id)::text from shared) as shared
   from lie`,
)

/** Files by imposition, job and version, by columns; files whose name does not fit have no job, and a sample name. */
export interface FileCounts {
  readonly impositions: string
  readonly jobs: string
  readonly versions: string
  readonly files: string
  readonly samples: string
}

/** Jobs and versions by the impositions that they lie on, by columns; PostgreSQL arrays as text. */
export interface Lies {
  /** The jobs that were asked for, whether they lie anywhere or not. */
  readonly asked: string
  readonly jobs: string
  readonly versions: string
  readonly impositions: string
  /** How many files. */
  readonly files: string
  /** Jobs of which a file lies on several impositions. */
  readonly shared: string
}

/** What lies on impositions. */
export async function filesOfImpositions(tx: Queryable, impositions: string): Promise<FileCounts> {
  const [row] = await tx.query<{ [K in keyof FileCounts]: string | null }>(FILES_OF_IMPOSITIONS, [impositions])
  return {
    impositions: row?.impositions ?? NO_ROWS,
    jobs: row?.jobs ?? NO_ROWS,
    versions: row?.versions ?? NO_ROWS,
    files: row?.files ?? NO_ROWS,
    samples: row?.samples ?? NO_ROWS,
  }
}

/** Where jobs lie. */
export async function liesOfJobs(tx: Queryable, jobs: string): Promise<Lies> {
  const [row] = await tx.query<{ [K in keyof Lies]?: string | null }>(SHEETS_OF_JOBS, [jobs])
  return {
    asked: jobs,
    jobs: row?.jobs ?? NO_ROWS,
    versions: row?.versions ?? NO_ROWS,
    impositions: row?.impositions ?? NO_ROWS,
    files: row?.files ?? NO_ROWS,
    shared: row?.shared ?? NO_ROWS,
  }
}
