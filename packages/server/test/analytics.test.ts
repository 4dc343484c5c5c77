import { uuidGenerator } from '@andon/core'
import { createPrinter, type FinishedJob, importFinished, internTypes } from '@andon/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, TEST, type TestServer } from './harness.ts'

const WEEK = 'since=2026-03-23T00:00:00Z&until=2026-03-30T00:00:00Z'
const FIGURES = ['throughput', 'failures', 'waits', 'reprints', 'availability', 'media'] as const
const CUT = ['throughput', 'failures', 'waits', 'reprints'] as const

let andon: TestServer
beforeAll(async () => {
  andon = await startTestServer()
  const { id: printer } = await createPrinter(
    andon.store,
    { name: '=Label 01', driver: 'ipp', uri: 'ipp://127.0.0.1:1/x' },
    TEST,
  )
  const types = await internTypes(andon.store, ['print.label', 'report.day'])
  const job = (createdAt: string, fields: Partial<FinishedJob> = {}): FinishedJob => {
    const at = new Date(createdAt)
    return {
      id: uuidGenerator({ now: () => at.getTime(), random: (bytes) => crypto.getRandomValues(bytes) })(),
      typeId: types.get('print.label')?.id ?? 0,
      queueId: printer,
      printerId: printer,
      state: 'completed',
      priority: 'normal',
      attempt: 1,
      maxAttempts: 3,
      createdAt: at,
      startedAt: new Date(at.getTime() + 10_000),
      finishedAt: new Date(at.getTime() + 40_000),
      description: null,
      subject: null,
      tags: null,
      createdBy: 'erp',
      items: { total: 20, done: 20, failed: 0 },
      proof: 'confirmed',
      error: null,
      summary: null,
      ...fields,
    }
  }
  const offline = { code: 'printer_offline', message: 'gone', hint: null }
  await importFinished(andon.store, [
    job('2026-03-17T10:00:00Z'),
    job('2026-03-24T10:00:00Z'),
    job('2026-03-24T23:30:00Z', { createdBy: '@SUM(A1)' }),
    job('2026-03-25T10:00:00Z', { state: 'failed', items: { total: 20, done: 4, failed: 0 }, error: offline }),
    job('2026-03-26T10:00:00Z', { typeId: types.get('report.day')?.id ?? 0, queueId: 0, printerId: null, items: null }),
  ])
})
afterAll(() => andon[Symbol.asyncDispose]())

const read = (path: string, as = 'admin') => andon.call('GET', `/api/analytics/${path}`, { as })

describe('figures', () => {
  test('are those of the period and of the one before it, by the day of a zone', async () => {
    const { body, status } = await read(`throughput?${WEEK}&zone=Europe/Berlin`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      bucket: 'day',
      zone: 'Europe/Berlin',
      by: 'printer',
      current: { since: '2026-03-23T00:00:00.000Z', until: '2026-03-30T00:00:00.000Z', jobs: 4, labels: 44 },
      previous: { since: '2026-03-16T00:00:00.000Z', until: '2026-03-23T00:00:00.000Z', jobs: 1, labels: 20 },
    })
    // What ended on Tuesday at half past eleven in Greenwich ended on Wednesday in Berlin.
    const place = body.current.starts.indexOf('2026-03-24T23:00:00.000Z')
    expect(body.current.groups[0].jobs_at[place]).toBe(2)
  })

  test('say what failed, how long it took, and what is known of printers', async () => {
    const failures = await read(`failures?${WEEK}&by=user&type=print.*`)
    expect(failures.body.current).toMatchObject({ jobs: 3, failed: 1, rate: 1 / 3 })
    expect(failures.body.current.reasons).toEqual([
      { code: 'printer_offline', title: expect.stringMatching(/\w/), jobs: 1 },
    ])
    const waits = await read(`waits?${WEEK}`)
    expect(waits.body.current).toMatchObject({
      waiting: { jobs: 4, p50_s: 10, p95_s: 10 },
      running: { jobs: 3, p50_s: 30, p95_s: 30 },
    })
    expect((await read(`reprints?${WEEK}`)).body.current).toMatchObject({ jobs: 3, reprints: 0, rate: 0 })
    expect((await read(`media?${WEEK}`)).body.current.media).toEqual([{ media: null, jobs: 3, labels: 44, sheets: 44 }])
    const now = await read('availability')
    expect(now.body.current.printers).toMatchObject([{ name: '=Label 01', available: null, stopped: [] }])
  })

  test('are of the last seven days when nothing is said', async () => {
    for (const name of FIGURES) {
      const { body, status } = await read(name)
      expect(status, name).toBe(200)
      expect(Date.parse(body.current.until) - Date.parse(body.current.since), name).toBe(7 * 86_400_000)
      expect(body.previous.until, name).toBe(body.current.since)
    }
  })

  test('are of the jobs that the reader may see', async () => {
    expect((await read(`throughput?${WEEK}`, 'viewer')).body.current.jobs).toBe(3)
    expect((await read(`throughput?${WEEK}`, 'supervisor')).body.current.jobs).toBe(4)
    expect((await read(`throughput.csv?${WEEK}&by=type`, 'viewer')).body).not.toContain('report.day')
  })
})

describe('what cannot be answered is refused with the field', () => {
  const MONTHS = 'since=2026-01-01T00:00:00Z&until=2026-03-01T00:00:00Z'
  test.each([
    ['throughput?since=yesterday', 'since'],
    ['waits?since=2026-02-30T00:00:00Z', 'since'],
    ['media?since=2026-03-02T00:00:00Z&until=2026-03-01T00:00:00Z', 'since'],
    ['media?until=1970-01-01T00:00:00Z&since=1970-01-01T00:00:00Z', 'since'],
    ['reprints?since=2024-01-01T00:00:00Z&until=2026-03-01T00:00:00Z', 'since'],
    ['availability?since=2024-01-01T00:00:00Z&until=2026-03-01T00:00:00Z', 'since'],
    [`failures?${MONTHS}&bucket=hour`, 'since'],
    ['throughput?bucket=week', 'bucket'],
    ['throughput?by=colour', 'by'],
    ['throughput?zone=Mars/Olympus', 'zone'],
    ['throughput?zone=%2B02:00', 'zone'],
    ['throughput?zone=UTC%2B3', 'zone'],
    ["throughput?zone=UTC'", 'zone'],
    ['throughput?type=', 'type'],
    ['availability?type=print.label', 'type'],
    ['media?bucket=day', 'bucket'],
    ['throughput?until=9999-12-31T23:59:59Z', null],
  ])('%s', async (path, field) => {
    for (const each of [path, path.replace('?', '.csv?')]) {
      const { body, status } = await read(each)
      if (field === null) {
        expect(status).toBe(200)
        continue
      }
      expect(body, each).toMatchObject({ status: 400, code: 'validation_failed', field })
      expect(body.detail, each).toMatch(/\w/)
    }
  })

  test('a month of a zone whose clocks are put back may be asked for by hour', async () => {
    const october = 'since=2026-09-30T22:00:00Z&until=2026-10-31T23:00:00Z&zone=Europe/Berlin&bucket=hour'
    expect((await read(`throughput?${october}`)).body.current.starts).toHaveLength(745)
  })

  test('names that nobody has give figures of nothing', async () => {
    for (const name of FIGURES) {
      const { body, status } = await read(`${name}?${WEEK}&printer=${encodeURIComponent("' or 1=1 --")}`)
      expect(status).toBe(200)
      const { jobs, printers, waiting } = body.current
      expect(jobs ?? waiting?.jobs ?? printers.length).toBe(0)
    }
  })
})

describe('CSV', () => {
  test('has both periods, and cells that spreadsheets do not run', async () => {
    const { body, headers } = await read(`throughput.csv?${WEEK}&by=printer`)
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="throughput-\d{4}-\d\d-\d\d\.csv"$/)
    const [head, ...rows] = (body as string).trimEnd().split('\r\n')
    expect(head).toBe('period,start,printer,jobs,labels')
    expect(rows).toContain("current,2026-03-24T00:00:00.000Z,'=Label 01,2,40")
    expect(rows).toContain("previous,2026-03-17T00:00:00.000Z,'=Label 01,1,20")
    const users = await read(`failures.csv?${WEEK}&by=user`)
    expect(users.body).toContain("current,user,'@SUM(A1),1,0,0\r\n")
    expect(users.body).toContain('current,reason,printer_offline,,1,1\r\n')
  })

  test.each([...CUT, 'availability', 'media'])('of %s has as many cells in each row as in its header', async (name) => {
    const { body, status } = await read(`${name}.csv?${WEEK}`)
    expect(status).toBe(200)
    const widths = (body as string)
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(',').length)
    expect(new Set(widths).size, name).toBe(1)
  })
})
