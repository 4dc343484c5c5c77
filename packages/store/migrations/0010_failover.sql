-- Where what waits for a printer goes when it is in trouble for too long, a printer or a pool; null leaves it waiting.
alter table printer add column failover_id int references lane check (failover_id <> id);
-- How long it has to be in trouble before that.
alter table printer add column failover_after_ms int not null default 300000 check (failover_after_ms >= 0);
