import type { FilePattern } from '../file-pattern.ts'
import { FILE_NAME_BYTES } from '../identifiers.ts'
import { type Addition, type FloorSchema, SCHEMA_TABLE, type ShopTable } from './addition.ts'

const SHOP_TABLES: readonly ShopTable[] = [
  {
    table: 'job_operations',
    columns: {
      job_operation_id: 'text',
      job_id: 'text',
      version_tag: 'text',
      operation_id: 'text',
      sequence_order: 'integer',
      required: 'boolean',
    },
    sql: `create table if not exists job_operations (
      job_operation_id text primary key, job_id text not null, version_tag text not null, operation_id text not null,
      sequence_order int, required boolean)`,
  },
  {
    table: 'imposition_operations',
    columns: {
      imposition_operation_id: 'text',
      imposition_id: 'text',
      operation_id: 'text',
      sequence_order: 'integer',
      required: 'boolean',
    },
    sql: `create table if not exists imposition_operations (
      imposition_operation_id text primary key, imposition_id text not null, operation_id text not null,
      sequence_order int, required boolean)`,
  },
  {
    table: 'imposition_file_mapping',
    columns: { imposition_id: 'text', file_id: 'text' },
    sql: `create table if not exists imposition_file_mapping (
      imposition_id text not null, file_id text not null)`,
  },
  {
    table: 'production_planner_paths',
    columns: { runlist_id: 'text', imposition_id: 'text' },
    sql: `create table if not exists production_planner_paths (
      runlist_id text not null, imposition_id text not null, primary key (runlist_id, imposition_id))`,
  },
]

/** The database that has impositions, files, runlists and operations. */
export function logsSchema(pattern: FilePattern): FloorSchema {
  return {
    database: 'logs',
    shopTables: SHOP_TABLES,
    additions: [
      SCHEMA_TABLE,
      ...jobOperations,
      ...impositionOperations,
      cellState,
      ...sources,
      ...scans,
      ...fileNames(pattern),
      ...paths,
    ],
  }
}

const jobOperations: readonly Addition[] = [
  {
    kind: 'column',
    table: 'job_operations',
    name: 'completed_at',
    family: 'time',
    sql: `alter table job_operations add column if not exists completed_at timestamp`,
  },
  {
    kind: 'column',
    table: 'job_operations',
    name: 'completed_by',
    family: 'text',
    sql: `alter table job_operations add column if not exists completed_by varchar`,
  },
  {
    kind: 'column',
    table: 'job_operations',
    name: 'source_id',
    family: 'bigint',
    sql: `alter table job_operations add column if not exists source_id bigint`,
  },
  {
    kind: 'column',
    table: 'job_operations',
    name: 'status',
    family: 'text',
    sql: `alter table job_operations add column if not exists status varchar`,
  },
  {
    kind: 'column',
    table: 'job_operations',
    name: 'notes',
    family: 'text',
    sql: `alter table job_operations add column if not exists notes text`,
  },
  {
    kind: 'object',
    name: 'idx_job_operations_completed',
    sql: `create index if not exists idx_job_operations_completed on job_operations (completed_at)`,
  },
  {
    kind: 'object',
    name: 'idx_job_operations_source',
    sql: `create index if not exists idx_job_operations_source on job_operations (completed_by, source_id)`,
  },
  {
    kind: 'object',
    name: 'idx_job_operations_job',
    sql: `create index if not exists idx_job_operations_job on job_operations (job_id)`,
  },
]

const impositionOperations: readonly Addition[] = [
  {
    kind: 'column',
    table: 'imposition_operations',
    name: 'completed_at',
    family: 'time',
    sql: `alter table imposition_operations add column if not exists completed_at timestamp`,
  },
  {
    kind: 'column',
    table: 'imposition_operations',
    name: 'completed_by',
    family: 'text',
    sql: `alter table imposition_operations add column if not exists completed_by varchar`,
  },
  {
    kind: 'column',
    table: 'imposition_operations',
    name: 'source_id',
    family: 'bigint',
    sql: `alter table imposition_operations add column if not exists source_id bigint`,
  },
  {
    kind: 'column',
    table: 'imposition_operations',
    name: 'status',
    family: 'text',
    sql: `alter table imposition_operations add column if not exists status varchar`,
  },
  {
    kind: 'column',
    table: 'imposition_operations',
    name: 'notes',
    family: 'text',
    sql: `alter table imposition_operations add column if not exists notes text`,
  },
  {
    kind: 'object',
    name: 'idx_imposition_operations_completed',
    sql: `create index if not exists idx_imposition_operations_completed on imposition_operations (completed_at)`,
  },
  {
    kind: 'object',
    name: 'idx_imposition_operations_source',
    sql: `create index if not exists idx_imposition_operations_source on imposition_operations (completed_by, source_id)`,
  },
  {
    kind: 'object',
    name: 'idx_imposition_operations_imposition',
    sql: `create index if not exists idx_imposition_operations_imposition on imposition_operations (imposition_id)`,
  },
]

/** How far an operation is, by its row: lists count by it and pages show it. The notes are the pass's own. */
const cellState: Addition = {
  kind: 'object',
  name: 'andon_cell_state',
  drop: `drop function if exists andon_cell_state(text, text, text) cascade`,
  sql: `create function andon_cell_state(status text, completed_by text, notes text) returns text
    language sql immutable parallel safe
    return case when status = 'completed' then 'done' when status = 'aborted' then 'aborted'
      when completed_by is distinct from 'print_os' then 'open'
      when notes like '% aborted%' then 'aborted' else 'partly' end`,
}

const sources: readonly Addition[] = [
  {
    kind: 'table',
    name: 'applied_sources',
    columns: {
      source_type: 'text',
      source_id: 'bigint',
      row_hash: 'text',
      applied_at: 'time',
      target_kind: 'text',
      target: 'text',
      status: 'text',
      happened_at: 'time',
    },
    // What each record says, beside what was made of it: operations are worked out from here, whatever the order.
    sql: `create table if not exists applied_sources (
      source_type text not null, source_id bigint not null, row_hash text not null,
      applied_at timestamptz not null default now(),
      target_kind text not null check (target_kind in ('imposition', 'runlist', 'job')), target text not null,
      operations text[] not null, status text not null check (status in ('completed', 'aborted')),
      happened_at timestamptz not null, copies bigint, reason text, primary key (source_type, source_id))`,
  },
  {
    kind: 'object',
    name: 'idx_applied_sources_target',
    sql: `create index if not exists idx_applied_sources_target on applied_sources (target)`,
  },
  {
    kind: 'object',
    name: 'idx_applied_sources_aborted',
    sql: `create index if not exists idx_applied_sources_aborted on applied_sources (target)
      where source_type = 'print_os' and status = 'aborted'`,
  },
]

const scans: readonly Addition[] = [
  {
    kind: 'table',
    name: 'scanned_operations',
    columns: { target: 'text', target_kind: 'text', operation_type: 'text' },
    // The first and the last scan that applied_sources has, each as {microseconds since 1970, source_id}: a runlist that
    // was scanned ten thousand times is not read again.
    sql: `create table if not exists scanned_operations (
      target text not null, target_kind text not null, operation_type text not null, first bigint[] not null,
      last bigint[] not null, primary key (target, target_kind, operation_type)) with (fillfactor = 70)`,
  },
]

/**
 * The job of a file stands in indexes, so that nobody takes names apart while they are read. Names that are too long to
 * be read are too long for an index as well; they have one of their own, by which their impositions are found.
 */
function fileNames({ source, job }: FilePattern): readonly Addition[] {
  const values = [source, job, String(FILE_NAME_BYTES)]
  return [
    {
      kind: 'object',
      name: 'andon_file_version',
      values,
      drop: `drop function if exists andon_file_version(text) cascade`,
      sql: `create function andon_file_version(file_id text) returns text language sql immutable strict parallel safe
        return case when octet_length(file_id) > %3$L then null
          when regexp_count(file_id, %2$L) > 1 then null else (regexp_match(file_id, %1$L))[1] end`,
    },
    {
      kind: 'object',
      name: 'andon_file_job',
      values,
      drop: `drop function if exists andon_file_job(text) cascade`,
      sql: `create function andon_file_job(file_id text) returns text language sql immutable strict parallel safe
        return case when octet_length(file_id) > %3$L then null
          when regexp_count(file_id, %2$L) > 1 then null else (regexp_match(file_id, %1$L))[2] end`,
    },
    {
      kind: 'object',
      name: 'idx_imposition_file_mapping_files',
      restsOn: ['andon_file_version', 'andon_file_job'],
      drop: `drop index if exists idx_imposition_file_mapping_files`,
      sql: `create index idx_imposition_file_mapping_files on imposition_file_mapping
        (imposition_id, andon_file_job(file_id), andon_file_version(file_id), file_id) where octet_length(file_id) <= 1024`,
    },
    {
      kind: 'object',
      name: 'idx_imposition_file_mapping_jobs',
      restsOn: ['andon_file_version', 'andon_file_job'],
      drop: `drop index if exists idx_imposition_file_mapping_jobs`,
      sql: `create index idx_imposition_file_mapping_jobs on imposition_file_mapping
        (andon_file_job(file_id), andon_file_version(file_id), imposition_id, file_id) where octet_length(file_id) <= 1024`,
    },
    {
      kind: 'object',
      name: 'idx_imposition_file_mapping_long',
      sql: `create index if not exists idx_imposition_file_mapping_long on imposition_file_mapping (imposition_id)
        where octet_length(file_id) > 1024`,
    },
  ]
}

const paths: readonly Addition[] = [
  {
    kind: 'object',
    name: 'idx_production_planner_paths_names',
    sql: `create index if not exists idx_production_planner_paths_names on production_planner_paths
      ((runlist_id collate "C"))`,
  },
  {
    kind: 'object',
    name: 'idx_production_planner_paths_runlist',
    sql: `create index if not exists idx_production_planner_paths_runlist on production_planner_paths
      (runlist_id, imposition_id)`,
  },
  {
    kind: 'object',
    name: 'idx_production_planner_paths_imposition',
    sql: `create index if not exists idx_production_planner_paths_imposition on production_planner_paths
      (imposition_id, runlist_id)`,
  },
]
