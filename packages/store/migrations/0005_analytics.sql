-- Figures are read for a period. Jobs are written in the order in which they end, so that a few bytes for each stretch
-- of pages find those of a period, and a job that ends pays nothing for it.
create index job_done_finished on job_done using brin (finished_at) with (pages_per_range = 32, autosummarize = on);

-- Jobs that ended, in the words of the figures about them: who made them, where they were printed, what came out.
create view job_ended as
select j.id, j.state, j.created_by, j.account_id, j.retry_of, coalesce(j.queued_at, j.created_at) as queued_at,
  j.started_at, j.finished_at, j.input, j.error->>'code' as error_code,
  t.name as type, t.name like 'print.%' as is_print,
  -- A job that ended before a printer took it counts for the printer in whose queue it stood.
  p.name as printer,
  case when t.name like 'print.%' then coalesce(j.items_done, (j.state = 4)::int) else 0 end as labels
from job_done j
join job_type t on t.id = j.type_id
left join lane p on p.id = coalesce(j.printer_id, j.queue_id) and p.kind = 'printer';
