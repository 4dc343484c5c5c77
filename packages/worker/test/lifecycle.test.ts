import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { completed, completedWithErrors, type JobContext, StopReason, SYSTEM_CLOCK, Worker } from '../src/index.ts'
import { Gate, openShop, over, type Shop, TYPE, until } from './fixtures.ts'

let shop: Shop

beforeAll(async () => {
  shop = await openShop()
})

afterEach(() => shop.rest())

afterAll(async () => {
  await shop[Symbol.asyncDispose]()
})

describe('a start', () => {
  test('that fails may be tried again', async () => {
    let tries = 0
    const register: typeof shop.source.register = async (worker) => {
      tries += 1
      if (tries === 1) throw new Error('not yet')
      return shop.source.register(worker)
    }
    const lane = await shop.lane()
    await using worker = new Worker({
      source: over(shop.source, { register }),
      version: 'test',
      handlers: new Map([[TYPE, () => completed('done', undefined)]]),
      lanes: async () => [lane],
    })
    await expect(worker.start()).rejects.toThrow('not yet')
    expect(worker.lease).toBeNull()
    await worker.start()
    await shop.reaches(await shop.createOne(), 'completed')
    expect(worker.lease?.workerId).toBe(worker.id)
  })

  test('that is stopped meanwhile leaves no worker behind', async () => {
    const asked = new Gate()
    const register: typeof shop.source.register = async () => {
      await asked.pass()
      throw new Error('too late')
    }
    const options = { source: over(shop.source, { register }), version: 'test', handlers: new Map() }
    const worker = new Worker({ ...options, lanes: async () => [] })
    const started = worker.start()
    await asked.reached
    const stopped = worker.stop()
    asked.open()
    await expect(started).rejects.toThrow('too late')
    await stopped
    await new Worker({ ...options, lanes: async () => [] }).stop()
    expect(await shop.rows('select from worker where stopped_at is null')).toEqual([])
  })
})

describe('what a source may answer', () => {
  test('a job that is brought twice runs once', async () => {
    const gate = new Gate()
    let brought = 0
    const claim: typeof shop.source.claim = async (lease, request) => {
      const jobs = await shop.source.claim(lease, request)
      brought += jobs.length
      return [...jobs, ...jobs]
    }
    const worker = await shop.worker(() => gate.pass(), { source: over(shop.source, { claim }) })
    const id = await shop.createOne()
    await gate.reached
    expect(worker.jobIds).toEqual([id])
    gate.open()
    await shop.reaches(id, 'completed')
    expect([brought, gate.arrivals]).toEqual([1, 1])
  })

  test('a job that it has no code for fails with instructions', async () => {
    const claim: typeof shop.source.claim = (lease, request) =>
      shop.source.claim(lease, { ...request, types: [...request.types, 'test.other'] })
    const source = over(shop.source, {
      claim,
      register: (worker) => shop.source.register({ ...worker, types: [...worker.types, 'test.other'] }),
    })
    await shop.worker(() => null, { source })
    const id = await shop.createOne({ type: 'test.other', maxAttempts: 1 })
    expect(await shop.reaches(id, 'failed')).toMatchObject({ error: { code: 'handler_missing' } })
  })

  test('a refused report spoils none of its set', async () => {
    const gate = new Gate()
    await shop.worker(() => gate.pass(), { slots: 2 })
    const [mine = '', stolen = ''] = await shop.create(2)
    await until(() => (gate.arrivals === 2 ? true : null))
    const thief = await shop.otherWorker()
    await shop.rows('update job set fence = fence + 1, worker_id = $2 where id = $1', [stolen, thief.workerId])
    gate.open()
    await shop.reaches(mine, 'completed')
    await until(() => (shop.errors.length > 0 ? true : null))
    expect(shop.errors).toEqual([expect.stringMatching(/^settle: /)])
    expect(await shop.job(stolen)).toMatchObject({ state: 'running' })
  })

  test('silence is outlived', async () => {
    const gate = new Gate()
    let isAway = true
    const away = async <T>(act: () => Promise<T>): Promise<T> => {
      if (isAway) throw new Error('away')
      return act()
    }
    const source = over(shop.source, {
      heartbeat: (lease, sample) => away(() => shop.source.heartbeat(lease, sample)),
      cancelled: (lease) => away(() => shop.source.cancelled(lease)),
    })
    await shop.worker((job) => gate.pass(job.signal), { source, leaseMs: 3_000, pollMs: 20 })
    const id = await shop.createOne()
    await gate.reached
    await until(() => (new Set(shop.errors).size === 2 ? true : null))
    isAway = false
    expect([...new Set(shop.errors)].toSorted()).toEqual(['cancelled: away', 'heartbeat: away'])
    gate.open()
    await shop.reaches(id, 'completed')
  })
})

describe('the end', () => {
  test('is not held up by a source that takes no reports', async () => {
    const clock = { ...SYSTEM_CLOCK, now: () => (aheadMs += 1_000) }
    let aheadMs = Date.now()
    const settle = () => Promise.reject(new Error('away'))
    const worker = await shop.worker(() => 'done', { source: over(shop.source, { settle }), clock })
    const id = await shop.createOne()
    await until(() => (shop.errors.length > 0 ? true : null))
    await worker.stop()
    expect(new Set(shop.errors)).toEqual(new Set(['settle: away']))
    expect(await shop.job(id)).toMatchObject({ state: 'running' })
  })

  test('lets a handler that is told at last see its signal already aborted', async () => {
    const gate = new Gate()
    let late: AbortSignal | null = null
    let asked = Promise.withResolvers<void>()
    const missed: typeof shop.source.missed = async (lease, known) => {
      const jobs = await shop.source.missed(lease, known)
      asked.resolve()
      return jobs
    }
    const handler = async (job: JobContext): Promise<void> => {
      await gate.pass()
      late = job.signal
    }
    const worker = await shop.worker(handler, { source: over(shop.source, { missed }) })
    await shop.createOne()
    await gate.reached
    asked = Promise.withResolvers<void>()
    const stopped = worker.stop()
    // The handlers are told in the turn after the worker has asked for what it may have missed.
    await asked.promise
    await new Promise((resolve) => setImmediate(resolve))
    gate.open()
    await stopped
    expect(late).toMatchObject({ aborted: true, reason: expect.any(StopReason) })
  })

  test('of a job carries all that its handler said last', async () => {
    await shop.worker(async (job) => {
      expect(await job.items.read(3, 9)).toMatchObject([{ index: 3 }, { index: 4 }])
      job.estimate({ seconds: 9 })
      job.update({ itemsFailed: 2, proof: 'confirmed', externalRef: 'a\0b' })
      job.update({ substate: 'running' })
      job.log.error('two are gone', { boxes: [7, 8] })
      return completedWithErrors({ code: 'gone', message: 'gone', hint: null, retryable: false })
    })
    const id = await shop.createOne({ items: Array.from({ length: 5 }, (_, n) => ({ ref: `box ${n}` })) })
    expect(await shop.reaches(id, 'completed_with_errors')).toMatchObject({
      items_failed: 2,
      progress: { estimate_s: 9 },
      summary: null,
    })
    const refs = await shop.rows('select external_ref from job_done where id = $1', [id])
    expect(refs).toEqual([{ external_ref: 'ab' }])
  })
})
