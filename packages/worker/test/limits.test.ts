import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Shortage } from '@andon/core'
import { cancelJob, internTypes } from '@andon/store'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type JobContext, failed, snooze } from '../src/index.ts'
import { cpuPercentBetween, MachineLoad, type MachineReading, readMachine } from '../src/node/machine-load.ts'
import { TypeBook } from '../src/type-book.ts'
import { Gate, openShop, type Shop, TYPE, until } from './fixtures.ts'

const OTHER = 'test.other'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop[Symbol.asyncDispose]())
afterEach(() => shop.rest())

describe('a machine that is short of something', () => {
  test('begins nothing, says why, and goes on when it is well', async () => {
    let shortage: Shortage | null = 'cpu'
    const worker = await shop.worker(() => 'done', { shortage: () => shortage })
    await until(async () => ((await sampleOf(worker.id)).waits_for === 'cpu' ? true : null))
    await until(async () => ((await shop.rows('select from parked')).length === 0 ? true : null))
    const id = await shop.createOne()
    // Handed over or claimed, it would be gone by the time that another worker has done one.
    const [lane] = [await shop.lane('elsewhere')]
    const [witness] = await shop.create([{ queue: 'elsewhere' }])
    const other = await shop.worker(() => 'done', { lanes: async () => [lane] })
    await shop.reaches(witness ?? '', 'completed')
    expect(await shop.job(id)).toMatchObject({ state: 'queued', attempt: 0 })
    shortage = null
    await shop.reaches(id, 'completed')
    expect((await sampleOf(worker.id)).waits_for).toBeNull()
    await other.stop()
  })

  test('gives back what it was handed before it knew, for others to begin', async () => {
    let shortage: Shortage | null = null
    const gate = new Gate()
    const handler = (job: JobContext): Promise<void> => gate.pass(job.signal)
    const worker = await shop.worker(handler, { slots: 1, prefetch: 5, shortage: () => shortage })
    const [first = '', second = ''] = await shop.create(2)
    await gate.reached
    await until(() => (worker.jobIds.includes(second) ? true : null))
    shortage = 'memory'
    await until(async () => ((await shop.job(second)).state === 'queued' ? true : null))
    expect(await shop.job(second)).toMatchObject({ attempt: 0 })
    gate.open()
    await shop.reaches(first, 'completed')
    await expect.poll(() => worker.jobIds).toEqual([])
    shortage = null
    await shop.reaches(second, 'completed')
  })
})

describe('types with places of their own', () => {
  test('are run so many at once, and leave the others their places', async () => {
    const gate = new Gate()
    const handler = async (job: JobContext): Promise<void> => {
      if (job.type === TYPE) await gate.pass(job.signal)
    }
    await shop.worker(handler, {
      handlers: new Map([
        [TYPE, handler],
        [OTHER, handler],
      ]),
      typeSlots: new Map([[TYPE, 2]]),
    })
    const slow = await shop.create(5)
    await until(() => (gate.arrivals === 2 ? true : null))
    const others = await shop.create(Array.from({ length: 20 }, () => ({ type: OTHER })))
    await shop.allEnd(others)
    expect(gate.arrivals).toBe(2)
    gate.open()
    await shop.allEnd(slow)
    expect(gate.arrivals).toBe(5)
  })

  test('one that is handed over above its places goes back untouched', async () => {
    const gate = new Gate()
    const handler = (job: JobContext): Promise<void> => gate.pass(job.signal)
    await shop.worker(handler, {
      typeSlots: new Map([[TYPE, 1]]),
      handlers: new Map([
        [TYPE, handler],
        [OTHER, handler],
      ]),
    })
    const first = await shop.createOne()
    await gate.reached
    await until(async () => ((await shop.rows('select from parked')).length > 0 ? true : null))
    const second = await shop.createOne()
    await until(async () => {
      const { attempt, state } = await shop.job(second)
      return state === 'queued' && attempt === 0 ? true : null
    })
    gate.open()
    await shop.allEnd([first, second])
  })

  test('never more than fit, and all that fit', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 1, max: 5 })),
        fc.integer({ min: 0, max: 12 }),
        (types, limits, room) => {
          const book = new TypeBook(types, new Map(Object.entries(limits)))
          for (const { limit, types: of } of book.places(room)) {
            expect(limit).toBeGreaterThan(0)
            expect(limit).toBeLessThanOrEqual(room)
            for (const type of of) expect(limit).toBeLessThanOrEqual(limits[type] ?? room)
          }
        },
      ),
    )
  })
})

describe('time', () => {
  test('that is up stops a handler, and the job is tried again', async () => {
    const gate = new Gate()
    await shop.worker((job) => gate.pass(job.signal), { timeLimits: new Map([[TYPE, 50]]) })
    const id = await shop.createOne()
    const { error } = await shop.reaches(id, 'pending')
    expect(error).toMatchObject({ code: 'time_limit_exceeded', message: 'The job ran longer than 50 ms.' })
  })
})

describe('a cleanup', () => {
  const seen: string[] = []
  const cleanup = async (job: JobContext): Promise<void> => {
    seen.push(job.id)
    // No cancellation point any more.
    await job.step('undo')
    job.log.info('undone')
  }
  const cleanups = new Map([[TYPE, cleanup]])
  afterEach(() => seen.splice(0))

  test.each([
    ['fails', () => failed({ code: 'x', message: 'x', hint: null, retryable: false }), 'failed'],
    ['throws', () => Promise.reject(new Error('x')), 'pending'],
  ])('runs after one that %s', async (_how, handler, state) => {
    await shop.worker(handler, { cleanups })
    const id = await shop.createOne()
    await shop.reaches(id, state)
    expect(seen).toEqual([id])
  })

  test.each([
    ['succeeds', () => 1, 'completed'],
    ['snoozes', () => snooze(3_600_000), 'pending'],
  ])('does not after one that %s', async (_how, handler, state) => {
    await shop.worker(handler, { cleanups })
    const id = await shop.createOne()
    await shop.reaches(id, state)
    expect(seen).toEqual([])
  })

  test('runs before a cancelled job counts as cancelled', async () => {
    const gate = new Gate()
    const undo = new Gate()
    await shop.worker((job) => gate.pass(job.signal), { cleanups: new Map([[TYPE, () => undo.pass()]]) })
    const id = await shop.createOne()
    await gate.reached
    await cancelJob(shop.store, id, { actor: { name: 'anna' } })
    await undo.reached
    expect(await shop.job(id)).toMatchObject({ state: 'running' })
    undo.open()
    await shop.reaches(id, 'cancelled')
  })

  test('that throws is told in the log and changes nothing', async () => {
    await shop.worker(() => Promise.reject(new Error('first')), {
      cleanups: new Map([[TYPE, () => Promise.reject(new Error('second'))]]),
    })
    const id = await shop.createOne({ maxAttempts: 1 })
    expect(await shop.reaches(id, 'failed')).toMatchObject({ error: { message: 'first' } })
    const lines = await shop.rows('select message from job_log where job_id = $1', [id])
    expect(lines).toEqual([{ message: 'The cleanup failed: second' }])
  })
})

describe('what a worker says of its types', () => {
  test('is what their jobs get', async () => {
    const retry = { kind: 'fixed', delaysMs: [1_000, 2_000] } as const
    const declares = new Map([[TYPE, { maxAttempts: 3, retry }]])
    await shop.worker(() => Promise.reject(new Error('x')), { declares })
    const type = (await internTypes(shop.store, [TYPE])).get(TYPE)
    expect(type).toMatchObject({ maxAttempts: 3, retry })
    const id = await shop.createOne()
    await shop.reaches(id, 'pending')
    const { rows } = await shop.store.pool.query(
      `select (extract(epoch from j.run_at - a.ended_at) * 1000)::int as pause_ms from job j
       join attempt a on a.job_id = j.id where j.id = $1`,
      [id],
    )
    expect(rows).toEqual([{ pause_ms: 1_000 }])
  })
})

describe('the load of a machine', () => {
  const reading = (change: Partial<MachineReading>): MachineReading => ({
    atMs: 0,
    busyMs: 0,
    cores: 2,
    memoryPercent: 50,
    ...change,
  })

  test('is what it used of what it had', () => {
    expect(cpuPercentBetween(reading({}), reading({ atMs: 1_000, busyMs: 1_000 }))).toBe(50)
    expect(cpuPercentBetween(reading({}), reading({ atMs: 1_000, busyMs: 9_000 }))).toBe(100)
    expect(cpuPercentBetween(reading({ busyMs: 5 }), reading({ atMs: 1_000 }))).toBe(0)
    expect(cpuPercentBetween(reading({}), reading({ busyMs: 9_000 }))).toBe(0)
  })

  test.each([
    [{ cpuPercent: 80, memoryPercent: 90 }, { busyMs: 1_700 }, 'cpu'],
    [{ cpuPercent: 80, memoryPercent: 90 }, { busyMs: 1_500 }, null],
    [{ cpuPercent: 80, memoryPercent: 90 }, { memoryPercent: 95, busyMs: 1_700 }, 'memory'],
    [{ cpuPercent: null, memoryPercent: null }, { memoryPercent: 95, busyMs: 2_000 }, null],
  ] as const)('with %o at %o is short of %s', (limits, now, shortage) => {
    const readings = [reading({}), reading({ atMs: 1_000, ...now })]
    using load = new MachineLoad(limits, () => readings.shift() ?? reading({ atMs: 1_000, ...now }))
    load.look()
    expect(load.shortage).toBe(shortage)
  })

  test('is read of the machine, or of the container that has limits', () => {
    const root = mkdtempSync(join(tmpdir(), 'andon-cgroup-'))
    expect(readMachine(root).cores).toBeGreaterThan(0)
    writeFileSync(join(root, 'cpu.max'), 'max 100000\n')
    writeFileSync(join(root, 'cpu.stat'), 'usage_usec 2500000\nuser_usec 1\n')
    expect(readMachine(root).busyMs).not.toBe(2_500)
    writeFileSync(join(root, 'cpu.max'), '150000 100000\n')
    expect(readMachine(root)).toMatchObject({ busyMs: 2_500, cores: 1.5 })
    rmSync(root, { recursive: true })
    const { memoryPercent } = readMachine()
    expect(memoryPercent).toBeGreaterThan(0)
    expect(memoryPercent).toBeLessThan(100)
  })
})

async function sampleOf(workerId: number | null): Promise<{ waits_for?: Shortage | null }> {
  const [row] = await shop.rows<{ sample: { waits_for?: Shortage | null } | null }>(
    'select sample from worker where id = $1',
    [workerId],
  )
  return row?.sample ?? {}
}
