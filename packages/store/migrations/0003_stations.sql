-- Whose credentials a worker over HTTP registered with: nobody else may speak for it. Null near the database.
alter table worker add column account_id int references account;
-- The station whose printers it drives; null for all others.
alter table worker add column station_id int references station;

-- When the station itself was last heard, by heartbeat or by its socket; null before the first time.
alter table station add column seen_at timestamptz;
-- Set while nothing was heard of it for too long.
alter table station add column lost_at timestamptz;
-- What it said last: {"pending_jobs":…, "current_jobs":[…], "printer_status":{…}, "message":…}
alter table station add column report jsonb;
create index printer_of_station on printer (station_id) where station_id is not null;
