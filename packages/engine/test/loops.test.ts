import {
  createJobs,
  createSchedule,
  internQueues,
  listSchedules,
  openStore,
  pauseLane,
  type Store,
  storeJobSource,
} from '@andon/store'
import { SILENT } from '@andon/store'
import { testDatabase } from '@andon/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  Ageing,
  createEngine,
  Expirer,
  nextRun,
  nextRuns,
  PartitionKeeper,
  Reconciler,
  Rescuer,
  Retention,
  Scheduler,
  SearchIndexer,
  Service,
  Stager,
} from '../src/index.ts'

let store: Store
let database: Awaited<ReturnType<typeof testDatabase>>
const LOG = { log: SILENT }
const signal = new AbortController().signal
const ANNA = { name: 'anna' }

beforeAll(async () => {
  database = await testDatabase()
  store = await openStore({ connection: database.url })
})

afterAll(async () => {
  await store.close()
  await database[Symbol.asyncDispose]()
})

async function rows<R>(text: string, values: readonly unknown[] = []): Promise<R[]> {
  const result = await store.pool.query(text, [...values])
  return result.rows as R[]
}

async function create(job: object = {}): Promise<string> {
  const [created] = await createJobs(store, [{ type: 'test.work', createdBy: 'anna', ...job }])
  if (created === undefined) throw new Error('nothing was made')
  return created.id
}

async function phase(id: string): Promise<number | undefined> {
  return (await rows<{ phase: number }>('select phase from job where id = $1', [id]))[0]?.phase
}

async function worker() {
  const source = storeJobSource(store)
  const lease = await source.register({
    name: 'w',
    kind: 'worker',
    host: 'here',
    pid: 1,
    version: 'test',
    types: ['test.work'],
    slots: 10,
    leaseMs: 30_000,
  })
  const claim = async (queue: string) => {
    const lane = (await internQueues(store, [queue])).get(queue)
    if (lane === undefined) throw new Error('no lane')
    const lanes = [{ laneId: lane.id, queueIds: [lane.id], limit: 10, slot: null }]
    return source.claim(lease, { lanes, types: ['test.work'], limit: 10 })
  }
  return { source, lease, claim }
}

describe('loops', () => {
  test('the stager readies what is due and says when the next is', async () => {
    const soon = await create({ runAt: new Date(Date.now() + 600_000) })
    const stager = new Stager(store, LOG)
    expect(await stager.runOnce(signal)).toBeGreaterThan(60_000)
    await rows('update job set run_at = now() where id = $1', [soon])
    expect(await stager.runOnce(signal)).toBeUndefined()
    expect(await phase(soon)).toBe(1)
  })

  test('the stager ends pauses whose time is over', async () => {
    const lane = (await internQueues(store, ['paused'])).get('paused')
    await pauseLane(store, lane?.id ?? 0, { until: new Date(0), reason: 'lunch' }, ANNA)
    await new Stager(store, LOG).runOnce(signal)
    expect(await rows('select paused_at from lane where id = $1', [lane?.id])).toEqual([{ paused_at: null }])
  })

  test('the rescuer takes the lease of a worker that is gone', async () => {
    const { lease, claim } = await worker()
    const id = await create({ queue: 'rescue' })
    expect(await claim('rescue')).toHaveLength(1)
    await rows("update worker set lease_until = now() - interval '1 s' where id = $1", [lease.workerId])
    await new Rescuer(store, LOG).runOnce()
    expect(await phase(id)).toBe(1)
  })

  test('the expirer ends what was not started in time', async () => {
    const id = await create({ expiresAt: new Date(0) })
    await new Expirer(store, LOG).runOnce()
    expect(await phase(id)).toBeUndefined()
  })

  test('ageing raises what waited long', async () => {
    const id = await create({ priority: 'low' })
    await rows("update job set run_at = now() - interval '1 h' where id = $1", [id])
    await new Ageing(store, LOG).runOnce()
    expect(await rows('select rank from job where id = $1', [id])).toEqual([{ rank: 1 }])
  })

  test('the scheduler makes up for missed times once, however many servers there are', async () => {
    const nextRunAt = new Date(Date.now() - 86_400_000)
    const job = { type: 'test.work', queue: 'nightly', input: { n: 1 } }
    await createSchedule(store, { name: 'every minute', cron: '* * * * *', timeZone: 'UTC', job, nextRunAt }, ANNA)
    await Promise.all([new Scheduler(store, LOG).runOnce(), new Scheduler(store, LOG).runOnce()])
    await new Scheduler(store, LOG).runOnce()
    expect(
      await rows("select created_by from job where queue_id = (select id from lane where name = 'nightly')"),
    ).toEqual([{ created_by: 'schedule:every minute' }])
    const [schedule] = await listSchedules(store)
    expect(schedule?.nextRunAt?.getTime()).toBeGreaterThan(Date.now())
  })

  test('retention forgets old keys', async () => {
    await create({ idempotencyKey: 'old' })
    await rows("update idempotency set created_at = now() - interval '8 days'")
    await new Retention(store, LOG).runOnce(signal)
    expect(await rows('select key from idempotency')).toEqual([])
  })

  test('the partition keeper makes the months ahead', async () => {
    await new PartitionKeeper(store, LOG).runOnce(signal)
    const [count] = await rows<{ n: number }>(
      "select count(*)::int as n from pg_class where relname ~ '^job_done_[0-9]{6}$'",
    )
    expect(count?.n).toBeGreaterThanOrEqual(3)
  })

  test('the reconciler mends counters', async () => {
    await new Reconciler(store, LOG).runOnce()
    await rows('update counter set n = n + 5 where process_id = 0')
    expect(await new Reconciler(store, LOG).compare()).toBeGreaterThan(0)
    expect(await new Reconciler(store, LOG).compare()).toBe(0)
  })

  test('the indexer finds what ended, and moves its cursor when nothing can come before', async () => {
    const { source, lease, claim } = await worker()
    const id = await create({ queue: 'index' })
    const [job] = await claim('index')
    await source.settle(lease, [{ jobId: id, fence: job?.fence ?? 0, outcome: 'completed' }])
    const indexer = new SearchIndexer(store, LOG)
    while ((await indexer.runOnce(signal)) === 0);
    expect(await rows('select job_id from job_search where job_id = $1', [id])).toHaveLength(1)
    await rows('delete from job_search where job_id = $1', [id])
    // The horizon is that of the whole server, on which other tests run: it passes sooner or later.
    while ((await rows('select reader from event_cursor where seq > 0')).length === 0) {
      await create()
      await indexer.runOnce(signal)
    }
    expect(await rows('select job_id from job_search where job_id = $1', [id])).toHaveLength(1)
  })
})

describe('times of schedules', () => {
  const at = (text: string): Date => new Date(text)

  test('in the zone of the schedule, across clock changes', () => {
    expect(nextRun('30 6 * * *', 'Europe/Berlin', at('2026-03-28T12:00:00Z'))).toEqual(at('2026-03-29T04:30:00Z'))
    // 02:30 does not exist on that day.
    expect(nextRun('30 2 * * *', 'Europe/Berlin', at('2026-03-28T12:00:00Z'))).toEqual(at('2026-03-29T01:00:00Z'))
    // 02:30 comes twice on that day and counts once.
    expect(nextRuns('30 2 * * *', 'Europe/Berlin', { after: at('2026-10-24T12:00:00Z'), count: 2 })).toEqual([
      at('2026-10-25T00:30:00Z'),
      at('2026-10-26T01:30:00Z'),
    ])
    expect(nextRun('0 0 30 2 *', 'UTC', at('2026-01-01T00:00:00Z'))).toBeNull()
  })

  test('says what is wrong', () => {
    expect(() => nextRun('every day', 'UTC', new Date())).toThrow(expect.objectContaining({ field: '/cron' }))
    expect(() => nextRun('* * * * *', 'Mars/Base', new Date())).toThrow(
      expect.objectContaining({ field: '/time_zone' }),
    )
  })
})

describe('the shape of a loop', () => {
  class Counting extends Service {
    override readonly name = 'counting'
    protected override readonly everyMs = 3_600_000
    passes = 0
    onPass: (() => void) | null = null
    failures = 0

    override async runOnce(): Promise<undefined> {
      this.passes += 1
      this.onPass?.()
      if (this.failures > 0) {
        this.failures -= 1
        throw new Error('out of order')
      }
    }
  }

  test('starts and stops twice, and wakes up', async () => {
    const loop = new Counting(LOG)
    const passed = (): Promise<void> => new Promise((resolve) => (loop.onPass = resolve))
    let next = passed()
    loop.start()
    loop.start()
    await next
    next = passed()
    loop.wake()
    await next
    await Promise.all([loop.stop(), loop.stop()])
    await loop.stop()
    expect(loop.passes).toBe(2)
    next = passed()
    loop.start()
    await next
    await loop.stop()
  })

  test('an error does not end it', async () => {
    const warnings: string[] = []
    const loop = new Counting({ log: { ...SILENT, warn: (_fields, message) => warnings.push(message) } })
    loop.failures = 1
    let next = new Promise<void>((resolve) => (loop.onPass = resolve))
    loop.start()
    await next
    next = new Promise<void>((resolve) => (loop.onPass = resolve))
    loop.wake()
    await next
    await loop.stop()
    expect(warnings).toEqual(['a loop failed'])
  })

  test('the engine starts and stops all of them', async () => {
    const engine = createEngine({ store })
    engine.start()
    engine.start()
    await engine.stop()
    await engine.stop()
  })
})
