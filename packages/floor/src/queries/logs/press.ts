import { type Queryable, statement } from '@andon/store'
import type { AbortRule } from '../../settings.ts'
import type { SoundRows } from '../jobmanager/take.ts'

const NOTE_RECORDS = statement(
  'floor_note_records',
  `with given as materialized (
     select * from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[], $7::text[])
       as g (source_id, target, status, happened_at, copies, reason, row_hash)
   ), before as (
     select a.target from given g
     join applied_sources a on a.source_type = 'print_os' and a.source_id = g.source_id
       and a.source_id = any($1::bigint[]) and a.target <> g.target
   ), kept as (
     insert into applied_sources as a (source_type, source_id, row_hash, target_kind, target, operations, status,
       happened_at, copies, reason)
     select 'print_os', source_id, row_hash, 'imposition', target, '{print}', status, happened_at, copies, reason
     from given
     on conflict (source_type, source_id) do update set row_hash = excluded.row_hash, target = excluded.target,
       status = excluded.status, happened_at = excluded.happened_at, copies = excluded.copies,
       reason = excluded.reason, applied_at = now()
     where a.row_hash <> excluded.row_hash
   )
   select array_agg(target)::text as impositions from (select target from given union select target from before) t`,
)

/** Of all records of an imposition one decides; which, is the shop's rule for aborts. */
const SETTLE_IMPOSITIONS = statement(
  'floor_settle_impositions',
  `with known as materialized (
     select imposition_id from imposition_file_mapping
     where imposition_id = any($1::text[]) and octet_length(file_id) <= 1024
     union
     select imposition_id from imposition_file_mapping
     where imposition_id = any($1::text[]) and octet_length(file_id) > 1024
   ), deciding as materialized (
     select distinct on (a.target) a.target, a.status, a.happened_at::timestamp as at, a.source_id
     from applied_sources a join known k on k.imposition_id = a.target
     where a.source_type = 'print_os' and a.target = any($1::text[])
     order by a.target, (not $3::boolean and a.status = 'completed') desc, a.happened_at desc, a.source_id desc
   ), aborts as (
     select a.target, count(*) as n, string_agg(distinct a.reason, '; ') as reasons
     from applied_sources a join known k on k.imposition_id = a.target
     where a.source_type = 'print_os' and a.target = any($1::text[]) and a.status = 'aborted' group by a.target
   ), outcome as materialized (
     select d.*, case when b.n is not null
       then b.n || case when b.n = 1 then ' abort' else ' aborts' end || coalesce(': ' || left(b.reasons, 300), '') end as notes
     from deciding d left join aborts b on b.target = d.target
   ), cleared as (
     update imposition_operations o
     set completed_at = null, completed_by = null, source_id = null, status = null, notes = null
     from known k where o.imposition_id = k.imposition_id and o.imposition_id = any($1::text[])
       and o.operation_id = any($2::text[]) and o.completed_by = 'print_os' and not exists (select from outcome t where t.target = k.imposition_id)
   ), changed as (
     update imposition_operations o
     set completed_at = t.at, completed_by = 'print_os', source_id = t.source_id, status = t.status, notes = t.notes
     from outcome t where o.imposition_id = t.target and o.imposition_id = any($1::text[])
       and o.operation_id = any($2::text[]) and (o.completed_at, o.completed_by, o.source_id, o.status, o.notes)
         is distinct from (t.at, 'print_os', t.source_id, t.status, t.notes)
   )
   insert into imposition_operations (imposition_operation_id, imposition_id, operation_id, completed_at, completed_by,
     source_id, status, notes)
   select t.target || '_' || ($2::text[])[1], t.target, ($2::text[])[1], t.at, 'print_os', t.source_id, t.status, t.notes
   from outcome t
   where not exists (select from imposition_operations o
     where o.imposition_id = t.target and o.imposition_id = any($1::text[]) and o.operation_id = any($2::text[]))
   on conflict (imposition_operation_id) do nothing`,
)

const FILES_OF_IMPOSITIONS = statement(
  'floor_files_of_impositions',
  `select array_agg(imposition_id)::text as impositions, array_agg(job_id)::text as jobs,
     array_agg(version_tag)::text as versions, array_agg(files)::text as files, array_agg(sample)::text as samples
   from (
     select imposition_id, andon_file_job(file_id) as job_id, andon_file_version(file_id) as version_tag,
       count(distinct file_id)::int as files,
       case when andon_file_job(file_id) is null then min(file_id) end as sample
     from imposition_file_mapping where imposition_id = any($1::text[]) and octet_length(file_id) <= 1024
     group by 1, 2, 3
     union all
     select imposition_id, null, null, count(*)::int, left(min(file_id), 80) || '…'
     from imposition_file_mapping where imposition_id = any($1::text[]) and octet_length(file_id) > 1024
     group by 1
   ) f`,
)

/** An operation of a job is completed when all its files are; until then its row says how far it is. */
const SETTLE_PRINT = statement(
  'floor_settle_print',
  `with place as materialized (
     select andon_file_job(file_id) as job_id, andon_file_version(file_id) as version_tag, file_id, imposition_id
     from imposition_file_mapping
     where andon_file_job(file_id) = any($1::text[]) and octet_length(file_id) <= 1024
   ), sheet as materialized (
     select imposition_id, status, completed_at, source_id from imposition_operations
     where imposition_id = any($3::text[]) and operation_id = any($2::text[]) and completed_by = 'print_os'
   ), file as (
     select p.job_id, p.version_tag, p.file_id, bool_or(s.status = 'completed') is true as is_printed,
       bool_or(s.status = 'aborted') is true as is_aborted
     from place p left join sheet s on s.imposition_id = p.imposition_id
     group by p.job_id, p.version_tag, p.file_id
   ), counts as materialized (
     select job_id, version_tag, count(*)::int as total, count(*) filter (where is_printed)::int as printed,
       count(*) filter (where is_aborted and not is_printed)::int as aborted
     from file group by job_id, version_tag
   ), latest as (
     select distinct on (p.job_id, p.version_tag) p.job_id, p.version_tag, s.completed_at, s.source_id
     from (select distinct job_id, version_tag, imposition_id from place) p
     join sheet s on s.imposition_id = p.imposition_id
     order by p.job_id, p.version_tag, s.status desc, s.completed_at desc, s.source_id desc
   ), aborts as (
     select p.job_id, p.version_tag, count(*) as n, string_agg(distinct a.reason, '; ') as reasons
     from (select distinct job_id, version_tag, imposition_id from place) p
     join applied_sources a on a.target = p.imposition_id and a.target = any($3::text[]) and a.source_type = 'print_os'
       and a.status = 'aborted'
     group by p.job_id, p.version_tag
   ), outcome as materialized (
     select c.job_id, c.version_tag, l.source_id,
       case when c.printed = c.total then 'completed' when c.aborted = c.total then 'aborted' end as status,
       case when c.printed = c.total or c.aborted = c.total then l.completed_at end as at,
       c.printed || ' of ' || c.total || ' files printed'
         || case when c.aborted > 0 then ', ' || c.aborted || ' aborted' else '' end
         || case when b.n is not null then '; ' || b.n || case when b.n = 1 then ' abort' else ' aborts' end
           || coalesce(': ' || left(b.reasons, 300), '') else '' end as notes
     from counts c join latest l on l.job_id = c.job_id and l.version_tag = c.version_tag
     left join aborts b on b.job_id = c.job_id and b.version_tag = c.version_tag
   ), cleared as (
     update job_operations o
     set completed_at = null, completed_by = null, source_id = null, status = null, notes = null
     from counts c where o.job_id = c.job_id and o.job_id = any($1::text[]) and o.version_tag = c.version_tag
       and o.operation_id = any($2::text[]) and o.completed_by = 'print_os'
       and not exists (select from outcome t where t.job_id = c.job_id and t.version_tag = c.version_tag)
     returning o.job_id
   ), changed as (
     update job_operations o
     set completed_at = t.at, completed_by = 'print_os', source_id = t.source_id, status = t.status, notes = t.notes
     from outcome t where o.job_id = t.job_id and o.job_id = any($1::text[]) and o.version_tag = t.version_tag
       and o.operation_id = any($2::text[]) and o.completed_by is distinct from 'manual'
       and (o.completed_at, o.completed_by, o.source_id, o.status, o.notes)
         is distinct from (t.at, 'print_os', t.source_id, t.status, t.notes)
   ), made as (
     insert into job_operations (job_operation_id, job_id, version_tag, operation_id, completed_at, completed_by,
       source_id, status, notes)
     select t.job_id || '_' || t.version_tag || '_' || ($2::text[])[1], t.job_id, t.version_tag, ($2::text[])[1], t.at,
       'print_os', t.source_id, t.status, t.notes
     from outcome t
     where not exists (select from job_operations o where o.job_id = t.job_id and o.job_id = any($1::text[])
       and o.version_tag = t.version_tag and o.operation_id = any($2::text[]))
     on conflict (job_operation_id) do nothing
   )
   select array_agg(job_id)::text as jobs, array_agg(total)::text as totals, array_agg(printed)::text as printed,
     array_agg(aborted)::text as aborted, count(*)::int as count
   from (
     select job_id, sum(total) as total, sum(printed) as printed, sum(aborted) as aborted from counts
     where job_id in (select job_id from outcome union select job_id from cleared) group by 1
   ) c`,
)

const IMPOSITIONS_OF_JOBS = statement(
  'floor_impositions_of_jobs',
  `select array_agg(distinct imposition_id)::text as impositions from imposition_file_mapping
   where andon_file_job(file_id) = any($1::text[]) and octet_length(file_id) <= 1024`,
)

/** Jobs of which there was a time at which each file stood printed, by the records in the order of their times. */
const ONCE_PRINTED = statement(
  'floor_once_printed',
  `with place as materialized (
     select distinct andon_file_job(file_id) as job_id, file_id, imposition_id from imposition_file_mapping
     where andon_file_job(file_id) = any($1::text[]) and octet_length(file_id) <= 1024
   ), said as (
     select p.job_id, p.file_id, a.happened_at, a.source_id, (a.status = 'completed')::int as is_printed
     from place p join applied_sources a on a.target = p.imposition_id and a.target = any($2::text[])
       and a.source_type = 'print_os'
   ), turned as (
     select job_id, happened_at, source_id, is_printed
       - coalesce(lag(is_printed) over (partition by job_id, file_id order by happened_at, source_id), 0) as change
     from said
   ), standing as (
     select job_id, sum(sum(change)) over (partition by job_id order by happened_at, source_id) as printed
     from turned group by job_id, happened_at, source_id
   )
   select coalesce(array_agg(s.job_id), '{}')::text as jobs from (
     select job_id, max(printed) as most from standing group by job_id) s
   join (select job_id, count(distinct file_id) as total from place group by job_id) t
     on t.job_id = s.job_id and t.total = s.most`,
)

/** Files by imposition, job and version, by columns; files whose name does not fit have no job, and a sample name. */
export interface FileCounts {
  readonly impositions: string
  readonly jobs: string
  readonly versions: string
  readonly files: string
  readonly samples: string
}

/** Files by job over all its versions, by columns; only jobs that the press has said something of. */
export interface PrintCounts {
  readonly jobs: string
  readonly totals: string
  readonly printed: string
  readonly aborted: string
  readonly count: number
}

const NOTHING = '{}'

/** Keeps what the records say; the impositions that they are about, and those that they were about before. */
export async function noteRecords(tx: Queryable, rows: SoundRows): Promise<string> {
  const { ids, targets, statuses, times, copies, reasons, hashes } = rows
  const values = [ids, targets, statuses, times, copies, reasons, hashes]
  const [row] = await tx.query<{ impositions: string | null }>(NOTE_RECORDS, values)
  return row?.impositions ?? NOTHING
}

/** Works out the print operation of impositions from all their records. */
export async function settleImpositions(
  tx: Queryable,
  impositions: string,
  { printIds, abortRule }: { readonly printIds: readonly string[]; readonly abortRule: AbortRule },
): Promise<void> {
  await tx.query(SETTLE_IMPOSITIONS, [impositions, printIds, abortRule === 'undo'])
}

/** What lies on impositions. */
export async function filesOfImpositions(tx: Queryable, impositions: string): Promise<FileCounts> {
  const [row] = await tx.query<{ [K in keyof FileCounts]: string | null }>(FILES_OF_IMPOSITIONS, [impositions])
  return {
    impositions: row?.impositions ?? NOTHING,
    jobs: row?.jobs ?? NOTHING,
    versions: row?.versions ?? NOTHING,
    files: row?.files ?? NOTHING,
    samples: row?.samples ?? NOTHING,
  }
}

/** All impositions that files of the jobs lie on. */
export async function impositionsOfJobs(tx: Queryable, jobs: string): Promise<string> {
  const [row] = await tx.query<{ impositions: string | null }>(IMPOSITIONS_OF_JOBS, [jobs])
  return row?.impositions ?? NOTHING
}

/** Jobs, with all impositions that their files lie on. */
export interface JobsOnSheets {
  readonly jobs: string
  readonly impositions: string
}

/** Works out the print operation of jobs from their impositions; how many of their files are printed. */
export async function settlePrint(
  tx: Queryable,
  { jobs, impositions }: JobsOnSheets,
  printIds: readonly string[],
): Promise<PrintCounts> {
  const [row] = await tx.query<PrintCounts>(SETTLE_PRINT, [jobs, printIds, impositions])
  return row === undefined || row.count === 0
    ? { jobs: NOTHING, totals: NOTHING, printed: NOTHING, aborted: NOTHING, count: 0 }
    : row
}

/** Those of the jobs that were printed as a whole at some time. */
export async function oncePrinted(tx: Queryable, { jobs, impositions }: JobsOnSheets): Promise<string> {
  const [row] = await tx.query<{ jobs: string }>(ONCE_PRINTED, [jobs, impositions])
  return row?.jobs ?? NOTHING
}
