-- A worker that found nothing to claim waits here to be handed the next job. Not logged: a row lives for seconds, what
-- a crash takes is written again at the worker's next poll, and to come and go must not wait for a disk.
drop table parked;
create unlogged table parked (
  worker_id int primary key,
  -- Where it would take a job: queues from which it claims for itself.
  lane_ids int[] not null,
  -- Names this stay among those of the worker: what is handed over names it.
  ticket int not null,
  parked_at timestamptz not null default now()
);
