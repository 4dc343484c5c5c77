import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  openStore,
  readAvailability,
  readFailures,
  readMedia,
  readReprints,
  readThroughput,
  readWaits,
} from '../src/index.ts'
import { BEFORE, EVERYTHING, fillShop, JOBS, percentile, type Shop, SINCE, UNTIL, ZONE } from './analytics-shop.ts'
import { type Bench, bench } from './fixtures.ts'
import { printerTimes } from './printer-times.ts'

let b: Bench
let shop: Shop
beforeAll(async () => {
  b = await bench()
  shop = await fillShop(b)
})
afterAll(() => b[Symbol.asyncDispose]())

/** Days of Berlin by their name, which is how a person would count them. */
const DAY = `to_char(finished_at at time zone 'Europe/Berlin', 'YYYY-MM-DD')`
const PRINTS = `type_id in (select id from job_type where name in ('print.label', 'print.document'))`
const within = (since: Date, until: Date) =>
  `finished_at >= '${since.toISOString()}' and finished_at < '${until.toISOString()}'`
const CURRENT = within(SINCE, UNTIL)
const PREVIOUS = within(BEFORE, SINCE)

const berlin = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, dateStyle: 'short' })
const localDay = (start: string) => berlin.format(new Date(start))

const number = async (text: string) => Number((await b.row<{ n: string | null }>(`select ${text}`)).n ?? 0)

describe(`figures over ${JOBS} jobs`, () => {
  test('jobs and labels are those that ended, by day and by printer, in both periods', async () => {
    const view = await readThroughput(b.store, EVERYTHING)
    for (const [period, condition] of [
      [view.current, CURRENT],
      [view.previous, PREVIOUS],
    ] as const) {
      expect(period.jobs).toBeGreaterThan(10_000)
      expect(period.jobs).toBe(await number(`count(*) as n from job_done where ${condition}`))
      const counted = `sum(case when items_done is not null then items_done when state = 4 then 1 else 0 end) as n`
      expect(period.labels).toBe(await number(`${counted} from job_done where ${condition} and ${PRINTS}`))
      for (const [name, id] of Object.entries(shop.lanes)) {
        if (name === 'reports') continue
        const group = period.groups.find((each) => each.name === name)
        const own = `(printer_id = ${id} or printer_id is null and queue_id = ${id})`
        expect(group?.jobs, name).toBe(await number(`count(*) as n from job_done where ${condition} and ${own}`))
        expect(group?.labels, name).toBe(await number(`${counted} from job_done where ${condition} and ${own}`))
        const days = await b.rows<{ day: string; n: string }>(
          `select ${DAY} as day, count(*) as n from job_done where ${condition} and ${own} group by 1`,
        )
        const byDay = new Map(days.map(({ day, n }) => [day, Number(n)]))
        expect(group?.jobs_at).toEqual(period.starts.map((start) => byDay.get(localDay(start)) ?? 0))
      }
      expect(period.groups.find(({ name }) => name === null)?.labels).toBe(0)
    }
    expect(view.current.starts).toHaveLength(15)
    expect(view.current.groups.map(({ labels }) => labels)).toEqual(
      view.current.groups.map(({ labels }) => labels).toSorted((one, other) => other - one),
    )
  })

  test('are told apart by type and by user as well, and are of one of them when asked', async () => {
    for (const [by, column] of [
      ['user', 'created_by'],
      ['type', '(select name from job_type where id = type_id)'],
    ] as const) {
      const { current } = await readThroughput(b.store, { ...EVERYTHING, by })
      const rows = await b.rows<{ name: string; n: string }>(
        `select ${column} as name, count(*) as n from job_done where ${CURRENT} group by 1`,
      )
      expect(Object.fromEntries(current.groups.map(({ jobs, name }) => [name, jobs]))).toEqual(
        Object.fromEntries(rows.map(({ n, name }) => [name, Number(n)])),
      )
    }
    const only = await readThroughput(b.store, { ...EVERYTHING, printer: 'Label 02', type: 'print.*', user: 'ben' })
    const id = shop.lanes['Label 02']
    expect(only.current.jobs).toBeGreaterThan(0)
    expect(only.current.jobs).toBe(
      await number(
        `count(*) as n from job_done where ${CURRENT} and ${PRINTS} and created_by = 'ben' and coalesce(printer_id, queue_id) = ${id}`,
      ),
    )
    const type = await readThroughput(b.store, { ...EVERYTHING, type: 'report.day' })
    expect(type.current.groups).toHaveLength(1)
    expect(type.current.groups[0]).toMatchObject({ name: null, labels: 0 })
    expect((await readThroughput(b.store, { ...EVERYTHING, type: 'print.lab' })).current.jobs).toBe(0)
    expect((await readThroughput(b.store, { ...EVERYTHING, type: 'p%' })).current.jobs).toBe(0)
  })

  test('are of what the reader may see: all prints, and the own jobs', async () => {
    const accountId = shop.accounts['anna'] ?? 0
    const mine = await readThroughput(b.store, { ...EVERYTHING, by: 'type', visible: { accountId } })
    expect(mine.current.jobs).toBe(
      await number(`count(*) as n from job_done where ${CURRENT} and (${PRINTS} or created_by = 'anna')`),
    )
    const seen = mine.current.groups.find(({ name }) => name === 'report.day')?.jobs
    const all = `count(*) as n from job_done where ${CURRENT} and not ${PRINTS}`
    expect(seen).toBe(await number(`${all} and account_id = ${accountId}`))
    expect(seen).toBeLessThan(await number(all))
  })

  test('failures are the failed among those that were not cancelled, with their codes', async () => {
    const { current, previous } = await readFailures(b.store, { ...EVERYTHING, by: 'user' })
    for (const [period, condition] of [
      [current, CURRENT],
      [previous, PREVIOUS],
    ] as const) {
      expect(period.jobs).toBe(await number(`count(*) as n from job_done where ${condition} and state between 4 and 6`))
      expect(period.failed).toBe(
        await number(`count(*) as n from job_done where ${condition} and state > 4 and state < 7`),
      )
      expect(period.rate).toBe(period.failed / period.jobs)
      const codes = await b.rows<{ code: string | null; n: string }>(
        `select error ->> 'code' as code, count(*) as n from job_done where ${condition} and state in (6, 5) group by 1`,
      )
      expect(Object.fromEntries(period.reasons.map(({ code, jobs }) => [code, jobs]))).toEqual(
        Object.fromEntries(codes.map(({ code, n }) => [code ?? 'unknown', Number(n)])),
      )
      expect(period.reasons.map(({ jobs }) => jobs)).toEqual(
        period.reasons.map(({ jobs }) => jobs).toSorted((one, other) => other - one),
      )
      const failed = await b.rows<{ day: string; n: string }>(
        `select ${DAY} as day, count(*) as n from job_done where ${condition} and state in (5, 6) group by 1`,
      )
      const byDay = new Map(failed.map(({ day, n }) => [day, Number(n)]))
      expect(period.failed_at).toEqual(period.starts.map((start) => byDay.get(localDay(start)) ?? 0))
    }
    expect(current.reasons.find(({ code }) => code === 'printer_offline')?.title).toMatch(/\w/)
    expect(current.reasons.find(({ code }) => code === 'our.own')?.title).toBeNull()
    const erp = current.groups.find(({ name }) => name === 'erp')
    expect(erp?.failed).toBe(
      await number(`count(*) as n from job_done where ${CURRENT} and state in (5, 6) and created_by = 'erp'`),
    )
  })

  test('waits and runs are the percentiles of the jobs themselves', async () => {
    const { current, previous } = await readWaits(b.store, EVERYTHING)
    for (const [period, condition] of [
      [current, CURRENT],
      [previous, PREVIOUS],
    ] as const) {
      const rows = await b.rows<{ day: string; lane: number; state: number; waited: string; ran: string }>(
        `select ${DAY} as day, coalesce(printer_id, queue_id) as lane, state,
           extract(epoch from started_at) - extract(epoch from case when queued_at is null then created_at else queued_at end) as waited,
           extract(epoch from finished_at) - extract(epoch from started_at) as ran
         from job_done where ${condition} and started_at is not null`,
      )
      const waited = (chosen: typeof rows) => chosen.map((row) => Math.max(0, Number(row.waited)))
      const ran = (chosen: typeof rows) => chosen.filter(({ state }) => state < 6).map((row) => Number(row.ran))
      const check = (spread: { jobs: number; p50_s: number | null; p95_s: number | null }, values: number[]) => {
        expect(spread.jobs).toBe(values.length)
        expect(spread.p50_s).toBeCloseTo(percentile(values, 0.5) ?? Number.NaN, 2)
        expect(spread.p95_s).toBeCloseTo(percentile(values, 0.95) ?? Number.NaN, 2)
      }
      check(period.waiting, waited(rows))
      check(period.running, ran(rows))
      const byDay = Map.groupBy(rows, ({ day }) => day)
      for (const [place, start] of period.starts.entries()) {
        const own = byDay.get(localDay(start)) ?? []
        check(period.waiting_at[place] ?? { jobs: -1, p50_s: null, p95_s: null }, waited(own))
        check(period.running_at[place] ?? { jobs: -1, p50_s: null, p95_s: null }, ran(own))
      }
      const badge = period.groups.find(({ name }) => name === 'Badge 01')
      const own = rows.filter(({ lane }) => lane === shop.lanes['Badge 01'])
      check(badge?.waiting ?? { jobs: -1, p50_s: null, p95_s: null }, waited(own))
    }
  })

  test('reprints are the prints that were made from earlier ones', async () => {
    const { current, previous } = await readReprints(b.store, EVERYTHING)
    for (const [period, condition] of [
      [current, CURRENT],
      [previous, PREVIOUS],
    ] as const) {
      const again = `from job_done where ${condition} and ${PRINTS} and retry_of is not null`
      expect(period.jobs).toBe(await number(`count(*) as n from job_done where ${condition} and ${PRINTS}`))
      expect(period.reprints).toBe(await number(`count(*) as n ${again}`))
      expect(period.labels).toBe(await number(`sum(coalesce(items_done, (state = 4)::int)) as n ${again}`))
      expect(period.reprints_at.reduce((sum, n) => sum + n, 0)).toBe(period.reprints)
      expect(period.rate).toBe(period.reprints / period.jobs)
    }
    expect(current.reprints).toBeGreaterThan(0)
  })

  test('media are what the prints named, with copies and pages; the rest is the printer’s own', async () => {
    const { current, previous } = await readMedia(b.store, EVERYTHING)
    for (const [period, condition] of [
      [current, CURRENT],
      [previous, PREVIOUS],
    ] as const) {
      const jobs = await b.rows<{ n: number; labels: number; input: unknown }>(
        `select ('x' || right(id::text, 8))::bit(32)::int as n, coalesce(items_done, (state = 4)::int) as labels, input
         from job_done where ${condition} and ${PRINTS} and coalesce(items_done, (state = 4)::int) > 0`,
      )
      // What stands in an input is known from the number of its job.
      const sheets = new Map<string | null, number>()
      for (const { labels, n } of jobs) {
        const media = [`iso_a4_210x297mm`, null, 'om_4x6_101.6x152.4mm', 'iso_a4_210x297mm', null, null][n % 6] ?? null
        const times = [1 + (n % 3), 2, 1, 3, 1, 1][n % 6] ?? 0
        sheets.set(media, (sheets.get(media) ?? 0) + labels * times)
      }
      expect(new Map(period.media.map(({ media, sheets }) => [media, sheets]))).toEqual(sheets)
      expect(period.labels).toBe(jobs.reduce((sum, { labels }) => sum + labels, 0))
      expect(period.sheets).toBe([...sheets.values()].reduce((sum, n) => sum + n, 0))
    }
  })
})

describe('what is equal stands in the order of names, the nameless last', () => {
  const NAMES = ['Ant', 'Bee', 'Cow', 'Dog', 'Elk', 'Fox']

  /** A print of two labels at each printer and a report, all alike; what their time was like is told by the state. */
  async function alike(own: Bench, state: number): Promise<void> {
    await own.rows(`select ensure_partitions('2026-10-01Z')`)
    await own.rows(`insert into job_type (name) values ('print.label'), ('report.day') on conflict do nothing`)
    await own.rows(
      `insert into lane (kind, name, created_at) select 'printer', name, '2026-01-01Z' from unnest($1::text[]) name`,
      [NAMES.toReversed()],
    )
    await own.rows(`insert into lane (kind, name) values ('queue', 'reports')`)
    await own.rows(`insert into printer (id, driver, uri) select id, 'ipp', 'ipp://x' from lane where kind = 'printer'`)
    await own.rows(
      `insert into job_done (id, site_id, type_id, queue_id, state, priority, attempt, max_attempts, version, run_at,
         created_at, queued_at, started_at, finished_at, created_by, items_total, items_done, items_failed, printer_id)
       select (left(uuid_floor(at)::text, 24) || lpad(to_hex(l.id), 12, '0'))::uuid, 1, t.id, l.id, $1::int, 1, 1, 3, 1,
         at, at, at, at + interval '1 second', at + interval '2 seconds', 'anna',
         case when p.id is not null then 2 end, case when p.id is not null then 2 end,
         case when p.id is not null then 0 end, p.id
       from lane l left join printer p on p.id = l.id cross join (select '2026-10-20Z'::timestamptz as at) moment
       join job_type t on t.name = case when p.id is null then 'report.day' else 'print.label' end
       where l.kind = 'printer' or l.name = 'reports'`,
      [state],
    )
  }

  test('in jobs, failures, reprints and waits', async () => {
    await using own = await bench()
    await alike(own, 6)
    const namesOf = (view: { readonly current: { readonly groups: readonly { readonly name: string | null }[] } }) =>
      view.current.groups.map(({ name }) => name)
    const expected = [...NAMES, null]
    expect(namesOf(await readThroughput(own.store, EVERYTHING))).toEqual(expected)
    expect(namesOf(await readFailures(own.store, EVERYTHING))).toEqual(expected)
    expect(namesOf(await readReprints(own.store, EVERYTHING))).toEqual(expected)
    const waits = await readWaits(own.store, EVERYTHING)
    expect(namesOf(waits)).toEqual(expected)
    // What failed has waited, and of how long it ran nothing is said.
    const none = { jobs: 0, p50_s: null, p95_s: null }
    expect(waits.current).toMatchObject({ running: none, waiting: { jobs: 7, p50_s: 1, p95_s: 1 } })
  })

  test('in what stopped a printer', async () => {
    await using own = await bench()
    await alike(own, 4)
    const reasons = ['media-jam', 'cover-open', 'media-empty', 'door-open']
    await own.rows(
      `insert into event (kind, topic, at, data)
       select 50, 'printer:' || id, '2026-10-20Z'::timestamptz + n * interval '1 hour', case when n = 5
         then '{"state": "idle", "reasons": []}'
         else jsonb_build_object('state', 'stopped', 'reasons', jsonb_build_array(jsonb_build_object(
           'severity', 'error', 'reason', ($1::text[])[n]))) end
       from printer join lane using (id) cross join generate_series(1, 5) n where name = 'Fox'`,
      [reasons],
    )
    const { current } = await readAvailability(own.store, { since: SINCE, until: UNTIL, printer: null })
    expect(current.printers.map(({ name }) => name)).toEqual(NAMES)
    const fox = current.printers.at(-1)?.stopped.map(({ reason, seconds }) => [reason, seconds])
    expect(fox).toEqual(reasons.toSorted().map((reason) => [reason, 3_600]))
    expect(current.stopped.map(({ reason }) => reason)).toEqual(reasons.toSorted())
  })
})

test('figures that the database cannot give are refused with its own error', async () => {
  const store = await openStore({ connection: b.url })
  await store.close()
  await expect(readWaits(store, EVERYTHING)).rejects.not.toMatchObject({ code: 'validation_failed' })
})

describe('hours and days are those of the zone', () => {
  test('the night in which clocks are put back has 25 hours, and no job is counted twice', async () => {
    const night = { since: new Date('2026-10-24T22:00:00Z'), until: new Date('2026-10-25T23:00:00Z') }
    const byHour = await readThroughput(b.store, { ...EVERYTHING, ...night, bucket: 'hour' })
    expect(byHour.current.starts).toHaveLength(25)
    expect(byHour.current.starts[0]).toBe('2026-10-24T22:00:00.000Z')
    const each = byHour.current.groups.map(({ jobs_at }) => jobs_at.reduce((sum, n) => sum + n, 0))
    expect(each.reduce((sum, n) => sum + n, 0)).toBe(
      await number(`count(*) as n from job_done where ${within(night.since, night.until)}`),
    )
    // Both hours from two to three have their own jobs.
    const twice = await b.rows<{ n: string }>(
      `select count(*) as n from job_done where ${within(night.since, night.until)}
       and to_char(finished_at at time zone 'Europe/Berlin', 'HH24') = '02' group by finished_at < '2026-10-25T01:00:00Z'
       order by min(finished_at)`,
    )
    const sumAt = (place: number) => byHour.current.groups.reduce((sum, { jobs_at }) => sum + (jobs_at[place] ?? 0), 0)
    expect([sumAt(2), sumAt(3)]).toEqual(twice.map(({ n }) => Number(n)))
    const byDay = await readThroughput(b.store, { ...EVERYTHING, ...night })
    expect(byDay.current.starts).toEqual(['2026-10-24T22:00:00.000Z'])
    expect(byDay.current.jobs).toBe(byHour.current.jobs)
  })

  test.each([
    ['Asia/Kolkata', '2026-10-19T18:30:00.000Z'],
    ['America/New_York', '2026-10-20T04:00:00.000Z'],
    ['UTC', '2026-10-20T00:00:00.000Z'],
  ])('a day of %s begins at its midnight', async (zone, start) => {
    const span = { since: new Date(start), until: new Date(Date.parse(start) + 86_400_000) }
    const view = await readThroughput(b.store, { ...EVERYTHING, ...span, zone })
    expect(view.current.starts).toEqual([start])
    const hours = await readThroughput(b.store, { ...EVERYTHING, ...span, zone, bucket: 'hour' })
    expect(hours.current.starts).toHaveLength(24)
    expect(hours.current.starts[0]).toBe(start)
  })

  test('a zone that shifts by half an hour loses nothing, and one that does not exist is refused', async () => {
    const span = { since: new Date('2026-10-03T00:10:00Z'), until: new Date('2026-10-04T23:05:00Z') }
    const view = await readThroughput(b.store, { ...EVERYTHING, ...span, zone: 'Australia/Lord_Howe', bucket: 'hour' })
    const counted = view.current.groups.flatMap(({ jobs_at }) => jobs_at).reduce((sum, n) => sum + n, 0)
    expect(counted).toBe(await number(`count(*) as n from job_done where ${within(span.since, span.until)}`))
    for (const read of [readThroughput, readFailures, readReprints, readWaits]) {
      await expect(read(b.store, { ...EVERYTHING, zone: 'Europe/Atlantis' })).rejects.toMatchObject({
        code: 'validation_failed',
        field: 'zone',
      })
    }
  })

  test('a period without jobs is all zeros and no rate', async () => {
    const span = { since: new Date('2020-01-01T00:00:00Z'), until: new Date('2020-01-03T00:00:00Z') }
    const request = { ...EVERYTHING, ...span }
    expect((await readThroughput(b.store, request)).current).toMatchObject({ jobs: 0, labels: 0, groups: [] })
    expect((await readFailures(b.store, request)).current).toMatchObject({ rate: null, failed_at: [0, 0, 0] })
    expect((await readReprints(b.store, request)).current).toMatchObject({ rate: null })
    const none = { jobs: 0, p50_s: null, p95_s: null }
    expect((await readWaits(b.store, request)).current).toMatchObject({ waiting: none, running: none })
    expect((await readMedia(b.store, request)).current).toMatchObject({ media: [], sheets: 0 })
  })
})

printerTimes(
  () => b,
  () => shop.lanes,
)

test('the jobs of a day are found by when they ended, without reading the month', async () => {
  const plan = await b.rows<{ 'QUERY PLAN': string }>(
    `explain select sum(labels) from job_ended
     where finished_at >= '2026-10-20Z' and finished_at < '2026-10-21Z' and id < uuid_floor('2026-10-21T01:00:00Z')`,
  )
  const text = plan.map((row) => row['QUERY PLAN']).join('\n')
  expect(text).toContain('job_done_202610_finished_at_idx')
  expect(text).not.toContain('Seq Scan on job_done_202610')
  expect(text).not.toContain('job_done_202611')
})
