-- A key of a request that makes several jobs together: one row for all of them.

-- In the order of the request; null for the key of one job. job_id is the first of them.
alter table idempotency add column job_ids uuid[] check (job_ids[1] = job_id);
