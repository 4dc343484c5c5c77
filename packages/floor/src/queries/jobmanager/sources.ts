import type { NewScan, PressRecord } from '@andon/core'
import { onlyRow, type Queryable, statement } from '@andon/store'

const ADD_RECORDS = statement(
  'floor_add_records',
  `insert into "print OS" (name, status, marker, job_name, item_id, job_complete_time, copies, payload, created_at,
     updated_at)
   select r ->> 'name', r ->> 'status', (r ->> 'marker')::bigint, coalesce(r ->> 'job_name', r ->> 'name'), r ->> 'item_id',
     (r ->> 'job_complete_time')::timestamptz::timestamp, (r ->> 'copies')::int, r -> 'payload', now(), now()
   from jsonb_array_elements($1::jsonb) with ordinality as e (r, n) order by n
   returning id::text as id`,
)

const ADD_SCAN = statement(
  'floor_add_scan',
  `insert into scanned_codes (code_text, scanned_at, machine_id, user_id, operations, metadata)
   values ($1, now(), $2, $3, $4, $5) returning scan_id::text as id`,
)

const OPERATIONS_OF = statement(
  'floor_operations_of',
  `select andon_operation_words($1::jsonb) as words, andon_operation_types(andon_operation_words($1::jsonb)) as types`,
)

const MACHINES = statement(
  'floor_machines',
  `select distinct machine_id from (
     select machine_id from scanned_codes where machine_id is not null order by scan_id desc limit 2000) s
   order by machine_id limit 50`,
)

const SCAN_OUTCOME = statement(
  'floor_scan_outcome',
  `select l.outcome, e.reason, e.detail from processing_ledger l
   left join processing_errors e on e.source_type = 'scanner' and e.source_id = l.source_id and e.resolved_at is null
   where l.source_type = 'scanner' and l.source_id = $1::bigint order by e.reason limit 1`,
)

/** Keeps records of a press in one statement; their numbers, in the order given. */
export async function addPressRecords(db: Queryable, records: readonly PressRecord[]): Promise<string[]> {
  return (await db.query<{ id: string }>(ADD_RECORDS, [JSON.stringify(records)])).map((row) => row.id)
}

/** Keeps a scan; its number. */
export async function addScan(db: Queryable, scan: NewScan): Promise<string> {
  const { code_text: code, machine_id: machine = null, metadata, operations, user_id: user = null } = scan
  const values = [
    code,
    machine,
    user,
    JSON.stringify(operations),
    metadata === undefined ? null : JSON.stringify(metadata),
  ]
  return onlyRow(await db.query<{ id: string }>(ADD_SCAN, values)).id
}

/** The words of a scan's operations (null when it has none that can be read), and their types, null for unknown ones. */
export async function operationsOf(
  db: Queryable,
  operations: unknown,
): Promise<{ words: string[] | null; types: (string | null)[] }> {
  return onlyRow(await db.query(OPERATIONS_OF, [JSON.stringify(operations)]))
}

/** Machines that have scanned lately, by name. */
export async function knownMachines(db: Queryable): Promise<string[]> {
  return (await db.query<{ machine_id: string }>(MACHINES)).map((row) => row.machine_id)
}

/** What became of a scan. */
export async function scanOutcome(
  db: Queryable,
  id: string,
): Promise<{ outcome: string; reason: string | null; detail: string | null } | null> {
  const [row] = await db.query<{ outcome: string; reason: string | null; detail: string | null }>(SCAN_OUTCOME, [id])
  return row ?? null
}
