import { type CreateJob, isProblem } from '@andon/core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { Andon, type AndonOptions } from '../../worker/src/node.ts'
import { startTestServer, type TestServer } from './harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())
afterEach(() => void vi.useRealTimers())

async function client(where: string, token: string, options: Partial<AndonOptions> = {}): Promise<Andon> {
  const near = where === 'beside the database' ? { databaseUrl: server.databaseUrl } : {}
  return new Andon({ url: server.url, token, ...near, ...options })
}

async function refusalOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => null,
    (cause: unknown) => cause,
  )
  return isProblem(error) ? { code: error.code, field: error.field } : error
}

async function read(id: string): Promise<Record<string, unknown>> {
  return (await server.call('GET', `/api/jobs/${id}`)).body
}

const WAYS = ['over HTTP', 'beside the database'] as const

describe.each(WAYS)('jobs that are made %s', (where) => {
  let andon: Andon
  beforeAll(async () => {
    andon = await client(where, await server.token('operator', ['jobs']))
  })
  afterAll(() => andon[Symbol.asyncDispose]())

  test('belong to the account of the token, with all that was asked', async () => {
    const wanted: CreateJob = {
      type: 'export.data',
      queue: 'exports',
      description: 'Orders of May',
      priority: 'high',
      tags: { shop: 'a' },
      subject: { type: 'order', id: '7' },
      input: { month: 5 },
      run_at: '2099-01-01T00:00:00.000Z',
    }
    const { id, is_existing: isExisting } = await andon.jobs.create(wanted)
    expect(isExisting).toBe(false)
    expect(await read(id)).toMatchObject({ ...wanted, state: 'pending', created_by: 'operator' })
  })

  test('come back in the order in which they were asked for', async () => {
    const made = await andon.jobs.createMany([1, 2, 3].map((n) => ({ type: 'test.order', input: { n } })))
    const jobs = await Promise.all(made.map(({ id }) => read(id)))
    expect(jobs.map((job) => job.input)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
  })

  test('wait for others only when those may be seen', async () => {
    const [parent] = await andon.jobs.createMany([{ type: 'test.parent' }])
    const child = await andon.jobs.create({ type: 'test.child', parents: [parent?.id ?? ''] })
    expect(await andon.jobs.get(child.id)).toMatchObject({ state: 'pending', wait_reason: 'parent' })
    const { body } = await server.call('POST', '/api/jobs', { body: { type: 'test.secret' } })
    expect(await refusalOf(andon.jobs.create({ type: 'test.child', parents: [body.id] }))).toMatchObject({
      code: 'job_not_found',
    })
  })

  test.each([
    ['a type that is none', { type: 'A B' }, { code: 'validation_failed', field: '/type' }],
    ['a type that is made elsewhere', { type: 'print.label' }, { code: 'validation_failed', field: '/type' }],
    ['a queue that looks like another', { type: 'a', queue: ' a' }, { code: 'validation_failed', field: '/queue' }],
    ['an unknown field', { type: 'a', prio: 'high' }, { code: 'validation_failed', field: '/prio' }],
    ['NUL', { type: 'a', input: { text: 'a\0' } }, { code: 'nul_character', field: '/input/text' }],
    ['half a character', { type: 'a', input: ['\ud800'] }, { code: 'invalid_unicode', field: '/input/0' }],
    ['numbers that are not exact', { type: 'a', input: 2 ** 60 }, { code: 'number_out_of_range', field: '/input' }],
    ['a time before now', { type: 'a', deadline_at: '2020-01-01T00:00:00Z' }, { field: '/deadline_at' }],
  ])('are refused with their field: %s', async (_, job, refusal) => {
    // What a program without types may ask for.
    const asked = job as CreateJob
    expect(await refusalOf(andon.jobs.create(asked))).toMatchObject(refusal)
    const field = 'field' in refusal ? { field: `/jobs/1${refusal.field}` } : {}
    expect(await refusalOf(andon.jobs.createMany([{ type: 'a' }, asked]))).toMatchObject({ ...refusal, ...field })
  })

  test('have at most 32 levels', async () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])
    await andon.jobs.create({ type: 'test.deep', input: nested(31) })
    expect(await refusalOf(andon.jobs.create({ type: 'test.deep', input: nested(32) }))).toMatchObject({
      code: 'json_too_deep',
    })
  })

  test('are at most a thousand at once', async () => {
    const jobs = Array.from({ length: 1001 }, () => ({ type: 'test.many' }))
    expect(await refusalOf(andon.jobs.createMany(jobs))).toMatchObject({ field: '/jobs' })
  })

  test.each([
    ['whose token was made for something else', 'operator', 'worker'],
    ['who may only look', 'viewer', 'jobs'],
  ] as const)('are not made for somebody %s', async (_, role, scope) => {
    await using other = await client(where, await server.token(role, [scope]))
    expect(await refusalOf(other.jobs.create({ type: 'a' }))).toMatchObject({ code: 'forbidden' })
    expect(await refusalOf(other.jobs.createMany([{ type: 'a' }]))).toMatchObject({ code: 'forbidden' })
  })
})

test('a key finds the job whichever way it was made', async () => {
  const token = await server.token('operator', ['jobs'])
  await using beside = await client('beside the database', token)
  await using overHttp = await client('over HTTP', token)
  for (const [first, then] of [
    [beside, overHttp],
    [overHttp, beside],
  ] as const) {
    const job = { type: 'test.key', input: { n: 1, m: 2 }, idempotency_key: crypto.randomUUID() }
    const { id } = await first.jobs.create(job)
    expect(await then.jobs.create(job)).toEqual({ id, is_existing: true })
    expect(await then.jobs.createMany([job])).toEqual([{ id, is_existing: true }])
    expect(await refusalOf(then.jobs.create({ ...job, input: 3 }))).toMatchObject({ code: 'idempotency_conflict' })
  }
})

describe('a program beside the database', () => {
  test('asks the server each minute in whose name it works', async () => {
    const token = await server.token('operator', ['jobs'])
    await using andon = await client('beside the database', token)
    vi.useFakeTimers({ toFake: ['performance'] })
    await andon.jobs.create({ type: 'a' })
    const [known] = await new Andon({ url: server.url, token: server.tokens.admin }).tokens.list()
    await server.call('DELETE', `/api/tokens/${known?.id}`)
    await andon.jobs.create({ type: 'a' })
    vi.advanceTimersByTime(60_000)
    expect(await refusalOf(andon.jobs.create({ type: 'a' }))).toMatchObject({ code: 'unauthenticated' })
    expect(await refusalOf(andon.jobs.create({ type: 'a' }))).toMatchObject({ code: 'unauthenticated' })
  })

  test('goes on while the server is away that it has known', async () => {
    let isAway = true
    const andon = await client('beside the database', await server.token('operator', ['jobs']), {
      retries: 0,
      fetch: (...request) => (isAway ? Promise.reject(new TypeError('fetch failed')) : fetch(...request)),
    })
    await using _ = andon
    vi.useFakeTimers({ toFake: ['performance'] })
    expect(await refusalOf(andon.jobs.create({ type: 'a' }))).toMatchObject({ code: 'server_unreachable' })
    isAway = false
    await andon.jobs.create({ type: 'a' })
    isAway = true
    vi.advanceTimersByTime(60_000)
    const { id } = await andon.jobs.create({ type: 'test.away' })
    expect(await read(id)).toMatchObject({ created_by: 'operator' })
  })

  test('says that the database is away, and goes on when it is back', async () => {
    const token = await server.token('operator', ['jobs'])
    await using andon = new Andon({ url: server.url, token, databaseUrl: 'postgres://127.0.0.1:1/andon' })
    expect(await refusalOf(andon.jobs.create({ type: 'a' }))).toMatchObject({ code: 'database_unavailable' })
  })
})
