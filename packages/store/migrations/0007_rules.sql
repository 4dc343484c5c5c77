-- What to watch for, what happened, and who was told.

create table rule (
  id int generated always as identity primary key,
  site_id smallint not null default 1 references site,
  name text not null check (name <> '' and length(name) <= 100),
  -- What it watches: core/src/wire/rules.ts RuleCondition.
  condition jsonb not null,
  -- How it tells: core/src/wire/rules.ts RuleChannel. Addresses may hold secrets, so that they leave the server masked.
  channel jsonb not null,
  -- By which a receiver knows that a webhook is ours (whsec_…); null for other channels.
  secret text,
  -- When it is silent: {"minutes":…, "hours":{"from","to","zone"}}
  quiet jsonb not null,
  -- Which occurrences are equal and counted in one alert.
  grouping text not null check (grouping in ('cause', 'rule', 'each')),
  -- What happened before is none of its business: since it was made, or resumed.
  watches_since timestamptz not null default now(),
  paused_at timestamptz,
  paused_by text,
  created_at timestamptz not null default now(),
  created_by text not null,
  removed_at timestamptz,
  check ((paused_at is null) = (paused_by is null))
);
create unique index rule_name on rule (site_id, name) where removed_at is null;

-- That it happened: everything that is equal, from the first time until it is over or somebody saw to it.
create table alert (
  id bigint generated always as identity primary key,
  site_id smallint not null default 1,
  rule_id int not null references rule,
  -- What makes it equal to others of its rule.
  key text not null,
  -- The newest occurrence: core/src/rules/occurrence.ts.
  occurrence jsonb not null,
  count int not null check (count >= 1),
  -- Occurrences that nobody was told of yet.
  untold int not null check (untold between 0 and count),
  -- When somebody was last told of this alert, or of the one before with the same key.
  told_at timestamptz,
  opened_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  acknowledged_at timestamptz,
  acknowledged_by text,
  closed_at timestamptz,
  check ((acknowledged_at is null) = (acknowledged_by is null))
);
create unique index alert_open on alert (rule_id, key) where closed_at is null;
create index alert_of_key on alert (rule_id, key, id desc);
create index alert_untold on alert (id) where untold > 0;
create index alert_closed on alert (id desc) where closed_at is not null;

-- That somebody was told: one delivery, whose outcome is that of its job.
create table notification (
  id bigint generated always as identity primary key,
  site_id smallint not null default 1,
  rule_id int not null references rule,
  -- Null for a test.
  alert_id bigint references alert,
  job_id uuid not null unique,
  -- Kind of the channel, and its address as it may be shown.
  channel text not null,
  target text not null,
  title text not null,
  -- Occurrences that it tells of.
  times int not null check (times >= 1),
  created_by text not null,
  created_at timestamptz not null default now()
);
create index notification_of_rule on notification (rule_id, id desc);

-- How far the rules have read the events; one row, which is locked by whoever reads. An event was read when it could be
-- seen in `snapshot`, or when it could be seen in `part_snapshot` and its number is at most `part_seq`. Events up to
-- `floor` were all read.
create table rule_watch (
  id smallint primary key default 1 check (id = 1),
  floor bigint not null,
  snapshot pg_snapshot not null,
  part_seq bigint,
  part_snapshot pg_snapshot,
  check ((part_seq is null) = (part_snapshot is null))
);
insert into rule_watch (floor, snapshot)
select case when is_called then last_value else 0 end, pg_current_snapshot() from event_seq;

-- Ended jobs by the minute, for each rule that watches a rate; older than its window they are removed.
create table rule_minute (
  rule_id int not null references rule on delete cascade,
  minute timestamptz not null,
  ended int not null,
  failed int not null,
  primary key (rule_id, minute)
) with (fillfactor = 50);

-- Jobs of a type that failed one after the other; counted while a rule asks for it.
create table failure_streak (
  type_id int primary key,
  failures int not null,
  since timestamptz not null,
  -- The newest of them.
  job_id uuid not null
) with (fillfactor = 50);
