-- How long jobs are kept, what they left, and which months were brought back.

-- Of several rules the most exact one holds for a job: core/src/retention.ts.
create table retention_rule (
  id int generated always as identity primary key,
  site_id smallint not null default 1 references site,
  -- A type of jobs; * stands for anything.
  type text not null check (type ~ '^[a-z0-9_.*]+$' and length(type) <= 100),
  -- Null: any final state.
  state smallint check (state between 4 and 7),
  -- Days after its end that a job stays in the history, and what happens then.
  keep_days int not null check (keep_days between 1 and 36500),
  after text not null default 'archive' check (after in ('archive', 'delete')),
  -- Days after its end that its artifacts are kept; null: as long as the job.
  artifact_days int check (artifact_days between 1 and keep_days),
  -- What ended before was gone through; null: nothing yet. A month that is brought back puts them to null.
  artifacts_until timestamptz,
  deleted_until timestamptz,
  unique nulls not distinct (site_id, type, state)
);

insert into retention_rule (type, state, keep_days, artifact_days) values ('*', null, 90, null), ('*', 6, 90, 7);
insert into retention_rule (type, keep_days, after)
select name, least(greatest(keep_days, 1), 36500), 'delete' from job_type where keep_days is not null;
alter table job_type drop column keep_days;

-- Jobs whose artifacts (the content of items, the log, the document that only they printed) were cleaned. Beside
-- job_done, not in it: a row that is written anew lies among those of another time, which the figures then read.
create table cleaned_job (
  job_id uuid primary key,
  cleaned_at timestamptz not null default now(),
  -- In words.
  rule text not null,
  items int not null check (items >= 0),
  log_lines int not null check (log_lines >= 0),
  documents int not null check (documents >= 0)
);

-- Months that somebody brought back: they stay until somebody archives them.
create table restored_month (
  month text primary key check (month ~ '^[0-9]{4}(0[1-9]|1[0-2])$'),
  restored_at timestamptz not null default now(),
  restored_by text not null
);

-- The first job that prints a document. It goes with the artifacts of that job, unless another one prints it as well.
alter table document add column job_id uuid;
alter table document add column is_shared boolean not null default false;
create index document_job on document (job_id) where job_id is not null;
