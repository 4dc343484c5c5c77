-- The core tables. Small integers stand for the words of core/src/states.ts, by their position there:
--   state    0 pending 1 sent 2 queued 3 running 4 completed 5 completed_with_errors 6 failed 7 cancelled
--   phase    0 waiting 1 ready 2 held            (final work lies in job_done)
--   hold     0 scheduled 1 retry 2 snooze 3 hold 4 parent 5 unconfirmed
--   priority 0 low 1 normal 2 high 3 urgent
--   proof    0 none 1 spooled 2 sent 3 accepted 4 confirmed
--   item     0 pending 1 intended 2 done 3 failed 4 unconfirmed 5 cancelled
--   outcome  0 succeeded 1 failed 2 cancelled 3 lost 4 unconfirmed 5 snoozed

create sequence event_seq;
create sequence log_seq;

create table site (
  id smallint primary key,
  name text not null unique,
  created_at timestamptz not null default now()
);
insert into site (id, name) values (1, 'main');

-- ---------------------------------------------------------------- people

create table account (
  id int generated always as identity primary key,
  site_id smallint not null default 1 references site,
  name text not null unique,
  display_name text not null,
  email text,
  role text not null check (role in ('viewer', 'operator', 'supervisor', 'admin')),
  -- May read input, result and label contents of jobs.
  can_read_payloads boolean not null default false,
  -- argon2id; null until the first link is used, or when sign-in is elsewhere.
  password_hash text,
  created_at timestamptz not null default now(),
  disabled_at timestamptz
);

create table session (
  id_hash bytea primary key,
  account_id int not null references account on delete cascade,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  address text,
  user_agent text
);
create index session_account on session (account_id);

create table api_token (
  id uuid primary key,
  account_id int not null references account on delete cascade,
  name text not null,
  hash bytea not null unique,
  -- The first characters, by which a person knows a token again.
  prefix text not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_token_account on api_token (account_id);

-- Things that may be used once: the first sign-in link, the ticket that opens a live stream.
create table ticket (
  hash bytea primary key,
  kind text not null check (kind in ('sign_in', 'stream')),
  account_id int not null references account on delete cascade,
  session_hash bytea,
  token_id uuid,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);

create table sign_in_failure (
  subject text primary key,
  failures int not null,
  last_at timestamptz not null
);

create table audit (
  id bigint generated always as identity primary key,
  site_id smallint not null default 1,
  at timestamptz not null default now(),
  actor text not null,
  address text,
  action text not null,
  target text not null,
  before jsonb,
  after jsonb,
  request_id text
);
create index audit_target on audit (target, id desc);
create index audit_actor on audit (actor, id desc);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_append_only before update or delete on audit
  for each row execute function refuse_change();

create table setting (
  site_id smallint not null default 1,
  key text not null,
  value jsonb not null,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (site_id, key)
);

create table saved_view (
  id uuid primary key,
  site_id smallint not null default 1,
  account_id int not null references account on delete cascade,
  name text not null,
  page text not null,
  query text not null,
  is_shared boolean not null default false,
  is_default boolean not null default false,
  created_at timestamptz not null default now(),
  unique (account_id, page, name)
);

-- ---------------------------------------------------------------- where work waits and who does it

-- A queue of background work, a printer, a pool of printers: whatever a worker can hold.
create table lane (
  id int generated always as identity primary key,
  site_id smallint not null default 1 references site,
  kind text not null check (kind in ('queue', 'printer', 'pool')),
  name text not null check (name <> '' and length(name) <= 200),
  -- How many jobs may be held at once; null is no limit but the workers' own.
  slots int check (slots >= 1),
  -- How many may wait before more are refused; null is no limit.
  depth_limit int check (depth_limit >= 1),
  -- At most so many starts within rate_per_ms; null is no limit.
  rate_limit int check (rate_limit >= 1),
  rate_per_ms int check (rate_per_ms >= 1),
  -- Starts granted since rate_since, the beginning of the current period.
  rate_used int not null default 0,
  rate_since timestamptz,
  is_draining boolean not null default false,
  paused_at timestamptz,
  paused_by text,
  paused_reason text,
  paused_until timestamptz,
  -- true: the device's trouble paused it, and its recovery resumes it.
  is_paused_by_trouble boolean not null default false,
  -- The worker that drives a printer; null when nobody does.
  holder int,
  holder_fence bigint not null default 0,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  removed_at timestamptz,
  check ((paused_at is null) = (paused_by is null))
);
create unique index lane_name on lane (site_id, (case kind when 'queue' then 'queue' else 'printer' end), name)
  where removed_at is null;

create table worker (
  id int generated always as identity primary key,
  site_id smallint not null default 1,
  name text not null,
  kind text not null check (kind in ('server', 'worker', 'station')),
  host text not null,
  pid int not null,
  version text not null,
  -- The schema it was built for: a worker drains when the database is newer.
  schema_version int not null,
  types text[] not null,
  slots int not null,
  fence bigint not null default 1,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now(),
  lease_until timestamptz not null,
  is_draining boolean not null default false,
  stopped_at timestamptz,
  -- Last sample: {"cpu_percent":…, "memory_mb":…}
  sample jsonb
);
create index worker_alive on worker (lease_until) where stopped_at is null;

-- Shares of a limited lane: the sum over living workers never exceeds lane.slots, so that a claim counts no rows.
create table lane_grant (
  lane_id int not null references lane on delete cascade,
  worker_id int not null references worker on delete cascade,
  -- How many it would run at once, and how many it may.
  wanted int not null check (wanted >= 0),
  slots int not null default 0 check (slots >= 0),
  primary key (lane_id, worker_id)
);
create index lane_grant_worker on lane_grant (worker_id);

-- A worker that has nothing to do waits here to be handed the next job.
create table parked (
  worker_id int not null references worker on delete cascade,
  lane_id int not null,
  channel text not null,
  parked_at timestamptz not null default now(),
  primary key (lane_id, worker_id)
);

create table job_type (
  id int generated always as identity primary key,
  name text not null unique check (name ~ '^[a-z0-9_]+([.][a-z0-9_]+)*$' and length(name) <= 100),
  max_attempts smallint not null default 5 check (max_attempts between 1 and 1000),
  -- core/src/retry.ts; null is the default of the kind of work.
  retry jsonb,
  lost_action text not null default 'requeue' check (lost_action in ('requeue', 'reattach', 'ask')),
  timeout_ms bigint,
  memory_mb int,
  is_isolated boolean not null default false,
  keep_days int,
  created_at timestamptz not null default now()
);

-- ---------------------------------------------------------------- live jobs

create table job (
  id uuid primary key,
  site_id smallint not null default 1,
  type_id int not null,
  -- Where it waits. Printers of a pool take from the pool's lane as well as from their own.
  queue_id int not null,
  phase smallint not null check (phase between 0 and 2),
  substate smallint,
  hold smallint check (hold between 0 and 5),
  priority smallint not null default 1 check (priority between 0 and 3),
  -- The priority by which it is claimed: ageing and "to the front" raise it.
  rank smallint not null default 1,
  attempt smallint not null default 0,
  max_attempts smallint not null,
  -- The holder; lane_id is the lane that it holds for it, slot its place there (null where a lane has many).
  worker_id int,
  lane_id int,
  slot smallint,
  -- Counts claims. With worker_id it is the token without which no report is taken.
  fence int not null default 0,
  -- How often a worker died or froze while it had the job: parks a job that ends its workers.
  losses smallint not null default 0,
  -- The next claim takes up this attempt at its executor instead of starting another.
  is_resumed boolean not null default false,
  -- Counts changes, so that readers can order what they hear.
  version int not null default 1,
  run_at timestamptz not null,
  created_at timestamptz not null default now(),
  queued_at timestamptz,
  sent_at timestamptz,
  started_at timestamptz,
  deadline_at timestamptz,
  expires_at timestamptz,
  cancel_requested_at timestamptz,
  cancel_by text,
  cancel_reason text,
  is_kill_requested boolean not null default false,
  description text,
  subject_type text,
  subject_id text,
  tags jsonb,
  input jsonb,
  created_by text not null,
  account_id int,
  parent_id uuid,
  retry_of uuid,
  unique_key text,
  estimated_ms bigint,
  -- Latest progress: {"percent","step","steps_done","steps_total","message","estimate_s","at"}
  progress jsonb,
  items_total int,
  items_done int,
  items_failed int,
  printer_id int,
  station_id int,
  proof smallint,
  external_ref text,
  -- Of the last attempt that did not succeed: {"code","message","hint","detail",…}
  error jsonb,
  retry jsonb,
  lost_action text not null default 'requeue' check (lost_action in ('requeue', 'reattach', 'ask')),
  check ((phase = 2) = (worker_id is not null)),
  check ((phase = 2) = (lane_id is not null)),
  check ((phase = 2) = (substate is not null)),
  check (substate is null or substate between 1 and 3),
  check ((phase = 0) = (hold is not null)),
  check (slot is null or phase = 2),
  check (items_total is null or items_done + items_failed <= items_total)
) with (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000,
  autovacuum_vacuum_cost_delay = 0
);
create index job_ready on job (queue_id, rank desc, run_at, id) where phase = 1;
create index job_held on job (worker_id) where phase = 2;
create unique index job_slot on job (lane_id, slot) where slot is not null;
create index job_due on job (run_at, id) where phase = 0 and hold <= 2;
create index job_waits_for_parent on job (id) where phase = 0 and hold = 4;
create index job_unconfirmed on job (id) where phase = 0 and hold = 5;
create index job_waiting on job (queue_id, run_at, id) where phase = 0;
create index job_expires on job (expires_at) where expires_at is not null and phase <= 1;
create index job_deadline on job (deadline_at) where deadline_at is not null and phase = 2;
create index job_cancel on job (worker_id) where cancel_requested_at is not null and phase = 2;
create unique index job_unique_key on job (site_id, type_id, unique_key) where unique_key is not null;

create table job_parent (
  job_id uuid not null,
  parent_id uuid not null,
  on_failure text not null default 'cancel' check (on_failure in ('cancel', 'release')),
  primary key (parent_id, job_id)
);
create index job_parent_job on job_parent (job_id);

create table idempotency (
  site_id smallint not null default 1,
  key text not null,
  job_id uuid not null,
  request_hash bytea not null,
  created_at timestamptz not null default now(),
  primary key (site_id, key)
);
create index idempotency_age on idempotency (created_at);

-- One retry by hand for a job: the second one finds this row.
create table retried (
  job_id uuid primary key,
  retry_id uuid not null,
  created_at timestamptz not null default now()
);

-- ---------------------------------------------------------------- finished jobs and what hangs on jobs
-- Partitioned by ranges of the job's id (UUIDv7: its first 48 bits are milliseconds), so that a look-up prunes,
-- the key stays unique, and history goes by the month.

create table job_done (
  id uuid primary key,
  site_id smallint not null,
  type_id int not null,
  queue_id int not null,
  state smallint not null check (state between 4 and 7),
  priority smallint not null,
  attempt smallint not null,
  max_attempts smallint not null,
  worker_id int,
  version int not null,
  run_at timestamptz not null,
  created_at timestamptz not null,
  queued_at timestamptz,
  sent_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz not null default now(),
  deadline_at timestamptz,
  expires_at timestamptz,
  cancel_by text,
  cancel_reason text,
  description text,
  subject_type text,
  subject_id text,
  tags jsonb,
  input jsonb,
  result jsonb,
  -- One line for people.
  summary text,
  created_by text not null,
  account_id int,
  parent_id uuid,
  retry_of uuid,
  estimated_ms bigint,
  progress jsonb,
  items_total int,
  items_done int,
  items_failed int,
  printer_id int,
  station_id int,
  proof smallint,
  external_ref text,
  error jsonb,
  fingerprint text,
  -- {"peak_memory_mb","cpu_percent","wall_ms","cpu_ms"}
  resources jsonb
) partition by range (id);

create table item (
  job_id uuid not null,
  idx int not null check (idx >= 0),
  state smallint not null default 0 check (state between 0 and 5),
  proof smallint not null default 0 check (proof between 0 and 4),
  attempt smallint,
  -- The job's own reference (box, lot, URL).
  ref text,
  -- What is printed or worked on: ZPL, or null when data fills the job's document.
  content text,
  data jsonb,
  external_ref text,
  intent_at timestamptz,
  outcome_at timestamptz,
  error jsonb,
  primary key (job_id, idx),
  check (state <> 1 or intent_at is not null),
  check (state not in (2, 4) or attempt is not null)
) partition by range (job_id);

create table attempt (
  job_id uuid not null,
  number smallint not null,
  worker_id int,
  worker_name text,
  started_at timestamptz not null,
  ended_at timestamptz,
  outcome smallint check (outcome between 0 and 5),
  error jsonb,
  external_ref text,
  resources jsonb,
  primary key (job_id, number),
  check ((ended_at is null) = (outcome is null))
) partition by range (job_id);

create table job_log (
  job_id uuid not null,
  n bigint not null default nextval('log_seq'),
  attempt smallint not null,
  at timestamptz not null,
  -- 0 debug 1 info 2 warning 3 error
  level smallint not null check (level between 0 and 3),
  step text,
  message text not null,
  data jsonb,
  primary key (job_id, n)
) partition by range (job_id);

-- Words and facets (core/src/query/tokens.ts) of finished jobs, filled behind by the indexer.
create table job_search (
  job_id uuid not null,
  tokens tsvector not null,
  primary key (job_id)
) partition by range (job_id);
-- Every look-up reads what is pending in full, so that is kept small; without it, each row would cost a hundred inserts.
create index job_search_tokens on job_search using gin (tokens) with (gin_pending_list_limit = 1024);

-- ---------------------------------------------------------------- events
-- xid stands before seq: a writer has its transaction id before it takes a number, which is what lets a reader
-- give up on a hole once the horizon passed an id taken after it saw the hole.

-- One row for each flush of plain transitions: many jobs, nothing to say but that it happened.
create table event_batch (
  xid xid8 not null default pg_current_xact_id(),
  seq bigint not null default nextval('event_seq'),
  at timestamptz not null default clock_timestamp(),
  site_id smallint not null default 1,
  kind smallint not null,
  worker_id int,
  job_ids uuid[] not null
) partition by range (at);
create index event_batch_seq on event_batch (seq);
-- Ids do not compress.
alter table event_batch alter column job_ids set storage external;

-- One row for each fact that carries data, about a job (job_id) or about something else (topic, such as printer:7).
create table event (
  xid xid8 not null default pg_current_xact_id(),
  seq bigint not null default nextval('event_seq'),
  at timestamptz not null default clock_timestamp(),
  site_id smallint not null default 1,
  kind smallint not null,
  job_id uuid,
  topic text,
  version int,
  attempt smallint,
  actor text,
  data jsonb,
  check (job_id is not null or topic is not null)
) partition by range (at);
create index event_seq_key on event (seq);
create index event_job on event (job_id, seq) where job_id is not null;
create index event_topic on event (topic, seq) where topic is not null;

-- Where each durable reader of the events stands: the lowest number that it may still have to see.
create table event_cursor (
  reader text primary key,
  seq bigint not null,
  moved_at timestamptz not null default now()
);

-- Jobs by queue and state. Each process changes rows of its own, so nobody waits; the sum over processes is true.
create table counter (
  process_id int not null,
  queue_id int not null,
  state smallint not null check (state between 0 and 7),
  n bigint not null,
  primary key (process_id, queue_id, state)
) with (fillfactor = 50);

-- Ended jobs by the minute, written with the counters by the same statement, for the throughput of the last hour.
-- Each process changes rows of its own; rows older than two hours are removed.
create table throughput (
  process_id int not null,
  minute timestamptz not null,
  state smallint not null check (state between 4 and 7),
  n bigint not null,
  primary key (minute, process_id, state)
) with (fillfactor = 50);

-- Live and finished jobs as one, with the public state: what is read by id, in lists and in exports.
create view job_any as
select id, site_id, type_id, queue_id, phase, hold,
  (case phase when 0 then 0 when 1 then 2 else substate end)::smallint as state,
  priority, attempt, max_attempts, worker_id, version, run_at, created_at, queued_at, sent_at, started_at,
  null::timestamptz as finished_at, deadline_at, expires_at, cancel_requested_at, cancel_by, cancel_reason,
  is_kill_requested, description, subject_type, subject_id, tags, input, null::jsonb as result, null::text as summary,
  created_by, account_id, parent_id, retry_of, estimated_ms, progress, items_total, items_done, items_failed,
  printer_id, station_id, proof, external_ref, error, null::text as fingerprint, null::jsonb as resources
from job
union all
select id, site_id, type_id, queue_id, 3::smallint, null::smallint,
  state,
  priority, attempt, max_attempts, worker_id, version, run_at, created_at, queued_at, sent_at, started_at,
  finished_at, deadline_at, expires_at, null::timestamptz, cancel_by, cancel_reason,
  false, description, subject_type, subject_id, tags, input, result, summary,
  created_by, account_id, parent_id, retry_of, estimated_ms, progress, items_total, items_done, items_failed,
  printer_id, station_id, proof, external_ref, error, fingerprint, resources
from job_done;

-- ---------------------------------------------------------------- printing

create table station (
  id int generated always as identity primary key,
  site_id smallint not null default 1,
  name text not null unique,
  is_print_server boolean not null default true,
  qz_connection_status text not null default 'disconnected'
    check (qz_connection_status in ('connected', 'disconnected', 'error')),
  qz_last_seen_at timestamptz,
  version text,
  created_at timestamptz not null default now(),
  removed_at timestamptz
);

create table printer (
  id int primary key references lane,
  driver text not null check (driver in ('ipp', 'raw', 'qz', 'http', 'virtual')),
  uri text not null,
  kind text not null default 'label' check (kind in ('label', 'badge', 'receipt', 'document')),
  station_id int references station,
  pool_id int references lane,
  location text,
  settings jsonb not null default '{}',
  is_demo boolean not null default false,
  state text not null default 'unknown' check (state in ('idle', 'processing', 'stopped', 'offline', 'unknown')),
  reasons jsonb not null default '[]',
  supplies jsonb not null default '[]',
  capabilities jsonb,
  model text,
  message text,
  queued_jobs int,
  -- When the device was last asked, when it last answered, and since when it is in its state.
  asked_at timestamptz,
  answered_at timestamptz,
  state_since timestamptz not null default now(),
  last_confirmed_at timestamptz
);

create table document (
  id uuid primary key,
  site_id smallint not null default 1,
  name text not null,
  content_type text not null,
  size_bytes bigint not null,
  sha256 bytea not null,
  pages int,
  created_by text not null,
  account_id int,
  created_at timestamptz not null default now(),
  expires_at timestamptz
);
create index document_expires on document (expires_at) where expires_at is not null;

create table document_chunk (
  document_id uuid not null references document on delete cascade,
  n int not null,
  data bytea not null check (length(data) <= 1048576),
  primary key (document_id, n)
);

create table schedule (
  id int generated always as identity primary key,
  site_id smallint not null default 1,
  name text not null unique,
  cron text not null,
  time_zone text not null default 'UTC',
  job jsonb not null,
  next_run_at timestamptz,
  last_run_at timestamptz,
  last_job_id uuid,
  paused_at timestamptz,
  paused_by text,
  created_at timestamptz not null default now()
);
create index schedule_due on schedule (next_run_at) where paused_at is null;

-- ---------------------------------------------------------------- partitions

-- Partitions that were taken out of history; they can be attached again.
create schema if not exists archive;

-- The lowest UUIDv7 of a moment.
create function uuid_floor(at timestamptz) returns uuid language sql immutable strict parallel safe as $$
  select encode(substring(int8send((extract(epoch from at) * 1000)::bigint) from 3) || '\x70008000000000000000'::bytea, 'hex')::uuid
$$;

-- Makes the partitions for the month of a moment, where they are missing. Safe to race.
create function ensure_partitions(at timestamptz) returns int language plpgsql as $$
declare
  month_start timestamptz := date_trunc('month', at at time zone 'UTC') at time zone 'UTC';
  month_end timestamptz := (date_trunc('month', at at time zone 'UTC') + interval '1 month') at time zone 'UTC';
  suffix text := to_char(at at time zone 'UTC', 'YYYYMM');
  parent text;
  made int := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('andon.partitions', 0));
  foreach parent in array array['job_done', 'item', 'attempt', 'job_log', 'job_search'] loop
    if to_regclass(parent || '_' || suffix) is null then
      execute format('create table %I partition of %I for values from (%L) to (%L)',
        parent || '_' || suffix, parent, uuid_floor(month_start), uuid_floor(month_end));
      made := made + 1;
    end if;
  end loop;
  foreach parent in array array['event', 'event_batch'] loop
    if to_regclass(parent || '_' || suffix) is null then
      execute format('create table %I partition of %I for values from (%L) to (%L)',
        parent || '_' || suffix, parent, month_start, month_end);
      made := made + 1;
    end if;
  end loop;
  return made;
end $$;

-- Takes the month of a suffix (YYYYMM) out of history, whole, into the schema archive. False when it is not there.
create function archive_month(suffix text) returns boolean language plpgsql as $$
declare
  parent text;
  moved boolean := false;
begin
  perform set_config('lock_timeout', '3s', true);
  perform pg_advisory_xact_lock(hashtextextended('andon.partitions', 0));
  foreach parent in array array['job_done', 'item', 'attempt', 'job_log', 'job_search'] loop
    if to_regclass(format('public.%I', parent || '_' || suffix)) is not null then
      execute format('alter table %I detach partition %I', parent, parent || '_' || suffix);
      execute format('alter table public.%I set schema archive', parent || '_' || suffix);
      moved := true;
    end if;
  end loop;
  return moved;
end $$;

-- Brings an archived month back. False when it is not in the archive.
create function restore_month(suffix text) returns boolean language plpgsql as $$
declare
  month_start timestamptz := make_timestamptz(left(suffix, 4)::int, right(suffix, 2)::int, 1, 0, 0, 0, 'UTC');
  month_end timestamptz := (month_start at time zone 'UTC' + interval '1 month') at time zone 'UTC';
  parent text;
  moved boolean := false;
begin
  perform set_config('lock_timeout', '3s', true);
  perform pg_advisory_xact_lock(hashtextextended('andon.partitions', 0));
  foreach parent in array array['job_done', 'item', 'attempt', 'job_log', 'job_search'] loop
    if to_regclass(format('archive.%I', parent || '_' || suffix)) is not null then
      execute format('alter table archive.%I set schema public', parent || '_' || suffix);
      execute format('alter table %I attach partition %I for values from (%L) to (%L)',
        parent, parent || '_' || suffix, uuid_floor(month_start), uuid_floor(month_end));
      moved := true;
    end if;
  end loop;
  return moved;
end $$;

-- Deletes an archived month for good. False when it is not in the archive.
create function drop_archived_month(suffix text) returns boolean language plpgsql as $$
declare
  parent text;
  dropped boolean := false;
begin
  foreach parent in array array['job_done', 'item', 'attempt', 'job_log', 'job_search'] loop
    if to_regclass(format('archive.%I', parent || '_' || suffix)) is not null then
      execute format('drop table archive.%I', parent || '_' || suffix);
      dropped := true;
    end if;
  end loop;
  return dropped;
end $$;

-- Drops the months of events that ended before a moment; how many tables.
create function drop_events_before(at timestamptz) returns int language plpgsql as $$
declare
  child text;
  dropped int := 0;
begin
  perform set_config('lock_timeout', '3s', true);
  perform pg_advisory_xact_lock(hashtextextended('andon.partitions', 0));
  for child in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent in ('event'::regclass, 'event_batch'::regclass) and c.relname ~ '_[0-9]{6}$'
      and make_timestamptz(left(right(c.relname, 6), 4)::int, right(c.relname, 2)::int, 1, 0, 0, 0, 'UTC')
        + interval '1 month' <= at
  loop
    execute format('drop table %I', child);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$;

select ensure_partitions(now());
select ensure_partitions(now() + interval '1 month');

-- Rows of other months (imported history, a wrong clock) are never refused.
create table job_done_other partition of job_done default;
create table item_other partition of item default;
create table attempt_other partition of attempt default;
create table job_log_other partition of job_log default;
create table job_search_other partition of job_search default;
create table event_other partition of event default;
create table event_batch_other partition of event_batch default;
