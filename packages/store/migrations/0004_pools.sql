-- How often a job of a pool came back unsent since a person last let it run: by trouble of a printer, or with its station.
alter table job add column moves smallint not null default 0;

-- Whether a printer can print what a job asks for. What a printer does not say of itself is taken for granted.
create function printer_takes(capabilities jsonb, input jsonb) returns boolean language sql immutable parallel safe as $$
  select capabilities is null or (
    (coalesce(jsonb_array_length(capabilities->'formats'), 0) = 0 or input->>'format' is null
      or capabilities->'formats' ? (input->>'format'))
    and (coalesce(jsonb_array_length(capabilities->'media'), 0) = 0 or input->'options'->>'media' is null
      or capabilities->'media' ? (input->'options'->>'media'))
    and (coalesce(input->'options'->>'sides', 'one-sided') = 'one-sided'
      or coalesce((capabilities->>'duplex')::boolean, true)))
$$;
