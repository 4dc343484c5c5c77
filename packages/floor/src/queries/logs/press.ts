import { keptStatement, onlyRow, type Queryable } from '@andon/store'
import type { AbortRule } from '../../settings.ts'
import { NO_ROWS, type TakenBatch } from '../jobmanager/take.ts'
import type { Lies } from './lies.ts'

/** What a row that was taken before says no more is withdrawn. */
const NOTE_RECORDS = keptStatement(
  'floor_note_records',
  `with given as materialized (
     select * from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[], $7::text[])
       as g (source_id, target, status, happened_at, copies, reason, row_hash)
   ), before as materialized (
     select a.source_id, a.target, g.source_id is null as is_withdrawn from applied_sources a
     left join given g on g.source_id = a.source_id
     where a.source_type = 'print_os' and a.source_id = any($8::bigint[])
       and (g.source_id is null or (a.target, a.status, a.happened_at) is distinct from (g.target, g.status, g.happened_at))
   ), withdrawn as (
     delete from applied_sources where source_type = 'print_os'
       and source_id = any(array(select source_id from before where is_withdrawn))
   ), kept as (
     insert into applied_sources as a (source_type, source_id, row_hash, target_kind, target, operations, status,
       happened_at, copies, reason)
     select 'print_os', source_id, row_hash, 'imposition', target, '{print}', status, happened_at, copies, reason
     from given
     on conflict (source_type, source_id) do update set row_hash = excluded.row_hash, target = excluded.target,
       status = excluded.status, happened_at = excluded.happened_at, copies = excluded.copies,
       reason = excluded.reason, applied_at = now()
     where (a.row_hash, a.happened_at) is distinct from (excluded.row_hash, excluded.happened_at)
   )
   select (select array_agg(target) from (select target from given union select target from before) t)::text as impositions,
     exists (select from before) as has_changed`,
)

/** Of all records of an imposition one decides; which, is the shop's rule for aborts. */
const SETTLE_IMPOSITIONS = keptStatement(
  'floor_settle_impositions',
  `with fact as (
     select target, max(array[
         (not $3::boolean and status = 'completed')::int::bigint, (date_part('epoch', happened_at) * 1000000)::bigint,
         source_id, (status = 'completed')::int::bigint]) as deciding,
       count(*) filter (where status = 'aborted') as aborts,
       array_agg(reason) filter (where status = 'aborted' and reason is not null) as reasons
     from applied_sources where source_type = 'print_os' and target = any($1::text[]) group by target
   ), outcome as materialized (
     select f.target as imposition_id, f.deciding[3] as source_id,
       (timestamptz 'epoch' + f.deciding[2] * interval '1 microsecond')::timestamp as at,
       case f.deciding[4] when 1 then 'completed' else 'aborted' end as status,
       case when f.aborts > 0 then f.aborts || case when f.aborts = 1 then ' abort' else ' aborts' end
         || coalesce(': ' || left((select string_agg(distinct r, '; ') from unnest(f.reasons) r), 300), '') end as notes
     from fact f where f.target in (select unnest($4::text[]))
   ), standing as materialized (
     select imposition_operation_id, imposition_id, completed_at, completed_by, source_id, status, notes
     from imposition_operations where imposition_id = any($1::text[]) and operation_id = any($2::text[])
   ), cleared as (
     update imposition_operations o
     set completed_at = null, completed_by = null, source_id = null, status = null, notes = null
     where o.imposition_operation_id = any(array(
       select imposition_operation_id from standing s where s.completed_by = 'print_os'
         and not exists (select from outcome t where t.imposition_id = s.imposition_id)))
   ), due as materialized (
     select s.imposition_operation_id, t.at, t.source_id, t.status, t.notes
     from standing s join outcome t on t.imposition_id = s.imposition_id
     where (s.completed_at, s.completed_by, s.source_id, s.status, s.notes)
       is distinct from (t.at, 'print_os', t.source_id, t.status, t.notes)
   ), changed as (
     update imposition_operations o
     set completed_at = d.at, completed_by = 'print_os', source_id = d.source_id, status = d.status, notes = d.notes
     from due d where o.imposition_operation_id = d.imposition_operation_id
       and o.imposition_operation_id = any(array(select imposition_operation_id from due))
   )
   insert into imposition_operations (imposition_operation_id, imposition_id, operation_id, completed_at, completed_by,
     source_id, status, notes)
   select t.imposition_id || '_' || ($2::text[])[1], t.imposition_id, ($2::text[])[1], t.at, 'print_os', t.source_id,
     t.status, t.notes
   from outcome t where not exists (select from standing s where s.imposition_id = t.imposition_id)
   on conflict (imposition_operation_id) do nothing`,
)

/**
 * An operation of a job is completed when all its files are; until then its row says how far it is. Files are counted by
 * the sheet; one by one only where a file lies on several sheets.
 */
const SETTLE_PRINT = keptStatement(
  'floor_settle_print',
  `with lie as materialized (
     select * from unnest($3::text[], $4::text[], $5::text[], $6::int[]) as l (job_id, version_tag, imposition_id, files)
   ), operation as materialized (
     select imposition_id, operation_id, completed_by, status, completed_at, source_id from imposition_operations
     where imposition_id = any($5::text[])
   ), sheet as materialized (
     select distinct imposition_id, status, completed_at, source_id from operation
     where operation_id = any($2::text[]) and completed_by = 'print_os'
   ), file as (
     select m.job_id, m.version_tag, m.file_id, bool_or(s.status = 'completed') is true as is_printed,
       bool_or(s.status = 'aborted') is true as is_aborted
     from (
       select andon_file_job(file_id) as job_id, andon_file_version(file_id) as version_tag, file_id, imposition_id
       from imposition_file_mapping
       where andon_file_job(file_id) = any($7::text[]) and octet_length(file_id) <= 1024) m
     left join sheet s on s.imposition_id = m.imposition_id
     group by 1, 2, 3
   ), counts as materialized (
     select l.job_id, l.version_tag, sum(l.files)::int as total,
       coalesce(sum(l.files) filter (where s.status = 'completed'), 0)::int as printed,
       coalesce(sum(l.files) filter (where s.status = 'aborted'), 0)::int as aborted
     from lie l left join sheet s on s.imposition_id = l.imposition_id
     where l.job_id <> all ($7::text[])
     group by 1, 2
     union all
     select job_id, version_tag, count(*)::int, count(*) filter (where is_printed)::int,
       count(*) filter (where is_aborted and not is_printed)::int
     from file group by 1, 2
   ), latest as (
     select distinct on (l.job_id, l.version_tag) l.job_id, l.version_tag, s.completed_at, s.source_id
     from lie l join sheet s on s.imposition_id = l.imposition_id
     order by l.job_id, l.version_tag, s.status desc, s.completed_at desc, s.source_id desc
   ), aborts as (
     select l.job_id, l.version_tag, count(*) as n, string_agg(distinct a.reason, '; ') as reasons
     from applied_sources a join lie l on l.imposition_id = a.target
     where a.source_type = 'print_os' and a.status = 'aborted' and a.target = any($5::text[])
     group by 1, 2
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
   ), standing as materialized (
     select job_operation_id, job_id, version_tag, completed_at, completed_by, source_id, status, notes
     from job_operations where job_id = any($1::text[]) and operation_id = any($2::text[])
   ), cleared as (
     update job_operations o
     set completed_at = null, completed_by = null, source_id = null, status = null, notes = null
     where o.job_operation_id = any(array(
       select job_operation_id from standing s where s.completed_by = 'print_os' and not exists (
         select from outcome t where t.job_id = s.job_id and t.version_tag = s.version_tag)))
   ), due as materialized (
     select s.job_operation_id, t.at, t.source_id, t.status, t.notes
     from standing s join outcome t on t.job_id = s.job_id and t.version_tag = s.version_tag
     where s.completed_by is distinct from 'manual' and (s.completed_at, s.completed_by, s.source_id, s.status, s.notes)
       is distinct from (t.at, 'print_os', t.source_id, t.status, t.notes)
   ), changed as (
     update job_operations o
     set completed_at = d.at, completed_by = 'print_os', source_id = d.source_id, status = d.status, notes = d.notes
     from due d where o.job_operation_id = d.job_operation_id
       and o.job_operation_id = any(array(select job_operation_id from due))
   ), made as (
     insert into job_operations (job_operation_id, job_id, version_tag, operation_id, completed_at, completed_by,
       source_id, status, notes)
     select t.job_id || '_' || t.version_tag || '_' || ($2::text[])[1], t.job_id, t.version_tag, ($2::text[])[1], t.at,
       'print_os', t.source_id, t.status, t.notes
     from outcome t
     where not exists (select from standing s where s.job_id = t.job_id and s.version_tag = t.version_tag)
     on conflict (job_operation_id) do nothing
   )
   select array_agg(job_id)::text as jobs, array_agg(total)::text as totals, array_agg(printed)::text as printed,
     array_agg(aborted)::text as aborted, count(*)::int as count
   from (
     select job_id, sum(total) as total, sum(printed) as printed, sum(aborted) as aborted from counts
     where job_id in (select job_id from outcome) group by 1
   ) c`,
)

/** Jobs of which there was a time at which each file stood printed, by the records in the order of their times. */
const ONCE_PRINTED = keptStatement(
  'floor_once_printed',
  `with place as materialized (
     select distinct andon_file_job(file_id) as job_id, file_id, imposition_id from imposition_file_mapping
     where andon_file_job(file_id) = any($1::text[]) and octet_length(file_id) <= 1024
   ), said as (
     select p.job_id, p.file_id, a.happened_at, a.source_id, (a.status = 'completed')::int as is_printed
     from place p join applied_sources a on a.target = p.imposition_id and a.source_type = 'print_os'
       and a.target = any($2::text[])
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

/** What records of a batch are about. */
export interface NotedRecords {
  /** The impositions that they name, or named before. */
  readonly impositions: string
  /** A record says something else than before, or cannot be processed any more. */
  readonly hasChanged: boolean
}

/** Files by job over all its versions, by columns; only jobs that the press has said something of. */
export interface PrintCounts {
  readonly jobs: string
  readonly totals: string
  readonly printed: string
  readonly aborted: string
  readonly count: number
}

/** Nothing of any job. */
export const NO_COUNTS: PrintCounts = { jobs: NO_ROWS, totals: NO_ROWS, printed: NO_ROWS, aborted: NO_ROWS, count: 0 }

/** Keeps what the records say. */
export async function noteRecords(tx: Queryable, { sound, seen }: TakenBatch): Promise<NotedRecords> {
  const { ids, targets, statuses, times, copies, reasons, hashes } = sound
  const values = [ids, targets, statuses, times, copies, reasons, hashes, seen]
  const row = onlyRow(await tx.query<{ impositions: string | null; has_changed: boolean }>(NOTE_RECORDS, values))
  return { impositions: row.impositions ?? NO_ROWS, hasChanged: row.has_changed }
}

/** How the print operation is to be worked out. */
export interface PrintRules {
  readonly printIds: readonly string[]
  readonly abortRule: AbortRule
}

/** Works out the print operation of impositions from all their records; only of those that have files. */
export async function settleImpositions(
  tx: Queryable,
  { impositions, known }: { readonly impositions: string; readonly known: string },
  { printIds, abortRule }: PrintRules,
): Promise<void> {
  await tx.query(SETTLE_IMPOSITIONS, [impositions, printIds, abortRule === 'undo', known])
}

/** What the press makes of jobs. */
export interface PrintVerdict {
  readonly counts: PrintCounts
  /** Jobs that were printed as a whole at some time. */
  readonly once: string
}

/** Works out the print operation of jobs from the impositions that they lie on. */
export async function settlePrint(
  tx: Queryable,
  lies: Lies,
  { printIds, abortRule }: PrintRules,
): Promise<PrintVerdict> {
  const lying = [lies.jobs, lies.versions, lies.impositions, lies.files, lies.shared]
  const [row] = await tx.query<PrintCounts>(SETTLE_PRINT, [lies.asked, printIds, ...lying])
  const counts = row === undefined || row.count === 0 ? NO_COUNTS : row
  // What was printed stays printed unless the shop says otherwise: then only can a job have been whole once.
  if (abortRule !== 'undo') return { counts, once: NO_ROWS }
  return { counts, once: onlyRow(await tx.query<{ jobs: string }>(ONCE_PRINTED, [counts.jobs, lies.impositions])).jobs }
}
