-- After so long without a word of a station, what had left for its printers is asked about.
alter table station add column ask_after_ms int not null default 900000 check (ask_after_ms >= 0);
