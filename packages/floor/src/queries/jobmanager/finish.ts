import { type Queryable, statement } from '@andon/store'
import type { SourceType } from './take.ts'
import type { Troubles } from './write-press.ts'

const KEEP_TROUBLES = statement(
  'floor_keep_troubles',
  `with given as materialized (
     select source_id, reason, string_agg(detail, ' ') as detail
     from unnest($2::bigint[], $3::text[], $4::text[]) as g (source_id, reason, detail) group by 1, 2
   )
   insert into processing_errors as e (source_type, source_id, reason, detail, next_try_at)
   select $1, source_id, reason, detail, case when reason <> 'malformed' then now() + interval '1 minute' end from given
   order by source_id, reason
   on conflict (source_type, source_id, reason) do update set detail = excluded.detail, attempts = e.attempts + 1,
     resolved_at = null, next_try_at = case when excluded.reason <> 'malformed'
       then now() + least(interval '1 day', interval '1 minute' * power(2, least(e.attempts, 12))) end`,
)

const RESOLVE_TROUBLES = statement(
  'floor_resolve_troubles',
  `update processing_errors e set resolved_at = now(), next_try_at = null
   where e.source_type = $1 and e.source_id = any($2::bigint[]) and e.resolved_at is null and not exists (
     select from unnest($3::bigint[], $4::text[]) as g (source_id, reason)
     where g.source_id = e.source_id and g.reason = e.reason)`,
)

const FINISH_LEDGER = statement(
  'floor_finish_ledger',
  `update processing_ledger l set outcome = case when t.detail is null then 'done' else 'set_aside' end,
     error = t.detail, attempts = l.attempts + 1, processed_at = now()
   from unnest($2::bigint[]) as g (source_id)
   left join (
     select source_id, string_agg(detail, ' ') as detail
     from unnest($3::bigint[], $4::text[]) as t (source_id, detail) group by 1
   ) t on t.source_id = g.source_id
   where l.source_type = $1 and l.source_id = g.source_id and l.source_id = any($2::bigint[]) and l.outcome = 'pending'`,
)

/** The highest marker such that no row before it is still to be done. */
const MOVE_PRESS_MARKER = statement(
  'floor_move_press_marker',
  `with lowest as (
     select min(p.marker) as marker from "print OS" p
     left join processing_ledger l on l.source_type = 'print_os' and l.source_id = p.id
     where p.id > $2::bigint and (l.source_id is null or l.outcome = 'pending')
   ), reached as (
     select max(p.marker) as marker from "print OS" p, lowest
     where p.id = any($1::bigint[]) and (lowest.marker is null or p.marker < lowest.marker)
   )
   update processing_markers m set last_processed_id = greatest(m.last_processed_id, reached.marker),
     last_processed_at = now(), updated_at = now()
   from reached where m.marker_type = 'print_os' returning m.last_processed_id::text as marker`,
)

const MOVE_SCAN_MARKER = statement(
  'floor_move_scan_marker',
  `with lowest as (
     select min(s.scan_id) as id from scanned_codes s
     left join processing_ledger l on l.source_type = 'scanner' and l.source_id = s.scan_id
     where s.scan_id > $2::bigint and (l.source_id is null or l.outcome = 'pending')
   ), reached as (
     select max(s.scan_id) as id from scanned_codes s, lowest
     where s.scan_id = any($1::bigint[]) and (lowest.id is null or s.scan_id < lowest.id)
   )
   update processing_markers m set last_processed_id = greatest(m.last_processed_id, reached.id),
     last_processed_at = now(), updated_at = now()
   from reached where m.marker_type = 'scanned_codes' returning m.last_processed_id::text as marker`,
)

/** What a batch leaves behind once its effects are written. */
export interface Finish {
  readonly source: SourceType
  /** All rows of the batch, sound or not; PostgreSQL arrays as text. */
  readonly ids: readonly string[]
  readonly troubles: readonly Troubles[]
  /** No row up to here is still to be done, but those of this batch. */
  readonly doneUpTo: string
}

/** Sets aside what failed, writes the ledger, and moves the marker; the last statements of a batch. */
export async function finishBatch(tx: Queryable, { source, ids, troubles, doneUpTo }: Finish): Promise<void> {
  const all = joined(ids)
  const wrong = {
    ids: joined(troubles.map((each) => each.ids)),
    reasons: joined(troubles.map((each) => each.reasons)),
    details: joined(troubles.map((each) => each.details)),
  }
  if (troubles.length > 0) await tx.query(KEEP_TROUBLES, [source, wrong.ids, wrong.reasons, wrong.details])
  await tx.query(RESOLVE_TROUBLES, [source, all, wrong.ids, wrong.reasons])
  await tx.query(FINISH_LEDGER, [source, all, wrong.ids, wrong.details])
  await tx.query(source === 'print_os' ? MOVE_PRESS_MARKER : MOVE_SCAN_MARKER, [all, doneUpTo])
}

/** Texts of PostgreSQL arrays, one after the other. */
function joined(arrays: readonly string[]): string {
  const filled = arrays.map((array) => array.slice(1, -1)).filter((inside) => inside !== '')
  return `{${filled.join(',')}}`
}
