import type { ClaimedJob, WorkerLease } from '@andon/core'
import { cancelJob } from '@andon/store'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { rescueWorkers } from '../../store/src/queries/rescue.ts'
import type { JobContext } from '../src/index.ts'
import { Gate, openShop, over, type Shop, until } from './fixtures.ts'

let shop: Shop

beforeAll(async () => {
  shop = await openShop()
})

afterEach(() => shop.rest())

afterAll(async () => {
  await shop[Symbol.asyncDispose]()
})

/** Ends a worker's lease as if it had not been heard of for long, and rescues what it held. */
async function expire(workerId: number | null): Promise<void> {
  await shop.rows(`update worker set lease_until = now() - interval '1 second' where id = $1`, [workerId])
  const rescued = await rescueWorkers(shop.store)
  expect(rescued.map((rescue) => rescue.workerId)).toContain(workerId)
}

async function heldRows(): Promise<number> {
  const [row] = await shop.rows<{ n: number }>('select count(*)::int as n from job where phase = 2')
  return row?.n ?? 0
}

describe('a lost lease', () => {
  test('stops what runs, refuses its result, and lets the worker go on under a new one', async () => {
    const gate = new Gate()
    const signals: AbortSignal[] = []
    const worker = await shop.worker(
      async (job) => {
        signals.push(job.signal)
        await gate.pass()
        return `run ${signals.length}`
      },
      { leaseMs: 3_000, slots: 4 },
    )
    const before = worker.id
    const id = await shop.createOne()
    await gate.reached
    await expire(before)
    await until(() => (signals.length === 2 ? true : null))
    expect(worker.id).not.toBe(before)
    expect(signals[0]?.aborted).toBe(true)
    expect(signals[0]?.reason).toMatchObject({ kind: 'lease_lost' })
    expect(signals[1]?.aborted).toBe(false)
    gate.open()
    expect(await shop.reaches(id, 'completed')).toMatchObject({ result: 'run 2', attempt: 2 })
    const [kept] = await until(async () => {
      const lines = await shop.rows<{ message: string; data: { outcome: string } }>(
        'select message, data from job_log where job_id = $1 and level = 2',
        [id],
      )
      return lines.length > 0 ? lines : null
    })
    expect(kept?.data).toMatchObject({ outcome: 'completed' })
    const done = await shop.rows('select from job_done where id = $1', [id])
    expect(done).toHaveLength(1)
  })

  test('refuses changes of items by the one who lost it', async () => {
    const gate = new Gate()
    const refusals: unknown[] = []
    let runs = 0
    const worker = await shop.worker(
      async (job) => {
        runs += 1
        if (runs > 1) return job.items.change([{ from: 0, to: 1, state: 'done', attempt: job.attempt }])
        await gate.pass()
        const change = { from: 0, to: 0, state: 'done', attempt: job.attempt } as const
        await job.items.change([change]).catch((error: unknown) => refusals.push(error))
        return undefined
      },
      { leaseMs: 3_000, slots: 2 },
    )
    const id = await shop.createOne({ items: [{ ref: 'a' }, { ref: 'b' }] })
    await gate.reached
    await expire(worker.id)
    expect(await shop.reaches(id, 'completed')).toMatchObject({ items_done: 2, items_failed: 0 })
    gate.open()
    await until(() => (refusals.length === 1 ? true : null))
    expect(refusals[0]).toMatchObject({ code: 'lease_lost' })
  })

  test('ends what is still to be said, and nothing is reported, while there is no other', async () => {
    const gate = new Gate()
    let isAway = false
    const reports: unknown[] = []
    const source = over(shop.source, {
      register: (worker) => (isAway ? Promise.reject(new Error('away')) : shop.source.register(worker)),
      settle: (lease, told) => {
        reports.push(...told)
        return shop.source.settle(lease, told)
      },
    })
    const refusal = Promise.withResolvers<unknown>()
    const handler = async (job: JobContext): Promise<void> => {
      await gate.pass()
      job.progress({ percent: 50 })
      await job.flush().catch(refusal.resolve)
      await job.step('on')
    }
    const worker = await shop.worker(handler, { source, leaseMs: 300 })
    await shop.createOne()
    await gate.reached
    isAway = true
    await expire(worker.id)
    await until(() => (worker.lease === null ? true : null))
    gate.open()
    expect(await refusal.promise).toMatchObject({ kind: 'lease_lost' })
    await worker.stop()
    expect(reports).toEqual([])
  })

  test('is registered anew however often that fails', async () => {
    let registers = 0
    const source = over(shop.source, {
      register: async (worker) => {
        registers += 1
        if (registers === 2 || registers === 3) throw new Error('not now')
        return shop.source.register(worker)
      },
    })
    const worker = await shop.worker(() => 'done', { source, leaseMs: 300 })
    await expire(worker.id)
    const id = await shop.createOne()
    await shop.reaches(id, 'completed')
    expect(shop.errors).toEqual(['register: not now', 'register: not now'])
  })
})

describe('two workers', () => {
  test('share a queue, and nothing runs twice', async () => {
    const runs = new Map<string, number>()
    const handler = (worker: string) => async (job: { id: string; step: (name: string) => Promise<void> }) => {
      await job.step('only')
      runs.set(job.id, (runs.get(job.id) ?? 0) + 1)
      return worker
    }
    await shop.worker(handler('one'), { slots: 7, prefetch: 5 })
    await shop.worker(handler('two'), { slots: 3, prefetch: 20 })
    const ids = await shop.create(500)
    await shop.allEnd(ids)
    expect(runs.size).toBe(500)
    expect(Math.max(...runs.values())).toBe(1)
    expect(shop.errors).toEqual([])
  })

  test('hold one job at a time in a lane that is exclusive', async () => {
    const lane = { ...(await shop.lane()), slots: 1, isExclusive: true }
    let running = 0
    let most = 0
    const handler = async (job: { step: (name: string) => Promise<void>; flush: () => Promise<void> }) => {
      running += 1
      most = Math.max(most, running)
      await job.step('only')
      await job.flush()
      running -= 1
    }
    await shop.worker(handler, { lanes: async () => [lane] })
    await shop.worker(handler, { lanes: async () => [lane] })
    const ids = await shop.create(30)
    await shop.allEnd(ids)
    expect(most).toBe(1)
    expect(shop.errors).toEqual([])
  })

  test('ask for nothing while their lanes are full', async () => {
    const gate = new Gate()
    const lane = { ...(await shop.lane()), slots: 1 }
    let looks = 0
    let claims = 0
    const claim: typeof shop.source.claim = (lease, request) => {
      claims += 1
      return shop.source.claim(lease, request)
    }
    const lanes = async () => {
      looks += 1
      return [lane]
    }
    await shop.worker(() => gate.pass(), { source: over(shop.source, { claim }), lanes, pollMs: 20 })
    const ids = await shop.create(2)
    await gate.reached
    const before = { looks, claims }
    await until(() => (looks >= before.looks + 3 ? true : null))
    expect(claims).toBe(before.claims)
    gate.open()
    await shop.allEnd(ids)
  })
})

describe('stop', () => {
  test('lets running handlers finish, gives back the rest, and leaves nothing held', async () => {
    const gate = new Gate()
    const worker = await shop.worker(() => gate.pass(), { slots: 2, prefetch: 10, drainMs: 60_000 })
    const ids = await shop.create(8)
    await until(() => (worker.jobIds.length === 8 ? true : null))
    const stopped = worker.stop()
    await until(async () => ((await heldRows()) === 2 ? true : null))
    gate.open()
    await stopped
    expect(await heldRows()).toBe(0)
    const states = await Promise.all(ids.map(async (id) => shop.job(id)))
    expect(states.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual([
      ...Array.from({ length: 2 }, () => 'completed 1'),
      ...Array.from({ length: 6 }, () => 'queued 0'),
    ])
    const [row] = await shop.rows<{ stopped: boolean }>(
      'select stopped_at is not null as stopped from worker order by id desc limit 1',
    )
    expect(row?.stopped).toBe(true)
  })

  test('asks handlers to stop, whose jobs go back without using up an attempt', async () => {
    const gate = new Gate()
    const worker = await shop.worker((job) => gate.pass(job.signal))
    const id = await shop.createOne()
    await gate.reached
    await Promise.all([worker.stop(), worker.stop()])
    expect(await shop.job(id)).toMatchObject({ state: 'queued', attempt: 0 })
  })

  test('runs nothing of a claim that was under way', async () => {
    const asked = new Gate()
    const claim: typeof shop.source.claim = async (lease, request) => {
      const jobs = await shop.source.claim(lease, request)
      if (jobs.length > 0) await asked.pass()
      return jobs
    }
    let runs = 0
    const worker = await shop.worker(() => (runs += 1), { source: over(shop.source, { claim }) })
    const id = await shop.createOne()
    await asked.reached
    const stopped = worker.stop()
    asked.open()
    await stopped
    expect(runs).toBe(0)
    expect(await shop.job(id)).toMatchObject({ state: 'queued', attempt: 0 })
  })

  test('may come before anything began', async () => {
    const worker = await shop.worker(() => null)
    await worker.stop()
    await worker.stop()
    expect(worker.id).toBeNull()
    await worker.start()
    expect(worker.id).toBeNull()
  })

  test('drains when it is told to, and goes on when it is told so', async () => {
    const gate = new Gate()
    const worker = await shop.worker((job) => gate.pass(job.signal), { slots: 1, prefetch: 5, leaseMs: 300 })
    const ids = await shop.create(3)
    await gate.reached
    await shop.rows('update worker set is_draining = true where id = $1', [worker.id])
    await until(async () => ((await heldRows()) === 1 ? true : null))
    gate.open()
    await shop.reaches(ids[0] ?? '', 'completed')
    expect(await shop.job(ids[1] ?? '')).toMatchObject({ state: 'queued' })
    await shop.rows('update worker set is_draining = false where id = $1', [worker.id])
    await shop.allEnd(ids)
  })
})

describe('a source in trouble', () => {
  test('what was claimed without an answer is taken up', async () => {
    let isLost = false
    const claim = async (
      lease: WorkerLease,
      request: Parameters<typeof shop.source.claim>[1],
    ): Promise<ClaimedJob[]> => {
      const jobs = await shop.source.claim(lease, request)
      if (jobs.length === 0 || isLost) return jobs
      isLost = true
      throw new Error('the answer was lost')
    }
    await shop.worker((job) => job.attempt, { source: over(shop.source, { claim }), pollMs: 50 })
    const id = await shop.createOne()
    expect(await shop.reaches(id, 'completed')).toMatchObject({ result: 1, attempt: 1 })
    expect(shop.errors).toEqual(['claim: the answer was lost'])
  })

  test('a report is given again until it is taken', async () => {
    let tries = 0
    const settle: typeof shop.source.settle = async (lease, reports) => {
      tries += 1
      if (tries < 3) throw new Error('not now')
      return shop.source.settle(lease, reports)
    }
    await shop.worker(() => 'done', { source: over(shop.source, { settle }) })
    const id = await shop.createOne()
    expect(await shop.reaches(id, 'completed')).toMatchObject({ result: 'done' })
    expect(tries).toBe(3)
  })

  test('a cancel that comes before the answer of the claim is not lost', async () => {
    const asked = new Gate()
    const claim: typeof shop.source.claim = async (lease, request) => {
      const jobs = await shop.source.claim(lease, request)
      if (jobs.length > 0) await asked.pass()
      return jobs
    }
    let runs = 0
    const polled = Promise.withResolvers<void>()
    const cancelled: typeof shop.source.cancelled = async (lease) => {
      const requests = await shop.source.cancelled(lease)
      if (requests.length > 0) setImmediate(polled.resolve)
      return requests
    }
    await shop.worker(() => (runs += 1), { source: over(shop.source, { claim, cancelled }) })
    const id = await shop.createOne()
    await asked.reached
    expect(await cancelJob(shop.store, id, { actor: { name: 'anna' } })).toBe('requested')
    await polled.promise
    asked.open()
    await shop.reaches(id, 'cancelled')
    expect(runs).toBe(0)
  })

  test('lives on when every connection is cut in the middle', async () => {
    const gate = new Gate()
    const worker = await shop.worker(
      async (job) => {
        await gate.pass()
        return job.attempt
      },
      { slots: 5, prefetch: 5, pollMs: 200 },
    )
    const ids = await shop.create(20)
    await gate.reached
    await shop.rows(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    gate.open()
    await shop.allEnd(ids)
    const jobs = await Promise.all(ids.map((id) => shop.job(id)))
    expect(jobs.every(({ state, attempt }) => state === 'completed' && attempt === 1)).toBe(true)
    const later = await shop.createOne()
    await shop.reaches(later, 'completed')
    // What is completed is let go when the worker hears that it is.
    await until(() => (worker.jobIds.length === 0 ? true : null))
  })
})
