import type { WorkerLease } from '@andon/core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  createLane,
  createPool,
  createPrinter,
  drainWorker,
  holdLanes,
  listQueues,
  listWorkers,
  pauseLane,
  queueRow,
  rescueWorkers,
  resumeLane,
  setLaneLimits,
  toQueueView,
  toWorkerView,
} from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

const ANNA = { name: 'anna' }

let b: Bench
beforeAll(async () => {
  b = await bench()
})
afterEach(async () => {
  await b.rows('delete from job')
  await b.rows('delete from counter')
  await b.rows('update worker set stopped_at = now()')
  await b.rows('update lane set slots = null, rate_limit = null, rate_per_ms = null where kind = $1', ['queue'])
})
afterAll(() => b[Symbol.asyncDispose]())

/** A worker with so many slots; of its own sample only what its machine is short of. */
async function worker(
  types: string[],
  options: { slots?: number; waitsFor?: string; kind?: 'worker' | 'server' } = {},
) {
  const lease = await b.source.register({
    name: 'w',
    kind: options.kind ?? 'worker',
    host: 'here',
    pid: 1,
    version: 'test',
    types,
    slots: options.slots ?? 10,
    leaseMs: 30_000,
  })
  const sample = { cpu_percent: 95, memory_mb: 512, running: 0, waits_for: options.waitsFor ?? null }
  await b.rows('update worker set sample = $2 where id = $1', [lease.workerId, JSON.stringify(sample)])
  return lease
}

async function waits(queue = 'default'): Promise<[string, string][]> {
  const found = (await listQueues(b.store)).map(toQueueView).find(({ name }) => name === queue)
  return (found?.waits ?? []).map(({ reason, text }) => [reason, text])
}

describe('a queue says why it waits', () => {
  test('not at all while nothing waits, or while what waits is about to start', async () => {
    await b.queue()
    expect(await waits()).toEqual([])
    await b.create(1)
    await worker(['test.work'])
    expect(await waits()).toEqual([])
  })

  test('when no worker runs a type, which others may', async () => {
    await b.create([{ type: 'report.pdf' }, { type: 'export.csv' }, {}])
    await worker(['test.work'])
    expect(await waits()).toEqual([['no_worker', 'No worker runs export.csv, report.pdf.']])
    const all = await worker(['*'])
    expect(await waits()).toEqual([])
    // One that drains, or whose lease is over, takes nothing.
    await drainWorker(b.store, all.workerId, { isDraining: true, actor: ANNA })
    expect(await waits()).toMatchObject([['no_worker', expect.stringContaining('report.pdf')]])
    await b.rows('delete from job where type_id <> (select id from job_type where name = $1)', ['export.csv'])
    expect(await waits()).toEqual([['no_worker', 'No worker runs export.csv.']])
  })

  test('when all workers that could are full, and not while one is free', async () => {
    await b.create(4)
    const full = await worker(['test.work'], { slots: 1 })
    await b.claim(full, 1)
    expect(await waits()).toEqual([
      ['workers_full', 'The worker that could run them has as many jobs as it has slots.'],
    ])
    const other = await worker(['test.work'], { slots: 1 })
    expect(await waits()).toEqual([])
    await b.claim(other, 1)
    expect(await waits()).toEqual([
      ['workers_full', 'All 2 workers that could run them have as many jobs as they have slots.'],
    ])
  })

  test('when the machines of its workers are short of CPU or memory', async () => {
    await b.create(3)
    await worker(['test.work'], { waitsFor: 'cpu' })
    expect(await waits()).toEqual([['cpu', 'On the machine of the worker the CPU is above its threshold.']])
    await worker(['test.work'], { waitsFor: 'cpu' })
    expect(await waits()).toEqual([['cpu', 'On the machine of all workers the CPU is above its threshold.']])
    await worker(['test.work'], { waitsFor: 'memory' })
    const full = await worker(['test.work'], { slots: 1, waitsFor: 'memory' })
    await b.claim(full, 1)
    expect(await waits()).toEqual([
      ['workers_full', '1 of 4 workers has as many jobs as it has slots.'],
      ['cpu', 'On the machine of 2 of 4 workers the CPU is above its threshold.'],
      ['memory', 'On the machine of 1 of 4 workers the memory is short.'],
    ])
    const other = await worker(['test.work'], { slots: 1 })
    expect(await waits()).toEqual([])
    await b.claim(other, 1)
    expect(await waits()).toMatchObject([
      ['workers_full', '2 of 5 workers have as many jobs as they have slots.'],
      ['cpu', expect.anything()],
      ['memory', expect.anything()],
    ])
  })

  test('when its own limits are used up', async () => {
    const lane = await b.queue()
    await b.create(3)
    const lease = await worker(['test.work'])
    await b.claim(lease, 2)
    await setLaneLimits(b.store, lane.id, { slots: 2, rateLimit: 2, ratePerMs: 60_000 }, ANNA)
    await b.rows('update lane set rate_used = 2, rate_since = now() where id = $1', [lane.id])
    expect(await waits()).toEqual([
      ['slots', '2 of 2 that may run at once do.'],
      ['rate', 'Its 2 starts in 1 min are used up.'],
    ])
    await b.rows("update lane set rate_since = now() - interval '61 seconds', slots = 3 where id = $1", [lane.id])
    expect(await waits()).toEqual([])
  })

  test('when it is paused, and nothing else', async () => {
    const lane = await b.queue()
    await b.create(1)
    await pauseLane(b.store, lane.id, { reason: 'stocktaking' }, ANNA)
    expect(await waits()).toEqual([['paused', 'Paused by anna: stocktaking.']])
    await pauseLane(b.store, lane.id, {}, ANNA)
    expect(await waits()).toEqual([['paused', 'Paused by anna.']])
    await resumeLane(b.store, lane.id, ANNA)
    expect((await queueRow(b.store, lane.id))?.waits).toMatchObject([{ reason: 'no_worker' }])
    expect(await queueRow(b.store, 4711)).toBeNull()
  })
})

describe('a printer or a pool says why it waits', () => {
  let lease: WorkerLease
  const printer = { driver: 'virtual', uri: 'virtual://here', kind: 'label' } as const

  test('when nobody drives it, when it is busy, and when trouble paused it', async () => {
    const pool = await createPool(b.store, 'labels', ANNA)
    const made = await createPrinter(b.store, { ...printer, name: 'Zebra', pool: 'labels' }, ANNA)
    await b.create([
      { type: 'print.label', laneId: made.id },
      { type: 'print.label', laneId: made.id },
      { type: 'print.label', laneId: pool.id },
    ])
    expect(await waits('Zebra')).toEqual([['no_worker', 'Nobody drives this printer.']])
    expect(await waits('labels')).toEqual([['no_worker', 'Nobody drives a printer of this pool.']])

    lease = await worker(['print.label'], { kind: 'server' })
    await holdLanes(b.store, lease, [made.id])
    expect(await waits('Zebra')).toEqual([])
    expect(await waits('labels')).toEqual([])
    const lanes = [{ laneId: made.id, queueIds: [made.id], limit: 1, slot: 0 }]
    await b.source.claim(lease, { lanes, types: ['print.label'], limit: 1 })
    expect(await waits('Zebra')).toEqual([['slots', 'A printer does one job at a time.']])

    await pauseLane(b.store, made.id, { reason: 'out of paper', isTrouble: true }, { name: 'system:printing' })
    expect((await queueRow(b.store, made.id))?.waits).toEqual([
      {
        reason: 'paused',
        text: 'Paused by system:printing: out of paper.',
        advice: 'It goes on by itself when the device is well.',
      },
    ])
    expect(await waits('labels')).toEqual([['paused', 'All printers of this pool are paused.']])
    await createLane(b.store, { kind: 'queue', name: 'empty' }, ANNA)
    expect(await waits('empty')).toEqual([])
  })
})

test('a worker says what its machine is short of while it lives', async () => {
  const { workerId } = await worker(['test.work'], { waitsFor: 'memory' })
  const seen = async () => (await listWorkers(b.store, 60_000)).map(toWorkerView).find(({ id }) => id === workerId)
  expect(await seen()).toMatchObject({ waits_for: 'memory', is_lost: false, cpu_percent: 95, memory_mb: 512 })
  await b.rows("update worker set lease_until = now() - interval '1 second' where id = $1", [workerId])
  expect(await seen()).toMatchObject({ is_alive: false, is_lost: true, waits_for: null })
  await b.rows('update worker set lease_until = now() + $2::interval, sample = $3 where id = $1', [
    workerId,
    '1 min',
    '{}',
  ])
  expect(await seen()).toMatchObject({ waits_for: null })
})

test('a worker that was lost is known as such until another one of its name is there', async () => {
  const { workerId } = await worker(['test.work'])
  const seen = async () => (await listWorkers(b.store, 60_000)).map(toWorkerView).find(({ id }) => id === workerId)
  await b.rows("update worker set lease_until = now() - interval '1 second' where id = $1", [workerId])
  await rescueWorkers(b.store)
  expect(await seen()).toMatchObject({ is_alive: false, is_lost: true, stopped_at: expect.any(String) })
  const again = await worker(['test.work'])
  expect(await seen()).toMatchObject({ is_alive: false, is_lost: false })
  // One that says that it stops is not lost.
  await b.source.unregister(again)
  expect((await listWorkers(b.store, 60_000)).find(({ id }) => id === again.workerId)).toMatchObject({ is_lost: false })
})
