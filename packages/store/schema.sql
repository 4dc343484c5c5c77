-- Written by `npm run generate` from a migrated database. To read and to compare, not to run.

create table account (
  id integer not null generated always as identity,
  site_id smallint not null default 1,
  name text not null,
  display_name text not null,
  email text,
  role text not null,
  can_read_payloads boolean not null default false,
  password_hash text,
  created_at timestamp with time zone not null default now(),
  disabled_at timestamp with time zone,
  constraint account_pkey PRIMARY KEY (id),
  constraint account_name_key UNIQUE (name),
  constraint account_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'operator'::text, 'supervisor'::text, 'admin'::text]))),
  constraint account_site_id_fkey FOREIGN KEY (site_id) REFERENCES site(id)
);

create table alert (
  id bigint not null generated always as identity,
  site_id smallint not null default 1,
  rule_id integer not null,
  key text not null,
  occurrence jsonb not null,
  count integer not null,
  untold integer not null,
  told_at timestamp with time zone,
  opened_at timestamp with time zone not null default now(),
  seen_at timestamp with time zone not null default now(),
  acknowledged_at timestamp with time zone,
  acknowledged_by text,
  closed_at timestamp with time zone,
  is_over_untold boolean not null default false,
  members text[] not null default '{}'::text[],
  over_told_at timestamp with time zone,
  constraint alert_pkey PRIMARY KEY (id),
  constraint alert_check CHECK (((untold >= 0) AND (untold <= count))),
  constraint alert_check1 CHECK (((acknowledged_at IS NULL) = (acknowledged_by IS NULL))),
  constraint alert_check2 CHECK (((NOT is_over_untold) OR (closed_at IS NOT NULL))),
  constraint alert_count_check CHECK ((count >= 1)),
  constraint alert_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES rule(id)
);
CREATE INDEX alert_closed ON public.alert USING btree (id DESC) WHERE (closed_at IS NOT NULL);
CREATE INDEX alert_of_key ON public.alert USING btree (rule_id, key, id DESC);
CREATE UNIQUE INDEX alert_open ON public.alert USING btree (rule_id, key) WHERE (closed_at IS NULL);
CREATE INDEX alert_over_untold ON public.alert USING btree (id) WHERE is_over_untold;
CREATE INDEX alert_untold ON public.alert USING btree (id) WHERE (untold > 0);

create table api_token (
  id uuid not null,
  account_id integer not null,
  name text not null,
  hash bytea not null,
  prefix text not null,
  scopes text[] not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  station_id integer,
  constraint api_token_pkey PRIMARY KEY (id),
  constraint api_token_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE,
  constraint api_token_hash_key UNIQUE (hash),
  constraint api_token_station_id_fkey FOREIGN KEY (station_id) REFERENCES station(id)
);
CREATE INDEX api_token_account ON public.api_token USING btree (account_id);

create table attempt (
  job_id uuid not null,
  number smallint not null,
  worker_id integer,
  worker_name text,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  outcome smallint,
  error jsonb,
  external_ref text,
  resources jsonb,
  constraint attempt_pkey PRIMARY KEY (job_id, number),
  constraint attempt_check CHECK (((ended_at IS NULL) = (outcome IS NULL))),
  constraint attempt_outcome_check CHECK (((outcome >= 0) AND (outcome <= 5)))
) partition by RANGE (job_id);

create table attempt_other partition of attempt DEFAULT;

create table audit (
  id bigint not null generated always as identity,
  site_id smallint not null default 1,
  at timestamp with time zone not null default now(),
  actor text not null,
  address text,
  action text not null,
  target text not null,
  before jsonb,
  after jsonb,
  request_id text,
  constraint audit_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_actor ON public.audit USING btree (actor, id DESC);
CREATE INDEX audit_at ON public.audit USING brin (at);
CREATE INDEX audit_target ON public.audit USING btree (target, id DESC);
CREATE TRIGGER audit_append_only BEFORE DELETE OR UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION refuse_change();

create table cleaned_job (
  job_id uuid not null,
  cleaned_at timestamp with time zone not null default now(),
  rule text not null,
  items integer not null,
  log_lines integer not null,
  documents integer not null,
  constraint cleaned_job_pkey PRIMARY KEY (job_id),
  constraint cleaned_job_documents_check CHECK ((documents >= 0)),
  constraint cleaned_job_items_check CHECK ((items >= 0)),
  constraint cleaned_job_log_lines_check CHECK ((log_lines >= 0))
);

create table counter (
  process_id integer not null,
  queue_id integer not null,
  state smallint not null,
  n bigint not null,
  constraint counter_pkey PRIMARY KEY (process_id, queue_id, state),
  constraint counter_state_check CHECK (((state >= 0) AND (state <= 7)))
) with (fillfactor=50);

create table document (
  id uuid not null,
  site_id smallint not null default 1,
  name text not null,
  content_type text not null,
  size_bytes bigint not null,
  sha256 bytea not null,
  pages integer,
  created_by text not null,
  account_id integer,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  job_id uuid,
  is_shared boolean not null default false,
  constraint document_pkey PRIMARY KEY (id)
);
CREATE INDEX document_expires ON public.document USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX document_job ON public.document USING btree (job_id) WHERE (job_id IS NOT NULL);

create table document_chunk (
  document_id uuid not null,
  n integer not null,
  data bytea not null,
  constraint document_chunk_pkey PRIMARY KEY (document_id, n),
  constraint document_chunk_data_check CHECK ((length(data) <= 1048576)),
  constraint document_chunk_document_id_fkey FOREIGN KEY (document_id) REFERENCES document(id) ON DELETE CASCADE
);

create table error_cause (
  id integer not null generated always as identity,
  fingerprint text not null,
  type_id integer not null,
  account_id integer not null,
  code text not null,
  message text not null,
  hint text,
  job_id uuid not null,
  last_at timestamp with time zone not null,
  constraint error_cause_pkey PRIMARY KEY (id),
  constraint error_cause_fingerprint_type_id_account_id_key UNIQUE (fingerprint, type_id, account_id)
);

create table error_hour (
  cause_id integer not null,
  hour timestamp with time zone not null,
  n integer not null,
  retried integer not null default 0,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  constraint error_hour_pkey PRIMARY KEY (hour, cause_id),
  constraint error_hour_cause_id_fkey FOREIGN KEY (cause_id) REFERENCES error_cause(id) ON DELETE CASCADE
) with (fillfactor=70);
CREATE INDEX error_hour_cause ON public.error_hour USING btree (cause_id);

create table event (
  xid xid8 not null default pg_current_xact_id(),
  seq bigint not null default nextval('event_seq'::regclass),
  at timestamp with time zone not null default clock_timestamp(),
  site_id smallint not null default 1,
  kind smallint not null,
  job_id uuid,
  topic text,
  version integer,
  attempt smallint,
  actor text,
  data jsonb,
  constraint event_check CHECK (((job_id IS NOT NULL) OR (topic IS NOT NULL)))
) partition by RANGE (at);
CREATE INDEX event_job ON ONLY public.event USING btree (job_id, seq) WHERE (job_id IS NOT NULL);
CREATE INDEX event_seq_key ON ONLY public.event USING btree (seq);
CREATE INDEX event_topic ON ONLY public.event USING btree (topic, seq) WHERE (topic IS NOT NULL);

create table event_batch (
  xid xid8 not null default pg_current_xact_id(),
  seq bigint not null default nextval('event_seq'::regclass),
  at timestamp with time zone not null default clock_timestamp(),
  site_id smallint not null default 1,
  kind smallint not null,
  worker_id integer,
  job_ids uuid[] storage external not null
) partition by RANGE (at);
CREATE INDEX event_batch_seq ON ONLY public.event_batch USING btree (seq);

create table event_batch_other partition of event_batch DEFAULT;

create table event_cursor (
  reader text not null,
  seq bigint not null,
  moved_at timestamp with time zone not null default now(),
  constraint event_cursor_pkey PRIMARY KEY (reader)
);

create table event_other partition of event DEFAULT;

create sequence event_seq;

create table failure_streak (
  type_id integer not null,
  failures integer not null,
  since timestamp with time zone not null,
  job_id uuid not null,
  constraint failure_streak_pkey PRIMARY KEY (type_id)
) with (fillfactor=50);

create table idempotency (
  site_id smallint not null default 1,
  key text not null,
  job_id uuid not null,
  request_hash bytea not null,
  created_at timestamp with time zone not null default now(),
  job_ids uuid[],
  constraint idempotency_pkey PRIMARY KEY (site_id, key),
  constraint idempotency_check CHECK ((job_ids[1] = job_id))
);
CREATE INDEX idempotency_age ON public.idempotency USING btree (created_at);

create table identity (
  issuer text not null,
  subject text not null,
  account_id integer not null,
  made_account boolean not null,
  created_at timestamp with time zone not null default now(),
  last_used_at timestamp with time zone not null default now(),
  constraint identity_pkey PRIMARY KEY (issuer, subject),
  constraint identity_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE
);
CREATE INDEX identity_account ON public.identity USING btree (account_id);

create table item (
  job_id uuid not null,
  idx integer not null,
  state smallint not null default 0,
  proof smallint not null default 0,
  attempt smallint,
  ref text,
  content text,
  data jsonb,
  external_ref text,
  intent_at timestamp with time zone,
  outcome_at timestamp with time zone,
  error jsonb,
  constraint item_pkey PRIMARY KEY (job_id, idx),
  constraint item_check CHECK (((state <> 1) OR (intent_at IS NOT NULL))),
  constraint item_check1 CHECK (((state <> ALL (ARRAY[2, 4])) OR (attempt IS NOT NULL))),
  constraint item_idx_check CHECK ((idx >= 0)),
  constraint item_proof_check CHECK (((proof >= 0) AND (proof <= 4))),
  constraint item_state_check CHECK (((state >= 0) AND (state <= 5)))
) partition by RANGE (job_id);

create table item_other partition of item DEFAULT;

create table job (
  id uuid not null,
  site_id smallint not null default 1,
  type_id integer not null,
  queue_id integer not null,
  phase smallint not null,
  substate smallint,
  hold smallint,
  priority smallint not null default 1,
  rank smallint not null default 1,
  attempt smallint not null default 0,
  max_attempts smallint not null,
  worker_id integer,
  lane_id integer,
  slot smallint,
  fence integer not null default 0,
  losses smallint not null default 0,
  is_resumed boolean not null default false,
  version integer not null default 1,
  run_at timestamp with time zone not null,
  created_at timestamp with time zone not null default now(),
  queued_at timestamp with time zone,
  sent_at timestamp with time zone,
  started_at timestamp with time zone,
  deadline_at timestamp with time zone,
  expires_at timestamp with time zone,
  cancel_requested_at timestamp with time zone,
  cancel_by text,
  cancel_reason text,
  is_kill_requested boolean not null default false,
  description text,
  subject_type text,
  subject_id text,
  tags jsonb,
  input jsonb,
  created_by text not null,
  account_id integer,
  parent_id uuid,
  retry_of uuid,
  unique_key text,
  estimated_ms bigint,
  progress jsonb,
  items_total integer,
  items_done integer,
  items_failed integer,
  printer_id integer,
  station_id integer,
  proof smallint,
  external_ref text,
  error jsonb,
  retry jsonb,
  lost_action text not null default 'requeue'::text,
  moves smallint not null default 0,
  constraint job_pkey PRIMARY KEY (id),
  constraint job_check CHECK (((phase = 2) = (worker_id IS NOT NULL))),
  constraint job_check1 CHECK (((phase = 2) = (lane_id IS NOT NULL))),
  constraint job_check2 CHECK (((phase = 2) = (substate IS NOT NULL))),
  constraint job_check3 CHECK (((phase = 0) = (hold IS NOT NULL))),
  constraint job_check4 CHECK (((slot IS NULL) OR (phase = 2))),
  constraint job_check5 CHECK (((items_total IS NULL) OR ((items_done + items_failed) <= items_total))),
  constraint job_hold_check CHECK (((hold >= 0) AND (hold <= 5))),
  constraint job_lost_action_check CHECK ((lost_action = ANY (ARRAY['requeue'::text, 'reattach'::text, 'ask'::text]))),
  constraint job_phase_check CHECK (((phase >= 0) AND (phase <= 2))),
  constraint job_priority_check CHECK (((priority >= 0) AND (priority <= 3))),
  constraint job_substate_check CHECK (((substate IS NULL) OR ((substate >= 1) AND (substate <= 3))))
) with (autovacuum_analyze_scale_factor=0, autovacuum_analyze_threshold=20000, autovacuum_vacuum_cost_delay=0, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=20000, fillfactor=70);
CREATE INDEX job_cancel ON public.job USING btree (worker_id) WHERE ((cancel_requested_at IS NOT NULL) AND (phase = 2));
CREATE INDEX job_deadline ON public.job USING btree (deadline_at) WHERE ((deadline_at IS NOT NULL) AND (phase = 2));
CREATE INDEX job_due ON public.job USING btree (run_at, id) WHERE ((phase = 0) AND (hold <= 2));
CREATE INDEX job_expires ON public.job USING btree (expires_at) WHERE ((expires_at IS NOT NULL) AND (phase <= 1));
CREATE INDEX job_held ON public.job USING btree (worker_id) WHERE (phase = 2);
CREATE INDEX job_ready ON public.job USING btree (queue_id, rank DESC, run_at, id) WHERE (phase = 1);
CREATE UNIQUE INDEX job_slot ON public.job USING btree (lane_id, slot) WHERE (slot IS NOT NULL);
CREATE INDEX job_unconfirmed ON public.job USING btree (id) WHERE ((phase = 0) AND (hold = 5));
CREATE UNIQUE INDEX job_unique_key ON public.job USING btree (site_id, type_id, unique_key) WHERE (unique_key IS NOT NULL);
CREATE INDEX job_waiting ON public.job USING btree (queue_id, run_at, id) WHERE (phase = 0);
CREATE INDEX job_waits_for_parent ON public.job USING btree (id) WHERE ((phase = 0) AND (hold = 4));

create view job_any as
--   id uuid
--   site_id smallint
--   type_id integer
--   queue_id integer
--   phase smallint
--   hold smallint
--   state smallint
--   priority smallint
--   attempt smallint
--   max_attempts smallint
--   worker_id integer
--   version integer
--   run_at timestamp with time zone
--   created_at timestamp with time zone
--   queued_at timestamp with time zone
--   sent_at timestamp with time zone
--   started_at timestamp with time zone
--   finished_at timestamp with time zone
--   deadline_at timestamp with time zone
--   expires_at timestamp with time zone
--   cancel_requested_at timestamp with time zone
--   cancel_by text
--   cancel_reason text
--   is_kill_requested boolean
--   description text
--   subject_type text
--   subject_id text
--   tags jsonb
--   input jsonb
--   result jsonb
--   summary text
--   created_by text
--   account_id integer
--   parent_id uuid
--   retry_of uuid
--   estimated_ms bigint
--   progress jsonb
--   items_total integer
--   items_done integer
--   items_failed integer
--   printer_id integer
--   station_id integer
--   proof smallint
--   external_ref text
--   error jsonb
--   fingerprint text
--   resources jsonb
 SELECT id,
    site_id,
    type_id,
    queue_id,
    phase,
    hold,
    (
        CASE phase
            WHEN 0 THEN 0
            WHEN 1 THEN 2
            ELSE (substate)::integer
        END)::smallint AS state,
    priority,
    attempt,
    max_attempts,
    worker_id,
    version,
    run_at,
    created_at,
    queued_at,
    sent_at,
    started_at,
    NULL::timestamp with time zone AS finished_at,
    deadline_at,
    expires_at,
    cancel_requested_at,
    cancel_by,
    cancel_reason,
    is_kill_requested,
    description,
    subject_type,
    subject_id,
    tags,
    input,
    NULL::jsonb AS result,
    NULL::text AS summary,
    created_by,
    account_id,
    parent_id,
    retry_of,
    estimated_ms,
    progress,
    items_total,
    items_done,
    items_failed,
    printer_id,
    station_id,
    proof,
    external_ref,
    error,
    NULL::text AS fingerprint,
    NULL::jsonb AS resources
   FROM job
UNION ALL
 SELECT id,
    site_id,
    type_id,
    queue_id,
    (3)::smallint AS phase,
    NULL::smallint AS hold,
    state,
    priority,
    attempt,
    max_attempts,
    worker_id,
    version,
    run_at,
    created_at,
    queued_at,
    sent_at,
    started_at,
    finished_at,
    deadline_at,
    expires_at,
    NULL::timestamp with time zone AS cancel_requested_at,
    cancel_by,
    cancel_reason,
    false AS is_kill_requested,
    description,
    subject_type,
    subject_id,
    tags,
    input,
    result,
    summary,
    created_by,
    account_id,
    parent_id,
    retry_of,
    estimated_ms,
    progress,
    items_total,
    items_done,
    items_failed,
    printer_id,
    station_id,
    proof,
    external_ref,
    error,
    fingerprint,
    resources
   FROM job_done;

create table job_done (
  id uuid not null,
  site_id smallint not null,
  type_id integer not null,
  queue_id integer not null,
  state smallint not null,
  priority smallint not null,
  attempt smallint not null,
  max_attempts smallint not null,
  worker_id integer,
  version integer not null,
  run_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  queued_at timestamp with time zone,
  sent_at timestamp with time zone,
  started_at timestamp with time zone,
  finished_at timestamp with time zone not null default now(),
  deadline_at timestamp with time zone,
  expires_at timestamp with time zone,
  cancel_by text,
  cancel_reason text,
  description text,
  subject_type text,
  subject_id text,
  tags jsonb,
  input jsonb,
  result jsonb,
  summary text,
  created_by text not null,
  account_id integer,
  parent_id uuid,
  retry_of uuid,
  estimated_ms bigint,
  progress jsonb,
  items_total integer,
  items_done integer,
  items_failed integer,
  printer_id integer,
  station_id integer,
  proof smallint,
  external_ref text,
  error jsonb,
  fingerprint text,
  resources jsonb,
  constraint job_done_pkey PRIMARY KEY (id),
  constraint job_done_state_check CHECK (((state >= 4) AND (state <= 7)))
) partition by RANGE (id);
CREATE INDEX job_done_finished ON ONLY public.job_done USING brin (finished_at) WITH (pages_per_range='32', autosummarize='on');

create table job_done_other partition of job_done DEFAULT;

create view job_ended as
--   id uuid
--   state smallint
--   created_by text
--   account_id integer
--   retry_of uuid
--   queued_at timestamp with time zone
--   started_at timestamp with time zone
--   finished_at timestamp with time zone
--   input jsonb
--   error_code text
--   type text
--   is_print boolean
--   printer text
--   labels integer
 SELECT j.id,
    j.state,
    j.created_by,
    j.account_id,
    j.retry_of,
    COALESCE(j.queued_at, j.created_at) AS queued_at,
    j.started_at,
    j.finished_at,
    j.input,
    (j.error ->> 'code'::text) AS error_code,
    t.name AS type,
    (t.name ~~ 'print.%'::text) AS is_print,
    p.name AS printer,
        CASE
            WHEN (t.name ~~ 'print.%'::text) THEN COALESCE(j.items_done, ((j.state = 4))::integer)
            ELSE 0
        END AS labels
   FROM ((job_done j
     JOIN job_type t ON ((t.id = j.type_id)))
     LEFT JOIN lane p ON (((p.id = COALESCE(j.printer_id, j.queue_id)) AND (p.kind = 'printer'::text))));

create table job_log (
  job_id uuid not null,
  n bigint not null default nextval('log_seq'::regclass),
  attempt smallint not null,
  at timestamp with time zone not null,
  level smallint not null,
  step text,
  message text not null,
  data jsonb,
  constraint job_log_pkey PRIMARY KEY (job_id, n),
  constraint job_log_level_check CHECK (((level >= 0) AND (level <= 3)))
) partition by RANGE (job_id);

create table job_log_other partition of job_log DEFAULT;

create table job_parent (
  job_id uuid not null,
  parent_id uuid not null,
  on_failure text not null default 'cancel'::text,
  constraint job_parent_pkey PRIMARY KEY (parent_id, job_id),
  constraint job_parent_on_failure_check CHECK ((on_failure = ANY (ARRAY['cancel'::text, 'release'::text])))
);
CREATE INDEX job_parent_job ON public.job_parent USING btree (job_id);

create table job_search (
  job_id uuid not null,
  tokens tsvector not null,
  constraint job_search_pkey PRIMARY KEY (job_id)
) partition by RANGE (job_id);
CREATE INDEX job_search_tokens ON ONLY public.job_search USING gin (tokens) WITH (gin_pending_list_limit='1024');

create table job_search_other partition of job_search DEFAULT;

create table job_type (
  id integer not null generated always as identity,
  name text not null,
  max_attempts smallint not null default 5,
  retry jsonb,
  lost_action text not null default 'requeue'::text,
  timeout_ms bigint,
  memory_mb integer,
  is_isolated boolean not null default false,
  created_at timestamp with time zone not null default now(),
  constraint job_type_pkey PRIMARY KEY (id),
  constraint job_type_lost_action_check CHECK ((lost_action = ANY (ARRAY['requeue'::text, 'reattach'::text, 'ask'::text]))),
  constraint job_type_max_attempts_check CHECK (((max_attempts >= 1) AND (max_attempts <= 1000))),
  constraint job_type_name_check CHECK (((name ~ '^[a-z0-9_]+([.][a-z0-9_]+)*$'::text) AND (length(name) <= 100))),
  constraint job_type_name_key UNIQUE (name)
);

create table lane (
  id integer not null generated always as identity,
  site_id smallint not null default 1,
  kind text not null,
  name text not null,
  slots integer,
  depth_limit integer,
  rate_limit integer,
  rate_per_ms integer,
  rate_used integer not null default 0,
  rate_since timestamp with time zone,
  is_draining boolean not null default false,
  paused_at timestamp with time zone,
  paused_by text,
  paused_reason text,
  paused_until timestamp with time zone,
  is_paused_by_trouble boolean not null default false,
  holder integer,
  holder_fence bigint not null default 0,
  lease_until timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  removed_at timestamp with time zone,
  constraint lane_pkey PRIMARY KEY (id),
  constraint lane_check CHECK (((paused_at IS NULL) = (paused_by IS NULL))),
  constraint lane_depth_limit_check CHECK ((depth_limit >= 1)),
  constraint lane_kind_check CHECK ((kind = ANY (ARRAY['queue'::text, 'printer'::text, 'pool'::text]))),
  constraint lane_name_check CHECK (((name <> ''::text) AND (length(name) <= 200))),
  constraint lane_rate_limit_check CHECK ((rate_limit >= 1)),
  constraint lane_rate_per_ms_check CHECK ((rate_per_ms >= 1)),
  constraint lane_site_id_fkey FOREIGN KEY (site_id) REFERENCES site(id),
  constraint lane_slots_check CHECK ((slots >= 1))
);
CREATE UNIQUE INDEX lane_name ON public.lane USING btree (site_id, (
CASE kind
    WHEN 'queue'::text THEN 'queue'::text
    ELSE 'printer'::text
END), name) WHERE (removed_at IS NULL);

create table lane_grant (
  lane_id integer not null,
  worker_id integer not null,
  wanted integer not null,
  slots integer not null default 0,
  constraint lane_grant_pkey PRIMARY KEY (lane_id, worker_id),
  constraint lane_grant_lane_id_fkey FOREIGN KEY (lane_id) REFERENCES lane(id) ON DELETE CASCADE,
  constraint lane_grant_slots_check CHECK ((slots >= 0)),
  constraint lane_grant_wanted_check CHECK ((wanted >= 0)),
  constraint lane_grant_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES worker(id) ON DELETE CASCADE
);
CREATE INDEX lane_grant_worker ON public.lane_grant USING btree (worker_id);

create sequence log_seq;

create table notification (
  id bigint not null generated always as identity,
  site_id smallint not null default 1,
  rule_id integer not null,
  alert_id bigint,
  job_id uuid not null,
  channel text not null,
  target text not null,
  title text not null,
  times integer not null,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  constraint notification_pkey PRIMARY KEY (id),
  constraint notification_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES alert(id),
  constraint notification_job_id_key UNIQUE (job_id),
  constraint notification_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES rule(id),
  constraint notification_times_check CHECK ((times >= 1))
);
CREATE INDEX notification_of_rule ON public.notification USING btree (rule_id, id DESC);

create table parked (
  worker_id integer not null,
  lane_ids integer[] not null,
  ticket integer not null,
  parked_at timestamp with time zone not null default now(),
  constraint parked_pkey PRIMARY KEY (worker_id)
);

create table printer (
  id integer not null,
  driver text not null,
  uri text not null,
  kind text not null default 'label'::text,
  station_id integer,
  pool_id integer,
  location text,
  settings jsonb not null default '{}'::jsonb,
  is_demo boolean not null default false,
  state text not null default 'unknown'::text,
  reasons jsonb not null default '[]'::jsonb,
  supplies jsonb not null default '[]'::jsonb,
  capabilities jsonb,
  model text,
  message text,
  queued_jobs integer,
  asked_at timestamp with time zone,
  answered_at timestamp with time zone,
  state_since timestamp with time zone not null default now(),
  last_confirmed_at timestamp with time zone,
  failover_id integer,
  failover_after_ms integer not null default 300000,
  constraint printer_pkey PRIMARY KEY (id),
  constraint printer_check CHECK ((failover_id <> id)),
  constraint printer_driver_check CHECK ((driver = ANY (ARRAY['ipp'::text, 'raw'::text, 'qz'::text, 'http'::text, 'virtual'::text]))),
  constraint printer_failover_after_ms_check CHECK ((failover_after_ms >= 0)),
  constraint printer_failover_id_fkey FOREIGN KEY (failover_id) REFERENCES lane(id),
  constraint printer_id_fkey FOREIGN KEY (id) REFERENCES lane(id),
  constraint printer_kind_check CHECK ((kind = ANY (ARRAY['label'::text, 'badge'::text, 'receipt'::text, 'document'::text]))),
  constraint printer_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES lane(id),
  constraint printer_state_check CHECK ((state = ANY (ARRAY['idle'::text, 'processing'::text, 'stopped'::text, 'offline'::text, 'unknown'::text]))),
  constraint printer_station_id_fkey FOREIGN KEY (station_id) REFERENCES station(id)
);
CREATE INDEX printer_of_station ON public.printer USING btree (station_id) WHERE (station_id IS NOT NULL);

create table restored_month (
  month text not null,
  restored_at timestamp with time zone not null default now(),
  restored_by text not null,
  constraint restored_month_pkey PRIMARY KEY (month),
  constraint restored_month_month_check CHECK ((month ~ '^[0-9]{4}(0[1-9]|1[0-2])$'::text))
);

create table retention_rule (
  id integer not null generated always as identity,
  site_id smallint not null default 1,
  type text not null,
  state smallint,
  keep_days integer not null,
  after text not null default 'archive'::text,
  artifact_days integer,
  artifacts_until timestamp with time zone,
  deleted_until timestamp with time zone,
  constraint retention_rule_pkey PRIMARY KEY (id),
  constraint retention_rule_after_check CHECK ((after = ANY (ARRAY['archive'::text, 'delete'::text]))),
  constraint retention_rule_check CHECK (((artifact_days >= 1) AND (artifact_days <= keep_days))),
  constraint retention_rule_keep_days_check CHECK (((keep_days >= 1) AND (keep_days <= 36500))),
  constraint retention_rule_site_id_fkey FOREIGN KEY (site_id) REFERENCES site(id),
  constraint retention_rule_site_id_type_state_key UNIQUE NULLS NOT DISTINCT (site_id, type, state),
  constraint retention_rule_state_check CHECK (((state >= 4) AND (state <= 7))),
  constraint retention_rule_type_check CHECK (((type ~ '^[a-z0-9_.*]+$'::text) AND (length(type) <= 100)))
);

create table retried (
  job_id uuid not null,
  retry_id uuid not null,
  created_at timestamp with time zone not null default now(),
  is_counted boolean not null default false,
  constraint retried_pkey PRIMARY KEY (job_id)
);
CREATE INDEX retried_uncounted ON public.retried USING btree (created_at) WHERE (NOT is_counted);

create table rule (
  id integer not null generated always as identity,
  site_id smallint not null default 1,
  name text not null,
  condition jsonb not null,
  channel jsonb not null,
  secret text,
  quiet jsonb not null,
  grouping text not null,
  watches_since timestamp with time zone not null default now(),
  paused_at timestamp with time zone,
  paused_by text,
  created_at timestamp with time zone not null default now(),
  created_by text not null,
  removed_at timestamp with time zone,
  constraint rule_pkey PRIMARY KEY (id),
  constraint rule_check CHECK (((paused_at IS NULL) = (paused_by IS NULL))),
  constraint rule_grouping_check CHECK (("grouping" = ANY (ARRAY['cause'::text, 'rule'::text, 'each'::text]))),
  constraint rule_name_check CHECK (((name <> ''::text) AND (length(name) <= 100))),
  constraint rule_site_id_fkey FOREIGN KEY (site_id) REFERENCES site(id)
);
CREATE UNIQUE INDEX rule_name ON public.rule USING btree (site_id, name) WHERE (removed_at IS NULL);

create table rule_minute (
  rule_id integer not null,
  minute timestamp with time zone not null,
  ended integer not null,
  failed integer not null,
  constraint rule_minute_pkey PRIMARY KEY (rule_id, minute),
  constraint rule_minute_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES rule(id) ON DELETE CASCADE
) with (fillfactor=50);

create table rule_watch (
  id smallint not null default 1,
  floor bigint not null,
  snapshot pg_snapshot not null,
  part_seq bigint,
  part_snapshot pg_snapshot,
  constraint rule_watch_pkey PRIMARY KEY (id),
  constraint rule_watch_check CHECK (((part_seq IS NULL) = (part_snapshot IS NULL))),
  constraint rule_watch_id_check CHECK ((id = 1))
);

create table saved_view (
  id uuid not null,
  site_id smallint not null default 1,
  account_id integer not null,
  name text not null,
  page text not null,
  query text not null,
  is_shared boolean not null default false,
  is_default boolean not null default false,
  created_at timestamp with time zone not null default now(),
  constraint saved_view_pkey PRIMARY KEY (id),
  constraint saved_view_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE,
  constraint saved_view_account_id_page_name_key UNIQUE (account_id, page, name)
);

create table schedule (
  id integer not null generated always as identity,
  site_id smallint not null default 1,
  name text not null,
  cron text not null,
  time_zone text not null default 'UTC'::text,
  job jsonb not null,
  next_run_at timestamp with time zone,
  last_run_at timestamp with time zone,
  last_job_id uuid,
  paused_at timestamp with time zone,
  paused_by text,
  created_at timestamp with time zone not null default now(),
  overlap text not null default 'start'::text,
  missed integer,
  missed_at timestamp with time zone,
  skipped integer not null default 0,
  skipped_at timestamp with time zone,
  trouble text,
  constraint schedule_pkey PRIMARY KEY (id),
  constraint schedule_missed_at CHECK (((missed IS NULL) = (missed_at IS NULL))),
  constraint schedule_missed_check CHECK ((missed >= 1)),
  constraint schedule_name_key UNIQUE (name),
  constraint schedule_overlap_check CHECK ((overlap = ANY (ARRAY['start'::text, 'skip'::text]))),
  constraint schedule_skipped_check CHECK ((skipped >= 0))
);
CREATE INDEX schedule_due ON public.schedule USING btree (next_run_at) WHERE (paused_at IS NULL);

create table schema_migration (
  version integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null default clock_timestamp(),
  constraint schema_migration_pkey PRIMARY KEY (version),
  constraint schema_migration_version_check CHECK ((version > 0))
);

create table session (
  id_hash bytea not null,
  account_id integer not null,
  created_at timestamp with time zone not null default now(),
  last_seen_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  address text,
  user_agent text,
  id integer not null generated always as identity,
  constraint session_pkey PRIMARY KEY (id_hash),
  constraint session_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE,
  constraint session_id_key UNIQUE (id)
);
CREATE INDEX session_account ON public.session USING btree (account_id);

create table setting (
  site_id smallint not null default 1,
  key text not null,
  value jsonb not null,
  changed_at timestamp with time zone not null default now(),
  changed_by text not null,
  constraint setting_pkey PRIMARY KEY (site_id, key)
);

create table sign_in_failure (
  subject text not null,
  failures integer not null,
  last_at timestamp with time zone not null,
  constraint sign_in_failure_pkey PRIMARY KEY (subject)
);

create table site (
  id smallint not null,
  name text not null,
  created_at timestamp with time zone not null default now(),
  constraint site_pkey PRIMARY KEY (id),
  constraint site_name_key UNIQUE (name)
);

create table station (
  id integer not null generated always as identity,
  site_id smallint not null default 1,
  name text not null,
  is_print_server boolean not null default true,
  qz_connection_status text not null default 'disconnected'::text,
  qz_last_seen_at timestamp with time zone,
  version text,
  created_at timestamp with time zone not null default now(),
  removed_at timestamp with time zone,
  seen_at timestamp with time zone,
  lost_at timestamp with time zone,
  report jsonb,
  ask_after_ms integer not null default 900000,
  constraint station_pkey PRIMARY KEY (id),
  constraint station_ask_after_ms_check CHECK ((ask_after_ms >= 0)),
  constraint station_name_key UNIQUE (name),
  constraint station_qz_connection_status_check CHECK ((qz_connection_status = ANY (ARRAY['connected'::text, 'disconnected'::text, 'error'::text])))
);

create table throughput (
  process_id integer not null,
  minute timestamp with time zone not null,
  state smallint not null,
  n bigint not null,
  constraint throughput_pkey PRIMARY KEY (minute, process_id, state),
  constraint throughput_state_check CHECK (((state >= 4) AND (state <= 7)))
) with (fillfactor=50);

create table ticket (
  hash bytea not null,
  kind text not null,
  account_id integer not null,
  session_hash bytea,
  token_id uuid,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint ticket_pkey PRIMARY KEY (hash),
  constraint ticket_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE,
  constraint ticket_kind_check CHECK ((kind = ANY (ARRAY['sign_in'::text, 'stream'::text])))
);

create table worker (
  id integer not null generated always as identity,
  site_id smallint not null default 1,
  name text not null,
  kind text not null,
  host text not null,
  pid integer not null,
  version text not null,
  schema_version integer not null,
  types text[] not null,
  slots integer not null,
  fence bigint not null default 1,
  started_at timestamp with time zone not null default now(),
  heartbeat_at timestamp with time zone not null default now(),
  lease_until timestamp with time zone not null,
  is_draining boolean not null default false,
  stopped_at timestamp with time zone,
  sample jsonb,
  account_id integer,
  station_id integer,
  is_lost boolean not null default false,
  constraint worker_pkey PRIMARY KEY (id),
  constraint worker_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id),
  constraint worker_kind_check CHECK ((kind = ANY (ARRAY['server'::text, 'worker'::text, 'station'::text]))),
  constraint worker_station_id_fkey FOREIGN KEY (station_id) REFERENCES station(id)
);
CREATE INDEX worker_alive ON public.worker USING btree (lease_until) WHERE (stopped_at IS NULL);

CREATE OR REPLACE FUNCTION public.archive_month(suffix text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION public.drop_archived_month(suffix text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION public.drop_events_before(at timestamp with time zone)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION public.ensure_partitions(at timestamp with time zone)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION public.printer_takes(capabilities jsonb, input jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select capabilities is null or (
    (coalesce(jsonb_array_length(capabilities->'formats'), 0) = 0 or input->>'format' is null
      or capabilities->'formats' ? (input->>'format'))
    and (coalesce(jsonb_array_length(capabilities->'media'), 0) = 0 or input->'options'->>'media' is null
      or capabilities->'media' ? (input->'options'->>'media'))
    and (coalesce(input->'options'->>'sides', 'one-sided') = 'one-sided'
      or coalesce((capabilities->>'duplex')::boolean, true)))
$function$;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'the audit is append-only' using errcode = 'insufficient_privilege';
end $function$;

CREATE OR REPLACE FUNCTION public.restore_month(suffix text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION public.uuid_floor(at timestamp with time zone)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
  select encode(substring(int8send((extract(epoch from at) * 1000)::bigint) from 3) || '\x70008000000000000000'::bytea, 'hex')::uuid
$function$;
