import { rescueWorkers } from '@andon/store'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { StopReason } from '../../worker/src/index.ts'
import { createLog, createServer } from '../src/index.ts'
import { PRINTING } from './harness.ts'
import { aborted, expireLease, NEVER_MS, openRemoteShop, type RemoteShop, until } from './remote-shop.ts'

let shop: RemoteShop
beforeAll(async () => {
  shop = await openRemoteShop()
})
afterEach(() => shop.rest())
afterAll(() => shop[Symbol.asyncDispose]())

describe('a worker that knows only the address', () => {
  test('runs a job with progress and log, and gives back its result', async () => {
    await shop.worker(async (job) => {
      job.steps(2)
      await job.step('one')
      job.log.info('began', { input: job.input })
      await job.flush()
      await job.step('two')
      return { twice: (job.input as { n: number }).n * 2, isDated: job.claimed.createdAt instanceof Date }
    })
    const id = await shop.create({ input: { n: 21 } })
    expect(await shop.reaches(id, 'completed')).toMatchObject({
      result: { twice: 42, isDated: true },
      attempt: 1,
      progress: { step: 'two', steps_done: 2, steps_total: 2 },
    })
    const { body } = await shop.andon.call('GET', `/api/jobs/${id}/logs`)
    expect(body.data).toMatchObject([{ message: 'began', step: 'one', level: 'info', data: { input: { n: 21 } } }])
    expect(shop.errors).toEqual([])
  })

  test('hears of new work by a hint alone, and of failures by their errors', async () => {
    const worker = await shop.worker(() => {
      throw new Error('it broke')
    })
    await shop.reaches(await shop.create({ max_attempts: 1 }), 'failed')
    const failed = await shop.reaches(await shop.create({ max_attempts: 1 }), 'failed')
    expect(failed).toMatchObject({ error: { code: 'handler_failed', message: 'it broke' } })
    expect(worker.jobIds).toEqual([])
    expect(shop.errors).toEqual([])
  })

  test('works off items, each durable before the next', async () => {
    await shop.worker(async (job) => {
      for (const item of await job.items.read(0, 10)) {
        const change = { from: item.index, to: item.index, attempt: job.attempt }
        await job.items.change([{ ...change, state: 'intended' }])
        await job.items.change([{ ...change, state: 'done', proof: 'confirmed', externalRef: `r${item.index}` }])
      }
      return (await job.items.read(1, 1)).map(({ data, externalRef, state }) => ({ data, externalRef, state }))
    })
    const id = await shop.create({
      items: [
        { ref: 'A', data: { n: 1 } },
        { ref: 'B', data: { n: 2 } },
      ],
    })
    expect(await shop.reaches(id, 'completed')).toMatchObject({
      items: { total: 2, done: 2, failed: 0 },
      result: [{ data: { n: 2 }, externalRef: 'r1', state: 'done' }],
    })
    expect(shop.errors).toEqual([])
  })

  test('writes more lines than fit into a set, in order', async () => {
    await shop.worker((job) => {
      for (let n = 0; n < 1_200; n += 1) job.log.info(`line ${n}`)
    })
    const id = await shop.create()
    await shop.reaches(id, 'completed')
    const { rows } = await shop.andon.store.pool.query('select message from job_log where job_id = $1 order by n', [id])
    expect(rows.map(({ message }) => message)).toEqual(Array.from({ length: 1_200 }, (_, n) => `line ${n}`))
  })

  test('fails a job whose result the server cannot take, and holds up no other', async () => {
    const deep = (levels: number): unknown => (levels === 0 ? 'deep' : [deep(levels - 1)])
    await shop.worker((job) => (job.input === 'deep' ? deep(40) : 'fine'), { slots: 2 })
    const [bad, good] = await Promise.all([shop.create({ input: 'deep' }), shop.create()])
    expect(await shop.reaches(bad, 'failed')).toMatchObject({ error: { code: 'handler_failed' } })
    expect(await shop.reaches(good, 'completed')).toMatchObject({ result: 'fine' })
  })

  test('gives back what it holds when it stops, and is gone', async () => {
    const started = Promise.withResolvers<void>()
    const worker = await shop.worker(async (job) => {
      started.resolve()
      throw await aborted(job.signal)
    })
    const id = await shop.create()
    await started.promise
    const workerId = worker.id
    await worker.stop()
    expect((await shop.andon.call('GET', `/api/jobs/${id}`)).body).toMatchObject({ state: 'queued', attempt: 0 })
    const { body } = await shop.andon.call('GET', '/api/workers')
    expect(body.data.find(({ id: known }: { id: number }) => known === workerId)).toMatchObject({ is_alive: false })
  })
})

describe('a cancel', () => {
  async function cancelRunning(options: Parameters<RemoteShop['worker']>[1]): Promise<void> {
    const started = Promise.withResolvers<void>()
    await shop.worker(async (job) => {
      started.resolve()
      throw await aborted(job.signal)
    }, options)
    const id = await shop.create()
    await started.promise
    await shop.andon.call('POST', `/api/jobs/${id}/cancel`, { body: { reason: 'wrong file' } })
    expect(await shop.reaches(id, 'cancelled')).toMatchObject({ cancel: { by: 'admin', reason: 'wrong file' } })
  }

  test('is told by a hint', () => cancelRunning({}))

  test('is told by the poll when hints do not get through', () =>
    cancelRunning({ pollMs: 30, http: { fetch: withoutHints } }))

  test('is told by the heartbeat when there is neither', () =>
    cancelRunning({ leaseMs: 1_000, http: { fetch: withoutHints } }))
})

describe('a lease', () => {
  test('that was lost ends what runs; what that reports is refused and kept, and the job is done again', async () => {
    const { store } = shop.andon
    const reasons: unknown[] = []
    const started = Promise.withResolvers<void>()
    const mayEnd = Promise.withResolvers<void>()
    const worker = await shop.worker(
      async (job) => {
        if (job.attempt > 1) return 'done again'
        started.resolve()
        reasons.push(await aborted(job.signal))
        await mayEnd.promise
        return 'too late'
      },
      { leaseMs: 1_000 },
    )
    const lost = worker.id
    const id = await shop.create()
    await started.promise
    await until(async () => {
      await expireLease(store, lost)
      await rescueWorkers(store)
      return reasons.length > 0 ? true : null
    })
    expect(reasons).toMatchObject([{ kind: 'lease_lost' }])
    expect(reasons[0]).toBeInstanceOf(StopReason)
    expect(await shop.reaches(id, 'completed')).toMatchObject({ result: 'done again', attempt: 2 })
    mayEnd.resolve()
    await until(() => shop.errors.some((error) => error.startsWith('settle: ')) || null)
    const { body } = await shop.andon.call('GET', `/api/jobs/${id}/logs`)
    expect(body.data.at(-1)).toMatchObject({ level: 'warning', data: { result: 'too late', workerId: lost } })
    expect((await shop.andon.call('GET', `/api/jobs/${id}`)).body).toMatchObject({ result: 'done again' })
  })

  test('that ran out gives its job to another', async () => {
    const { store } = shop.andon
    const started = Promise.withResolvers<void>()
    const first = await shop.worker(async (job) => {
      started.resolve()
      throw await aborted(job.signal)
    })
    const id = await shop.create()
    await started.promise
    const workerId = first.id
    await expireLease(store, workerId)
    await shop.worker(() => 'by the second')
    await rescueWorkers(store)
    expect(await shop.reaches(id, 'completed')).toMatchObject({ result: 'by the second' })
  })
})

test('a server that was away is found again, and nothing is lost', async () => {
  const { store } = shop.andon
  const log = createLog({ level: 'silent' })
  let server = await createServer({ store, printing: PRINTING, log })
  const url = await server.listen()
  const started = Promise.withResolvers<void>()
  const mayEnd = Promise.withResolvers<void>()
  await shop.worker(
    async (job) => {
      started.resolve()
      await mayEnd.promise
      job.log.info('ended')
      return 'done'
    },
    { pollMs: 50, http: { url } },
  )
  const id = await shop.create()
  await started.promise
  await server.close()
  mayEnd.resolve()
  await until(() => shop.errors.some((error) => error.startsWith('settle: ')) || null)
  server = await createServer({ store, printing: PRINTING, log })
  await server.listen({ port: Number(new URL(url).port) })
  expect(await shop.reaches(id, 'completed')).toMatchObject({ result: 'done', attempt: 1 })
  await until(async () => {
    const { body } = await shop.andon.call('GET', `/api/jobs/${id}/logs`)
    return body.data.length === 1 ? true : null
  })
  await shop.reaches(await shop.create(), 'completed')
  await shop.rest()
  await server.close()
})

test('a worker hears again by hints when the server is back', async () => {
  const { store } = shop.andon
  const log = createLog({ level: 'silent' })
  let server = await createServer({ store, printing: PRINTING, log })
  const url = await server.listen()
  await shop.worker(() => 'done', { pollMs: NEVER_MS, http: { url } })
  await shop.reaches(await shop.create(), 'completed')
  await server.close()
  const id = await shop.create()
  server = await createServer({ store, printing: PRINTING, log })
  await server.listen({ port: Number(new URL(url).port) })
  await shop.reaches(id, 'completed')
  await shop.rest()
  await server.close()
})

const withoutHints: typeof fetch = (input, init) =>
  typeof input === 'string' && input.endsWith('/hints') ? Promise.reject(new TypeError('cut')) : fetch(input, init)
