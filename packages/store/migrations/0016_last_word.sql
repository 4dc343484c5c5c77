-- Names of all that an alert about something that gets well again was about, while it was open.
alter table alert add column members text[] not null default '{}';
update alert set members = array[key] where key <> '' and (closed_at is null or is_over_untold);

-- When somebody was last told that what has this key is well again, by this alert or one before. While it is later than
-- told_at, that is the last word.
alter table alert add column over_told_at timestamptz;
update alert a set over_told_at = greatest(a.closed_at, a.told_at) from rule r
where r.id = a.rule_id and a.closed_at is not null and not a.is_over_untold and a.told_at >= a.opened_at
  and r.condition->>'on' in ('queue_waiting', 'printer_down', 'station_down', 'worker_lost');
