-- Errors of the same cause, counted by the hour behind the jobs that end: a group over weeks is a few rows then, however
-- many jobs it has.

-- A group as one account sees it: what a message says may be told to those only who may see its job.
create table error_cause (
  id int generated always as identity primary key,
  fingerprint text not null,
  type_id int not null,
  -- 0 is nobody's.
  account_id int not null,
  code text not null,
  -- Of the newest job, like hint and job.
  message text not null,
  hint text,
  job_id uuid not null,
  last_at timestamptz not null,
  unique (fingerprint, type_id, account_id)
);

-- Counted when the search index takes a job in, by the statement that does it, so that each counts once.
create table error_hour (
  cause_id int not null references error_cause on delete cascade,
  hour timestamptz not null,
  -- Jobs that ended so in this hour, and how many of those were retried.
  n int not null,
  retried int not null default 0,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (hour, cause_id)
) with (fillfactor = 70);
create index error_hour_cause on error_hour (cause_id);

-- Whether error_hour knows of the retry: it is told behind, once the job itself was counted.
alter table retried add column is_counted boolean not null default false;
create index retried_uncounted on retried (created_at) where not is_counted;

-- What the search index has already is counted here, and found by its group from now on.
insert into error_cause (fingerprint, type_id, account_id, code, message, hint, job_id, last_at)
select distinct on (d.fingerprint, d.type_id, coalesce(d.account_id, 0)) d.fingerprint, d.type_id,
  coalesce(d.account_id, 0), coalesce(d.error->>'code', ''), coalesce(d.error->>'message', ''), d.error->>'hint', d.id,
  d.finished_at
from job_done d
where d.fingerprint is not null and exists (select from job_search s where s.job_id = d.id)
order by d.fingerprint, d.type_id, coalesce(d.account_id, 0), d.finished_at desc;

insert into error_hour (cause_id, hour, n, retried, first_at, last_at)
select c.id, date_trunc('hour', d.finished_at, 'UTC'), count(*), count(r.job_id), min(d.finished_at), max(d.finished_at)
from job_done d
join error_cause c on c.fingerprint = d.fingerprint and c.type_id = d.type_id
  and c.account_id = coalesce(d.account_id, 0)
left join retried r on r.job_id = d.id
where exists (select from job_search s where s.job_id = d.id)
group by 1, 2;

update retried r set is_counted = true where exists (select from job_search s where s.job_id = r.job_id);

update job_search s set tokens = s.tokens || array_to_tsvector(array['fp=' || left(lower(d.fingerprint), 200)])
from job_done d where d.id = s.job_id and d.fingerprint is not null;
