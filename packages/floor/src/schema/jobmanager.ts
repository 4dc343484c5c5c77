import { type FloorSchema, SCHEMA_TABLE, type ShopTable } from './addition.ts'
import { PRINT_BEAT } from './print-beat.ts'

const SHOP_TABLES: readonly ShopTable[] = [
  {
    table: 'print OS',
    columns: {
      id: 'integer',
      name: 'text',
      status: 'text',
      marker: 'integer',
      job_name: 'text',
      item_id: 'text',
      job_complete_time: 'time',
      copies: 'integer',
      payload: 'json',
      created_at: 'time',
      updated_at: 'time',
    },
    sql: `create table if not exists "print OS" (
      id bigserial primary key, name text, status text, marker bigint, job_name text, item_id text,
      job_complete_time timestamp, copies int, payload jsonb,
      created_at timestamp default now(), updated_at timestamp default now())`,
  },
  {
    table: 'scanned_codes',
    columns: {
      scan_id: 'integer',
      code_text: 'text',
      scanned_at: 'time',
      machine_id: 'text',
      user_id: 'text',
      operations: 'json',
      metadata: 'json',
    },
    sql: `create table if not exists scanned_codes (
      scan_id bigserial primary key, code_text text, scanned_at timestamp default now(), machine_id text,
      user_id text, operations jsonb, metadata jsonb)`,
  },
  {
    table: 'jobs',
    columns: { job_id: 'text' },
    sql: `create table if not exists jobs (job_id text primary key, description text, created_at timestamp default now())`,
  },
]

/** The database that has press records, scans and jobs. */
export const JOBMANAGER: FloorSchema = {
  database: 'jobmanager',
  shopTables: SHOP_TABLES,
  additions: [
    SCHEMA_TABLE,
    {
      kind: 'column',
      table: 'jobs',
      name: 'operations',
      family: 'json',
      sql: `alter table jobs add column if not exists operations jsonb default '{}'`,
    },
    {
      kind: 'table',
      name: 'processing_markers',
      columns: { marker_type: 'text', last_processed_id: 'bigint', last_processed_at: 'time', updated_at: 'time' },
      sql: `create table if not exists processing_markers (
        marker_id serial primary key, marker_type text not null unique, last_processed_id bigint not null default 0,
        last_processed_at timestamp not null default now(), updated_at timestamp not null default now())`,
    },
    {
      kind: 'object',
      name: 'rows of processing_markers',
      sql: `insert into processing_markers (marker_type) values ('print_os'), ('scanned_codes') on conflict do nothing`,
    },
    {
      kind: 'table',
      name: 'job_status_updates',
      columns: {
        update_id: 'integer',
        job_id: 'text',
        version_tag: 'text',
        operation_type: 'text',
        status: 'text',
        source_type: 'text',
        source_id: 'bigint',
        row_hash: 'text',
        notes: 'text',
        updated_at: 'time',
      },
      sql: `create table if not exists job_status_updates (
        update_id bigserial primary key, job_id text not null, version_tag text, operation_type text not null,
        status text not null, source_type text not null check (source_type in ('print_os', 'scanner', 'manual')),
        source_id bigint, row_hash text, notes text, updated_at timestamp not null,
        constraint job_status_updates_once unique nulls not distinct
          (source_type, source_id, row_hash, job_id, version_tag, operation_type))`,
    },
    {
      kind: 'object',
      name: 'idx_job_status_updates_job',
      sql: `create index if not exists idx_job_status_updates_job on job_status_updates (job_id, updated_at)`,
    },
    {
      kind: 'object',
      name: 'idx_job_status_updates_scans',
      sql: `create index if not exists idx_job_status_updates_scans on job_status_updates (job_id)
        where source_type = 'scanner'`,
    },
    {
      kind: 'table',
      name: 'processing_ledger',
      columns: {
        source_type: 'text',
        source_id: 'bigint',
        outcome: 'text',
        attempts: 'integer',
        error: 'text',
        row_hash: 'text',
        processed_at: 'time',
      },
      sql: `create table if not exists processing_ledger (
        source_type text not null check (source_type in ('print_os', 'scanner')), source_id bigint not null,
        outcome text not null check (outcome in ('pending', 'done', 'set_aside')), attempts int not null default 0,
        error text, row_hash text not null, processed_at timestamptz, primary key (source_type, source_id)
      ) with (fillfactor = 85)`,
    },
    {
      kind: 'object',
      name: 'idx_processing_ledger_pending',
      sql: `create index if not exists idx_processing_ledger_pending on processing_ledger (source_type, source_id)
        where outcome = 'pending'`,
    },
    {
      kind: 'table',
      name: 'processing_errors',
      columns: {
        error_id: 'integer',
        source_type: 'text',
        source_id: 'bigint',
        reason: 'text',
        detail: 'text',
        attempts: 'integer',
        next_try_at: 'time',
        created_at: 'time',
        resolved_at: 'time',
        dismissed_at: 'time',
        dismissed_by: 'text',
      },
      // One of a source and reason: the next try finds it again.
      sql: `create table if not exists processing_errors (
        error_id bigserial primary key, source_type text not null, source_id bigint not null, reason text not null,
        detail text not null, attempts int not null default 1, next_try_at timestamptz, created_at timestamptz not null
        default now(), resolved_at timestamptz, dismissed_at timestamptz, dismissed_by text,
        unique (source_type, source_id, reason))`,
    },
    {
      kind: 'object',
      name: 'idx_processing_errors_due',
      sql: `create index if not exists idx_processing_errors_due on processing_errors (source_type, next_try_at)
        where resolved_at is null and dismissed_at is null`,
    },
    {
      kind: 'table',
      name: 'operation_catalogue',
      columns: { operation_id: 'text', operation_type: 'text', position: 'integer' },
      sql: `create table if not exists operation_catalogue (
        operation_id text primary key, operation_type text not null, position int not null)`,
    },
    {
      kind: 'object',
      name: 'rows of operation_catalogue',
      sql: `insert into operation_catalogue (operation_id, operation_type, position) values
        ('op001', 'print', 1), ('print', 'print', 1), ('op003', 'coating', 2), ('op006', 'kiss_cut', 3),
        ('backscore', 'backscore', 4), ('slitter', 'slitter', 5) on conflict do nothing`,
    },
    {
      kind: 'table',
      name: 'operation_overrides',
      columns: {
        override_id: 'integer',
        job_id: 'text',
        operation_type: 'text',
        value: 'boolean',
        reason: 'text',
        set_by: 'text',
        set_at: 'time',
        lifted_by: 'text',
        lifted_at: 'time',
        is_applied: 'boolean',
      },
      // is_applied: the other database knows it too.
      sql: `create table if not exists operation_overrides (
        override_id bigserial primary key, job_id text not null, operation_type text not null, value boolean not null,
        reason text not null check (length(reason) > 0), set_by text not null, set_at timestamptz not null default now(),
        lifted_by text, lifted_at timestamptz, is_applied boolean not null default false)`,
    },
    {
      kind: 'object',
      name: 'idx_operation_overrides_active',
      sql: `create unique index if not exists idx_operation_overrides_active on operation_overrides
        (job_id, operation_type) where lifted_at is null`,
    },
    {
      kind: 'object',
      name: 'andon_operation_words',
      // {"operations":["coating"]}, ["op003"], {"coating":true}; null for anything else.
      sql: `create or replace function andon_operation_words(operations jsonb) returns text[] language sql immutable
        parallel safe as $body$
        select case
          when jsonb_typeof(operations) = 'array'
            then array(select lower(w) from jsonb_array_elements_text(operations) w)
          when jsonb_typeof(operations -> 'operations') = 'array'
            then array(select lower(w) from jsonb_array_elements_text(operations -> 'operations') w)
          when jsonb_typeof(operations) = 'object'
            then array(select lower(key) from jsonb_each(operations) where value = 'true')
        end $body$`,
    },
    {
      kind: 'object',
      name: 'andon_operation_types',
      // The words by their types, in order; a word that the catalogue does not know becomes null.
      sql: `create or replace function andon_operation_types(words text[]) returns text[] language sql stable
        parallel safe as $body$
        select array(
          select distinct (select c.operation_type from operation_catalogue c
            where lower(c.operation_id) = w or lower(c.operation_type) = w limit 1)
          from unnest(words) w order by 1)
        $body$`,
    },
    {
      kind: 'object',
      name: 'andon_source_facts',
      // What the passes read of both sources. The hash covers what matters to them and nothing else.
      drop: `drop view if exists andon_source_facts`,
      sql: `create view andon_source_facts as
        select 'print_os'::text as source_type, p.id::bigint as source_id, p.marker::bigint as marker,
          p.name::text as target, 'null'::jsonb as said,
          case upper(p.status) when 'PRINTED' then 'completed' when 'ABORTED' then 'aborted' end as status,
          coalesce(p.job_complete_time::timestamptz, p.created_at::timestamptz) as happened_at,
          p.copies::bigint as copies,
          left(coalesce(p.payload ->> 'abortReason', p.payload ->> 'reason', p.payload ->> 'errorMessage'), 200) as reason,
          case
            when coalesce(p.name, '') = '' then 'The record has no name.'
            when octet_length(p.name) > 1024 then 'The name has more than 1,024 bytes.'
            when coalesce(upper(p.status), '') not in ('PRINTED', 'ABORTED')
              then 'The status is "' || left(coalesce(p.status, ''), 40) || '", neither PRINTED nor ABORTED.'
            when p.job_complete_time is null and p.created_at is null then 'The record has no time.'
          end as trouble,
          hashtextextended(concat_ws('|', p.name, p.status, p.copies, p.job_complete_time, p.created_at,
            p.payload ->> 'abortReason', p.payload ->> 'reason', p.payload ->> 'errorMessage'), 0)::text as row_hash
        from "print OS" p
        union all
        select 'scanner', s.scan_id::bigint, s.scan_id::bigint, s.code_text::text, coalesce(s.operations, 'null'),
          'completed', s.scanned_at::timestamptz, null, nullif(concat_ws(' ', s.machine_id, s.user_id), ''),
          case
            when coalesce(s.code_text, '') = '' then 'The scan has no code.'
            when octet_length(s.code_text) > 1024 then 'The code has more than 1,024 bytes.'
            when s.scanned_at is null then 'The scan has no time.'
          end,
          hashtextextended(concat_ws('|', s.code_text, s.scanned_at, s.operations), 0)::text
        from scanned_codes s`,
    },
    ...PRINT_BEAT,
  ],
}
