import { type Queryable, statement } from '@andon/store'
import type { ScannedJobs, ScannedTargets } from '../logs/scans.ts'
import { type JobsChanged, type Troubles, troublesOf } from './write-press.ts'

/** What stands completed is true, what a changed scan took back and nothing else completes is false. */
const SET_SCANNED = statement(
  'floor_set_scanned',
  `with wanted as materialized (
     select j.job_id, jsonb_object_agg(g.operation_type, coalesce(o.value, true)) as operations
     from unnest($1::text[], $2::text[]) as g (job_id, operation_type)
     join jobs j on j.job_id = g.job_id and j.job_id = any($1::text[])
     left join operation_overrides o on o.job_id = g.job_id and o.operation_type = g.operation_type and o.lifted_at is null
     group by j.job_id
   ), taken as (
     select j.job_id, jsonb_object_agg(c.operation_type, false) as operations
     from unnest($3::text[]) as r (job_id) join jobs j on j.job_id = r.job_id
     cross join (select distinct operation_type from operation_catalogue where operation_type <> 'print') c
     where j.operations -> c.operation_type = 'true'
       and not exists (select from operation_overrides o where o.job_id = j.job_id
         and o.operation_type = c.operation_type and o.lifted_at is null)
     group by j.job_id
   ), merged as materialized (
     select coalesce(w.job_id, t.job_id) as job_id, coalesce(t.operations, '{}') || coalesce(w.operations, '{}') as operations
     from wanted w full join taken t on t.job_id = w.job_id
   ), changed as (
     update jobs j set operations = coalesce(j.operations, '{}') || m.operations
     from merged m where j.job_id = m.job_id and (j.job_id = any($1::text[]) or j.job_id = any($3::text[])) and not coalesce(j.operations, '{}') @> m.operations
     returning j.job_id
   )
   select count(*)::int as updated, (select (array_agg(job_id))[1:501] from merged) as jobs from changed`,
)

const FORGET_SCAN_HISTORY = statement(
  'floor_forget_scan_history',
  `delete from job_status_updates h
   using unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[])
     as g (job_id, version_tag, operation_type, source_id, row_hash)
   where h.job_id = g.job_id and h.job_id = any($1::text[]) and h.version_tag = g.version_tag and h.operation_type = g.operation_type
     and h.source_type = 'scanner' and (h.source_id, h.row_hash) is distinct from (g.source_id, g.row_hash)`,
)

const FORGET_CHANGED_SCANS = statement(
  'floor_forget_changed_scans',
  `delete from job_status_updates h
   where h.source_type = 'scanner' and h.source_id = any($1::bigint[]) and h.job_id = any($2::text[])`,
)

const WRITE_SCAN_HISTORY = statement(
  'floor_write_scan_history',
  `insert into job_status_updates (job_id, version_tag, operation_type, status, source_type, source_id, row_hash, notes,
     updated_at)
   select g.job_id, g.version_tag, g.operation_type, 'completed', 'scanner', g.source_id, g.row_hash,
     'Scanned by ' || g.reason, g.happened_at::timestamp
   from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[], $7::text[])
     as g (job_id, version_tag, operation_type, source_id, row_hash, happened_at, reason)
   where exists (select from jobs j where j.job_id = g.job_id and j.job_id = any($1::text[]))
     and exists (select from unnest($8::text[], $9::text[]) as s (job_id, operation_type)
       where s.job_id = g.job_id and s.operation_type = g.operation_type)
   order by g.source_id, g.job_id, g.version_tag
   on conflict do nothing`,
)

const SCAN_TROUBLES = statement(
  'floor_scan_troubles',
  `select array_agg(source_id)::text as ids, array_agg('missing_job'::text)::text as reasons, array_agg(detail)::text as details
   from (
     select g.first_id as source_id, 'There is no job ' || left(string_agg(distinct g.job_id, ', '), 200) || '.' as detail
     from unnest($1::text[], $2::bigint[]) as g (job_id, first_id)
     where g.first_id = any($3::bigint[])
       and not exists (select from jobs j where j.job_id = g.job_id and j.job_id = any($1::text[]))
     group by g.first_id
   ) t`,
)

/** Scans of this batch that would complete operations of jobs which are not there. */
export async function scanTroubles(tx: Queryable, scanned: ScannedJobs, ids: string): Promise<Troubles | null> {
  type Row = { readonly [K in keyof Troubles]: string | null }
  const [row] = await tx.query<Row>(SCAN_TROUBLES, [scanned.jobs, scanned.firstIds, ids])
  return troublesOf(row)
}

/** Sets what jobs say of the operations of scans. */
export async function setScanned(
  tx: Queryable,
  standing: { readonly jobs: string; readonly operations: string },
  retracted: string,
): Promise<JobsChanged> {
  const values = [standing.jobs, standing.operations, retracted]
  const [row] = await tx.query<{ updated: number; jobs: string[] | null }>(SET_SCANNED, values)
  return { updated: row?.updated ?? 0, jobs: row?.jobs ?? [] }
}

/**
 * One line of history for each operation of a job, by the scan that completed it: the first. A scan that becomes
 * visible late and was earlier takes its place.
 */
export async function writeScanHistory(
  tx: Queryable,
  scanned: ScannedJobs,
  { standing, targets }: { readonly standing: { jobs: string; operations: string }; readonly targets: ScannedTargets },
): Promise<void> {
  const { jobs, versions, operations, firstIds, firstHashes, firstTimes, firstReasons } = scanned
  const key = [jobs, versions, operations, firstIds, firstHashes]
  await tx.query(FORGET_SCAN_HISTORY, key)
  if (targets.changed !== '{}') await tx.query(FORGET_CHANGED_SCANS, [targets.changed, targets.retracted])
  const values = [...key, firstTimes, firstReasons, standing.jobs, standing.operations]
  await tx.query(WRITE_SCAN_HISTORY, values)
}
