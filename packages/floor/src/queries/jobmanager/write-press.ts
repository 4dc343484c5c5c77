import { keptStatement, type Queryable } from '@andon/store'
import type { FileCounts } from '../logs/lies.ts'
import type { PrintVerdict } from '../logs/press.ts'
import type { SoundRows } from './take.ts'

const WRITE_PRESS_HISTORY = keptStatement(
  'floor_write_press_history',
  `insert into job_status_updates (job_id, version_tag, operation_type, status, source_type, source_id, row_hash, notes,
     updated_at)
   select f.job_id, f.version_tag, 'print', g.status, 'print_os', g.source_id, g.row_hash,
     'Imposition ' || g.target || case g.status when 'completed' then ' printed' else ' aborted' end || ': '
       || f.files || case when f.files = 1 then ' file of the job' else ' files of the job' end
       || coalesce(', ' || g.copies || case when g.copies = 1 then ' copy' else ' copies' end, '')
       || coalesce('; ' || g.reason, ''),
     g.happened_at::timestamp
   from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[], $7::text[])
     as g (source_id, target, status, happened_at, copies, reason, row_hash)
   join unnest($8::text[], $9::text[], $10::text[], $11::int[]) as f (imposition_id, job_id, version_tag, files)
     on f.imposition_id = g.target and f.job_id is not null
   where exists (select from jobs j where j.job_id = f.job_id and j.job_id = any($9::text[]))
   order by g.source_id, f.job_id, f.version_tag
   on conflict do nothing`,
)

/**
 * Some files aborted and others not printed yet: the value stays what it was before Andon came. What Andon said itself is
 * worked out anew: once a print or a scan of one was reported, nothing is left of the value before.
 */
const SET_PRINT = keptStatement(
  'floor_set_print',
  `with given as materialized (
     select g.job_id, g.printed = g.total as is_printed, g.aborted = g.total as is_aborted, g.aborted > 0 as has_aborted,
       g.job_id = any($5::text[]) as was_printed
     from unnest($1::text[], $2::int[], $3::int[], $4::int[]) as g (job_id, total, printed, aborted)
   ), wanted as (
     select j.job_id, to_jsonb(coalesce(o.value, case
       when g.is_printed then true
       when g.is_aborted or not g.has_aborted then false
       else g.was_printed or (coalesce(j.operations -> 'print' = 'true', false) and not exists (
         select from job_status_updates h where h.job_id = j.job_id and h.operation_type = 'print'
           and h.source_type in ('print_os', 'scanner') and h.status = 'completed'))
       end)) as value
     from given g join jobs j on j.job_id = g.job_id and j.job_id = any($1::text[])
     left join operation_overrides o on o.job_id = j.job_id and o.operation_type = 'print' and o.lifted_at is null
   ), changed as (
     update jobs j set operations = coalesce(j.operations, '{}') || jsonb_build_object('print', w.value)
     from wanted w where j.job_id = w.job_id and j.job_id = any($1::text[]) and j.operations -> 'print' is distinct from w.value
     returning j.job_id
   )
   select count(*)::int as updated, (select (array_agg(job_id))[1:501] from given) as jobs from changed`,
)

const PRESS_TROUBLES = keptStatement(
  'floor_press_troubles',
  `with given as materialized (
     select * from unnest($1::bigint[], $2::text[]) as g (source_id, target)
   ), file as materialized (
     select * from unnest($3::text[], $4::text[], $5::int[], $6::text[]) as f (imposition_id, job_id, files, sample)
   )
   select array_agg(source_id)::text as ids, array_agg(reason)::text as reasons, array_agg(detail)::text as details
   from (
     select g.source_id, 'unknown_imposition' as reason,
       'No files are known for the imposition "' || left(g.target, 120) || '".' as detail
     from given g where not exists (select from file f where f.imposition_id = g.target)
     union all
     select g.source_id, 'unmatched_file', sum(f.files) || case when sum(f.files) = 1 then ' file of the imposition has'
       else ' files of the imposition have' end || ' a name that names no one job: ' || left(min(f.sample), 120)
     from given g join file f on f.imposition_id = g.target and f.job_id is null group by g.source_id
     union all
     select g.source_id, 'missing_job', 'There is no job ' || left(string_agg(distinct f.job_id, ', '), 200) || '.'
     from given g join file f on f.imposition_id = g.target and f.job_id is not null
     where not exists (select from jobs j where j.job_id = f.job_id and j.job_id = any($4::text[])) group by g.source_id
   ) t`,
)

/** Which jobs a batch changed. */
export interface JobsChanged {
  readonly updated: number
  /** Jobs that it was about, whether what they say changed or only how far they are; at most 501. */
  readonly jobs: readonly string[]
}

/** Rows that could not be processed, or not wholly, by columns. */
export interface Troubles {
  readonly ids: string
  readonly reasons: string
  readonly details: string
}

/** One line of history for each job and version on the imposition of each record. */
export async function writePressHistory(tx: Queryable, rows: SoundRows, files: FileCounts): Promise<void> {
  const { ids, targets, statuses, times, copies, reasons, hashes } = rows
  const records = [ids, targets, statuses, times, copies, reasons, hashes]
  const lying = [files.impositions, files.jobs, files.versions, files.files]
  await tx.query(WRITE_PRESS_HISTORY, [...records, ...lying])
}

/** Sets what jobs say of printing, where the press said something of them. */
export async function setPrint(tx: Queryable, { counts, once }: PrintVerdict): Promise<JobsChanged> {
  const values = [counts.jobs, counts.totals, counts.printed, counts.aborted, once]
  const [row] = await tx.query<{ updated: number; jobs: string[] | null }>(SET_PRINT, values)
  return { updated: row?.updated ?? 0, jobs: row?.jobs ?? [] }
}

/** What is the matter with press records whose imposition, files or jobs are not as they should be. */
export async function pressTroubles(tx: Queryable, rows: SoundRows, files: FileCounts): Promise<Troubles | null> {
  type Row = { readonly [K in keyof Troubles]: string | null }
  const lying = [files.impositions, files.jobs, files.files, files.samples]
  const [row] = await tx.query<Row>(PRESS_TROUBLES, [rows.ids, rows.targets, ...lying])
  return troublesOf(row)
}

/** Columns of troubles; null when there are none. */
export function troublesOf(row: { readonly [K in keyof Troubles]: string | null } | undefined): Troubles | null {
  if (row === undefined || row.ids === null || row.reasons === null || row.details === null) return null
  return { ids: row.ids, reasons: row.reasons, details: row.details }
}
