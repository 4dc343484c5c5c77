import {
  createJobs,
  createLane,
  createSchedule,
  getSchedule,
  removeSchedule,
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
  PartitionKeeper,
  Reconciler,
  Rescuer,
  Retention,
  RetryCounter,
  Scheduler,
  SearchIndexer,
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

/** A scheduler of which it is known what it complained of. */
function listening(): { readonly scheduler: Scheduler; readonly told: unknown[] } {
  const told: unknown[] = []
  return { told, scheduler: new Scheduler(store, { log: { ...SILENT, error: (fields) => told.push(fields) } }) }
}

describe('the retry counter', () => {
  test('tells groups of errors which of their jobs were retried, a batch at a time', async () => {
    const counter = new RetryCounter(store, LOG)
    const ids = Array.from({ length: 2_001 }, () => store.newId())
    await store.pool.query(
      `insert into retried (job_id, retry_id, created_at)
       select id, id, now() - interval '2 days' from unnest($1::uuid[]) as id`,
      [ids],
    )
    expect(await counter.runOnce()).toBe(0)
    expect(await counter.runOnce()).toBeUndefined()
    expect(await rows('select from retried where not is_counted')).toEqual([])
  })
})

describe('loops', () => {
  test('the stager readies what is due and says when the next is', async () => {
    const soon = await create({ runAt: new Date(Date.now() + 600_000) })
    const stager = new Stager(store, LOG)
    expect(await stager.runOnce(signal)).toBeGreaterThan(60_000)
    await rows('update job set run_at = now() where id = $1', [soon])
    expect(await stager.runOnce(signal)).toBeUndefined()
    expect(await phase(soon)).toBe(1)
  })

  test('the stager readies all that is due, set after set, until it is to stop', async () => {
    const jobs = Array.from({ length: 1_001 }, () => ({
      type: 'test.work',
      createdBy: 'anna',
      runAt: new Date(Date.now() + 600_000),
    }))
    const ids = (await createJobs(store, jobs)).map(({ id }) => id)
    await rows('update job set run_at = now() where id = any($1::uuid[])', [ids])
    const waiting = async () => rows('select from job where phase = 0 and id = any($1::uuid[])', [ids])
    await new Stager(store, LOG).runOnce(AbortSignal.abort())
    expect(await waiting()).toHaveLength(1_001)
    await new Stager(store, LOG).runOnce(signal)
    expect(await waiting()).toEqual([])
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

  test('the expirer says when more than one set is left', async () => {
    const jobs = Array.from({ length: 1_001 }, () => ({ type: 'test.work', createdBy: 'anna', expiresAt: new Date(0) }))
    await createJobs(store, jobs)
    const expirer = new Expirer(store, LOG)
    expect([await expirer.runOnce(), await expirer.runOnce()]).toEqual([0, undefined])
    expect(await rows('select from job where expires_at is not null')).toEqual([])
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
    // No more than that are counted.
    expect(schedule?.missed?.count).toBe(100)
  })

  test('the scheduler says how many times were missed while nobody was there', async () => {
    const created = await createSchedule(
      store,
      {
        name: 'every hour',
        cron: '0 * * * *',
        timeZone: 'UTC',
        job: { type: 'test.work', queue: 'hourly' },
        nextRunAt: nextRun('0 * * * *', 'UTC', new Date()),
      },
      ANNA,
    )
    // Nobody looked for five hours: the clock is where it is, so the time to run is moved back.
    await rows("update schedule set next_run_at = date_trunc('hour', now()) - interval '5 hours' where id = $1", [
      created.id,
    ])
    const { scheduler, told } = listening()
    await scheduler.runOnce()
    await scheduler.runOnce()
    const schedule = (await listSchedules(store)).find(({ name }) => name === 'every hour')
    expect(schedule).toMatchObject({ missed: { count: 5 }, nextRunAt: nextRun('0 * * * *', 'UTC', new Date()) })
    expect(
      await rows("select created_by from job where queue_id = (select id from lane where name = 'hourly')"),
    ).toEqual([{ created_by: 'schedule:every hour' }])
    expect(told).toEqual([])
  })

  test('the scheduler takes its own pace for nothing that was missed', async () => {
    const job = { type: 'test.work', queue: 'quick' }
    const nextRunAt = new Date(Date.now() - 10_000)
    const { id } = await createSchedule(
      store,
      { name: 'every second', cron: '* * * * * *', timeZone: 'UTC', job, nextRunAt },
      ANNA,
    )
    await new Scheduler(store, LOG).runOnce()
    expect(await getSchedule(store, id)).toMatchObject({ missed: null, lastJobId: expect.any(String) })
    await removeSchedule(store, id, ANNA)
  })

  test('the scheduler says which schedule could not make its job', async () => {
    await createLane(store, { kind: 'printer', name: 'Zebra' }, ANNA)
    const job = { type: 'test.work', queue: 'Zebra' }
    await createSchedule(
      store,
      { name: 'into a printer', cron: '0 * * * *', timeZone: 'UTC', job, nextRunAt: new Date(1) },
      ANNA,
    )
    const { scheduler, told } = listening()
    await scheduler.runOnce()
    expect(told).toEqual([{ schedule: 'into a printer', trouble: expect.stringContaining('is a printer') }])
  })

  test('the scheduler gives up a schedule that it cannot read, and runs the others', async () => {
    const names = ['unreadable', ...Array.from({ length: 100 }, (_, index) => `hourly ${index}`)]
    for (const name of names) {
      const cron = name === 'unreadable' ? 'when I feel like it' : '0 * * * *'
      const nextRunAt = new Date(name === 'unreadable' ? 0 : Date.now() - 1_000)
      await createSchedule(store, { name, cron, timeZone: 'UTC', job: { type: 'test.work' }, nextRunAt }, ANNA)
    }
    const { scheduler, told } = listening()
    expect([await scheduler.runOnce(), await scheduler.runOnce()]).toEqual([0, undefined])
    expect(told).toEqual([expect.objectContaining({ schedule: 'unreadable' })])
    const idle = (await listSchedules(store)).filter(({ nextRunAt }) => nextRunAt === null)
    expect(idle.map(({ name }) => name)).toEqual(['unreadable'])
  })

  test('retention forgets old keys', async () => {
    await create({ idempotencyKey: 'old' })
    await rows("update idempotency set created_at = now() - interval '8 days'")
    await new Retention(store, LOG).runOnce(signal)
    expect(await rows('select key from idempotency')).toEqual([])
  })

  test('the partition keeper makes the months ahead', async () => {
    await new PartitionKeeper(store, LOG).runOnce()
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

  test('the reconciler compares at its first pass and then at each tenth', async () => {
    const mended: number[] = []
    const log = { ...SILENT, error: () => mended.push(mended.length) }
    const reconciler = new Reconciler(store, { log })
    const passes: number[] = []
    for (let pass = 1; pass <= 11; pass += 1) {
      await rows('update counter set n = n + 1 where process_id = 0')
      await reconciler.runOnce()
      if (mended.length > passes.length) passes.push(pass)
    }
    expect(passes).toEqual([1, 11])
  })

  test('the indexer finds what ended, and moves its cursor when nothing can come before', async () => {
    const { source, lease, claim } = await worker()
    const id = await create({ queue: 'index' })
    const [job] = await claim('index')
    await source.settle(lease, [{ jobId: id, fence: job?.fence ?? 0, outcome: 'completed' }])
    const indexer = new SearchIndexer(store, LOG)
    while ((await indexer.runOnce(signal)) !== undefined);
    expect(await rows('select job_id from job_search where job_id = $1', [id])).toHaveLength(1)
    await rows('delete from job_search where job_id = $1', [id])
    // The horizon is that of the whole server, on which other tests run: it passes sooner or later.
    while ((await rows('select reader from event_cursor where seq > 0')).length === 0) {
      await create()
      await indexer.runOnce(signal)
    }
    expect(await rows('select job_id from job_search where job_id = $1', [id])).toHaveLength(1)
  })

  test('the indexer finds set after set what was missed, and stays where it is when it has to stop', async () => {
    await rows('delete from event_cursor')
    const jobs = Array.from({ length: 2_001 }, () => ({ type: 'test.work', createdBy: 'anna', expiresAt: new Date(0) }))
    const ids = (await createJobs(store, jobs)).map(({ id }) => id)
    const expirer = new Expirer(store, LOG)
    while ((await expirer.runOnce()) === 0);
    const [stopping, other] = [new SearchIndexer(store, LOG), new SearchIndexer(store, LOG)]
    while ((await stopping.runOnce(AbortSignal.abort())) !== undefined);
    while ((await other.runOnce(signal)) !== undefined);
    // The other took its mark later: once that has passed, the first one's has as well.
    while ((await rows('select from event_cursor where seq > 0')).length === 0) {
      await create()
      await other.runOnce(signal)
    }
    await rows('delete from job_search')
    const found = async () => rows('select from job_search where job_id = any($1::uuid[])', [ids])
    await stopping.runOnce(AbortSignal.abort())
    expect(await found()).toEqual([])
    await stopping.runOnce(signal)
    expect(await found()).toHaveLength(2_001)
  })

  test('the indexer gives way after a full set, unless it is far behind', async () => {
    const expirer = new Expirer(store, LOG)
    for (let n = 0; n < 20; n += 1) await create({ expiresAt: new Date(0) })
    while ((await expirer.runOnce()) === 0);
    await rows('delete from event_cursor')
    expect(await new SearchIndexer(store, LOG).runOnce(signal)).toBeGreaterThan(0)
    await rows(`update event set at = at - interval '1 minute'`)
    await rows(`update event_batch set at = at - interval '1 minute'`)
    expect(await new SearchIndexer(store, LOG).runOnce(signal)).toBe(0)
  })

  test('the engine starts and stops all of them', async () => {
    const engine = createEngine({ store })
    engine.start()
    engine.start()
    await engine.stop()
    await engine.stop()
  })
})
