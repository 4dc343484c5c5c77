import { keptStatement, type Queryable } from '@andon/store'
import { NO_ROWS, type SoundRows } from '../jobmanager/take.ts'
import { type Troubles, troublesOf } from '../jobmanager/write-press.ts'

/**
 * A code is a runlist, else a job with its version: then the runlist that the job is in, if there is one. A job in
 * several runlists leaves open which of them was meant.
 */
const RESOLVE_CODES = keptStatement(
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
   ), spot as materialized (
     select distinct j.code, m.imposition_id from job j join imposition_file_mapping m on andon_file_job(m.file_id) = j.job_id
       and andon_file_job(m.file_id) = any(array(select job_id from job)) and octet_length(m.file_id) <= 1024
       and andon_file_version(m.file_id) = j.version_tag
   ), runlist as (
     select s.code, array_agg(distinct p.runlist_id) as runlists
     from spot s join production_planner_paths p on p.imposition_id = s.imposition_id
       and p.imposition_id = any(array(select imposition_id from spot))
     group by s.code
   ), known as (
     select j.code from job j
     where exists (select from spot s where s.code = j.code)
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

/** What codes turned out to be. */
export interface ResolvedCodes {
  readonly ids: string
  readonly kinds: string
  readonly targets: string
  readonly troubles: Troubles | null
}

/** Looks up what was scanned. */
export async function resolveCodes(tx: Queryable, rows: SoundRows): Promise<ResolvedCodes> {
  type Row = Record<'sound_ids' | 'kinds' | 'targets' | keyof Troubles, string | null>
  const [row] = await tx.query<Row>(RESOLVE_CODES, [rows.ids, rows.targets])
  return {
    ids: row?.sound_ids ?? NO_ROWS,
    kinds: row?.kinds ?? NO_ROWS,
    targets: row?.targets ?? NO_ROWS,
    troubles: troublesOf(row),
  }
}
