-- That what somebody was told of is over, and that they are to be told so.
alter table alert add column is_over_untold boolean not null default false
  check (not is_over_untold or closed_at is not null);
create index alert_over_untold on alert (id) where is_over_untold;
