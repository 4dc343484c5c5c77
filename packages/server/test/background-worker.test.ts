import { isProblem } from '@andon/core'
import { internTypes, openStore, stageDue } from '@andon/store'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Andon, type BackgroundWorker, completed, type NodeHandler } from '../../worker/src/node.ts'
import { startTestServer, type TestServer } from './harness.ts'
import { until } from './remote-shop.ts'

const TYPE = 'test.background'
const REPORT = new URL(`../../worker/test/handlers/report.ts`, import.meta.url)
const LISTENS = new URL(`../../worker/test/handlers/listens.ts`, import.meta.url)

let server: TestServer
let token: string
beforeAll(async () => {
  server = await startTestServer()
  token = await server.token('operator', ['worker'])
})
afterAll(() => server[Symbol.asyncDispose]())

describe.each(['over HTTP', 'beside the database'])('a worker %s', (where) => {
  let andon: Andon
  let worker: BackgroundWorker

  beforeAll(() => {
    andon = new Andon({ url: server.url, token })
  })
  afterAll(() => andon.close())
  afterEach(() => worker.stop())

  function workerOf(): BackgroundWorker {
    const near = where === 'beside the database' ? { databaseUrl: server.databaseUrl } : {}
    worker = andon.worker({ ...near, queues: ['work'], cpuPercent: null, memoryPercent: null, name: where })
    return worker
  }

  async function run(handler: NodeHandler, job: object = {}): Promise<Record<string, unknown>> {
    await workerOf().handle(TYPE, handler).start()
    return reaches(await create(job), 'completed')
  }

  async function create(job: object = {}): Promise<string> {
    const { body } = await server.call('POST', '/api/jobs', { body: { type: TYPE, queue: 'work', ...job } })
    return body.id
  }

  function reaches(id: string, state: string): Promise<Record<string, unknown>> {
    return until(async () => {
      const { body } = await server.call('GET', `/api/jobs/${id}`)
      return body.state === state ? body : null
    })
  }

  test('sees and says what a handler can', async () => {
    const job = await run(
      async (context) => {
        context.steps(2)
        await context.step('one')
        context.log.info('began')
        const [first] = await context.items.read(0, 10)
        await context.items.change([{ from: 0, to: 0, state: 'done', attempt: context.attempt }])
        context.update({ itemsDone: 1 })
        await context.flush()
        await context.step('two')
        return completed({ ref: first?.ref, folder: typeof (await context.folder()) }, 'well done')
      },
      { items: [{ ref: 'A' }] },
    )
    expect(job).toMatchObject({
      worker: where,
      result: { ref: 'A', folder: 'string' },
      summary: 'well done',
      progress: { step: 'two', steps_done: 2, steps_total: 2 },
      items: { done: 1 },
    })
    expect(worker.jobIds).toEqual([])
  })

  test('is refused jobs that no request may ask for', async () => {
    const job = await run(async (context) => {
      const error = await context.create({ type: 'test.child', input: 'a\0' }).catch((cause: unknown) => cause)
      return isProblem(error) ? { code: error.code, field: error.field } : null
    })
    expect(job['result']).toEqual({ code: 'nul_character', field: '/jobs/0/input' })
  })

  test('runs modules in processes of their own, with their use shown while they run', async () => {
    await workerOf().handle(TYPE, REPORT).handle('test.listens', LISTENS, { memoryMb: 333 }).start()
    const done = await reaches(await create(), 'completed')
    expect(done).toMatchObject({ summary: 'two steps', resources: { memory_limit_mb: 2048 } })
    const id = await create({ type: 'test.listens' })
    const running = await until(async () => {
      const { body } = await server.call('GET', `/api/jobs/${id}`)
      return body.resources?.memory_mb > 0 ? body : null
    })
    expect(running).toMatchObject({ state: 'running', resources: { memory_limit_mb: 333 } })
    await server.call('POST', `/api/jobs/${id}/cancel`, { body: { reason: 'enough' } })
    expect(await reaches(id, 'cancelled')).toMatchObject({ summary: 'enough' })
  })

  test('makes jobs that hang on its own, the same at each attempt', async () => {
    const made: string[] = []
    const handler: NodeHandler = async (job) => {
      const first = await job.create({ type: 'test.child', queue: 'elsewhere', idempotency_key: 'one' })
      const second = await job.create({ type: 'test.child', queue: 'elsewhere', parents: [first] })
      made.push(first, second)
      if (job.attempt === 1) throw new Error('once more')
    }
    await workerOf().handle(TYPE, handler).start()
    const id = await create({ retry: { kind: 'fixed', delays_ms: [0] } })
    await reaches(id, 'pending')
    await stageDue(server.store)
    await reaches(id, 'completed')
    const [first, second, again] = made
    expect(again).toBe(first)
    const { body } = await server.call('GET', `/api/jobs/${second}`)
    expect(body).toMatchObject({ parent: id, created_by: 'admin', wait_reason: 'parent' })
  })

  test('is refused jobs that it may not make', async () => {
    const refusals: unknown[] = []
    const stranger = await create({ queue: 'elsewhere' })
    await run(async (job) => {
      for (const wrong of [
        { type: 'print.label' },
        { type: 'test.child', parents: [stranger] },
        { type: 'test.child', expires_at: '2020-01-01T00:00:00Z' },
      ]) {
        await job.create(wrong).catch((error: unknown) => refusals.push(isProblem(error) ? error.code : error))
      }
    })
    expect(refusals).toEqual(['validation_failed', 'job_not_found', 'validation_failed'])
  })

  test('declares what jobs of its types get', async () => {
    const type = `test.declared_${where.length}`
    const retry = { kind: 'exponential', baseMs: 50, factor: 2, capMs: 100, jitter: 0, retries: 2 } as const
    await workerOf()
      .handle(type, () => 1, { maxAttempts: 3, retry, concurrency: 1, timeoutMs: 60_000 })
      .start()
    // Another process, which has nothing of it in mind.
    await using store = await openStore({ connection: server.databaseUrl })
    expect((await internTypes(store, [type])).get(type)).toMatchObject({ maxAttempts: 3, retry })
  })
})

test('a worker may not declare types that it has no code for', async () => {
  const body = { name: 'w', types: ['a.b'], declares: { 'print.label': { max_attempts: 1 } } }
  const answer = await server.call('POST', '/api/workers', { as: token, body })
  expect(answer.status).toBe(400)
  expect(answer.body).toMatchObject({ code: 'validation_failed', field: '/declares/print.label' })
})

test('a worker without a right to work says so at its start', async () => {
  using andon = new Andon({ url: server.url, token: await server.token('operator', ['read']) })
  const worker = andon.worker().handle(TYPE, () => 1)
  await expect(worker.start()).rejects.toMatchObject({ code: 'forbidden' })
  await worker.stop()
})

test('a job that is held no longer makes no more jobs', async () => {
  const { body: registered } = await server.call('POST', '/api/workers', {
    as: token,
    body: { name: 'w', types: ['a.b'] },
  })
  const { body: job } = await server.call('POST', '/api/jobs', { body: { type: 'a.b' } })
  const children = { lease: registered.fence, fence: 1, jobs: [{ type: 'a.c' }] }
  const url = `/api/workers/${registered.worker_id}/jobs/${job.id}/children`
  const answer = await server.call('POST', url, { as: token, body: children })
  expect(answer.body).toMatchObject({ code: 'lease_lost' })
})
