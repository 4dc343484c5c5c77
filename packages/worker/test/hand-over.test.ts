import { drainWorker, type Notification, type Store, storeJobSource } from '@andon/store'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Worker } from '../src/index.ts'
import { Gate, openShop, over, type Shop, until } from './fixtures.ts'

let shop: Shop

beforeAll(async () => {
  shop = await openShop()
})

afterEach(() => shop.rest())

afterAll(async () => {
  await shop[Symbol.asyncDispose]()
})

/** Resolves when the worker waits to be handed something. */
async function parked(worker: Worker): Promise<void> {
  await until(async () => {
    const rows = await shop.rows('select from parked where worker_id = $1', [worker.id])
    return rows.length > 0 ? true : null
  })
}

/** Makes a job while nothing else is under way, so that it may be handed over. */
async function createAlone(): Promise<string> {
  await shop.store.notifier.idle()
  return shop.createOne()
}

/** The source, with what its claims and its questions brought. */
function watched(source = shop.source): { source: typeof shop.source; claimed: string[]; missed: string[] } {
  const claimed: string[] = []
  const missed: string[] = []
  return {
    claimed,
    missed,
    source: over(source, {
      claim: async (lease, request) => {
        const jobs = await source.claim(lease, request)
        claimed.push(...jobs.map((job) => job.jobId))
        return jobs
      },
      missed: async (lease, known) => {
        const jobs = await source.missed(lease, known)
        missed.push(...jobs.map((job) => job.jobId))
        return jobs
      },
    }),
  }
}

/** The store, whose notifications of a hand-off come only when they are let through. */
function held(store: Store): { store: Store; release: () => void; count: () => number } {
  const late: (() => void)[] = []
  const listen: Store['listen'] = (onNotification) =>
    store.listen((notification: Notification) => {
      if (notification.kind === 'handed') late.push(() => onNotification(notification))
      else onNotification(notification)
    })
  const proxy = new Proxy(store, {
    get: (target, name) => {
      const value: unknown = name === 'listen' ? listen : Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { store: proxy, release: () => late.splice(0).forEach((tell) => tell()), count: () => late.length }
}

test('an idle worker begins what it is handed without asking, again and again', async () => {
  const { source, claimed, missed } = watched()
  const worker = await shop.worker((job) => job.attempt, { source, pollMs: 60_000 })
  // Before it listens, and when it is told late, it asks; the first that is handed to it is told after all of those.
  let first: string
  do {
    await parked(worker)
    first = await createAlone()
    await shop.reaches(first, 'completed')
  } while (claimed.includes(first))
  const before = claimed.length
  for (let round = 0; round < 3; round += 1) {
    await parked(worker)
    const id = await createAlone()
    expect(await shop.reaches(id, 'completed')).toMatchObject({ result: 1, attempt: 1 })
  }
  expect([claimed.length, missed]).toEqual([before, []])
  expect(shop.errors).toEqual([])
})

test('what it is handed without hearing of it is found by the poll, and begins once', async () => {
  const notifications = held(shop.store)
  const { source, missed } = watched(storeJobSource(notifications.store))
  let runs = 0
  const worker = await shop.worker(() => (runs += 1), { source, pollMs: 100 })
  await parked(worker)
  const id = await createAlone()
  await shop.reaches(id, 'completed')
  expect(missed).toEqual([id])
  await until(() => (notifications.count() === 1 ? true : null))
  notifications.release()
  const next = await createAlone()
  await shop.reaches(next, 'completed')
  expect(runs).toBe(2)
})

test('a busy worker is handed nothing', async () => {
  const gate = new Gate()
  const { source, claimed } = watched()
  const worker = await shop.worker(() => gate.pass(), { source, slots: 1 })
  await parked(worker)
  await createAlone()
  await gate.reached
  const waits = await createAlone()
  expect(await shop.job(waits)).toMatchObject({ state: 'queued' })
  gate.open()
  await shop.reaches(waits, 'completed')
  expect(claimed).toEqual([waits])
})

test('a worker that drains gives back what it was handed without hearing of it, and is handed no more', async () => {
  const notifications = held(shop.store)
  const source = storeJobSource(notifications.store)
  const worker = await shop.worker(() => 'done', { source, pollMs: 60_000, leaseMs: 3_000 })
  await parked(worker)
  const id = await createAlone()
  expect(await shop.job(id)).toMatchObject({ state: 'running' })
  await drainWorker(shop.store, worker.id ?? 0, { isDraining: true, actor: { name: 'test' } })
  await shop.reaches(id, 'queued')
  expect(await shop.rows('select from parked')).toEqual([])
  expect(await shop.job(await createAlone())).toMatchObject({ state: 'queued', attempt: 0 })
})

test('a worker that stops leaves nothing held, whatever is handed to it meanwhile', async () => {
  const ids: string[] = []
  for (let round = 0; round < 10; round += 1) {
    const worker = await shop.worker(() => 'done')
    await parked(worker)
    const making = createAlone()
    await Promise.all([worker.stop(), making])
    ids.push(await making)
    expect(await shop.rows('select from job where phase = 2')).toEqual([])
    expect(await shop.rows('select from parked')).toEqual([])
    const [row] = await shop.rows<{ left: number }>('select count(*)::int as left from worker where stopped_at is null')
    expect(row?.left).toBe(0)
  }
  await shop.worker(() => 'done')
  await shop.allEnd(ids)
  const jobs = await Promise.all(ids.map((id) => shop.job(id)))
  expect(jobs.every(({ state, attempt }) => state === 'completed' && attempt === 1)).toBe(true)
})

test('two workers and many lone jobs: nothing runs twice, nothing is left', async () => {
  const runs = new Map<string, number>()
  const handler = (job: { id: string }): void => void runs.set(job.id, (runs.get(job.id) ?? 0) + 1)
  await shop.worker(handler, { slots: 1, pollMs: 20 })
  await shop.worker(handler, { slots: 2, pollMs: 20 })
  const ids: string[] = []
  for (let round = 0; round < 100; round += 1) ids.push(await createAlone())
  await shop.allEnd(ids)
  expect(runs.size).toBe(100)
  expect(Math.max(...runs.values())).toBe(1)
  expect(shop.errors).toEqual([])
})
