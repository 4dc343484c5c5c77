import pg from 'pg'

/** Days over which the finished jobs are spread: how long they stay in the hot tables by default. */
const DAYS = 90
const CHUNK = 100_000

const NAMES = `
insert into job_type (name) values ('print.label'), ('print.document'), ('scrape.web'), ('extract.entities'),
  ('export.data'), ('report.pdf'), ('detect.duplicates'), ('assemble.timeline'), ('repository.sync'), ('index.full'),
  ('maintenance.cleanup'), ('admin.user_import');
insert into lane (kind, name, slots) select 'printer', 'Label ' || lpad(n::text, 2, '0'), 1 from generate_series(1, 20) n;
insert into lane (kind, name) select 'queue', q from unnest(array['default', 'reports', 'web', 'sync', 'maintenance']) q;
insert into account (name, display_name, role) select 'user' || n, 'User ' || n, 'operator' from generate_series(1, 50) n;
insert into worker (name, kind, host, pid, version, schema_version, types, slots, lease_until)
  select 'w' || n, 'worker', 'host', n, 'bench', 1, '{}', 10, now() from generate_series(1, 4) n;
`

// One chunk of history with its search row. What it draws comes from hashes of the row's number, so that a chunk can
// be made on its own; the tokens are those that core makes of such jobs.
const ROWS = `
with drawn as materialized (
  select n, $3::timestamptz + (n::float8 / $4) * $5 * interval '1 day' as at,
    abs(hashint8(n)) as h1, abs(hashint8(n + 1000000007)) as h2, abs(hashint8(n + 2000000011)) as h3
  from generate_series($1::bigint, $2::bigint) n
), shaped as materialized (
  select n, at, h1, h2, h3,
    (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0') || '8'
      || lpad(to_hex(n), 15, '0'))::uuid as id,
    (1 + floor(12 * power((h1 % 10007) / 10007.0, 2)))::int as type_no,
    case when h2 % 1000 < 915 then 4 when h2 % 1000 < 925 then 5 when h2 % 1000 < 980 then 6 else 7 end as state,
    (1 + floor(50 * power((h3 % 9973) / 9973.0, 2)))::int as user_no,
    1 + h1 / 7 % 20 as printer_no, 1 + h2 / 11 % 5 as queue_no, 1 + h3 / 13 % 4 as worker_no,
    case when h1 % 20 = 0 then 2 when h1 % 50 = 1 then 0 else 1 end as priority,
    100000 + n / 20 as order_no,
    (200 * exp((h2 / 1000 % 1000) / 125.0))::int as took_ms,
    (array['printer_offline', 'handler_failed', 'time_limit_exceeded', 'invalid_input', 'worker_lost'])[1 + h3 % 5] as code
  from drawn
), named as materialized (
  select s.*, t.id as type_id, t.name as type, t.name like 'print.%' as is_print, p.id as printer_id,
    q.id as queue_id, q.name as queue, a.id as account_id, a.name as by, w.id as worker_id, w.name as worker,
    lower(p.name) as printer
  from shaped s
  join job_type t on t.id = s.type_no
  join lane p on p.kind = 'printer' and p.name = 'Label ' || lpad(s.printer_no::text, 2, '0')
  join lane q on q.id = case when t.name like 'print.%' then p.id else (select min(id) from lane where kind = 'queue') + s.queue_no - 1 end
  join account a on a.name = 'user' || s.user_no
  join worker w on w.name = 'w' || s.worker_no
), done as (
  insert into job_done (id, site_id, type_id, queue_id, state, priority, attempt, max_attempts, worker_id, version, run_at,
    created_at, queued_at, started_at, finished_at, description, subject_type, subject_id, tags, input, result, summary,
    created_by, account_id, items_total, items_done, items_failed, printer_id, proof, error, fingerprint)
  select id, 1, type_id, queue_id, state, priority, 1, 5, worker_id, 4, at, at, at, at + interval '1 second',
    at + interval '1 second' + took_ms * interval '1 millisecond',
    case when is_print then 'Labels for MO-' || order_no else 'Run ' || n end, 'order', 'MO-' || order_no,
    case when h3 % 10 < 3 then jsonb_build_object('shift', (array['day', 'late', 'night'])[1 + h1 % 3]) end,
    jsonb_build_object('order', order_no, 'note', 'made by the bench'), jsonb_build_object('ok', state = 4), 'done', by, account_id,
    case when is_print then 200 end, case when is_print then case state when 4 then 200 else 150 end end,
    case when is_print then case state when 5 then 50 else 0 end end, case when is_print then printer_id end,
    case when is_print then 4 end,
    case when state in (5, 6) then jsonb_build_object('code', code, 'message', 'The ' || code || ' happened', 'retryable', true) end,
    case when state in (5, 6) then code || '.0' end
  from named
  order by id
)
insert into job_search (job_id, tokens)
select id, array_to_tsvector(array_remove(array[
    's=' || (array['completed', 'completed_with_errors', 'failed', 'cancelled'])[state - 3], 't=' || type, 'q=' || lower(queue),
    case when is_print then 'p=' || printer end, 'w=' || worker, 'by=' || by, 'sub=mo-' || order_no, 'sub=order=mo-' || order_no,
    case when state in (5, 6) then 'err=' || code end, 'pri=' || (array['low', 'normal', 'high'])[priority + 1],
    case when is_print then 'proof=confirmed' end,
    case when h3 % 10 < 3 then 'tag=shift' end,
    case when h3 % 10 < 3 then 'tag=shift=' || (array['day', 'late', 'night'])[1 + h1 % 3] end,
    'day=' || to_char(at at time zone 'UTC', 'YYYYMMDD'), 'see=' || case when is_print then 'print' else account_id::text end,
    'dur=' || floor(log(2, greatest(1, took_ms))), 'try=1', case when is_print and state = 5 then 'bad=1' end,
    case when is_print then 'labels' else 'run' end, case when is_print then 'for' else n::text end,
    'mo-' || order_no, 'mo', order_no::text, 'order', by, 'done', split_part(type, '.', 1), split_part(type, '.', 2),
    split_part(type, '.', 1) || '-' || split_part(type, '.', 2),
    case when state in (5, 6) then 'happened' end, case when state in (5, 6) then 'the' end, case when state in (5, 6) then code end,
    case when is_print then 'label' end, case when is_print then lpad(printer_no::text, 2, '0') end
  ], null))
from named
order by id
`

/** Fills a migrated database with finished jobs of the last 90 days, about 40,000 a second. */
export async function seedHistory(url: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: url, options: '-c jit=off -c synchronous_commit=off' })
  await client.connect()
  try {
    await client.query(NAMES)
    await client.query(
      `select ensure_partitions(m) from generate_series(now() - interval '${DAYS} days', now(), interval '10 days') m`,
    )
    await client.query('drop index job_search_tokens')
    const from = new Date(Date.now() - DAYS * 86_400_000)
    for (let n = 1; n <= count; n += CHUNK) {
      await client.query(ROWS, [n, Math.min(count, n + CHUNK - 1), from, count, DAYS - 0.001])
    }
    await client.query(`set maintenance_work_mem = '512MB'`)
    await client.query(
      'create index job_search_tokens on job_search using gin (tokens) with (gin_pending_list_limit = 1024)',
    )
    await client.query(
      'insert into counter select 0, queue_id, state, count(*) from job_done group by 2, 3 on conflict do nothing',
    )
    await client.query('vacuum (analyze) job_done')
    await client.query('vacuum (analyze) job_search')
  } finally {
    await client.end()
  }
}
