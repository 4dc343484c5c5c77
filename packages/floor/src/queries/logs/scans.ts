import { keptStatement, type Queryable, statement } from '@andon/store'
import type { OperationIds } from '../jobmanager/catalogue.ts'
import { NO_ROWS, type TakenBatch } from '../jobmanager/take.ts'
import type { ResolvedCodes } from './codes.ts'
import type { Reach } from './reach.ts'

/** What a row that was taken before says no more is withdrawn. */
const NOTE_SCANS = keptStatement(
  'floor_note_scans',
  `with given as materialized (
     select g.source_id, g.happened_at, string_to_array(g.operations, ',') as operations, g.reason, g.row_hash,
       t.kind, t.target
     from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])
       as g (source_id, happened_at, operations, reason, row_hash)
     join unnest($6::bigint[], $7::text[], $8::text[]) as t (source_id, kind, target) on t.source_id = g.source_id
   ), before as materialized (
     select a.source_id, a.target_kind, a.target, g.source_id is null as is_withdrawn from applied_sources a
     left join given g on g.source_id = a.source_id
     where a.source_type = 'scanner' and a.source_id = any($9::bigint[])
       and (g.source_id is null or (a.target_kind, a.target, a.operations, a.happened_at)
         is distinct from (g.kind, g.target, g.operations, g.happened_at))
   ), withdrawn as (
     delete from applied_sources where source_type = 'scanner'
       and source_id = any(array(select source_id from before where is_withdrawn))
   ), kept as (
     insert into applied_sources as a (source_type, source_id, row_hash, target_kind, target, operations, status,
       happened_at, reason)
     select 'scanner', source_id, row_hash, kind, target, operations, 'completed', happened_at, reason from given
     on conflict (source_type, source_id) do update set row_hash = excluded.row_hash,
       target_kind = excluded.target_kind, target = excluded.target, operations = excluded.operations,
       happened_at = excluded.happened_at, reason = excluded.reason, applied_at = now()
     where (a.row_hash, a.target_kind, a.target, a.operations, a.happened_at) is distinct from
       (excluded.row_hash, excluded.target_kind, excluded.target, excluded.operations, excluded.happened_at)
   ), ends as (
     insert into scanned_operations as s (target, target_kind, operation_type, first, last)
     select target, kind, operation_type, min(scan), max(scan)
     from (
       select target, kind, unnest(operations) as operation_type,
         array[(date_part('epoch', happened_at) * 1000000)::bigint, source_id] as scan
       from given) g
     group by 1, 2, 3
     on conflict (target, target_kind, operation_type)
       do update set first = least(s.first, excluded.first), last = greatest(s.last, excluded.last)
     where excluded.first < s.first or excluded.last > s.last
   ), concerned as (
     select kind, target from given union select target_kind, target from before
   )
   select (array_agg(target) filter (where kind = 'runlist'))::text as runlists,
     (array_agg(target) filter (where kind = 'job'))::text as codes,
     (select array_agg(distinct target) from before)::text as changed
   from concerned`,
)

/** Where a scan says something else than before, its ends are found anew among all scans. */
const FORGET_ENDS = statement('floor_forget_ends', `delete from scanned_operations where target = any($1::text[])`)

const FIND_ENDS = statement(
  'floor_find_ends',
  `insert into scanned_operations (target, target_kind, operation_type, first, last)
   select target, target_kind, operation_type, min(scan), max(scan)
   from (
     select target, target_kind, unnest(operations) as operation_type,
       array[(date_part('epoch', happened_at) * 1000000)::bigint, source_id] as scan
     from applied_sources where source_type = 'scanner' and target = any($1::text[])) a
   group by 1, 2, 3`,
)

/** Of the scans of all runlists of an imposition the latest stands; what the press said is not touched. */
const SETTLE_SCANNED_IMPOSITIONS = keptStatement(
  'floor_settle_scanned_impositions',
  `with operation as materialized (
     select * from unnest($1::text[], $2::text[], $3::boolean[]) as c (operation_id, operation_type, is_first)
   ), wanted as materialized (
     select p.imposition_id, s.operation_type, max(array[s.last_at, s.last_id]) as last
     from unnest($4::text[], $5::text[]) as p (imposition_id, runlist_id)
     join unnest($6::text[], $7::text[], $8::text[], $9::bigint[], $10::bigint[])
       as s (target_kind, target, operation_type, last_at, last_id)
       on s.target_kind = 'runlist' and s.target = p.runlist_id
     group by 1, 2
   ), outcome as materialized (
     select imposition_id, operation_type, last[2] as source_id,
       (timestamptz 'epoch' + last[1] * interval '1 microsecond')::timestamp as at
     from wanted
   ), standing as materialized (
     select o.imposition_operation_id, o.imposition_id, c.operation_type, o.completed_at, o.completed_by, o.source_id,
       o.status
     from imposition_operations o join operation c on c.operation_id = o.operation_id
     where o.imposition_id = any($11::text[])
   ), cleared as (
     update imposition_operations o set completed_at = null, completed_by = null, source_id = null, status = null
     where o.imposition_operation_id = any(array(
       select imposition_operation_id from standing s where s.completed_by = 'scanner' and not exists (
         select from outcome t where t.imposition_id = s.imposition_id and t.operation_type = s.operation_type)))
   ), due as materialized (
     select s.imposition_operation_id, t.at, t.source_id
     from standing s join outcome t on t.imposition_id = s.imposition_id and t.operation_type = s.operation_type
     where s.completed_by is distinct from 'print_os' and (s.completed_at, s.completed_by, s.source_id, s.status)
       is distinct from (t.at, 'scanner', t.source_id, 'completed')
   ), changed as (
     update imposition_operations o
     set completed_at = d.at, completed_by = 'scanner', source_id = d.source_id, status = 'completed', notes = null
     from due d where o.imposition_operation_id = d.imposition_operation_id
       and o.imposition_operation_id = any(array(select imposition_operation_id from due))
   )
   insert into imposition_operations (imposition_operation_id, imposition_id, operation_id, completed_at, completed_by,
     source_id, status)
   select t.imposition_id || '_' || c.operation_id, t.imposition_id, c.operation_id, t.at, 'scanner', t.source_id,
     'completed'
   from outcome t join operation c on c.operation_type = t.operation_type and c.is_first
   where not exists (
     select from standing s where s.imposition_id = t.imposition_id and s.operation_type = t.operation_type)
   on conflict (imposition_operation_id) do nothing`,
)

/** The same for jobs; and the first scan of each, which is the one that completed the operation. */
const SETTLE_SCANNED_JOBS = keptStatement(
  'floor_settle_scanned_jobs',
  `with operation as materialized (
     select * from unnest($1::text[], $2::text[], $3::boolean[]) as c (operation_id, operation_type, is_first)
   ), scan as materialized (
     select * from unnest($7::text[], $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[])
       as s (target_kind, target, operation_type, last_at, last_id, first_at, first_id)
   ), place as (
     select p.job_id, p.version_tag, s.operation_type, s.last_at, s.last_id, s.first_at, s.first_id
     from unnest($4::text[], $5::text[], $6::text[]) as p (job_id, version_tag, runlist_id)
     join scan s on s.target_kind = 'runlist' and s.target = p.runlist_id
     union all
     select x.parts[1], x.parts[2], s.operation_type, s.last_at, s.last_id, s.first_at, s.first_id
     from scan s cross join lateral regexp_match(s.target, '^([0-9]+_[0-9]+)_([^\\s_]\\S*)$') as x (parts)
     where s.target_kind = 'job'
   ), outcome as materialized (
     select job_id, version_tag, operation_type, last[2] as source_id,
       (timestamptz 'epoch' + last[1] * interval '1 microsecond')::timestamp as at, first[2] as first_id
     from (
       select job_id, version_tag, operation_type, max(array[last_at, last_id]) as last,
         min(array[first_at, first_id]) as first
       from place group by 1, 2, 3) w
   ), standing as materialized (
     select o.job_operation_id, o.job_id, o.version_tag, c.operation_type, o.completed_at, o.completed_by, o.source_id,
       o.status
     from job_operations o join operation c on c.operation_id = o.operation_id where o.job_id = any($14::text[])
   ), cleared as (
     update job_operations o set completed_at = null, completed_by = null, source_id = null, status = null
     where o.job_operation_id = any(array(
       select job_operation_id from standing s where s.completed_by = 'scanner' and not exists (
         select from outcome t where t.job_id = s.job_id and t.version_tag = s.version_tag
           and t.operation_type = s.operation_type)))
   ), due as materialized (
     select s.job_operation_id, t.at, t.source_id
     from standing s join outcome t on t.job_id = s.job_id and t.version_tag = s.version_tag
       and t.operation_type = s.operation_type
     where coalesce(s.completed_by, '') not in ('print_os', 'manual')
       and (s.completed_at, s.completed_by, s.source_id, s.status)
         is distinct from (t.at, 'scanner', t.source_id, 'completed')
   ), changed as (
     update job_operations o
     set completed_at = d.at, completed_by = 'scanner', source_id = d.source_id, status = 'completed', notes = null
     from due d where o.job_operation_id = d.job_operation_id
       and o.job_operation_id = any(array(select job_operation_id from due))
   ), made as (
     insert into job_operations (job_operation_id, job_id, version_tag, operation_id, completed_at, completed_by,
       source_id, status)
     select t.job_id || '_' || t.version_tag || '_' || c.operation_id, t.job_id, t.version_tag, c.operation_id, t.at,
       'scanner', t.source_id, 'completed'
     from outcome t join operation c on c.operation_type = t.operation_type and c.is_first
     where not exists (select from standing s where s.job_id = t.job_id and s.version_tag = t.version_tag
       and s.operation_type = t.operation_type)
     on conflict (job_operation_id) do nothing
   )
   select array_agg(t.job_id)::text as jobs, array_agg(t.version_tag)::text as versions,
     array_agg(t.operation_type)::text as operations, array_agg(t.first_id)::text as first_ids,
     array_agg(a.row_hash)::text as first_hashes, array_agg(a.happened_at)::text as first_times,
     array_agg(a.reason)::text as first_reasons, count(*)::int as count,
     coalesce(bool_or(t.operation_type = 'print'), false) as has_print
   from outcome t join applied_sources a on a.source_type = 'scanner' and a.source_id = t.first_id
     and a.source_id = any($13::bigint[])`,
)

/** Where the scanner's word stands: not where the press or a person decides. */
const STANDING = keptStatement(
  'floor_standing',
  `select array_agg(job_id)::text as jobs, array_agg(operation_type)::text as operations
   from (
     select o.job_id, c.operation_type
     from job_operations o
     join unnest($2::text[], $3::text[]) as c (operation_id, operation_type) on c.operation_id = o.operation_id
     where o.job_id = any($1::text[])
     group by 1, 2
     having bool_or(o.completed_by = 'scanner' and o.status = 'completed')
       and not coalesce(bool_or(o.completed_by = 'print_os'), false)
   ) s`,
)

const APPLIED_SCAN = statement(
  'floor_applied_scan',
  `select target_kind, target, operations from applied_sources where source_type = 'scanner' and source_id = $1::bigint`,
)

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
  /** A scan says that something was printed. */
  readonly hasPrint: boolean
}

/** What scans make of jobs. */
export interface ScanVerdict {
  /** All jobs that were looked at, whether scans say something of them or not. */
  readonly jobs: string
  readonly scanned: ScannedJobs
  /** Jobs and operations, by columns, that stand completed by a scan. */
  readonly standing: { readonly jobs: string; readonly operations: string }
}

/** Keeps what the scans say; runlists and codes that they concern, or concerned before. */
export async function noteScans(
  tx: Queryable,
  { sound, seen }: TakenBatch,
  { ids, kinds, targets }: ResolvedCodes,
): Promise<{ readonly runlists: string; readonly codes: string }> {
  const values = [sound.ids, sound.times, sound.operations, sound.reasons, sound.hashes, ids, kinds, targets, seen]
  const [row] = await tx.query<Record<'runlists' | 'codes' | 'changed', string | null>>(NOTE_SCANS, values)
  const changed = row?.changed ?? null
  if (changed !== null) {
    await tx.query(FORGET_ENDS, [changed])
    await tx.query(FIND_ENDS, [changed])
  }
  return { runlists: row?.runlists ?? NO_ROWS, codes: row?.codes ?? NO_ROWS }
}

/** Works out the operations of impositions and jobs from all scans that concern them. */
export async function settleScanned(tx: Queryable, reach: Reach, catalogue: OperationIds): Promise<ScanVerdict> {
  const { ids, types, areFirst } = catalogue
  const { impositions, jobs, places, scans, sheets } = reach
  const { kinds, targets, operations, lastTimes, lastIds, firstTimes, firstIds } = scans
  await tx.query(SETTLE_SCANNED_IMPOSITIONS, [
    ids,
    types,
    areFirst,
    sheets.impositions,
    sheets.runlists,
    kinds,
    targets,
    operations,
    lastTimes,
    lastIds,
    impositions,
  ])
  const [row] = await tx.query<ScannedRow>(SETTLE_SCANNED_JOBS, [
    ids,
    types,
    areFirst,
    places.jobs,
    places.versions,
    places.runlists,
    kinds,
    targets,
    operations,
    lastTimes,
    lastIds,
    firstTimes,
    firstIds,
    jobs,
  ])
  type Standing = Record<'jobs' | 'operations', string | null>
  const [standing] = await tx.query<Standing>(STANDING, [jobs, ids, types])
  return {
    jobs,
    scanned: scannedOf(row),
    standing: { jobs: standing?.jobs ?? NO_ROWS, operations: standing?.operations ?? NO_ROWS },
  }
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

type ScannedRow = { readonly count: number; readonly has_print: boolean } & Record<
  'jobs' | 'versions' | 'operations' | 'first_ids' | 'first_hashes' | 'first_times' | 'first_reasons',
  string | null
>

function scannedOf(row: ScannedRow | undefined): ScannedJobs {
  return {
    jobs: row?.jobs ?? NO_ROWS,
    versions: row?.versions ?? NO_ROWS,
    operations: row?.operations ?? NO_ROWS,
    firstIds: row?.first_ids ?? NO_ROWS,
    firstHashes: row?.first_hashes ?? NO_ROWS,
    firstTimes: row?.first_times ?? NO_ROWS,
    firstReasons: row?.first_reasons ?? NO_ROWS,
    count: row?.count ?? 0,
    hasPrint: row?.has_print ?? false,
  }
}
