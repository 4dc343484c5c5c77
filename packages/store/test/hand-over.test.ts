import type { ClaimedJob, WorkerLease, WorkHint } from '@andon/core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  createJobs,
  drainWorker,
  type NewJob,
  openStore,
  pauseLane,
  reconcileCounters,
  rescueWorkers,
  resumeLane,
  setLaneLimits,
  type Store,
} from '../src/index.ts'
import { Parking } from '../src/parking.ts'
import { type Bench, bench } from './fixtures.ts'

const ANNA = { name: 'anna' }

let b: Bench
/** Makes the jobs, as another process would. */
let other: Store
const stack = new AsyncDisposableStack()

beforeAll(async () => {
  b = stack.use(await bench())
  other = stack.use(await openStore({ connection: b.url, maxConnections: 5 }))
  await new Promise<void>((resolve) => stack.use(b.store.listen(({ kind }) => kind === 'sweep' && resolve())))
})

afterEach(async () => {
  await b.rows('delete from job')
  await b.rows('delete from parked')
})

afterAll(() => stack.disposeAsync())

/** A worker that listens, and what it is handed. */
class Listening implements AsyncDisposable {
  readonly lease: WorkerLease
  readonly #hints: WorkHint[] = []
  #wake: (() => void) | null = null
  #subscription: AsyncDisposable | null = null

  static async start(options: { leaseMs?: number } = {}): Promise<Listening> {
    const worker = new Listening(await b.worker(options))
    worker.#subscription = await b.source.subscribe(worker.lease, (hint) => {
      worker.#hints.push(hint)
      worker.#wake?.()
    })
    return worker
  }

  private constructor(lease: WorkerLease) {
    this.lease = lease
  }

  /** Finds nothing, and so waits to be handed something. */
  async park(queue = 'default'): Promise<void> {
    expect(await b.claim(this.lease, 10, queue)).toEqual([])
  }

  /** Resolves with the first hint of the kind that was not taken yet. */
  async hint<K extends WorkHint['kind']>(kind: K): Promise<Extract<WorkHint, { kind: K }>> {
    for (;;) {
      const index = this.#hints.findIndex((hint) => hint.kind === kind)
      const [found] = index < 0 ? [] : this.#hints.splice(index, 1)
      if (found !== undefined) return found as Extract<WorkHint, { kind: K }>
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async handed(): Promise<ClaimedJob> {
    return (await this.hint('handed')).job
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#subscription?.[Symbol.asyncDispose]()
    await b.source.unregister(this.lease)
  }
}

async function create(job: Partial<NewJob> = {}, store: Store = other): Promise<string> {
  await store.notifier.idle()
  const [created] = await createJobs(store, [{ type: 'test.work', createdBy: 'anna', ...job }])
  return created?.id ?? ''
}

async function phaseOf(id: string): Promise<unknown> {
  return b.row('select phase, worker_id from job where id = $1', [id])
}

const READY = { phase: 1, worker_id: null }

describe('a worker with nothing to do', () => {
  test('is handed a job that is held from its first moment, with all that a claim would tell', async () => {
    await using worker = await Listening.start()
    await worker.park()
    const deadlineAt = new Date(Date.now() + 60_000)
    const id = await create({ input: { text: 'ü "\\"' }, description: 'one', priority: 'high', deadlineAt })
    const job = await worker.handed()
    const lane = await b.queue()
    expect(job).toMatchObject({
      jobId: id,
      fence: 1,
      type: 'test.work',
      laneId: lane.id,
      queueId: lane.id,
      attempt: 1,
      maxAttempts: 5,
      priority: 'high',
      isResumed: false,
      input: { text: 'ü "\\"' },
      description: 'one',
      createdBy: 'anna',
      deadlineAt,
      lostAction: 'requeue',
    })
    expect(await b.source.missed(worker.lease, [])).toEqual([{ ...job, deadlineInMs: expect.any(Number) }])
    expect(
      await b.row(
        'select phase, substate, worker_id, fence, attempt, version, started_at is not null as begun from job',
      ),
    ).toEqual({
      phase: 2,
      substate: 3,
      worker_id: worker.lease.workerId,
      fence: 1,
      attempt: 1,
      version: 2,
      begun: true,
    })
    const events = await b.rows<{ kind: number }>(
      'select kind, worker_id from event_batch where $1 = any(job_ids) order by seq',
      [id],
    )
    expect(events).toEqual([
      { kind: 1, worker_id: null },
      { kind: 3, worker_id: worker.lease.workerId },
    ])
    expect(await b.source.settle(worker.lease, [{ jobId: id, fence: 1, outcome: 'completed' }])).toEqual([])
    expect(await b.store.transaction((tx) => reconcileCounters(tx))).toBe(0)
  })

  test('is handed one job, and the next one when it found nothing again', async () => {
    await using worker = await Listening.start()
    await worker.park()
    const first = await create()
    expect(await phaseOf(await create())).toEqual(READY)
    expect((await worker.handed()).jobId).toBe(first)
    expect(await b.claim(worker.lease)).toHaveLength(1)
    await worker.park()
    const third = await create()
    expect((await worker.handed()).jobId).toBe(third)
    await b.rows('delete from job')
  })

  test('is handed a job with a key once, and stays where it is when the key is shown again', async () => {
    await b.store.transaction((tx) => reconcileCounters(tx))
    await using worker = await Listening.start()
    await worker.park()
    const first = await create({ idempotencyKey: 'handed' })
    expect((await worker.handed()).jobId).toBe(first)
    expect(await b.claim(worker.lease)).toEqual([])
    await worker.park()
    expect(await create({ idempotencyKey: 'handed' })).toBe(first)
    await expect(create({ idempotencyKey: 'handed', input: 1 })).rejects.toMatchObject({ code: 'idempotency_conflict' })
    const second = await create({ idempotencyKey: 'another' })
    expect((await worker.handed()).jobId).toBe(second)
    expect(await b.store.transaction((tx) => reconcileCounters(tx))).toBe(0)
  })

  test('asks for a job that is too long to travel', async () => {
    await using worker = await Listening.start()
    await worker.park()
    const id = await create({ input: { text: 'x'.repeat(10_000) } })
    await worker.hint('sweep')
    expect((await b.source.missed(worker.lease, [])).map((job) => job.jobId)).toEqual([id])
    await b.rows('delete from job')
  })

  test('is lost with what it was handed like any other', async () => {
    await using worker = await Listening.start()
    await worker.park()
    const id = await create()
    const job = await worker.handed()
    await worker.park()
    await b.rows("update worker set lease_until = now() - interval '1 s' where id = $1", [worker.lease.workerId])
    const [rescue] = await rescueWorkers(b.store)
    expect(rescue?.jobs).toEqual([{ id, fate: 'requeued' }])
    expect(await b.rows('select from parked')).toEqual([])
    expect(
      await b.source.settle(worker.lease, [{ jobId: job.jobId, fence: job.fence, outcome: 'completed' }]),
    ).toHaveLength(1)
  })
})

describe('nothing is handed over', () => {
  test.each<[string, Partial<NewJob>]>([
    ['later', { runAt: new Date(Date.now() + 60_000) }],
    ['held', { isHeld: true }],
    ['of a type that nobody there can run', { type: 'other.work' }],
    ['with a key', { uniqueKey: 'k' }],
    ['with items', { items: [{ ref: 'a' }] }],
    ['of another queue', { queue: 'elsewhere' }],
  ])('that is %s', async (_name, job) => {
    await using worker = await Listening.start()
    await worker.park()
    expect(await phaseOf(await create(job))).toMatchObject({ worker_id: null })
    expect(await b.rows('select worker_id from parked')).toEqual([{ worker_id: worker.lease.workerId }])
  })

  test('past a job that waits', async () => {
    await using worker = await Listening.start()
    await worker.park()
    await createJobs(other, [
      { type: 'other.work', createdBy: 'anna' },
      { type: 'other.work', createdBy: 'anna' },
    ])
    expect(await phaseOf(await create({ priority: 'urgent' }))).toEqual(READY)
  })

  test('in a lane that is paused or has limits, as soon as it has them', async () => {
    await using worker = await Listening.start()
    await worker.park()
    const { id } = await b.queue()
    await pauseLane(b.store, id, {}, ANNA)
    expect(await phaseOf(await create())).toEqual(READY)
    await b.rows('delete from job')
    await resumeLane(b.store, id, ANNA)
    for (const limits of [{ slots: 1 }, { rateLimit: 1, ratePerMs: 1_000 }]) {
      await setLaneLimits(b.store, id, limits, ANNA)
      expect(await phaseOf(await create())).toEqual(READY)
      await b.rows('delete from job')
      await setLaneLimits(b.store, id, { slots: null, rateLimit: null, ratePerMs: null }, ANNA)
    }
    expect(await phaseOf(await create())).toMatchObject({ phase: 2 })
    await b.rows('delete from job')
  })

  test('to a worker that drains, has lost its lease, or has not asked for long', async () => {
    await using worker = await Listening.start()
    await worker.park()
    const { workerId } = worker.lease
    await drainWorker(b.store, workerId, { isDraining: true, actor: ANNA })
    expect(await phaseOf(await create())).toEqual(READY)
    await b.rows('delete from job')
    await drainWorker(b.store, workerId, { isDraining: false, actor: ANNA })
    await b.rows("update parked set parked_at = now() - interval '6 s'")
    expect(await phaseOf(await create())).toEqual(READY)
    await b.rows('delete from job')
    await b.rows('update parked set parked_at = now()')
    await b.rows("update worker set lease_until = now() - interval '1 s' where id = $1", [workerId])
    expect(await phaseOf(await create())).toEqual(READY)
  })

  test('to a worker that does not listen, claims, asks what it missed, or ended', async () => {
    const silent = await b.worker()
    expect(await b.claim(silent)).toEqual([])
    expect(await phaseOf(await create())).toEqual(READY)
    await using worker = await Listening.start()
    expect(await b.claim(worker.lease)).toHaveLength(1)
    expect(await phaseOf(await create())).toEqual(READY)
    await b.rows('delete from job')
    await worker.park()
    expect(await b.source.missed(worker.lease, [])).toEqual([])
    expect(await phaseOf(await create())).toEqual(READY)
    await b.rows('delete from job')
    await worker.park()
    await b.source.unregister(worker.lease)
    expect(await phaseOf(await create())).toEqual(READY)
  })
})

describe('a notification', () => {
  test('that comes after the job was asked for is not taken', async () => {
    const lease = await b.worker()
    const parking = new Parking(b.store, lease)
    const lane = await b.queue()
    await parking.enter([lane.id])
    expect(await phaseOf(await create())).toMatchObject({ phase: 2 })
    await parking.close()
    expect(await b.source.missed(lease, [])).toHaveLength(1)
    expect(parking.takes(1)).toBe(false)
    await parking.enter([lane.id])
    expect(parking.takes(1)).toBe(false)
    expect(parking.takes(2)).toBe(true)
    expect(parking.takes(2)).toBe(false)
  })

  test('on its way keeps the worker from claiming more than it has room for', async () => {
    const lease = await b.worker()
    const parking = new Parking(b.store, lease)
    const lane = await b.queue()
    await parking.enter([lane.id])
    await create()
    expect(await parking.leave()).toBe(false)
    expect(await parking.leave()).toBe(false)
    expect(parking.takes(1)).toBe(true)
    expect(await parking.leave()).toBe(true)
    await parking.enter([lane.id])
    expect(await parking.leave()).toBe(true)
  })
})

test('several at once give each worker one job, and none to two', async () => {
  await using all = new AsyncDisposableStack()
  const creators = await Promise.all(
    Array.from({ length: 6 }, () => openStore({ connection: b.url, maxConnections: 1 })),
  )
  for (const creator of creators) all.use(creator)
  const workers = await Promise.all(Array.from({ length: 4 }, () => Listening.start()))
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(workers.map((worker) => worker.park()))
    await Promise.all(creators.map((creator) => create({}, creator)))
    // Whoever finds another's job waiting leaves its own there as well.
    const handed = await b.rows<{ worker_id: number }>('select worker_id from job where phase = 2')
    expect(handed.length).toBeGreaterThan(0)
    expect(new Set(handed.map((row) => row.worker_id)).size).toBe(handed.length)
    expect(await b.row('select count(*)::int as n from job')).toEqual({ n: 6 })
    for (const worker of workers) {
      const isHanded = handed.some((row) => row.worker_id === worker.lease.workerId)
      if (!isHanded) continue
      const { jobId, fence } = await worker.handed()
      await b.source.settle(worker.lease, [{ jobId, fence, outcome: 'completed' }])
    }
    await b.rows('delete from job')
    expect(await b.rows('select from job where phase = 2')).toEqual([])
  }
  for (const worker of workers) all.use(worker)
})
