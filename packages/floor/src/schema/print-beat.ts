import type { Addition } from './addition.ts'

/** How far HP Print Beat was read. */
export const PRINT_BEAT: readonly Addition[] = [
  {
    kind: 'table',
    name: 'print_beat_positions',
    columns: { device: 'text', walk: 'text', marker: 'bigint', due_at: 'time' },
    // A press, '' for all of them at once, is read twice: `new` follows what comes in, `all` goes through everything again.
    sql: `create table if not exists print_beat_positions (
      device text not null, walk text not null check (walk in ('new', 'all')), marker bigint not null default 0,
      due_at timestamptz not null, primary key (device, walk))`,
  },
  {
    kind: 'table',
    name: 'print_beat_pace',
    columns: { is_only: 'boolean', next_request_at: 'time' },
    sql: `create table if not exists print_beat_pace (
      is_only boolean primary key default true check (is_only), next_request_at timestamptz not null default '-infinity')`,
  },
  {
    kind: 'object',
    name: 'row of print_beat_pace',
    sql: `insert into print_beat_pace default values on conflict do nothing`,
  },
  {
    kind: 'table',
    name: 'print_beat_set_aside',
    columns: { entry_hash: 'text', device: 'text', marker: 'bigint', reason: 'text', entry: 'text', seen_at: 'time' },
    // As text: what the shop's table refuses may be refused as jsonb as well.
    sql: `create table if not exists print_beat_set_aside (
      entry_hash text primary key, device text not null, marker bigint, reason text not null, entry text not null,
      seen_at timestamptz not null default now())`,
  },
  {
    kind: 'object',
    name: 'idx_print_os_marker',
    // Not unique, and on nothing but the marker: what the shop writes itself is neither refused nor slowed down.
    sql: `create index if not exists idx_print_os_marker on "print OS" (marker)`,
  },
]
