-- What is done when the time comes and the job of the run before still waits or runs.
alter table schedule add column overlap text not null default 'start' check (overlap in ('start', 'skip'));
-- When times had passed before a run, while no server was there to make their jobs: how many, and the moment of the one
-- run that stands for them all. Null before that ever happened.
alter table schedule add column missed int check (missed >= 1);
alter table schedule add column missed_at timestamptz;
-- Runs that were left out since the job before still lived, and when that happened last.
alter table schedule add column skipped int not null default 0 check (skipped >= 0);
alter table schedule add column skipped_at timestamptz;
-- Why the time that came last made no job; null when it made one.
alter table schedule add column trouble text;
alter table schedule add constraint schedule_missed_at check ((missed is null) = (missed_at is null));

-- Its lease ran out before it said that it stops. `stopped_at` is then the moment when that was noticed.
alter table worker add column is_lost boolean not null default false;
