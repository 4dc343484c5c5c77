import type pg from 'pg'
import type { SourceType } from '../../packages/floor/src/index.ts'

/** A shop with its two databases, for a bench. */
export interface Shop extends AsyncDisposable {
  readonly urls: { readonly jobmanager: string; readonly logs: string }
  readonly runlists: number
  readonly jobmanager: pg.Pool
  readonly logs: pg.Pool
}

/** Files of a runlist: 50 impositions of 20. */
export const FILES = 1_000
/** Jobs of a runlist. */
const JOBS = 20

/** Runlists with files and jobs, and `rows` records and scans that are not processed yet, one a second. */
export async function seedShop({ jobmanager, logs, runlists }: Shop, rows: number): Promise<void> {
  await logs.query(
    `insert into production_planner_paths select 'RL-' || r, 'IMP-' || r || '-' || i
     from generate_series(1, $1::int) r, generate_series(1, 50) i`,
    [runlists],
  )
  await logs.query(
    `insert into imposition_file_mapping
     select 'IMP-' || r || '-' || i, 'FILE_1_Labex_' || r || '_' || ((i - 1) * 20 + f - 1) * $2::int / 1000 || '_' || i || '_' || f
     from generate_series(1, $1::int) r, generate_series(1, 50) i, generate_series(1, 20) f`,
    [runlists, JOBS],
  )
  // As a shop has it; the loop needs it, and the passes have indexes of their own.
  await logs.query('create index on imposition_file_mapping (imposition_id)')
  await jobmanager.query(
    `insert into jobs (job_id) select r || '_' || k from generate_series(1, $1::int) r, generate_series(0, $2::int - 1) k`,
    [runlists, JOBS],
  )
  await jobmanager.query(
    `insert into "print OS" (name, status, marker, copies, job_complete_time, created_at, payload)
     select 'IMP-' || n / 50 % $2::bigint + 1 || '-' || n % 50 + 1, case when n % 20 = 0 then 'ABORTED' else 'PRINTED' end, n, 100,
       timestamp '2026-01-01' + n * interval '1 second', now(),
       jsonb_build_object('jobName', 'IMP', 'inks', '["C", "M", "Y", "K"]'::jsonb, 'pressSerialNumber', 'P1', 'impressions', n)
     from generate_series(0, $1::bigint - 1) n`,
    [rows, runlists],
  )
  await jobmanager.query(
    `insert into scanned_codes (code_text, scanned_at, machine_id, operations)
     select 'RL-' || n * 7919 % $2::bigint + 1, timestamp '2026-01-01' + n * interval '1 second', 'M' || n % 3,
       jsonb_build_object('operations',
         jsonb_build_array((array['coating', 'kiss_cut', 'backscore', 'slitter'])[(n / $2::bigint % 4 + 1)::int]))
     from generate_series(0, $1::bigint - 1) n`,
    [rows, runlists],
  )
  await jobmanager.query('vacuum analyze')
  await logs.query('vacuum analyze')
}

/** Rows of the year before, of each source so many, that were processed long ago. */
export async function addOldRows({ jobmanager, logs, runlists }: Shop, rows: number): Promise<void> {
  const { rows: ends } = await jobmanager.query<{ records: string; scans: string }>(
    `select (select max(id) from "print OS") as records, (select max(scan_id) from scanned_codes) as scans`,
  )
  const { records = '0', scans = '0' } = ends[0] ?? {}
  await jobmanager.query(
    `insert into "print OS" (name, status, marker, copies, job_complete_time, created_at)
     select 'IMP-' || n / 50 % $2::bigint + 1 || '-' || n % 50 + 1, 'PRINTED', n, 100,
       timestamp '2025-01-01' + n * interval '1 second', now() from generate_series(1, $1::bigint) n`,
    [rows, runlists],
  )
  await jobmanager.query(
    `insert into scanned_codes (code_text, scanned_at, machine_id, operations)
     select 'RL-' || n % $2::bigint + 1, timestamp '2025-01-01' + n * interval '1 second', 'M1', '["coating"]'
     from generate_series(1, $1::bigint) n`,
    [rows, runlists],
  )
  await jobmanager.query(
    `insert into processing_ledger (source_type, source_id, outcome, attempts, row_hash, processed_at)
     select source_type, source_id, 'done', 1, row_hash, now() from andon_source_facts
     where (source_type = 'print_os' and source_id > $1::bigint) or (source_type = 'scanner' and source_id > $2::bigint)`,
    [records, scans],
  )
  await logs.query(
    `insert into applied_sources (source_type, source_id, row_hash, target_kind, target, operations, status, happened_at)
     select 'print_os', $3::bigint + n, '0', 'imposition', 'IMP-' || n / 50 % $2::bigint + 1 || '-' || n % 50 + 1, array['print'],
       'completed', timestamp '2025-01-01' + n * interval '1 second' from generate_series(1, $1::bigint) n
     union all
     select 'scanner', $4::bigint + n, '0', 'runlist', 'RL-' || n % $2::bigint + 1, array['coating'], 'completed',
       timestamp '2025-01-01' + n * interval '1 second' from generate_series(1, $1::bigint) n`,
    [rows, runlists, records, scans],
  )
  await jobmanager.query('vacuum analyze')
  await logs.query('vacuum analyze')
}

/** Rows of now, anywhere in the shop. */
export async function addNewRows({ jobmanager, runlists }: Shop, source: SourceType, rows: number): Promise<void> {
  if (source === 'print_os') {
    await jobmanager.query(
      `insert into "print OS" (name, status, marker, copies, job_complete_time, created_at)
       select 'IMP-' || (random() * ($2::int - 1))::int + 1 || '-' || (random() * 49)::int + 1, 'PRINTED', 0, 100, now(), now()
       from generate_series(1, $1::int)`,
      [rows, runlists],
    )
  } else {
    await jobmanager.query(
      `insert into scanned_codes (code_text, scanned_at, machine_id, operations)
       select 'RL-' || (random() * ($2::int - 1))::int + 1, now(), 'M1', '["coating"]' from generate_series(1, $1::int)`,
      [rows, runlists],
    )
  }
}
