import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Gate, openShop, over, type Shop, until } from './fixtures.ts'

let shop: Shop

beforeAll(async () => {
  shop = await openShop()
})

afterEach(() => shop.rest())

afterAll(async () => {
  await shop[Symbol.asyncDispose]()
})

test('reaches the row while the job runs, and never goes backward', async () => {
  const gate = new Gate()
  await shop.worker(async (job) => {
    job.steps(4)
    await job.step('read')
    await job.step('sort', { by: 2 })
    await job.step('odd', { by: -5 })
    job.progress({ percent: 10, message: 'on the way' })
    await job.flush()
    await gate.pass()
    job.progress({ percent: 90 })
  })
  const id = await shop.createOne()
  await gate.reached
  expect(await shop.job(id)).toMatchObject({
    state: 'running',
    progress: { percent: 75, step: 'odd', steps_done: 3, steps_total: 4, message: 'on the way' },
  })
  gate.open()
  expect(await shop.reaches(id, 'completed')).toMatchObject({ progress: { percent: 90 } })
})

test('is written a few times a second, however often it is reported', async () => {
  let writes = 0
  const progress: typeof shop.source.progress = (lease, updates) => {
    writes += 1
    return shop.source.progress(lease, updates)
  }
  await shop.worker(
    async (job) => {
      job.steps(20_000)
      for (let n = 0; n < 20_000; n += 1) await job.step(`step ${n}`)
    },
    { source: over(shop.source, { progress }) },
  )
  const id = await shop.createOne()
  expect(await shop.reaches(id, 'completed')).toMatchObject({ progress: { percent: 100, steps_done: 20_000 } })
  expect(writes).toBeLessThan(1_000)
})

test('counts items within their total', async () => {
  await shop.worker(async (job) => {
    job.update({ itemsDone: 150 })
    job.update({ itemsDone: 9, itemsFailed: 900 })
    await job.flush()
  })
  const id = await shop.createOne({ items: Array.from({ length: 200 }, (_, n) => ({ ref: `box ${n}` })) })
  expect(await shop.reaches(id, 'completed')).toMatchObject({ items_done: 150, items_failed: 50 })
})

test('tells a handler that its job is held elsewhere', async () => {
  const gate = new Gate()
  let reason: unknown
  await shop.worker(async (job) => {
    await gate.pass()
    job.progress({ percent: 1 })
    try {
      await job.flush()
      for (;;) await job.step('on')
    } catch (error) {
      reason = error
    }
  })
  const id = await shop.createOne()
  await gate.reached
  await shop.rows('update job set fence = fence + 1 where id = $1', [id])
  gate.open()
  await until(() => (reason === undefined ? null : true))
  expect(reason).toMatchObject({ kind: 'lease_lost' })
})

test('writes log lines with attempt, step and data before the job ends', async () => {
  await shop.worker(async (job) => {
    job.log.info('begins')
    await job.step('sort')
    job.log.warning('odd \0 line', { box: 7 })
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    job.log.debug('circle', circle)
  })
  const id = await shop.createOne()
  await shop.reaches(id, 'completed')
  const lines = await shop.rows(
    'select attempt, level, step, message, data from job_log where job_id = $1 order by n',
    [id],
  )
  expect(lines).toEqual([
    { attempt: 1, level: 1, step: null, message: 'begins', data: null },
    { attempt: 1, level: 2, step: 'sort', message: 'odd  line', data: { box: 7 } },
    { attempt: 1, level: 0, step: 'sort', message: 'circle', data: '[object Object]' },
  ])
  expect(shop.errors).toEqual([])
})

test('loses nothing that was said while the database was away', async () => {
  let isAway = true
  const away = async <T>(act: () => Promise<T>): Promise<T> => {
    if (isAway) throw new Error('away')
    return act()
  }
  const source = over(shop.source, {
    log: (lines) => away(() => shop.source.log(lines)),
    progress: (lease, updates) => away(() => shop.source.progress(lease, updates)),
  })
  await shop.worker(
    async (job) => {
      job.log.info('first')
      job.progress({ percent: 5 })
      const written = job.flush()
      await until(() => (shop.errors.length >= 2 ? true : null))
      job.log.info('second')
      isAway = false
      await written
      job.log.info('third')
    },
    { source },
  )
  const id = await shop.createOne()
  expect(await shop.reaches(id, 'completed')).toMatchObject({ progress: { percent: 5 } })
  const lines = await shop.rows<{ message: string }>('select message from job_log where job_id = $1 order by n', [id])
  expect(lines.map(({ message }) => message)).toEqual(['first', 'second', 'third'])
})
