import type { FloorCell, FloorCounts } from '@andon/core'
import { onlyRow, type Queryable, statement } from '@andon/store'
import type { OperationIds } from '../jobmanager/catalogue.ts'

// From name to name through the index: a runlist has many rows, and what begins alike stands together in bytes only.
const LIST_RUNLISTS = statement(
  'floor_list_runlists',
  `with recursive name as (
     (select runlist_id, 1 as place from production_planner_paths
      where runlist_id collate "C" > $1 and runlist_id collate "C" >= $2 order by runlist_id collate "C" limit 1)
     union all
     select (select p.runlist_id from production_planner_paths p where p.runlist_id collate "C" > n.runlist_id
       order by p.runlist_id collate "C" limit 1), n.place + 1
     from name n where starts_with(n.runlist_id, $2) and n.place < $3::int
   )
   select runlist_id from name where starts_with(runlist_id, $2) order by place`,
)

const RECENT_RUNLISTS = statement(
  'floor_recent_runlists',
  `select p.runlist_id from (
     select imposition_id, completed_at from imposition_operations where completed_at is not null
     order by completed_at desc limit 5000) t
   join production_planner_paths p on p.imposition_id = t.imposition_id
   group by p.runlist_id order by max(t.completed_at) desc, p.runlist_id limit $1`,
)

/** Of an operation with several ids the one that says most stands, as on the page of a runlist. */
const COUNT_RUNLISTS = statement(
  'floor_count_runlists',
  `with sheet as materialized (
     select distinct runlist_id, imposition_id from production_planner_paths where runlist_id = any($1::text[])
   ), job as materialized (
     select distinct s.runlist_id, andon_file_job(m.file_id) as job_id, andon_file_version(m.file_id) as version_tag
     from sheet s join imposition_file_mapping m on m.imposition_id = s.imposition_id and octet_length(m.file_id) <= 1024
     where andon_file_job(m.file_id) is not null
   ), operation as materialized (
     select * from unnest($2::text[], $3::text[]) as c (operation_id, operation_type)
   ), row as materialized (
     select j.runlist_id, j.job_id, j.version_tag, c.operation_type, o.completed_at, o.completed_by,
       array_position(array['open', 'partly', 'aborted', 'done'], andon_cell_state(o.status, o.completed_by, o.notes)) as weight
     from job j join job_operations o on o.job_id = j.job_id and o.version_tag = j.version_tag
     join operation c on c.operation_id = o.operation_id
   ), cell as materialized (
     select distinct on (runlist_id, job_id, version_tag, operation_type) * from row
     order by runlist_id, job_id, version_tag, operation_type, weight desc
   ), scanned as (
     select distinct target as runlist_id from applied_sources
     where source_type = 'scanner' and target = any($1::text[]) and 'print' = any(operations)
   )
   select r.runlist_id, coalesce(s.n, 0) as impositions, coalesce(j.n, 0) as jobs, coalesce(d.n, 0) as conflicts,
     greatest(w.at, i.at)::timestamptz as last_activity_at, coalesce(c.operations, '{}') as operations
   from unnest($1::text[]) with ordinality as r (runlist_id, place)
   left join (select runlist_id, count(*)::int as n from sheet group by 1) s on s.runlist_id = r.runlist_id
   left join (select runlist_id, count(*)::int as n from job group by 1) j on j.runlist_id = r.runlist_id
   left join (select runlist_id, max(completed_at) as at from row group by 1) w on w.runlist_id = r.runlist_id
   left join (select h.runlist_id, max(o.completed_at) as at from sheet h
     join imposition_operations o on o.imposition_id = h.imposition_id
     join operation p on p.operation_id = o.operation_id group by 1) i on i.runlist_id = r.runlist_id
   left join (select l.runlist_id, count(*)::int as n from cell l join scanned k on k.runlist_id = l.runlist_id
     where l.operation_type = 'print' and l.completed_by = 'print_os' and l.weight < 4 group by 1) d
     on d.runlist_id = r.runlist_id
   left join (select t.runlist_id, jsonb_object_agg(t.operation_type, t.counts) as operations from (
     select runlist_id, operation_type, jsonb_build_object('done', count(*) filter (where weight = 4),
       'aborted', count(*) filter (where weight = 3), 'partly', count(*) filter (where weight = 2)) as counts
     from cell group by 1, 2) t group by 1) c on c.runlist_id = r.runlist_id
   order by r.place`,
)

const SIMILAR_RUNLISTS = statement(
  'floor_similar_runlists',
  `select distinct runlist_id from (
     (select runlist_id from production_planner_paths where runlist_id >= $1 order by runlist_id limit 200)
     union all
     (select runlist_id from production_planner_paths where runlist_id < $1 order by runlist_id desc limit 200)
   ) n order by runlist_id`,
)

// Names that are too long for the index of files have one of their own: each part says which index it goes through.
const IMPOSITIONS_OF_RUNLIST = statement(
  'floor_impositions_of_runlist',
  `select p.imposition_id, ((select count(distinct m.file_id) from imposition_file_mapping m
       where m.imposition_id = p.imposition_id and octet_length(m.file_id) <= 1024)
     + (select count(distinct m.file_id) from imposition_file_mapping m
       where m.imposition_id = p.imposition_id and octet_length(m.file_id) > 1024))::int as files
   from (select distinct imposition_id from production_planner_paths where runlist_id = $1) p order by p.imposition_id`,
)

const JOBS_OF_IMPOSITIONS = statement(
  'floor_jobs_of_impositions',
  `select andon_file_job(file_id) as job_id, andon_file_version(file_id) as version_tag,
     count(distinct file_id)::int as files
   from imposition_file_mapping
   where imposition_id = any($1::text[]) and octet_length(file_id) <= 1024 and andon_file_job(file_id) is not null
   group by 1, 2 order by 1, 2`,
)

const VERSIONS_OF_JOB = statement(
  'floor_versions_of_job',
  `select version_tag, sum(files)::int as files from (
     select andon_file_version(file_id) as version_tag, count(distinct file_id) as files from imposition_file_mapping
     where andon_file_job(file_id) = $1 and octet_length(file_id) <= 1024 group by 1
     union all
     select version_tag, 0 from job_operations where job_id = $1
   ) v group by version_tag order by version_tag`,
)

const PLACES_OF_JOB = statement(
  'floor_places_of_job',
  `select array(select distinct imposition_id from imposition_file_mapping
       where andon_file_job(file_id) = $1 and octet_length(file_id) <= 1024 order by 1) as impositions,
     array(select distinct p.runlist_id from imposition_file_mapping m
       join production_planner_paths p on p.imposition_id = m.imposition_id
       where andon_file_job(m.file_id) = $1 and octet_length(m.file_id) <= 1024 order by 1) as runlists`,
)

const JOB_CELLS = statement(
  'floor_job_cells',
  `select o.job_id as owner, o.version_tag, c.operation_type, o.completed_at::timestamptz as completed_at, o.completed_by,
     andon_cell_state(o.status, o.completed_by, o.notes) as state, o.notes
   from job_operations o join unnest($2::text[], $3::text[]) as c (operation_id, operation_type)
     on c.operation_id = o.operation_id
   where o.job_id = any($1::text[])`,
)

const IMPOSITION_CELLS = statement(
  'floor_imposition_cells',
  `select o.imposition_id as owner, null as version_tag, c.operation_type, o.completed_at::timestamptz as completed_at,
     o.completed_by, andon_cell_state(o.status, o.completed_by, o.notes) as state, o.notes
   from imposition_operations o join unnest($2::text[], $3::text[]) as c (operation_id, operation_type)
     on c.operation_id = o.operation_id
   where o.imposition_id = any($1::text[])`,
)

/** Scans that say that jobs were printed: the press decides, and where it says otherwise people should know. */
const SCANNED_AS_PRINTED = statement(
  'floor_scanned_as_printed',
  `select distinct target from applied_sources
   where source_type = 'scanner' and target = any($1::text[]) and 'print' = any(operations)`,
)

const IMPOSITION = statement(
  'floor_imposition',
  `select array(select distinct runlist_id from production_planner_paths where imposition_id = $1 order by 1) as runlists,
     array(select left(file_id, 200) from (
         select file_id from imposition_file_mapping
         where imposition_id = $1 and octet_length(file_id) <= 1024 and andon_file_job(file_id) is null
         union
         select file_id from imposition_file_mapping where imposition_id = $1 and octet_length(file_id) > 1024) f
       order by 1 limit 100) as unmatched_files,
     exists (select from imposition_file_mapping where imposition_id = $1 and octet_length(file_id) <= 1024)
       or exists (select from imposition_file_mapping where imposition_id = $1 and octet_length(file_id) > 1024)
       or exists (select from production_planner_paths where imposition_id = $1) as is_known`,
)

const IMPOSITION_RECORDS = statement(
  'floor_imposition_records',
  `select source_id::text as id, status, happened_at as at, copies::int as copies, reason from applied_sources
   where source_type = 'print_os' and target = $1 order by happened_at desc, source_id desc limit 100`,
)

const SIMILAR_IMPOSITIONS = statement(
  'floor_similar_impositions',
  `select distinct imposition_id from (
     (select imposition_id from production_planner_paths where imposition_id >= $1 order by imposition_id limit 200)
     union all
     (select imposition_id from production_planner_paths where imposition_id < $1 order by imposition_id desc limit 200)
   ) n order by imposition_id`,
)

/** One operation as it stands in a database. */
export interface CellRow {
  /** Job or imposition. */
  readonly owner: string
  readonly version_tag: string | null
  readonly operation_type: string
  readonly completed_at: Date | null
  readonly completed_by: string | null
  readonly state: FloorCell['state']
  readonly notes: string | null
}

/** A runlist with how far its jobs are; operations of which nothing is known are missing. */
export interface RunlistRow {
  readonly runlist_id: string
  readonly impositions: number
  readonly jobs: number
  readonly conflicts: number
  readonly last_activity_at: Date | null
  readonly operations: Readonly<Record<string, Omit<FloorCounts, 'open'>>>
}

export interface JobFilesRow {
  readonly job_id: string
  readonly version_tag: string
  readonly files: number
}

/** Names of runlists that begin with a text, after one, by name. */
export async function runlistPage(
  db: Queryable,
  { after, prefix, limit }: { readonly after: string; readonly prefix: string; readonly limit: number },
): Promise<string[]> {
  return namesOf(await db.query<{ runlist_id: string }>(LIST_RUNLISTS, [after, prefix, limit]))
}

/** Names of those of which something was reported last. */
export async function recentRunlists(db: Queryable, limit: number): Promise<string[]> {
  return namesOf(await db.query<{ runlist_id: string }>(RECENT_RUNLISTS, [limit]))
}

/** How far the jobs of runlists are, in the order given. */
export function countRunlists(
  db: Queryable,
  names: readonly string[],
  { ids, types }: OperationIds,
): Promise<RunlistRow[]> {
  return db.query<RunlistRow>(COUNT_RUNLISTS, [names, ids, types])
}

/** Names around a name, at most 400, by name. */
export async function runlistsAround(db: Queryable, name: string): Promise<string[]> {
  return namesOf(await db.query<{ runlist_id: string }>(SIMILAR_RUNLISTS, [name]))
}

/** The same for impositions. */
export async function impositionsAround(db: Queryable, name: string): Promise<string[]> {
  return (await db.query<{ imposition_id: string }>(SIMILAR_IMPOSITIONS, [name])).map((row) => row.imposition_id)
}

export function impositionsOfRunlist(db: Queryable, id: string): Promise<{ imposition_id: string; files: number }[]> {
  return db.query(IMPOSITIONS_OF_RUNLIST, [id])
}

export function jobsOfImpositions(db: Queryable, impositions: readonly string[]): Promise<JobFilesRow[]> {
  return db.query<JobFilesRow>(JOBS_OF_IMPOSITIONS, [impositions])
}

export function versionsOfJob(db: Queryable, jobId: string): Promise<{ version_tag: string; files: number }[]> {
  return db.query(VERSIONS_OF_JOB, [jobId])
}

/** Where the files of a job lie. */
export async function placesOfJob(
  db: Queryable,
  jobId: string,
): Promise<{ impositions: string[]; runlists: string[] }> {
  return onlyRow(await db.query(PLACES_OF_JOB, [jobId]))
}

export function jobCells(db: Queryable, jobs: readonly string[], { ids, types }: OperationIds): Promise<CellRow[]> {
  return db.query<CellRow>(JOB_CELLS, [jobs, ids, types])
}

export function impositionCells(
  db: Queryable,
  impositions: readonly string[],
  { ids, types }: OperationIds,
): Promise<CellRow[]> {
  return db.query<CellRow>(IMPOSITION_CELLS, [impositions, ids, types])
}

/** Which of these runlists and job codes were scanned as printed. */
export async function scannedAsPrinted(db: Queryable, targets: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ target: string }>(SCANNED_AS_PRINTED, [targets])
  return new Set(rows.map((row) => row.target))
}

export interface ImpositionRow {
  readonly runlists: string[]
  readonly unmatched_files: string[]
  readonly is_known: boolean
}

export async function impositionRow(db: Queryable, id: string): Promise<ImpositionRow> {
  return onlyRow(await db.query<ImpositionRow>(IMPOSITION, [id]))
}

export interface RecordRow {
  readonly id: string
  readonly status: string
  readonly at: Date | null
  readonly copies: number | null
  readonly reason: string | null
}

export function recordsOfImposition(db: Queryable, id: string): Promise<RecordRow[]> {
  return db.query<RecordRow>(IMPOSITION_RECORDS, [id])
}

function namesOf(rows: readonly { readonly runlist_id: string }[]): string[] {
  return rows.map((row) => row.runlist_id)
}
