import { rescueWorkers } from '@andon/store'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Answer, startTestServer, type TestServer } from './harness.ts'
import { expireLease } from './remote-shop.ts'

let andon: TestServer
beforeAll(async () => {
  andon = await startTestServer()
})
afterEach(async () => {
  await andon.store.pool.query('delete from job')
})
afterAll(() => andon[Symbol.asyncDispose]())

const WORKER = { worker: 'a script', types: ['test.work'], queues: ['default'] }

interface Claimed {
  readonly id: string
  readonly lease_token: string
}

async function create(job: object = {}): Promise<string> {
  return (await andon.call('POST', '/api/jobs', { body: { type: 'test.work', ...job } })).body.id
}

function claim(more: object = {}): Promise<Answer> {
  return andon.call('POST', '/api/workers/claim', { as: 'operator', body: { ...WORKER, ...more } })
}

async function claimOne(job: object = {}): Promise<Claimed> {
  const id = await create(job)
  const { body } = await claim()
  expect(body.data).toMatchObject([{ id }])
  return body.data[0]
}

function tell({ id, lease_token }: Claimed, verb: string, body: object = {}, as = 'operator'): Promise<Answer> {
  return andon.call('POST', `/api/jobs/${id}/${verb}`, { as, body: { lease_token, ...body } })
}

async function now(id: string): Promise<Answer['body']> {
  return (await andon.call('GET', `/api/jobs/${id}`)).body
}

test('a script claims a job, says how it goes, and ends it', async () => {
  const job = await claimOne({ input: { n: 1 }, items: [{ ref: 'A' }, { ref: 'B' }] })
  expect(job).toMatchObject({ type: 'test.work', attempt: 1, input: { n: 1 }, items_total: 2 })
  expect((await tell(job, 'heartbeat')).body).toEqual({ cancel_requested: false, drain: false })
  expect((await tell(job, 'progress', { percent: 40, step: 'reading' })).status).toBe(204)
  expect((await tell(job, 'logs', { lines: [{ message: 'hello' }, { message: 'oh', level: 'error' }] })).status).toBe(
    204,
  )
  expect((await tell(job, 'items', { changes: [{ from: 0, to: 1, state: 'done', proof: 'sent' }] })).status).toBe(204)
  expect(await now(job.id)).toMatchObject({ state: 'running', worker: 'a script', progress: { step: 'reading' } })
  expect((await tell(job, 'complete', { result: { ok: true }, summary: 'both' })).status).toBe(204)
  expect(await now(job.id)).toMatchObject({
    state: 'completed',
    result: { ok: true },
    summary: 'both',
    items: { total: 2, done: 2, failed: 0 },
  })
  const { body } = await andon.call('GET', `/api/jobs/${job.id}/logs`)
  expect(body.data).toMatchObject([
    { message: 'hello', level: 'info', attempt: 1 },
    { message: 'oh', level: 'error' },
  ])
  const { rows } = await andon.store.pool.query(`select 1 from worker where name = 'a script'`)
  await claim()
  expect(rows, 'one worker of the name for all its claims').toHaveLength(1)
})

test('a failure is tried again as the policy says, until there are no attempts left', async () => {
  const again = await claimOne({ max_attempts: 2, retry: { kind: 'fixed', delays_ms: [60_000] } })
  expect((await tell(again, 'fail', { message: 'no' })).body).toEqual({ outcome: 'retry', delay_ms: 60_000 })
  expect(await now(again.id)).toMatchObject({ state: 'pending', wait_reason: 'retry', error: { message: 'no' } })
  const never = await claimOne()
  const failure = { message: 'wrong file', code: 'wrong_file', retryable: false }
  expect((await tell(never, 'fail', failure)).body).toEqual({ outcome: 'failed', delay_ms: null })
  expect(await now(never.id)).toMatchObject({ state: 'failed', error: { code: 'wrong_file', hint: null } })
})

test('a cancel is told with the heartbeat, and what fails then is cancelled', async () => {
  const job = await claimOne()
  await andon.call('POST', `/api/jobs/${job.id}/cancel`)
  expect((await tell(job, 'heartbeat')).body).toMatchObject({ cancel_requested: true })
  expect((await tell(job, 'fail', { message: 'stopped' })).body).toEqual({ outcome: 'cancelled', delay_ms: null })
  expect(await now(job.id)).toMatchObject({ state: 'cancelled', summary: 'stopped' })
})

test('what was not done entirely is completed with errors', async () => {
  const job = await claimOne()
  const error = { code: 'one_missing', message: 'one is missing', hint: null, retryable: false }
  expect((await tell(job, 'complete', { result: 1, error })).status).toBe(204)
  expect(await now(job.id)).toMatchObject({ state: 'completed_with_errors', error: { code: 'one_missing' } })
})

test('a stale token is refused everywhere, and so is that of another account', async () => {
  const job = await claimOne()
  const bodies = {
    heartbeat: {},
    progress: {},
    logs: { lines: [] },
    items: { changes: [] },
    fail: { message: 'x' },
    complete: {},
  }
  for (const [verb, body] of Object.entries(bodies)) {
    expect((await tell(job, verb, body, 'admin')).body, verb).toMatchObject({ code: 'worker_not_found' })
  }
  const workerId = Number(job.lease_token.split('.')[0])
  await expireLease(andon.store, workerId)
  await rescueWorkers(andon.store)
  for (const [verb, body] of Object.entries(bodies)) {
    expect((await tell(job, verb, body)).body, verb).toMatchObject({ status: 409, code: 'lease_lost' })
  }
  const [next] = (await claim()).body.data
  expect(next).toMatchObject({ id: job.id, attempt: 2 })
  expect((await tell({ ...next, id: '0190a000-0000-7000-8000-000000000000' }, 'complete')).status).toBe(409)
  const [worker, fence, , lease] = next.lease_token.split('.')
  expect((await tell({ ...next, lease_token: [worker, fence, 99, lease].join('.') }, 'complete')).status).toBe(409)
  expect((await tell(next, 'complete')).status).toBe(204)
  expect((await tell(next, 'complete')).body, 'ended already').toMatchObject({ status: 409, code: 'lease_lost' })
})

test('a claim waits for its jobs, takes no more than it asked for, and not those of printers', async () => {
  const waiting = claim({ wait_ms: 20_000, limit: 2 })
  const id = await create()
  expect((await waiting).body.data).toMatchObject([{ id }])
  await Promise.all([create(), create(), create()])
  expect((await claim({ limit: 2 })).body.data).toHaveLength(2)
  await andon.call('POST', '/api/printers', {
    body: { name: 'P', driver: 'raw', uri: 'socket://127.0.0.1:9', is_unchecked: true },
  })
  const print = await andon.call('POST', '/api/print', { body: { printer: 'P', items: [{ zpl: '^XA^XZ' }] } })
  expect(print.status).toBe(201)
  const types = ['print.label']
  expect((await claim({ types, queues: ['P'] })).body).toMatchObject({ status: 400, code: 'validation_failed' })
  expect((await claim({ types, queues: undefined })).body.data).toEqual([])
})

test('what makes no sense is refused', async () => {
  const wrong: readonly (readonly [object, string])[] = [
    [{ types: [] }, '/types'],
    [{ worker: '' }, '/worker'],
    [{ limit: 101 }, '/limit'],
    [{ lease_ms: 1_000 }, '/lease_ms'],
  ]
  for (const [more, field] of wrong) expect((await claim(more)).body).toMatchObject({ status: 400, field })
  const id = '0190a000-0000-7000-8000-000000000000'
  const token = await tell({ id, lease_token: '1.1.1' }, 'complete')
  expect(token.body).toMatchObject({ status: 400, field: '/lease_token' })
  expect((await tell({ id, lease_token: '9999999999.1.1.30000' }, 'complete')).status).toBe(409)
  const onlyStation = await andon.token('operator', ['station'])
  const answer = await andon.call('POST', '/api/workers/claim', { as: onlyStation, body: WORKER })
  expect(answer.body).toMatchObject({ code: 'forbidden' })
})
