import { EVENT_KINDS } from '@andon/core'
import { runDueSchedules } from '@andon/store'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, startTestServer, type TestServer } from './harness.ts'

let andon: TestServer
beforeAll(async () => {
  andon = await startTestServer()
})
afterEach(async () => {
  await andon.store.pool.query('delete from schedule')
  await andon.store.pool.query('delete from job')
  await andon.store.pool.query('delete from event')
})
afterAll(() => andon[Symbol.asyncDispose]())

const REPORT = {
  name: 'Morning report',
  cron: '0 6 * * MON-FRI',
  time_zone: 'Europe/Berlin',
  job: { type: 'report.pdf', queue: 'reports', input: { of: 'yesterday' }, tags: { for: 'anna' } },
}

function add(change: object = {}, as = 'supervisor'): Promise<Answer> {
  return andon.call('POST', '/api/schedules', { as, body: { ...REPORT, ...change } })
}

async function added(change: object = {}): Promise<number> {
  const { body, status } = await add(change)
  expect(status, JSON.stringify(body)).toBe(201)
  return body.id
}

function act(id: number, verb: string, as = 'supervisor'): Promise<Answer> {
  return andon.call('POST', `/api/schedules/${id}/${verb}`, { as, body: {} })
}

async function seen(id: number, as = 'admin'): Promise<Answer['body']> {
  return (await andon.call('GET', `/api/schedules/${id}`, { as })).body
}

/** The scheduler's pass, after the time of a schedule has come. */
async function pass(id: number): Promise<void> {
  await andon.store.pool.query('update schedule set next_run_at = now() where id = $1', [id])
  await runDueSchedules(andon.store, () => ({ nextRunAt: new Date(Date.now() + 60_000), missed: 3 }))
}

describe('a schedule', () => {
  test('is made with its words and its next five runs in its own zone', async () => {
    const id = await added()
    const schedule = await seen(id)
    expect(schedule).toMatchObject({
      ...REPORT,
      words: 'At 06:00, Monday through Friday',
      overlap: 'start',
      pause: null,
      last_run_at: null,
      last_job: null,
      missed: null,
      skipped: null,
      trouble: null,
      is_redacted: false,
    })
    expect(schedule.next_runs).toHaveLength(5)
    for (const at of schedule.next_runs) {
      const there = new Intl.DateTimeFormat('en-GB', {
        timeZone: 'Europe/Berlin',
        weekday: 'short',
        hour: '2-digit',
        minute: '2-digit',
      }).format(new Date(at))
      expect(there).toMatch(/^(Mon|Tue|Wed|Thu|Fri),? 06:00$/)
    }
    expect((await andon.call('GET', '/api/schedules', { as: 'viewer' })).body.data).toMatchObject([{ id }])
  })

  test('keeps all that a job can say', async () => {
    const job = {
      type: 'report.pdf',
      queue: 'reports',
      description: 'The report',
      priority: 'high',
      subject: { type: 'site', id: 'main' },
      max_attempts: 3,
      retry: { kind: 'fixed', delays_ms: [1000] },
      estimated_ms: 60_000,
      is_held: true,
      items: [{ ref: 'A', data: { n: 1 } }, { data: 2 }, { ref: 'C' }],
    }
    expect((await seen(await added({ job }))).job).toEqual(job)
    const retry = { kind: 'exponential', base_ms: 1, factor: 2, cap_ms: 9, jitter: 0, retries: 2 }
    const plain = { type: 'report.pdf', retry }
    const id = await added({ name: 'other', job: plain, time_zone: undefined })
    expect(await seen(id)).toMatchObject({
      time_zone: 'UTC',
      job: { type: 'report.pdf', queue: 'default', priority: 'normal', retry },
    })
  })

  test('is refused with the field and what is allowed', async () => {
    await added()
    for (const [change, field] of [
      [{ cron: 'every day' }, '/cron'],
      [{ time_zone: 'Mars/Base' }, '/time_zone'],
      [{ name: ' spaced ' }, '/name'],
      [{ name: REPORT.name }, '/name'],
      [{ overlap: 'queue' }, '/overlap'],
      [{ job: { type: 'Not A Type' } }, '/job/type'],
      [{ job: { type: 'print.label' } }, '/job/type'],
      [{ job: { type: 'a.b', queue: 'x ' } }, '/job/queue'],
      [{ job: { type: 'a.b', run_at: '2027-01-01T00:00:00Z' } }, '/job/run_at'],
      [{ job: { type: 'a.b', idempotency_key: 'once' } }, '/job/idempotency_key'],
    ] as const) {
      const { body, status } = await add(change)
      expect(body, JSON.stringify(change)).toMatchObject({ field })
      expect(status).toBe('name' in change && change.name === REPORT.name ? 409 : 400)
    }
    expect((await andon.call('GET', '/api/schedules/4711')).body).toMatchObject({ code: 'schedule_not_found' })
    for (const verb of ['pause', 'resume', 'run']) {
      expect((await act(4711, verb)).body).toMatchObject({ code: 'schedule_not_found' })
    }
  })

  test('is changed in what is named, paused and resumed, each step audited', async () => {
    const id = await added()
    const patch = (body: object) => andon.call('PATCH', `/api/schedules/${id}`, { as: 'supervisor', body })
    expect((await patch({ cron: '30 7 * * *', overlap: 'skip' })).body).toMatchObject({
      name: REPORT.name,
      time_zone: 'Europe/Berlin',
      cron: '30 7 * * *',
      overlap: 'skip',
    })
    expect((await patch({ name: 'Report', time_zone: 'UTC' })).body).toMatchObject({ name: 'Report', time_zone: 'UTC' })
    expect((await patch({ cron: 'now' })).body).toMatchObject({ field: '/cron' })
    expect((await patch({ name: ' ' })).status).toBe(400)

    expect((await act(id, 'pause')).body).toMatchObject({ next_runs: [], pause: { by: 'supervisor' } })
    expect((await patch({ cron: '0 8 * * *' })).body).toMatchObject({ next_runs: [], words: 'At 08:00' })
    expect((await act(id, 'resume')).body).toMatchObject({ pause: null })
    expect((await seen(id)).next_runs).toHaveLength(5)

    expect((await andon.call('DELETE', `/api/schedules/${id}`, { as: 'supervisor' })).status).toBe(204)
    expect((await andon.call('DELETE', `/api/schedules/${id}`, { as: 'supervisor' })).status).toBe(404)
    const { body } = await andon.call('GET', `/api/audit?target=schedule:${id}`)
    expect(body.data.map(({ action }: { action: string }) => action).toReversed()).toEqual(
      ['create', 'change', 'change', 'pause', 'change', 'resume', 'remove'].map((verb) => `schedule.${verb}`),
    )
  })

  test('keeps the input that who changes it may not read', async () => {
    const id = await added()
    const seenBySupervisor = await seen(id, 'supervisor')
    expect(seenBySupervisor).toMatchObject({ is_redacted: true })
    expect(seenBySupervisor.job).not.toHaveProperty('input')
    const job = { ...seenBySupervisor.job, description: 'The report' }
    await andon.call('PATCH', `/api/schedules/${id}`, { as: 'supervisor', body: { job } })
    expect((await seen(id)).job).toMatchObject({ description: 'The report', input: { of: 'yesterday' } })
    // Whoever may read it takes it away by leaving it out.
    await andon.call('PATCH', `/api/schedules/${id}`, { body: { job } })
    expect((await seen(id)).job).not.toHaveProperty('input')
    await andon.call('PATCH', `/api/schedules/${id}`, { as: 'supervisor', body: { job: { ...job, input: 7 } } })
    expect((await seen(id)).job).toMatchObject({ input: 7 })
  })

  test('runs now for an operator, who sees the job, once for one key', async () => {
    const id = await added()
    const run = (key?: string) =>
      andon.call('POST', `/api/schedules/${id}/run`, {
        as: 'operator',
        body: {},
        ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
      })
    const first = await run('once')
    expect(first).toMatchObject({ status: 201, body: { is_existing: false } })
    expect((await run('once')).body).toEqual({ id: first.body.id, is_existing: true })
    const job = await andon.call('GET', `/api/jobs/${first.body.id}`, { as: 'operator' })
    expect(job.body).toMatchObject({ type: 'report.pdf', created_by: 'operator', tags: { for: 'anna' } })
    expect(await seen(id, 'operator')).toMatchObject({ last_job: { id: first.body.id, state: 'queued' } })
    expect((await run()).body).toMatchObject({ is_existing: false })
  })

  test('says that it skips while its job still lives', async () => {
    const id = await added({ overlap: 'skip' })
    const { body } = await act(id, 'run', 'operator')
    expect((await act(id, 'run', 'operator')).body).toEqual({ id: body.id, is_existing: true })
    await pass(id)
    expect(await seen(id)).toMatchObject({ last_job: { id: body.id }, skipped: { count: 1 } })
  })

  test('shows what its time made, what was missed, and its job to those only who may see it', async () => {
    const id = await added()
    await pass(id)
    const schedule = await seen(id)
    expect(schedule).toMatchObject({ last_job: { state: 'queued' }, missed: { count: 3 } })
    expect(await seen(id, 'operator')).toMatchObject({ last_job: null, last_run_at: schedule.last_run_at })
    const { rows } = await andon.store.pool.query('select data from event where kind = $1', [
      EVENT_KINDS.schedule_missed,
    ])
    expect(rows).toMatchObject([{ data: { missed: 3, name: REPORT.name } }])
  })

  test('of an expression that this version cannot read hides none of the others', async () => {
    const id = await added()
    await added({ name: 'other' })
    await andon.store.pool.query("update schedule set cron = '@fullmoon' where id = $1", [id])
    const { body } = await andon.call('GET', '/api/schedules')
    expect(body.data).toMatchObject([{ id, words: null }, { name: 'other' }])
    expect(body.data[0].next_runs).toHaveLength(1)
  })
})

describe('a preview', () => {
  const preview = (cron: string, zone?: string) =>
    andon.call(
      'GET',
      `/api/schedules/preview?cron=${encodeURIComponent(cron)}${zone === undefined ? '' : `&time_zone=${zone}`}`,
      { as: 'viewer' },
    )

  test('says in words when it runs next', async () => {
    const { body } = await preview('*/15 8-17 * * 1-5', 'Europe/Berlin')
    expect(body.words).toBe('Every 15 minutes, between 08:00 and 17:59, Monday through Friday')
    expect(body.next_runs).toHaveLength(5)
    expect((await preview('0 0 30 2 *')).body).toMatchObject({ next_runs: [] })
  })

  test('is refused for what is no expression and no zone', async () => {
    expect((await preview('soon')).body).toMatchObject({ field: '/cron', status: 400 })
    expect((await preview('* * * * *', 'Mars/Base')).body).toMatchObject({ field: '/time_zone', status: 400 })
    expect((await andon.call('GET', '/api/schedules/preview')).body).toMatchObject({ field: 'cron' })
  })
})
