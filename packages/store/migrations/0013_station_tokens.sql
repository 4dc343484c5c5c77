-- The station that a token may speak for, and no other; null for tokens of people and other programs.
alter table api_token add column station_id int references station;
