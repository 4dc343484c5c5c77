import { keptStatement, type Queryable, statement } from '@andon/store'
import { NO_ROWS, type SourceType } from './take.ts'
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

const RESOLVE_TROUBLES = keptStatement(
  'floor_resolve_troubles',
  `update processing_errors e set resolved_at = now(), next_try_at = null
   where e.source_type = $1 and e.source_id = any($2::bigint[]) and e.resolved_at is null and not exists (
     select from unnest($3::bigint[], $4::text[]) as g (source_id, reason)
     where g.source_id = e.source_id and g.reason = e.reason)`,
)

/** Done is what was processed: a row that says something else by now is taken again for its hash. */
const FINISH_LEDGER = keptStatement(
  'floor_finish_ledger',
  `update processing_ledger l set outcome = case when t.detail is null then 'done' else 'set_aside' end,
     row_hash = g.row_hash, error = t.detail, attempts = l.attempts + 1, processed_at = now()
   from unnest($2::bigint[], $3::text[]) as g (source_id, row_hash)
   left join (
     select source_id, string_agg(detail, ' ') as detail
     from unnest($4::bigint[], $5::text[]) as t (source_id, detail) group by 1
   ) t on t.source_id = g.source_id
   where l.source_type = $1 and l.source_id = g.source_id and l.source_id = any($2::bigint[])`,
)

/** The highest marker such that no row before it is still to be done; all rows up to a number count as done. */
const MOVE_PRESS_MARKER = statement(
  'floor_move_press_marker',
  `with row as materialized (
     select p.marker, l.source_id is null or l.outcome = 'pending' as is_open from "print OS" p
     left join processing_ledger l on l.source_type = 'print_os' and l.source_id = p.id and l.source_id > $1::bigint
     where p.id > $1::bigint
   ), lowest as (
     select min(marker) as marker from row where is_open
   ), reached as (
     select max(row.marker) as marker from row, lowest
     where not row.is_open and (lowest.marker is null or row.marker < lowest.marker)
   )
   update processing_markers m set last_processed_id = reached.marker, last_processed_at = now(), updated_at = now()
   from reached where m.marker_type = 'print_os' and reached.marker > m.last_processed_id`,
)

const MOVE_SCAN_MARKER = statement(
  'floor_move_scan_marker',
  `with row as materialized (
     select s.scan_id as marker, l.source_id is null or l.outcome = 'pending' as is_open from scanned_codes s
     left join processing_ledger l on l.source_type = 'scanner' and l.source_id = s.scan_id and l.source_id > $1::bigint
     where s.scan_id > $1::bigint
   ), lowest as (
     select min(marker) as marker from row where is_open
   ), reached as (
     select max(row.marker) as marker from row, lowest
     where not row.is_open and (lowest.marker is null or row.marker < lowest.marker)
   )
   update processing_markers m set last_processed_id = reached.marker, last_processed_at = now(), updated_at = now()
   from reached where m.marker_type = 'scanned_codes' and reached.marker > m.last_processed_id`,
)

const RAISE_MARKER = statement(
  'floor_raise_marker',
  `update processing_markers set last_processed_id = greatest(last_processed_id, $2::bigint), last_processed_at = now(),
     updated_at = now()
   where marker_type = case $1 when 'print_os' then 'print_os' else 'scanned_codes' end`,
)

/** What a batch leaves behind once its effects are written; PostgreSQL arrays as text. */
export interface Finish {
  readonly source: SourceType
  /** All rows of the batch, sound or not. */
  readonly ids: string
  readonly hashes: string
  readonly troubles: Troubles
}

/** Sets aside what failed and writes the ledger; the last statements of a batch. */
export async function finishBatch(tx: Queryable, { source, ids, hashes, troubles }: Finish): Promise<void> {
  const { details, ids: wrong, reasons } = troubles
  if (wrong !== NO_ROWS) await tx.query(KEEP_TROUBLES, [source, wrong, reasons, details])
  await tx.query(RESOLVE_TROUBLES, [source, ids, wrong, reasons])
  await tx.query(FINISH_LEDGER, [source, ids, hashes, wrong, details])
}

/**
 * Moves the position that people see, after a pass that found nothing more to do; `highest` is the highest marker of what
 * it did, null when none had one.
 */
export async function raiseMarker(db: Queryable, source: SourceType, highest: string | null): Promise<void> {
  await db.query(RAISE_MARKER, [source, highest])
}

/** The same out of the ledger, for rows with higher numbers than `after`: whatever else may still be to do. */
export async function moveMarker(db: Queryable, source: SourceType, after: string): Promise<void> {
  await db.query(source === 'print_os' ? MOVE_PRESS_MARKER : MOVE_SCAN_MARKER, [after])
}
