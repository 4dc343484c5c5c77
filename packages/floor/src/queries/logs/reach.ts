import { keptStatement, type Queryable } from '@andon/store'
import { NO_ROWS } from '../jobmanager/take.ts'
import { type Lies, liesOfJobs } from './lies.ts'

/** From what was scanned to all sheets and jobs that it concerns. */
const REACH = keptStatement(
  'floor_reach',
  `with sheet as materialized (
     select distinct imposition_id from production_planner_paths where runlist_id = any($1::text[])
     union select unnest($4::text[])
   ), job as (
     select andon_file_job(file_id) as job_id from imposition_file_mapping
     where imposition_id = any(array(select imposition_id from sheet)) and octet_length(file_id) <= 1024 group by 1
     union select unnest($3::text[])
     union select (regexp_match(code, '^([0-9]+_[0-9]+)_[^\\s_]\\S*$'))[1] from unnest($2::text[]) u (code)
   )
   select (select array_agg(imposition_id) from sheet)::text as impositions, (select array_agg(job_id) from job where job_id is not null)::text as jobs`,
)

/** And from those sheets and jobs to all runlists and codes by which scans say something of them. */
const PLACES = keptStatement(
  'floor_places',
  `with lie as materialized (
     select * from unnest($2::text[], $3::text[], $4::text[]) as l (job_id, version_tag, imposition_id)
   ), path as materialized (
     select runlist_id, imposition_id from production_planner_paths
     where imposition_id = any($4::text[] || $5::text[])
   ), place as (
     select distinct l.job_id, l.version_tag, p.runlist_id from lie l join path p on p.imposition_id = l.imposition_id
   ), sheet as (
     select imposition_id, runlist_id from path where imposition_id in (select unnest($5::text[]))
   ), code as (
     select job_id || '_' || version_tag as code from lie
     union select job_id || '_' || version_tag from job_operations where job_id = any($1::text[])
     union select unnest($6::text[])
   )
   select p.*, s.*, (select array_agg(distinct runlist_id) from path)::text as runlists,
     (select array_agg(code) from code)::text as codes
   from (
     select array_agg(job_id)::text as jobs, array_agg(version_tag)::text as versions,
       array_agg(runlist_id)::text as job_runlists from place) p
   cross join (
     select array_agg(imposition_id)::text as sheets, array_agg(runlist_id)::text as sheet_runlists from sheet) s`,
)

/** Of each runlist or code and operation the first scan, which completed it, and the latest, which stands. */
const SCANS_OF_TARGETS = keptStatement(
  'floor_scans_of_targets',
  `select array_agg(target_kind)::text as kinds, array_agg(target)::text as targets,
     array_agg(operation_type)::text as operations, array_agg(last[1])::text as last_times,
     array_agg(last[2])::text as last_ids, array_agg(first[1])::text as first_times, array_agg(first[2])::text as first_ids
   from scanned_operations where target = any($1::text[] || $2::text[])`,
)

/** Where to begin; PostgreSQL arrays as text. */
export interface Beginning {
  readonly runlists: string
  /** Codes of single jobs. */
  readonly codes: string
  readonly jobs: string
  readonly impositions: string
}

/** Sheets and jobs with every scan that says something of them, by columns. */
export interface Reach {
  readonly impositions: string
  readonly jobs: string
  readonly lies: Lies
  /** Jobs and versions by the runlists that they are in. */
  readonly places: { readonly jobs: string; readonly versions: string; readonly runlists: string }
  /** The impositions by the runlists that they are in. */
  readonly sheets: { readonly impositions: string; readonly runlists: string }
  readonly scans: TargetScans
}

/** Runlists and codes by operation; times are microseconds since 1970. */
export interface TargetScans {
  readonly kinds: string
  readonly targets: string
  readonly operations: string
  readonly lastTimes: string
  readonly lastIds: string
  readonly firstTimes: string
  readonly firstIds: string
}

/** Whatever a change of one scan may alter, with all that decides it. */
export async function reachOf(tx: Queryable, { runlists, codes, jobs, impositions }: Beginning): Promise<Reach> {
  type Reached = Record<'impositions' | 'jobs', string | null>
  const [reached] = await tx.query<Reached>(REACH, [runlists, codes, jobs, impositions])
  const all = { impositions: reached?.impositions ?? NO_ROWS, jobs: reached?.jobs ?? NO_ROWS }
  const lies = await liesOfJobs(tx, all.jobs)
  type Places = Record<
    'jobs' | 'versions' | 'job_runlists' | 'sheets' | 'sheet_runlists' | 'runlists' | 'codes',
    string
  >
  const [places] = await tx.query<Partial<Places>>(PLACES, [
    all.jobs,
    lies.jobs,
    lies.versions,
    lies.impositions,
    all.impositions,
    codes,
  ])
  return {
    ...all,
    lies,
    places: {
      jobs: places?.jobs ?? NO_ROWS,
      versions: places?.versions ?? NO_ROWS,
      runlists: places?.job_runlists ?? NO_ROWS,
    },
    sheets: { impositions: places?.sheets ?? NO_ROWS, runlists: places?.sheet_runlists ?? NO_ROWS },
    scans: await scansOfTargets(tx, places?.runlists ?? NO_ROWS, places?.codes ?? NO_ROWS),
  }
}

async function scansOfTargets(tx: Queryable, runlists: string, codes: string): Promise<TargetScans> {
  type Row = Record<
    'kinds' | 'targets' | 'operations' | 'last_times' | 'last_ids' | 'first_times' | 'first_ids',
    string | null
  >
  const [row] = await tx.query<Row>(SCANS_OF_TARGETS, [runlists, codes])
  return {
    kinds: row?.kinds ?? NO_ROWS,
    targets: row?.targets ?? NO_ROWS,
    operations: row?.operations ?? NO_ROWS,
    lastTimes: row?.last_times ?? NO_ROWS,
    lastIds: row?.last_ids ?? NO_ROWS,
    firstTimes: row?.first_times ?? NO_ROWS,
    firstIds: row?.first_ids ?? NO_ROWS,
  }
}
