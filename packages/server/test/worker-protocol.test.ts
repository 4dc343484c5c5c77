import { storeJobSource } from '@andon/store'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Answer, startTestServer, type TestServer } from './harness.ts'
import { until } from './remote-shop.ts'

let andon: TestServer
beforeAll(async () => {
  andon = await startTestServer()
})
afterEach(async () => {
  await andon.store.pool.query('delete from job')
})
afterAll(() => andon[Symbol.asyncDispose]())

const NOBODYS = '0190a000-0000-7000-8000-000000000000'
const WORKER = { name: 'w', types: ['test.work'], slots: 10 }

interface Registered {
  readonly worker_id: number
  readonly fence: string
}

async function register(as = 'operator', more: object = {}): Promise<Registered> {
  const { body, status } = await andon.call('POST', '/api/workers', { as, body: { ...WORKER, ...more } })
  expect(status, JSON.stringify(body)).toBe(201)
  return body
}

/** One call of a worker, by its account unless somebody else is named. */
function ask(worker: Registered, path: string, body: object = {}, as = 'operator'): Promise<Answer> {
  return andon.call('POST', `/api/workers/${worker.worker_id}/${path}`, { as, body: { lease: worker.fence, ...body } })
}

function get(worker: Registered, path: string, as = 'operator'): Promise<Answer> {
  const headers = { 'andon-lease': worker.fence }
  return andon.call('GET', `/api/workers/${worker.worker_id}/${path}`, { as, headers })
}

async function create(job: object = {}): Promise<string> {
  return (await andon.call('POST', '/api/jobs', { body: { type: 'test.work', ...job } })).body.id
}

async function defaultLane(worker: Registered): Promise<number> {
  return (await ask(worker, 'lanes', { queues: ['default'] })).body.data[0].lane_id
}

async function claim(worker: Registered, more: object = {}): Promise<Answer> {
  const laneId = await defaultLane(worker)
  const lanes = [{ lane_id: laneId, queue_ids: [laneId], limit: 10 }]
  return ask(worker, 'claim', { lanes, types: WORKER.types, limit: 10, ...more })
}

/** Everything that a worker can say, with nothing in it. */
const EMPTY: Readonly<Record<string, object>> = {
  heartbeat: {},
  lanes: {},
  claim: { lanes: [], types: [], limit: 1 },
  missed: { known: [] },
  cancelled: {},
  progress: { updates: [] },
  settle: { reports: [] },
  logs: { lines: [] },
  items: { changes: [] },
  printers: {},
  hints: { wait_ms: 0 },
  unregister: {},
}
const READS = [`jobs/${NOBODYS}/items`, `jobs/${NOBODYS}/document`]

describe('who speaks for a worker', () => {
  test('is the account that registered it, and nobody else', async () => {
    const worker = await register()
    for (const [path, body] of Object.entries(EMPTY)) {
      expect((await ask(worker, path, body, 'admin')).body, path).toMatchObject({
        status: 404,
        code: 'worker_not_found',
      })
    }
    for (const path of READS)
      expect((await get(worker, path, 'admin')).body).toMatchObject({ code: 'worker_not_found' })
    for (const [path, body] of Object.entries(EMPTY))
      expect((await ask(worker, path, body)).status, path).toBeLessThan(300)
  })

  test('needs its lease: any other is lost', async () => {
    const worker = await register()
    const other = { ...worker, fence: String(Number(worker.fence) + 1) }
    for (const [path, body] of Object.entries(EMPTY)) {
      expect((await ask(other, path, body)).body, path).toMatchObject({ status: 409, code: 'lease_lost' })
    }
    for (const path of READS) expect((await get(other, path)).body, path).toMatchObject({ code: 'lease_lost' })
    await ask(worker, 'unregister')
    expect((await ask(worker, 'heartbeat')).body).toMatchObject({ status: 409, code: 'lease_lost' })
  })

  test('is never somebody over HTTP for a worker beside the database', async () => {
    const near = {
      name: 'n',
      kind: 'server',
      host: 'h',
      pid: 1,
      version: 'v',
      types: [],
      slots: 1,
      leaseMs: 1_000,
    } as const
    const { fence, workerId } = await storeJobSource(andon.store).register(near)
    const answer = await ask({ worker_id: workerId, fence }, 'heartbeat', {}, 'admin')
    expect(answer.body).toMatchObject({ status: 404, code: 'worker_not_found' })
    const asServer = await andon.call('POST', '/api/workers', { body: { ...WORKER, kind: 'server' } })
    expect(asServer.body).toMatchObject({ status: 400, field: '/kind' })
  })

  test('has a token of the kind of worker', async () => {
    const onlyWorker = await andon.token('operator', ['worker'])
    const onlyStation = await andon.token('operator', ['station'])
    const neither = await andon.token('operator', ['jobs', 'admin'])
    const worker = await register(onlyWorker)
    for (const as of [onlyStation, neither]) {
      expect((await andon.call('POST', '/api/workers', { as, body: WORKER })).body).toMatchObject({ code: 'forbidden' })
      expect((await ask(worker, 'heartbeat', {}, as)).body).toMatchObject({ code: 'forbidden' })
    }
    const station = { ...WORKER, kind: 'station', station: 'S' }
    expect((await andon.call('POST', '/api/workers', { as: onlyWorker, body: station })).body.code).toBe('forbidden')
  })

  test('is nobody once the token is revoked, not even while it waits for a job', async () => {
    const as = await andon.token('operator', ['worker'])
    const worker = await register(as)
    const laneId = await defaultLane(worker)
    const lanes = [{ lane_id: laneId, queue_ids: [laneId], limit: 1 }]
    // Every claim of a type that is known counts what it changes: the first one is over when that is.
    await create({ queue: 'elsewhere' })
    const counting = vi.spyOn(andon.store.counters, 'use')
    const waiting = ask(worker, 'claim', { lanes, types: WORKER.types, limit: 1, wait_ms: 20_000 }, as)
    await until(() => counting.mock.settledResults.some(({ type }) => type === 'fulfilled') || null)
    counting.mockRestore()
    await andon.store.pool.query('update api_token set revoked_at = now() where prefix = $1', [as.slice(0, 12)])
    const id = await create()
    expect((await waiting).body).toMatchObject({ status: 401, code: 'unauthenticated' })
    expect((await andon.call('GET', `/api/jobs/${id}`)).body).toMatchObject({ state: 'queued' })
    expect((await ask(worker, 'heartbeat', {}, as)).status).toBe(401)
  })
})

describe('jobs', () => {
  test('are claimed, kept alive, reported on and ended', async () => {
    const worker = await register()
    const id = await create({ input: { n: 1 } })
    const [job] = (await claim(worker)).body.data
    expect(job).toMatchObject({ job_id: id, attempt: 1, input: { n: 1 }, deadline_at: null, lost_action: 'requeue' })
    const token = { job_id: id, fence: job.fence }
    expect((await ask(worker, 'missed', { known: [] })).body.data).toMatchObject([token])
    expect((await ask(worker, 'missed', { known: [id] })).body.data).toEqual([])
    const progress = { percent: 50, step: 's', steps_done: 1, steps_total: 2, message: null, estimate_seconds: 9 }
    expect((await ask(worker, 'progress', { updates: [{ ...token, progress }] })).body).toEqual({ stale: [] })
    await andon.call('POST', `/api/jobs/${id}/cancel`)
    const cancel = { job_id: id, by: 'admin', reason: null, kill: false }
    expect((await ask(worker, 'heartbeat')).body).toEqual({ drain: false, cancels: [cancel] })
    expect((await ask(worker, 'cancelled')).body).toEqual({ data: [cancel] })
    const settled = await ask(worker, 'settle', { reports: [{ ...token, outcome: 'cancelled', summary: 'stopped' }] })
    expect(settled.body).toEqual({ stale: [] })
    expect((await andon.call('GET', `/api/jobs/${id}`)).body).toMatchObject({ state: 'cancelled', summary: 'stopped' })
  })

  test('of others cannot be reported on, read, or written to', async () => {
    const [holder, other] = [await register(), await register()]
    const id = await create({ items: [{ ref: 'A' }] })
    const [job] = (await claim(holder)).body.data
    const token = { job_id: id, fence: job.fence }
    const stale = { stale: [{ ...token, state: 'running' }] }
    expect((await ask(other, 'progress', { updates: [{ ...token, substate: 'running' }] })).body).toEqual(stale)
    expect((await ask(other, 'settle', { reports: [{ ...token, outcome: 'completed' }] })).body).toEqual(stale)
    const change = { ...token, from: 0, to: 0, state: 'done', attempt: 1 }
    expect((await ask(other, 'items', { changes: [change] })).body).toMatchObject({ code: 'lease_lost' })
    const line = { job_id: id, attempt: 1, at: '2026-11-22T10:00:00Z', level: 'info', step: null, message: 'm' }
    expect((await ask(other, 'logs', { lines: [line] })).body).toEqual({ written: 0 })
    expect((await ask(holder, 'logs', { lines: [line] })).body).toEqual({ written: 1 })
    expect((await get(other, `jobs/${id}/items`)).body).toMatchObject({ status: 409, code: 'lease_lost' })
    expect((await get(holder, `jobs/${id}/items`)).body.data).toMatchObject([{ index: 0, ref: 'A', state: 'pending' }])
    expect((await get(holder, `jobs/${NOBODYS}/items`)).body).toMatchObject({ code: 'lease_lost' })
    expect((await andon.call('GET', `/api/jobs/${id}`)).body).toMatchObject({ state: 'running', items: { done: 0 } })
  })

  test('keep to their counts whatever is reported', async () => {
    const worker = await register()
    const id = await create({ items: [{}, {}] })
    const [job] = (await claim(worker)).body.data
    const update = { job_id: id, fence: job.fence, items_done: 7, items_failed: 1 }
    expect((await ask(worker, 'progress', { updates: [update] })).body).toEqual({ stale: [] })
    expect((await andon.call('GET', `/api/jobs/${id}`)).body.items).toEqual({ total: 2, done: 1, failed: 1 })
  })

  test('are waited for', async () => {
    const worker = await register()
    const waiting = claim(worker, { wait_ms: 25_000 })
    const id = await create()
    expect((await waiting).body.data).toMatchObject([{ job_id: id }])
    expect((await claim(worker, { wait_ms: 1 })).body.data).toEqual([])
  })
})

describe('hints', () => {
  test('tell whoever is new to look at everything, and then what happens, also between two calls', async () => {
    const worker = await register()
    const laneId = await defaultLane(worker)
    expect((await ask(worker, 'hints')).body).toEqual({ ready: [], cancels: [], sweep: true })
    const id = await create()
    expect((await ask(worker, 'hints')).body).toMatchObject({ ready: [laneId], sweep: false })
    await claim(worker, { wait_ms: 5_000 })
    await andon.call('POST', `/api/jobs/${id}/cancel`)
    const cancels = await until(async () => {
      const { body } = await ask(worker, 'hints')
      return body.cancels.length > 0 ? body.cancels : null
    })
    expect(cancels).toEqual([id])
  })

  test('are not told of cancels of others, nor of lanes that nobody asked about', async () => {
    const [worker, other] = [await register(), await register()]
    await ask(worker, 'hints')
    const id = await create()
    await claim(other)
    await andon.call('POST', `/api/jobs/${id}/cancel`)
    expect((await ask(worker, 'hints', { queue_ids: [2_000_000], wait_ms: 50 })).body).toEqual({
      ready: [],
      cancels: [],
      sweep: false,
    })
  })

  test('go to the newest of two calls', async () => {
    const worker = await register()
    await ask(worker, 'hints')
    const older = ask(worker, 'hints')
    const newer = ask(worker, 'hints')
    const first = await Promise.race([older, newer])
    expect(first.body).toEqual({ ready: [], cancels: [], sweep: false })
    await create()
    await Promise.all([older, newer])
  })
})

describe('what makes no sense', () => {
  const token = { job_id: NOBODYS, fence: 1 }
  const error = { code: 'c', message: 'm', hint: null, retryable: false }
  const line = { job_id: NOBODYS, attempt: 1, at: '2026-11-22T10:00:00Z', level: 'info', step: null, message: 'm' }
  const lane = { lane_id: 1, queue_ids: [1], limit: 1 }
  const cases: readonly (readonly [string, object, string])[] = [
    ['heartbeat', { lease: '12x' }, '/lease'],
    ['heartbeat', { lease_ms: 1 }, '/lease_ms'],
    ['claim', { lanes: [lane], types: ['a'], limit: 501 }, '/limit'],
    ['claim', { lanes: [{ ...lane, lane_id: 2 ** 31 }], types: ['a'], limit: 1 }, '/lanes/0/lane_id'],
    ['claim', { lanes: [lane], types: ['a'], limit: 1, wait_ms: 25_001 }, '/wait_ms'],
    ['missed', { known: ['x'] }, '/known/0'],
    ['progress', { updates: [{ ...token, fence: 2 ** 31 }] }, '/updates/0/fence'],
    ['progress', { updates: [{ ...token, items_done: -1 }] }, '/updates/0/items_done'],
    ['progress', { updates: Array.from({ length: 501 }, () => token) }, '/updates'],
    ['settle', { reports: [{ ...token, outcome: 'failed' }] }, '/reports/0/error'],
    ['settle', { reports: [{ ...token, outcome: 'retry', error }] }, '/reports/0/delay_ms'],
    ['settle', { reports: [{ ...token, outcome: 'vanished' }] }, '/reports/0/outcome'],
    ['settle', { reports: [{ ...token, outcome: 'snooze', delay_ms: 1e15 }] }, '/reports/0/delay_ms'],
    ['logs', { lines: [{ ...line, attempt: 40_000 }] }, '/lines/0/attempt'],
    ['logs', { lines: [{ ...line, at: 'now' }] }, '/lines/0/at'],
    ['logs', { lines: [{ ...line, message: 'x'.repeat(10_001) }] }, '/lines/0/message'],
    ['items', { changes: [{ ...token, from: 0, to: 2 ** 31, state: 'done', attempt: 1 }] }, '/changes/0/to'],
    ['hints', { queue_ids: ['a'] }, '/queue_ids/0'],
    ['printers', { resumes: [0] }, '/resumes/0'],
  ]

  test.each(cases)('is refused: %s %j', async (path, body, field) => {
    const { body: answer } = await ask(await register(), path, body)
    expect(answer).toMatchObject({ status: 400, code: 'validation_failed', field })
  })

  test('is no lease in the header, and no number of a worker', async () => {
    const worker = await register()
    for (const fence of ['', 'x', '1'.repeat(19)]) {
      expect((await get({ ...worker, fence }, READS[0] ?? '')).body).toMatchObject({
        status: 400,
        field: 'andon-lease',
      })
    }
    expect((await ask({ worker_id: 2 ** 31, fence: '1' }, 'heartbeat')).status).toBe(400)
    expect((await get(worker, 'jobs/x/items')).status).toBe(400)
  })

  test('never spoils the set of somebody else', async () => {
    const worker = await register()
    const id = await create({ items: [{}] })
    const [job] = (await claim(worker)).body.data
    const [good, bad] = await Promise.all([
      ask(worker, 'settle', { reports: [{ job_id: id, fence: job.fence, outcome: 'completed', items_done: 9 }] }),
      ask(await register('admin'), 'settle', { reports: [{ ...token, outcome: 'completed' }] }, 'admin'),
    ])
    expect(good.body).toEqual({ stale: [] })
    expect(bad.body).toEqual({ stale: [{ ...token, state: 'unknown' }] })
  })
})
