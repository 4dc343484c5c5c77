import { createJobs, storeJobSource } from '@andon/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './harness.ts'

let andon: TestServer
beforeAll(async () => {
  andon = await startTestServer()
})
afterAll(() => andon[Symbol.asyncDispose]())

const post = (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
  andon.call('POST', path, { body, headers })

async function newJob(fields: object = {}): Promise<string> {
  const { body } = await post('/api/jobs', { type: 'report.pdf', ...fields })
  return body.id
}

/** Claims and ends jobs of a queue as a worker does. */
async function work(queue: string, outcome: 'completed' | 'failed' | 'unconfirmed', take = 1): Promise<void> {
  const source = storeJobSource(andon.store)
  const lease = await source.register({
    name: 'test',
    kind: 'worker',
    host: 'here',
    pid: 1,
    version: '0',
    types: ['*'],
    slots: 100,
    leaseMs: 30_000,
  })
  const { rows } = await andon.store.pool.query<{ id: number }>('select id from lane where name = $1', [queue])
  const laneId = rows[0]?.id ?? 0
  await andon.store.pool.query('update lane_grant set slots = 100')
  const jobs = await source.claim(lease, {
    lanes: [{ laneId, queueIds: [laneId], limit: take, slot: null }],
    types: ['report.pdf', 'print.label'],
    limit: take,
  })
  expect(jobs.length).toBe(take)
  const error = { code: 'handler_failed', message: 'It broke', hint: 'Mend it', retryable: false }
  await source.settle(
    lease,
    jobs.map(({ jobId, fence }) => {
      if (outcome === 'completed') return { jobId, fence, outcome, result: { pages: 3 }, summary: '3 pages' }
      return { jobId, fence, outcome, error }
    }),
  )
}

describe('making jobs', () => {
  test('one, or many at once, all or none', async () => {
    const many = await post('/api/jobs', { jobs: [{ type: 'a.one' }, { type: 'a.two', queue: 'other' }] })
    expect(many.status).toBe(201)
    expect(many.body.jobs).toHaveLength(2)
    const wrong = await post('/api/jobs', { jobs: [{ type: 'a.one' }, { type: 'Not A Type' }] })
    expect(wrong.body).toMatchObject({ code: 'validation_failed', field: '/jobs/1/type' })
    expect((await andon.call('GET', '/api/jobs?q=type:a.one')).body.data).toHaveLength(1)
  })

  test('the same key finds all jobs of a set', async () => {
    const key = { 'idempotency-key': 'orders of the day' }
    const jobs = [
      { type: 'a.set', input: 1 },
      { type: 'a.set', input: 2, idempotency_key: 'order 2' },
    ]
    const first = await post('/api/jobs', { jobs }, key)
    const ids = first.body.jobs.map(({ id }: { id: string }) => id)
    expect((await post('/api/jobs', { jobs }, key)).body.jobs).toEqual(
      ids.map((id: string) => ({ id, is_existing: true })),
    )
    const other = { jobs: jobs.toReversed() }
    expect((await post('/api/jobs', other, key)).body).toMatchObject({ code: 'idempotency_conflict', job_id: ids[0] })
    const [found] = (await post('/api/jobs', { jobs: jobs.slice(1) }, { 'idempotency-key': 'later' })).body.jobs
    expect(found).toEqual({ id: ids[1], is_existing: true })
  })

  test('the same key finds the first job, by body or header, and never another account’s', async () => {
    const key = { 'idempotency-key': 'order 7' }
    const first = await post('/api/jobs', { type: 'a.b', input: 1 }, key)
    const second = await post('/api/jobs', { type: 'a.b', input: 1 }, key)
    expect(second.body).toEqual({ id: first.body.id, is_existing: true })
    expect((await post('/api/jobs', { type: 'a.b', input: 2 }, key)).body).toMatchObject({
      code: 'idempotency_conflict',
      status: 409,
    })
    const other = await andon.call('POST', '/api/jobs', {
      as: 'operator',
      body: { type: 'a.b', input: 1 },
      headers: key,
    })
    expect(other.body.is_existing).toBe(false)
  })

  test('refuses wrong fields with their names and what is allowed', async () => {
    const cases: [object, string, unknown?][] = [
      [{}, '/type'],
      [{ type: 'a', priority: 'soon' }, '/priority', ['low', 'normal', 'high', 'urgent']],
      [{ type: 'print.label' }, '/type', 'a type of your own'],
      [{ type: 'a', nonsense: 1 }, '/nonsense'],
      [{ type: 'a', run_at: 'tomorrow' }, '/run_at', 'a time such as 2026-11-26T14:30:00Z, of the years 1970 to 9999'],
      [{ type: 'a', max_attempts: 0 }, '/max_attempts', 'at least 1'],
      [{ type: 'a', tags: { line: 7 } }, '/tags/line', 'string'],
      [{ type: 'a', retry: { kind: 'fixed', delays_ms: [-1] } }, '/retry/delays_ms/0'],
      [{ type: 'a', deadline_at: '2020-01-01T00:00:00Z' }, '/deadline_at'],
      [{ type: 'a', parents: ['0190a000-0000-7000-8000-000000000000'] }, '/parents'],
      [{ type: 'a', description: 'x\0y' }, '/description'],
    ]
    for (const [body, field, allowed] of cases) {
      const answer = await post('/api/jobs', body)
      expect(answer.status, JSON.stringify(body)).toBeGreaterThanOrEqual(400)
      expect(answer.body).toMatchObject({ field, ...(allowed === undefined ? {} : { allowed }) })
    }
  })

  test('makes no queue of a printer’s name', async () => {
    await post('/api/pools', { name: 'Gate' })
    expect((await post('/api/jobs', { type: 'a.b', queue: 'Gate' })).body).toMatchObject({
      code: 'validation_failed',
      field: '/queue',
    })
    expect((await post('/api/jobs', { type: 'a.b', queue: 'night ' })).body).toMatchObject({ field: '/queue' })
  })

  test('keeps a queue within its depth', async () => {
    await newJob({ queue: 'narrow' })
    await post('/api/queues/narrow/limits', { depth_limit: 1 })
    expect((await post('/api/jobs', { type: 'a.b', queue: 'narrow' })).body).toMatchObject({
      code: 'queue_full',
      status: 429,
      queue: 'narrow',
    })
  })
})

describe('finding jobs', () => {
  test('pages through a query, and refuses the cursor of another one', async () => {
    await post('/api/jobs', {
      jobs: Array.from({ length: 7 }, (_, n) => ({ type: 'page.test', description: `number ${n}` })),
    })
    const first = await andon.call('GET', '/api/jobs?q=type:page.test&limit=3')
    expect(first.body.total.count).toBeGreaterThanOrEqual(7)
    const names = [...first.body.data]
    let cursor: string | null = first.body.next_cursor
    while (cursor !== null) {
      const page = await andon.call('GET', `/api/jobs?q=type:page.test&limit=3&cursor=${encodeURIComponent(cursor)}`)
      names.push(...page.body.data)
      cursor = page.body.next_cursor
    }
    expect(names.map((job) => job.description)).toEqual([6, 5, 4, 3, 2, 1, 0].map((n) => `number ${n}`))
    const other = await andon.call('GET', `/api/jobs?q=type:other&cursor=${encodeURIComponent(first.body.next_cursor)}`)
    expect(other.body).toMatchObject({ code: 'cursor_invalid', status: 400 })
    expect((await andon.call('GET', '/api/jobs?cursor=nonsense')).body).toMatchObject({ code: 'cursor_invalid' })
  })

  test('refuses a parameter that it does not know', async () => {
    expect((await andon.call('GET', '/api/jobs?stauts=failed')).body).toMatchObject({
      code: 'validation_failed',
      field: 'stauts',
      allowed: ['q', 'cursor', 'limit'],
    })
  })

  test('points at the mistake in a query', async () => {
    const { body } = await andon.call('GET', `/api/jobs?q=${encodeURIComponent('type:a sate:failed')}`)
    expect(body).toMatchObject({
      code: 'query_invalid',
      status: 400,
      field: 'q',
      position: { start: 7, end: 11 },
      suggestion: 'state',
    })
    expect((await andon.call('GET', '/api/jobs?limit=1000')).body).toMatchObject({
      field: 'limit',
      allowed: 'at most 500',
    })
    expect((await andon.call('GET', '/api/jobs?q=%00')).body).toMatchObject({ code: 'nul_character', field: 'q' })
  })

  test('takes the beginning of an id, and names the candidates when it is not enough', async () => {
    const { body } = await post('/api/jobs', { jobs: [{ type: 'a.b' }, { type: 'a.b' }] })
    const [one, other] = body.jobs.map((job: { id: string }) => job.id)
    let length = 4
    while (one.slice(0, length) === other.slice(0, length)) length += 1
    expect((await andon.call('GET', `/api/jobs/${one.slice(0, length + 1)}`)).body.id).toBe(one)
    const several = await andon.call('GET', `/api/jobs/${one.slice(0, 8)}`)
    expect(several.body).toMatchObject({ code: 'ambiguous_id', status: 409 })
    expect(several.body.candidates).toContain(one)
    for (const id of ['zzzz', '0000', '0190a000-0000-7000-8000-000000000000']) {
      expect((await andon.call('GET', `/api/jobs/${id}`)).body).toMatchObject({ code: 'job_not_found' })
    }
  })

  test('completes queries and counts', async () => {
    const { body } = await andon.call('GET', '/api/jobs/complete?q=sta&caret=3')
    expect(body.candidates.map((candidate: { text: string }) => candidate.text)).toContain('state:')
    expect((await andon.call('GET', '/api/jobs/stats')).body.by_state.queued).toBeGreaterThan(0)
  })
})

describe('commands', () => {
  test('cancel, once', async () => {
    const id = await newJob()
    expect((await post(`/api/jobs/${id}/cancel`, { reason: 'wrong file' })).body).toMatchObject({
      state: 'cancelled',
      cancel: { by: 'admin', reason: 'wrong file' },
    })
    expect((await post(`/api/jobs/${id}/cancel`)).body).toMatchObject({
      code: 'job_already_final',
      status: 409,
      state: 'cancelled',
    })
    const other = await newJob()
    expect((await andon.call('DELETE', `/api/jobs/${other}`)).body).toMatchObject({ state: 'cancelled' })
  })

  test('hold, release, snooze, priority, move, clone', async () => {
    const id = await newJob({ queue: 'moves' })
    await newJob({ queue: 'elsewhere' })
    expect((await post(`/api/jobs/${id}/hold`, { reason: 'check first' })).body).toMatchObject({
      state: 'pending',
      wait_reason: 'hold',
    })
    expect((await post(`/api/jobs/${id}/release`)).body).toMatchObject({ state: 'queued' })
    const until = new Date(Date.now() + 3_600_000).toISOString()
    expect((await post(`/api/jobs/${id}/snooze`, { until })).body).toMatchObject({ state: 'pending' })
    expect((await post(`/api/jobs/${id}/snooze`, { until: '2020-01-01T00:00:00Z' })).body).toMatchObject({
      field: '/until',
    })
    expect((await post(`/api/jobs/${id}/release`)).status).toBe(200)
    expect((await post(`/api/jobs/${id}/release`)).body).toMatchObject({ code: 'state_conflict', status: 409 })
    expect((await post(`/api/jobs/${id}/priority`, { priority: 'urgent', front: true })).body).toMatchObject({
      priority: 'urgent',
    })
    expect((await post(`/api/jobs/${id}/priority`)).body).toMatchObject({ field: '/priority' })
    expect((await post(`/api/jobs/${id}/move`, { queue: 'elsewhere' })).body).toMatchObject({ queue: 'elsewhere' })
    expect((await post(`/api/jobs/${id}/move`, { queue: 'nowhere' })).body).toMatchObject({
      code: 'queue_not_found',
      field: '/queue',
    })
    expect((await post(`/api/jobs/${id}/move`, { printer: 'x' })).body).toMatchObject({
      field: '/printer',
      allowed: 'queue',
    })
    expect((await post(`/api/jobs/${id}/move`)).body).toMatchObject({ code: 'validation_failed' })
    const headers = { 'idempotency-key': `clone ${id}` }
    const clone = await andon.call('POST', `/api/jobs/${id}/clone`, { body: {}, headers })
    const again = await andon.call('POST', `/api/jobs/${id}/clone`, { body: {}, headers })
    expect(again.body).toEqual({ id: clone.body.id, is_existing: true })
    expect(clone.body.is_existing).toBe(false)
    expect((await andon.call('GET', `/api/jobs/${clone.body.id}`)).body).toMatchObject({
      type: 'report.pdf',
      queue: 'elsewhere',
    })
    expect((await post(`/api/jobs/${id}/retry`)).body).toMatchObject({ code: 'state_conflict' })
  })

  test('of two retries at once one is made, and the other is told of it', async () => {
    const id = await newJob({ queue: 'retries', items: [{ ref: 'box 1' }, { ref: 'box 2' }] })
    await work('retries', 'failed')
    expect((await andon.call('GET', `/api/jobs/${id}`)).body).toMatchObject({
      state: 'failed',
      error: { code: 'handler_failed', message: 'It broke' },
    })
    const [one, other] = await Promise.all([
      post(`/api/jobs/${id}/retry`, { items: 'all' }),
      post(`/api/jobs/${id}/retry`, { items: { from: 1 } }),
    ])
    const [made, refused] = one.status === 201 ? [one, other] : [other, one]
    expect(made.status).toBe(201)
    expect(refused.body).toMatchObject({ code: 'already_retried', status: 409, retry_id: made.body.id })
    expect((await andon.call('GET', `/api/jobs/${made.body.id}`)).body).toMatchObject({ retry_of: id })
    expect((await post(`/api/jobs/${made.body.id}/retry`, { items: { from: -1 } })).body).toMatchObject({
      code: 'validation_failed',
    })
  })

  test('a person settles what nobody can prove', async () => {
    const ids = [await newJob({ queue: 'doubts' }), await newJob({ queue: 'doubts' })]
    await work('doubts', 'unconfirmed', 2)
    const [printed, missing] = ids
    expect((await andon.call('GET', `/api/jobs/${printed}`)).body).toMatchObject({
      state: 'pending',
      wait_reason: 'unconfirmed',
    })
    const attention = await andon.call('GET', '/api/attention')
    expect(attention.body.data.map((each: { id: string }) => each.id)).toContain(printed)
    expect((await post(`/api/jobs/${printed}/confirm`, { printed: true, from: 3 })).body).toMatchObject({
      field: '/from',
    })
    expect((await post(`/api/jobs/${printed}/confirm`, { printed: true, note: 'I saw it' })).body).toMatchObject({
      state: 'completed',
    })
    const again = await post(`/api/jobs/${missing}/confirm`, { printed: false })
    expect(again.status).toBe(201)
    expect((await andon.call('GET', `/api/jobs/${again.body.id}`)).body).toMatchObject({ retry_of: missing })
    expect((await post(`/api/jobs/${printed}/confirm`, { printed: true })).body).toMatchObject({ status: 409 })
  })
})

describe('the parts of a job', () => {
  test('items, attempts, events', async () => {
    const id = await newJob({ queue: 'parts', items: Array.from({ length: 5 }, (_, n) => ({ ref: `box ${n}` })) })
    await work('parts', 'completed')
    const first = await andon.call('GET', `/api/jobs/${id}/items?limit=3`)
    expect(first.body).toMatchObject({ next_cursor: '3', total: { count: 5, is_exact: true } })
    const rest = await andon.call('GET', `/api/jobs/${id}/items?limit=3&cursor=3`)
    expect(rest.body.data.map((item: { ref: string }) => item.ref)).toEqual(['box 3', 'box 4'])
    expect((await andon.call('GET', `/api/jobs/${id}/items?state=failed`)).body.data).toEqual([])
    expect((await andon.call('GET', `/api/jobs/${id}/items?cursor=x`)).body).toMatchObject({ code: 'cursor_invalid' })
    expect((await andon.call('GET', `/api/jobs/${id}/attempts`)).body.data).toMatchObject([
      { number: 1, outcome: 'succeeded' },
    ])
    const events = await andon.call('GET', `/api/jobs/${id}/events`)
    expect(events.body.data.map((event: { kind: string }) => event.kind)).toEqual(
      expect.arrayContaining(['created', 'completed']),
    )
    expect((await andon.call('GET', `/api/jobs/${id}`)).body).toMatchObject({
      result: { pages: 3 },
      summary: '3 pages',
    })
  })

  test('logs, paged, filtered, and followed to the end', async () => {
    const id = await newJob({ queue: 'logs' })
    const line = (message: string, level: 'info' | 'error') => ({
      jobId: id,
      attempt: 1,
      at: new Date(),
      level,
      step: null,
      message,
    })
    await storeJobSource(andon.store).log([line('one', 'info'), line('two', 'error'), line('three', 'info')])
    const page = await andon.call('GET', `/api/jobs/${id}/logs?limit=2`)
    expect(page.body.data.map((each: { message: string }) => each.message)).toEqual(['one', 'two'])
    const rest = await andon.call('GET', `/api/jobs/${id}/logs?cursor=${page.body.next_cursor}`)
    expect(rest.body.data.map((each: { message: string }) => each.message)).toEqual(['three'])
    expect((await andon.call('GET', `/api/jobs/${id}/logs?level=error`)).body.data).toHaveLength(1)
    expect((await andon.call('GET', `/api/jobs/${id}/logs?search=THREE`)).body.data).toHaveLength(1)
    const followed = andon.call('GET', `/api/jobs/${id}/logs?follow=true`)
    await storeJobSource(andon.store).log([line('four', 'info')])
    await post(`/api/jobs/${id}/cancel`)
    const text = (await followed).body
    expect(text).toContain('"message":"one"')
    expect(text).toContain('"message":"four"')
    expect(text).toMatch(/event: end\ndata: \{\}\n\n$/)
  })

  test('CSV, with cells that cannot act', async () => {
    await createJobs(andon.store, [
      { type: 'csv.test', createdBy: 'me', description: '=HYPERLINK("x")', subject: { type: 'order', id: 'MO-7' } },
      { type: 'csv.test', createdBy: 'me', description: 'plain, with "quotes"' },
    ])
    const answer = await andon.call('GET', '/api/jobs/export.csv?q=type:csv.test')
    expect(answer.headers.get('content-type')).toContain('text/csv')
    expect(answer.headers.get('content-disposition')).toMatch(/attachment; filename="jobs-.*\.csv"/)
    const lines = answer.body.trim().split('\r\n')
    expect(lines[0]).toMatch(/^created,type,description,subject,printer,quantity,done,failed,state,proof/)
    expect(lines).toHaveLength(3)
    expect(answer.body).toContain('"\'=HYPERLINK(""x"")"')
    expect((await andon.call('GET', '/api/jobs/export.csv?q=sate:x')).body).toMatchObject({ code: 'query_invalid' })
  })
})
