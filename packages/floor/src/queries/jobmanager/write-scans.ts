import { keptStatement, type Queryable } from '@andon/store'
import type { ResolvedCodes } from '../logs/codes.ts'
import type { Reach } from '../logs/reach.ts'
import type { ScanVerdict } from '../logs/scans.ts'
import { NO_ROWS } from './take.ts'
import { type JobsChanged, type Troubles, troublesOf } from './write-press.ts'

/** What stands completed is true; what rested on a scan that says something else now, and stands no more, is false. */
const SET_SCANNED = keptStatement(
  'floor_set_scanned',
  `with given as materialized (
     select job_id, operation_type, bool_or(is_standing) as value from (
       select s.job_id, s.operation_type, true as is_standing
       from unnest($1::text[], $2::text[]) as s (job_id, operation_type)
       union all
       select r.job_id, r.operation_type, false from unnest($3::text[], $4::text[]) as r (job_id, operation_type)) g
     group by 1, 2
   ), wanted as materialized (
     select j.job_id, jsonb_object_agg(g.operation_type, coalesce(o.value, g.value)) as operations
     from given g join jobs j on j.job_id = g.job_id and j.job_id = any($1::text[] || $3::text[])
     left join operation_overrides o on o.job_id = g.job_id and o.operation_type = g.operation_type and o.lifted_at is null
     where g.value or j.operations -> g.operation_type = 'true'
     group by j.job_id
   ), changed as (
     update jobs j set operations = coalesce(j.operations, '{}') || w.operations
     from wanted w where j.job_id = w.job_id and j.job_id = any($1::text[] || $3::text[])
       and not coalesce(j.operations, '{}') @> w.operations
     returning j.job_id
   )
   select count(*)::int as updated, (select (array_agg(distinct job_id))[1:501] from given) as jobs from changed`,
)

const WRITE_SCAN_HISTORY = keptStatement(
  'floor_write_scan_history',
  `with given as materialized (
     select * from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[], $8::text[])
       as g (job_id, version_tag, operation_type, source_id, row_hash, happened_at, reason)
   ), line as materialized (
     select update_id, job_id, version_tag, operation_type, source_id, row_hash from job_status_updates
     where job_id = any($1::text[]) and source_type = 'scanner'
   ), forgotten as (
     delete from job_status_updates where update_id = any(array(
       select l.update_id from line l where not exists (
         select from given g where g.job_id = l.job_id and g.version_tag = l.version_tag
           and g.operation_type = l.operation_type and g.source_id = l.source_id and g.row_hash = l.row_hash)))
     returning job_id, operation_type
   ), written as (
     insert into job_status_updates (job_id, version_tag, operation_type, status, source_type, source_id, row_hash, notes,
       updated_at)
     select g.job_id, g.version_tag, g.operation_type, 'completed', 'scanner', g.source_id, g.row_hash,
       coalesce('Scanned by ' || g.reason, 'Scanned'), g.happened_at::timestamp
     from given g
     where exists (select from jobs j where j.job_id = g.job_id and j.job_id = any($2::text[])) and not exists (
       select from line l where l.job_id = g.job_id and l.version_tag = g.version_tag
         and l.operation_type = g.operation_type and l.source_id = g.source_id and l.row_hash = g.row_hash)
     order by g.source_id, g.job_id, g.version_tag
     on conflict do nothing
   )
   select array_agg(job_id)::text as jobs, array_agg(operation_type)::text as operations
   from (select distinct job_id, operation_type from forgotten) f`,
)

const SCAN_TROUBLES = keptStatement(
  'floor_scan_troubles',
  `with concerned as materialized (
     select * from unnest($4::text[], $5::text[]) as p (job_id, target)
     union
     select (regexp_match(u.code, '^([0-9]+_[0-9]+)_[^\\s_]\\S*$'))[1], u.code
     from unnest($2::text[], $3::text[]) as u (kind, code) where u.kind = 'job'
   ), missing as materialized (
     select c.job_id, c.target from concerned c where not exists (
       select from jobs j where j.job_id = c.job_id and j.job_id = any(array(select job_id from concerned)))
   )
   select array_agg(source_id)::text as ids, array_agg('missing_job'::text)::text as reasons, array_agg(detail)::text as details
   from (
     select g.source_id, 'There is no job ' || left(string_agg(distinct m.job_id, ', '), 200) || '.' as detail
     from unnest($1::bigint[], $3::text[]) as g (source_id, target) join missing m on m.target = g.target
     group by g.source_id
   ) t`,
)

/** Jobs and operations, by columns. */
export interface JobOperations {
  readonly jobs: string
  readonly operations: string
}

/** Nothing of any job. */
export const NO_OPERATIONS: JobOperations = { jobs: NO_ROWS, operations: NO_ROWS }

/** Scans of this batch that concern jobs which are not there. */
export async function scanTroubles(
  tx: Queryable,
  { ids, kinds, targets }: ResolvedCodes,
  { places }: Reach,
): Promise<Troubles | null> {
  type Row = { readonly [K in keyof Troubles]: string | null }
  const [row] = await tx.query<Row>(SCAN_TROUBLES, [ids, kinds, targets, places.jobs, places.runlists])
  return troublesOf(row)
}

/** Sets what jobs say of the operations of scans. */
export async function setScanned(
  tx: Queryable,
  standing: JobOperations,
  retracted: JobOperations,
): Promise<JobsChanged> {
  const values = [standing.jobs, standing.operations, retracted.jobs, retracted.operations]
  const [row] = await tx.query<{ updated: number; jobs: string[] | null }>(SET_SCANNED, values)
  return { updated: row?.updated ?? 0, jobs: row?.jobs ?? [] }
}

/**
 * One line of history for each operation of a job, by the scan that completed it: the first. A scan that becomes
 * visible late and was earlier takes its place, and one that says something else loses it; what lines were taken away.
 */
export async function writeScanHistory(tx: Queryable, { jobs, scanned }: ScanVerdict): Promise<JobOperations> {
  const { versions, operations, firstIds, firstHashes, firstTimes, firstReasons } = scanned
  const values = [jobs, scanned.jobs, versions, operations, firstIds, firstHashes, firstTimes, firstReasons]
  const [row] = await tx.query<{ [K in keyof JobOperations]: string | null }>(WRITE_SCAN_HISTORY, values)
  return { jobs: row?.jobs ?? NO_ROWS, operations: row?.operations ?? NO_ROWS }
}
