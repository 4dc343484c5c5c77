import { type Queryable, statement } from '@andon/store'
import type { OperationIds } from '../jobmanager/catalogue.ts'
import type { SoundRows } from '../jobmanager/take.ts'
import { type Troubles, troublesOf } from '../jobmanager/write-press.ts'

/**
 * A code is a runlist, else a job with its version: then the runlist that the job is in, if there is one. A job in
 * several runlists leaves open which of them was meant.
 */
const RESOLVE_CODES = statement(
  'floor_resolve_codes',
  `with code as materialized (
     select distinct u.code from unnest($2::text[]) as u (code)
   ), named as materialized (
     select c.code, exists (select from production_planner_paths p where p.runlist_id = c.code) as is_runlist,
       regexp_match(c.code, '^([0-9]+_[0-9]+)_([^\\s_]\\S*)$') as parts
     from code c
   ), job as materialized (
     select n.code, n.parts[1] as job_id, n.parts[2] as version_tag from named n
     where not n.is_runlist and n.parts is not null
   ), runlist as (
     select j.code, array_agg(distinct p.runlist_id) as runlists
     from job j join imposition_file_mapping m on andon_file_job(m.file_id) = j.job_id
       and octet_length(m.file_id) <= 1024 and andon_file_version(m.file_id) = j.version_tag
     join production_planner_paths p on p.imposition_id = m.imposition_id
     group by j.code
   ), known as (
     select j.code from job j
     where exists (select from imposition_file_mapping m where andon_file_job(m.file_id) = j.job_id
         and octet_length(m.file_id) <= 1024 and andon_file_version(m.file_id) = j.version_tag)
       or exists (select from job_operations o where o.job_id = j.job_id and o.version_tag = j.version_tag)
   ), target as materialized (
     select n.code,
       case when n.is_runlist or cardinality(r.runlists) = 1 then 'runlist'
         when r.runlists is null and k.code is not null then 'job' end as kind,
       case when n.is_runlist then n.code when cardinality(r.runlists) = 1 then r.runlists[1] else n.code end as target,
       case when cardinality(r.runlists) > 1 then 'ambiguous_code'
         when not n.is_runlist and k.code is null then 'unknown_code' end as reason,
       case when cardinality(r.runlists) > 1 then 'The job ' || n.code || ' is in the runlists '
           || left(array_to_string(r.runlists, ', '), 300) || ': scan the code of one of them.'
         when not n.is_runlist and k.code is null
           then '"' || left(n.code, 120) || '" is neither a runlist nor a job with its version.' end as detail
     from named n left join runlist r on r.code = n.code left join known k on k.code = n.code
   ), row as (
     select g.source_id, t.* from unnest($1::bigint[], $2::text[]) as g (source_id, code) join target t on t.code = g.code
   )
   select (array_agg(source_id) filter (where kind is not null))::text as sound_ids,
     (array_agg(kind) filter (where kind is not null))::text as kinds,
     (array_agg(target) filter (where kind is not null))::text as targets,
     (array_agg(source_id) filter (where kind is null))::text as ids,
     (array_agg(reason) filter (where kind is null))::text as reasons,
     (array_agg(detail) filter (where kind is null))::text as details
   from row`,
)

const NOTE_SCANS = statement(
  'floor_note_scans',
  `with given as materialized (
     select g.source_id, g.happened_at, string_to_array(g.operations, ',') as operations, g.reason, g.row_hash,
       t.kind, t.target
     from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])
       as g (source_id, happened_at, operations, reason, row_hash)
     join unnest($6::bigint[], $7::text[], $8::text[]) as t (source_id, kind, target) on t.source_id = g.source_id
   ), before as (
     select a.source_id from given g join applied_sources a on a.source_type = 'scanner' and a.source_id = g.source_id
     where (a.target_kind, a.target, a.operations, a.happened_at)
       is distinct from (g.kind, g.target, g.operations, g.happened_at)
   ), kept as (
     insert into applied_sources as a (source_type, source_id, row_hash, target_kind, target, operations, status,
       happened_at, reason)
     select 'scanner', source_id, row_hash, kind, target, operations, 'completed', happened_at, reason from given
     on conflict (source_type, source_id) do update set row_hash = excluded.row_hash,
       target_kind = excluded.target_kind, target = excluded.target, operations = excluded.operations,
       happened_at = excluded.happened_at, reason = excluded.reason, applied_at = now()
     where (a.row_hash, a.target_kind, a.target) is distinct from (excluded.row_hash, excluded.target_kind, excluded.target)
   )
   select (select array_agg(source_id)::text from before) as changed,
     (array_agg(distinct target) filter (where kind = 'runlist'))::text as runlists,
     (array_agg(distinct target) filter (where kind = 'job'))::text as jobs
   from given`,
)

/** What rested on scans that say something else now rests on nothing, until it is worked out again. */
const RETRACT_SCANS = statement(
  'floor_retract_scans',
  `with sheet as (
     update imposition_operations set completed_at = null, completed_by = null, source_id = null, status = null
     where completed_by = 'scanner' and source_id = any($1::bigint[]) returning imposition_id
   ), job as (
     update job_operations set completed_at = null, completed_by = null, source_id = null, status = null
     where completed_by = 'scanner' and source_id = any($1::bigint[]) returning job_id, version_tag, operation_id
   )
   select (select array_agg(distinct p.runlist_id)::text from production_planner_paths p
       where p.imposition_id in (select imposition_id from sheet)
         or p.imposition_id in (select m.imposition_id from job j join imposition_file_mapping m
           on andon_file_job(m.file_id) = j.job_id and octet_length(m.file_id) <= 1024)) as runlists,
     (select array_agg(distinct job_id || '_' || version_tag)::text from job) as codes,
     (select array_agg(distinct job_id)::text from job) as jobs`,
)

/** Of the scans of all runlists of an imposition the latest stands; what the press said is not touched. */
const SETTLE_SCANNED_IMPOSITIONS = statement(
  'floor_settle_scanned_impositions',
  `with operation as materialized (
     select * from unnest($2::text[], $3::text[], $4::boolean[]) as c (operation_id, operation_type, is_first)
   ), scan as materialized (
     select distinct on (a.target, t.operation_type) a.target as runlist_id, t.operation_type,
       a.happened_at::timestamp as at, a.source_id
     from applied_sources a cross join unnest(a.operations) as t (operation_type)
     where a.source_type = 'scanner' and a.target_kind = 'runlist' and a.target = any($1::text[])
     order by a.target, t.operation_type, a.happened_at desc, a.source_id desc
   ), wanted as materialized (
     select distinct on (p.imposition_id, s.operation_type) p.imposition_id, s.operation_type, s.at, s.source_id
     from scan s join production_planner_paths p on p.runlist_id = s.runlist_id
     order by p.imposition_id, s.operation_type, s.at desc, s.source_id desc
   ), changed as (
     update imposition_operations o
     set completed_at = w.at, completed_by = 'scanner', source_id = w.source_id, status = 'completed', notes = null
     from wanted w join operation c on c.operation_type = w.operation_type
     where o.imposition_id = w.imposition_id and o.operation_id = c.operation_id
       and o.imposition_id = any(array(select imposition_id from wanted)) and o.completed_by is distinct from 'print_os'
       and (o.completed_by is distinct from 'scanner' or o.completed_at is null
         or (o.completed_at, o.source_id) < (w.at, w.source_id))
   )
   insert into imposition_operations (imposition_operation_id, imposition_id, operation_id, completed_at, completed_by,
     source_id, status)
   select w.imposition_id || '_' || c.operation_id, w.imposition_id, c.operation_id, w.at, 'scanner', w.source_id,
     'completed'
   from wanted w join operation c on c.operation_type = w.operation_type and c.is_first
   where not exists (select from imposition_operations o join operation d on d.operation_id = o.operation_id
     where o.imposition_id = w.imposition_id and o.imposition_id = any(array(select imposition_id from wanted))
       and d.operation_type = w.operation_type)
   on conflict (imposition_operation_id) do nothing`,
)

/** The same for jobs; and the first scan of each, which is the one that completed the operation. */
const SETTLE_SCANNED_JOBS = statement(
  'floor_settle_scanned_jobs',
  `with operation as materialized (
     select * from unnest($3::text[], $4::text[], $5::boolean[]) as c (operation_id, operation_type, is_first)
   ), scan as materialized (
     select a.target_kind, a.target, t.operation_type, max(a.happened_at) as last_at, min(a.happened_at) as first_at
     from applied_sources a cross join unnest(a.operations) as t (operation_type)
     where a.source_type = 'scanner' and ((a.target_kind = 'runlist' and a.target = any($1::text[]))
       or (a.target_kind = 'job' and a.target = any($2::text[])))
     group by 1, 2, 3
   ), ends as materialized (
     select s.target_kind, s.target, s.operation_type, s.last_at, s.first_at,
       (select max(a.source_id) from applied_sources a where a.target = s.target and a.source_type = 'scanner'
         and a.target_kind = s.target_kind and a.happened_at = s.last_at and s.operation_type = any(a.operations)) as last_id,
       (select min(a.source_id) from applied_sources a where a.target = s.target and a.source_type = 'scanner'
         and a.target_kind = s.target_kind and a.happened_at = s.first_at and s.operation_type = any(a.operations)) as first_id
     from scan s
   ), covered as materialized (
     select distinct p.runlist_id as target, andon_file_job(m.file_id) as job_id,
       andon_file_version(m.file_id) as version_tag
     from production_planner_paths p join imposition_file_mapping m on m.imposition_id = p.imposition_id
       and octet_length(m.file_id) <= 1024
     where p.runlist_id = any($1::text[]) and andon_file_job(m.file_id) is not null
   ), place as (
     select e.*, c.job_id, c.version_tag from ends e join covered c on e.target_kind = 'runlist' and c.target = e.target
     union all
     select e.*, x.parts[1], x.parts[2] from ends e
     cross join lateral regexp_match(e.target, '^([0-9]+_[0-9]+)_([^\\s_]\\S*)$') as x (parts)
     where e.target_kind = 'job'
   ), wanted as materialized (
     select job_id, version_tag, operation_type,
       max(array[extract(epoch from last_at), last_id]) as last, min(array[extract(epoch from first_at), first_id]) as first
     from place group by 1, 2, 3
   ), timed as materialized (
     select job_id, version_tag, operation_type, to_timestamp(last[1])::timestamp as at, last[2]::bigint as source_id,
       first[2]::bigint as first_id
     from wanted
   ), changed as (
     update job_operations o
     set completed_at = w.at, completed_by = 'scanner', source_id = w.source_id, status = 'completed', notes = null
     from timed w join operation c on c.operation_type = w.operation_type
     where o.job_id = w.job_id and o.job_id = any(array(select job_id from timed)) and o.version_tag = w.version_tag
       and o.operation_id = c.operation_id and coalesce(o.completed_by, '') not in ('print_os', 'manual')
       and (o.completed_by is distinct from 'scanner' or o.completed_at is null
         or (o.completed_at, o.source_id) < (w.at, w.source_id))
   ), made as (
     insert into job_operations (job_operation_id, job_id, version_tag, operation_id, completed_at, completed_by,
       source_id, status)
     select w.job_id || '_' || w.version_tag || '_' || c.operation_id, w.job_id, w.version_tag, c.operation_id, w.at,
       'scanner', w.source_id, 'completed'
     from timed w join operation c on c.operation_type = w.operation_type and c.is_first
     where not exists (select from job_operations o join operation d on d.operation_id = o.operation_id
       where o.job_id = w.job_id and o.job_id = any(array(select job_id from timed)) and o.version_tag = w.version_tag
         and d.operation_type = w.operation_type)
     on conflict (job_operation_id) do nothing
   )
   select array_agg(w.job_id)::text as jobs, array_agg(w.version_tag)::text as versions,
     array_agg(w.operation_type)::text as operations, array_agg(w.first_id)::text as first_ids,
     array_agg(a.row_hash)::text as first_hashes, array_agg(a.happened_at)::text as first_times,
     array_agg(a.reason)::text as first_reasons, count(*)::int as count
   from timed w join applied_sources a on a.source_type = 'scanner' and a.source_id = w.first_id
     and a.source_id = any(array(select first_id from timed))`,
)

/** Where the scanner's word stands: not where the press or a person decides. */
const STANDING = statement(
  'floor_standing',
  `select array_agg(job_id)::text as jobs, array_agg(operation_type)::text as operations
   from (
     select distinct o.job_id, c.operation_type
     from job_operations o
     join unnest($2::text[], $3::text[]) as c (operation_id, operation_type) on c.operation_id = o.operation_id
     where o.job_id = any($1::text[]) and o.completed_by = 'scanner' and o.status = 'completed'
   ) s`,
)

const APPLIED_SCAN = statement(
  'floor_applied_scan',
  `select target_kind, target, operations from applied_sources where source_type = 'scanner' and source_id = $1::bigint`,
)

const NOTHING = '{}'

/** What codes turned out to be. */
export interface ResolvedCodes {
  readonly ids: string
  readonly kinds: string
  readonly targets: string
  readonly troubles: Troubles | null
}

/** What the scans of a batch concern. */
export interface ScannedTargets {
  readonly runlists: string
  /** Codes of single jobs. */
  readonly codes: string
  /** Jobs of which something was taken back, because a scan says something else than before. */
  readonly retracted: string
  /** Scans that say something else than before. */
  readonly changed: string
}

/** Operations of jobs with the scan that completed each, by columns. */
export interface ScannedJobs {
  readonly jobs: string
  readonly versions: string
  readonly operations: string
  readonly firstIds: string
  readonly firstHashes: string
  readonly firstTimes: string
  readonly firstReasons: string
  readonly count: number
}

export async function resolveCodes(tx: Queryable, rows: SoundRows): Promise<ResolvedCodes> {
  type Row = Record<'sound_ids' | 'kinds' | 'targets' | keyof Troubles, string | null>
  const [row] = await tx.query<Row>(RESOLVE_CODES, [rows.ids, rows.targets])
  return {
    ids: row?.sound_ids ?? NOTHING,
    kinds: row?.kinds ?? NOTHING,
    targets: row?.targets ?? NOTHING,
    troubles: troublesOf(row),
  }
}

/** Keeps what the scans say; what they concern. */
export async function noteScans(tx: Queryable, rows: SoundRows, resolved: ResolvedCodes): Promise<ScannedTargets> {
  const values = [rows.ids, rows.times, rows.operations, rows.reasons, rows.hashes]
  type Row = Record<'changed' | 'runlists' | 'jobs', string | null>
  const [row] = await tx.query<Row>(NOTE_SCANS, [...values, resolved.ids, resolved.kinds, resolved.targets])
  const targets = { runlists: row?.runlists ?? NOTHING, codes: row?.jobs ?? NOTHING }
  const changed = row?.changed ?? null
  if (changed === null) return { ...targets, retracted: NOTHING, changed: NOTHING }
  type Retracted = Record<'runlists' | 'codes' | 'jobs', string | null>
  const [taken] = await tx.query<Retracted>(RETRACT_SCANS, [changed])
  return {
    runlists: both(targets.runlists, taken?.runlists ?? NOTHING),
    codes: both(targets.codes, taken?.codes ?? NOTHING),
    retracted: taken?.jobs ?? NOTHING,
    changed,
  }
}

/** Works out the operations of impositions and jobs from all scans that concern them. */
export async function settleScanned(
  tx: Queryable,
  { runlists, codes }: Pick<ScannedTargets, 'runlists' | 'codes'>,
  catalogue: OperationIds,
): Promise<ScannedJobs> {
  const { ids, types, areFirst } = catalogue
  await tx.query(SETTLE_SCANNED_IMPOSITIONS, [runlists, ids, types, areFirst])
  const [row] = await tx.query<ScannedRow>(SETTLE_SCANNED_JOBS, [runlists, codes, ids, types, areFirst])
  return {
    jobs: row?.jobs ?? NOTHING,
    versions: row?.versions ?? NOTHING,
    operations: row?.operations ?? NOTHING,
    firstIds: row?.first_ids ?? NOTHING,
    firstHashes: row?.first_hashes ?? NOTHING,
    firstTimes: row?.first_times ?? NOTHING,
    firstReasons: row?.first_reasons ?? NOTHING,
    count: row?.count ?? 0,
  }
}

/** Jobs and operations, by columns, that stand completed by a scan. */
export async function standingScans(
  tx: Queryable,
  jobs: string,
  { ids, types }: OperationIds,
): Promise<{ readonly jobs: string; readonly operations: string }> {
  const [row] = await tx.query<{ jobs: string | null; operations: string | null }>(STANDING, [jobs, ids, types])
  return { jobs: row?.jobs ?? NOTHING, operations: row?.operations ?? NOTHING }
}

/** What a scan was taken for. */
export interface AppliedScan {
  readonly target_kind: 'runlist' | 'job'
  readonly target: string
  readonly operations: string[]
}

/** Null when it was set aside. */
export async function appliedScan(db: Queryable, id: string): Promise<AppliedScan | null> {
  const [row] = await db.query<AppliedScan>(APPLIED_SCAN, [id])
  return row ?? null
}

interface ScannedRow {
  readonly jobs: string | null
  readonly versions: string | null
  readonly operations: string | null
  readonly first_ids: string | null
  readonly first_hashes: string | null
  readonly first_times: string | null
  readonly first_reasons: string | null
  readonly count: number
}

function both(one: string, other: string): string {
  const insides = [one, other].map((array) => array.slice(1, -1)).filter((inside) => inside !== '')
  return `{${insides.join(',')}}`
}
