import type { AnalyticsRequest } from '../src/index.ts'
import type { Bench } from './fixtures.ts'

/** Both periods of the tests: the second holds the night in which Berlin has 25 hours. */
export const BEFORE = new Date('2026-10-01T22:00:00Z')
export const SINCE = new Date('2026-10-16T22:00:00Z')
export const UNTIL = new Date('2026-10-31T22:00:00Z')
export const ZONE = 'Europe/Berlin'
export const JOBS = 100_000

/** Lanes of the shop by the name that the tests give them. */
export interface Shop {
  readonly lanes: Readonly<Record<string, number>>
  readonly accounts: Readonly<Record<string, number>>
}

/**
 * A hundred thousand jobs that ended within 40 days around both periods, made by the database from their numbers alone:
 * every run has the same ones. Some never started, some were cancelled while they stood in a printer's queue, some ended
 * long after they were made.
 */
export async function fillShop(b: Bench): Promise<Shop> {
  await b.rows(
    `select ensure_partitions(month) from generate_series('2026-08-01Z'::timestamptz, '2026-12-01Z', '1 month') month`,
  )
  await b.rows(
    `insert into job_type (name) values ('print.label'), ('print.document'), ('report.day') on conflict do nothing`,
  )
  await b.rows(`insert into account (name, display_name, role)
    select name, name, 'operator' from unnest('{anna,ben,erp}'::text[]) name`)
  await b.rows(`insert into lane (kind, name, created_at)
    select case when name like 'Label%' or name like 'Badge%' then 'printer' else 'queue' end, name, '2026-01-01Z'
    from unnest('{Label 01,Label 02,Badge 01,reports}'::text[]) name`)
  await b.rows(`insert into printer (id, driver, uri) select id, 'ipp', 'ipp://x' from lane where kind = 'printer'`)
  await b.rows(`insert into document (id, name, content_type, size_bytes, sha256, pages, created_by)
    values ('0190a000-0000-7000-8000-000000000001', 'three pages', 'application/pdf', 1, '\\x00', 3, 'anna')`)
  await b.rows(FILL, [JOBS])
  await b.rows('vacuum analyze')
  const idsOf = async (table: 'account' | 'lane') =>
    Object.fromEntries(
      (await b.rows<{ id: number; name: string }>(`select id, name from ${table}`)).map(({ id, name }) => [name, id]),
    )
  return { lanes: await idsOf('lane'), accounts: await idsOf('account') }
}

const FILL = `
  insert into job_done (id, site_id, type_id, queue_id, state, priority, attempt, max_attempts, version, run_at,
    created_at, queued_at, started_at, finished_at, created_by, account_id, retry_of, items_total, items_done,
    items_failed, printer_id, input, error)
  select (left(uuid_floor(m.finished_at - m.age)::text, 24) || lpad(to_hex(m.n), 12, '0'))::uuid, 1,
    (select id from job_type where name = m.type), m.queue_id, m.state, 1, 1, 3, 1, m.finished_at - m.age,
    m.finished_at - m.age, case when m.n % 11 = 0 then null else m.finished_at - m.age + interval '1 second' end,
    case when m.state = 7 and m.n % 2 = 0 then null else m.finished_at - m.took end, m.finished_at, m.maker,
    (select id from account where name = m.maker),
    case when m.n % 23 = 0 then '0190a000-0000-7000-8000-00000000000f'::uuid end,
    m.total, case m.state when 4 then m.total when 5 then m.total - 1 else m.total / 3 end,
    case m.state when 5 then 1 when 6 then 2 * m.total / 3 else 0 end,
    case when m.is_print and not (m.state = 7 and m.n % 2 = 0) then m.queue_id end, m.input, m.error
  from (
    select k.n, k.type, k.is_print, k.state, k.maker, k.at as finished_at,
      case when k.n % 997 = 0 then interval '45 days' else interval '2 hours' + k.n % 600 * interval '1 second' end as age,
      (k.n * 31 % 5000) * interval '1 second' + interval '7 milliseconds' as took,
      case when k.is_print and k.n % 37 > 0 then 1 + k.n % 40 end as total,
      (select id from lane where name = case when not k.is_print then 'reports'
        else (array['Label 01', 'Label 02', 'Badge 01'])[1 + k.n * 13 % 3] end) as queue_id,
      case k.n % 6
        when 0 then jsonb_build_object('copies', 1 + k.n % 3, 'options', jsonb_build_object('media', 'iso_a4_210x297mm'))
        when 1 then '{"copies": 2, "options": {}}'
        when 2 then '{"copies": "many", "options": {"media": "om_4x6_101.6x152.4mm"}, "document_id": "nonsense"}'
        when 3 then '{"document_id": "0190a000-0000-7000-8000-000000000001", "options": {"media": "iso_a4_210x297mm"}}'
        when 4 then '"just a word"'
      end::jsonb as input,
      case when k.state in (5, 6) and k.n % 8 > 0 then jsonb_build_object('message', 'no',
        'code', (array['media_empty', 'invalid_zpl', 'printer_offline', 'our.own'])[1 + k.n * 7 % 4]) end as error
    from (
      select n, '2026-09-27Z'::timestamptz + (n::bigint * 7919 % 3456000) * interval '1 second' as at,
        n % 10 < 8 as is_print, (array['anna', 'ben', 'erp'])[1 + n / 7 % 3] as maker,
        case when n % 10 = 8 then 'report.day' when n % 10 = 9 then 'report.day'
          when n % 4 = 0 then 'print.document' else 'print.label' end as type,
        case when n % 19 = 0 then 7 when n % 13 = 0 then 6 when n % 29 = 0 then 5 else 4 end as state
      from generate_series(1, $1::int) n
    ) k
  ) m
  -- Jobs are written when they end.
  order by m.finished_at`

/** A request of all there is in the shop. */
export const EVERYTHING: AnalyticsRequest = {
  since: SINCE,
  until: UNTIL,
  bucket: 'day',
  zone: ZONE,
  by: 'printer',
  visible: { all: true },
  printer: null,
  type: null,
  user: null,
}

/** A percentile as the books define it: between the two neighbours of its place. */
export function percentile(values: readonly number[], part: number): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((one, other) => one - other)
  const place = part * (sorted.length - 1)
  const [low = 0, high = low] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  return low + (high - low) * (place - Math.floor(place))
}
