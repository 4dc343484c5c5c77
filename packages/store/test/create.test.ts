import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createJobs,
  createLane,
  drainLane,
  lanesById,
  openStore,
  pauseLane,
  setLaneLimits,
  storeJobSource,
} from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

let b: Bench
const ANNA = { name: 'anna' }

beforeAll(async () => {
  b = await bench()
})

afterAll(async () => {
  await b[Symbol.asyncDispose]()
})

describe('creating', () => {
  test('a thousand at once, in order', async () => {
    const ids = await b.create(1_000)
    expect(new Set(ids).size).toBe(1_000)
    expect(ids.toSorted()).toEqual(ids)
    expect(await b.row('select sum(n)::int as n from counter where state = 2')).toEqual({ n: 1_000 })
    expect(await b.row('select kind, array_length(job_ids, 1) as n from event_batch')).toEqual({ kind: 1, n: 1_000 })
  })

  test('keeps everything that was said', async () => {
    const runAt = new Date(Date.now() + 3_600_000)
    const [id] = await b.create([
      {
        queue: 'reports',
        priority: 'high',
        description: 'a "quoted" \\ line\nand another',
        subject: { type: 'order', id: 'MO-1' },
        tags: { a: '1' },
        input: { text: 'ü "\\" {}', list: [1, null] },
        runAt,
        estimatedMs: 5_000,
        maxAttempts: 9,
        items: [
          { ref: 'BOX-1', content: '^XA^XZ' },
          { ref: null, data: { n: 2 } },
        ],
      },
    ])
    expect(
      await b.row(
        'select phase, hold, priority, description, subject_id, tags, input, run_at, max_attempts, items_total, items_done from job where id = $1',
        [id],
      ),
    ).toEqual({
      phase: 0,
      hold: 0,
      priority: 2,
      description: 'a "quoted" \\ line\nand another',
      subject_id: 'MO-1',
      tags: { a: '1' },
      input: { text: 'ü "\\" {}', list: [1, null] },
      run_at: runAt,
      max_attempts: 9,
      items_total: 2,
      items_done: 0,
    })
    expect(await b.source.items(id ?? '', 0, 10)).toMatchObject([
      { index: 0, ref: 'BOX-1', content: '^XA^XZ', state: 'pending' },
      { index: 1, ref: null, data: { n: 2 } },
    ])
  })

  test('an idempotency key finds the first job, and refuses another request', async () => {
    const job = { type: 'test.work', createdBy: 'anna', idempotencyKey: 'k1', input: { a: 1 } }
    const [first] = await createJobs(b.store, [job])
    expect(await createJobs(b.store, [{ ...job, input: { a: 1 } }, { ...job }])).toEqual([
      { id: first?.id, isExisting: true },
      { id: first?.id, isExisting: true },
    ])
    await expect(createJobs(b.store, [{ ...job, input: { a: 2 } }])).rejects.toMatchObject({
      code: 'idempotency_conflict',
    })
  })

  test('an idempotency key knows its request by all that it says, times included', async () => {
    const job = { type: 'test.work', createdBy: 'anna', idempotencyKey: 'k-time', runAt: new Date('2027-01-01') }
    const [first] = await createJobs(b.store, [job])
    expect(await createJobs(b.store, [{ ...job, runAt: new Date('2027-01-01') }])).toEqual([
      { id: first?.id, isExisting: true },
    ])
    await expect(createJobs(b.store, [{ ...job, runAt: new Date('2028-01-01') }])).rejects.toMatchObject({
      code: 'idempotency_conflict',
    })
  })

  test('the same key twice in one set makes one job', async () => {
    const job = { type: 'test.work', createdBy: 'anna', idempotencyKey: 'k2' }
    const created = await createJobs(b.store, [job, job])
    expect(created[0]?.id).toBe(created[1]?.id)
    expect(created.map((one) => one.isExisting)).toEqual([false, true])
  })

  test('many at once with one idempotency key make one job', async () => {
    const job = { type: 'test.work', createdBy: 'anna', idempotencyKey: 'k3' }
    const all = await Promise.all(Array.from({ length: 8 }, () => createJobs(b.store, [job])))
    expect(new Set(all.map(([one]) => one?.id)).size).toBe(1)
    expect(all.filter(([one]) => one?.isExisting === false)).toHaveLength(1)
  })

  test('a unique key finds the one that waits or runs', async () => {
    const job = { type: 'test.work', createdBy: 'anna', uniqueKey: 'u1', queue: 'unique' }
    const all = await Promise.all(Array.from({ length: 8 }, () => createJobs(b.store, [job, job])))
    const ids = new Set(all.flat().map((one) => one.id))
    expect(ids.size).toBe(1)
    const lease = await b.worker()
    const [claimed] = await b.claim(lease, 1, 'unique')
    expect(ids.has(claimed?.jobId ?? '')).toBe(true)
    await b.source.settle(lease, [{ jobId: claimed?.jobId ?? '', fence: 1, outcome: 'completed' }])
    expect(await createJobs(b.store, [job])).toMatchObject([{ isExisting: false }])
  })

  test('a unique key that finds another moves the idempotency key along', async () => {
    const [first] = await createJobs(b.store, [{ type: 'test.work', createdBy: 'anna', uniqueKey: 'u2' }])
    const job = { type: 'test.work', createdBy: 'anna', uniqueKey: 'u2', idempotencyKey: 'k4' }
    expect(await createJobs(b.store, [job])).toEqual([{ id: first?.id, isExisting: true }])
    expect(await createJobs(b.store, [job])).toEqual([{ id: first?.id, isExisting: true }])
  })

  test('the key of a set finds all that it made, in their order, and refuses another request', async () => {
    const setKey = { key: 'set', requestHash: Buffer.alloc(32, 1) }
    const [unique] = await createJobs(b.store, [{ type: 'test.work', createdBy: 'anna', uniqueKey: 'u3' }])
    const jobs = [{}, { uniqueKey: 'u3' }, {}].map((job) => ({ type: 'test.work', createdBy: 'anna', ...job }))
    const all = await Promise.all(Array.from({ length: 4 }, () => createJobs(b.store, jobs, setKey)))
    const ids = all.map((set) => set.map(({ id }) => id))
    expect(new Set(ids.map(String)).size).toBe(1)
    expect(ids[0]?.[1]).toBe(unique?.id)
    expect(all.filter(([first]) => first?.isExisting === false)).toHaveLength(1)
    const conflict = { code: 'idempotency_conflict', extra: { job_id: ids[0]?.[0] } }
    const other = { ...setKey, requestHash: Buffer.alloc(32, 2) }
    await expect(createJobs(b.store, jobs, other)).rejects.toMatchObject(conflict)
    await createJobs(b.store, [{ type: 'test.work', createdBy: 'anna', idempotencyKey: 'of one' }])
    const single = { ...setKey, key: 'of one' }
    await expect(createJobs(b.store, jobs, single)).rejects.toMatchObject({ code: 'idempotency_conflict' })
  })

  test('a full or draining queue takes no more', async () => {
    const lane = await b.queue('narrow')
    await setLaneLimits(b.store, lane.id, { depthLimit: 3 }, ANNA)
    await b.create([{ queue: 'narrow' }, { queue: 'narrow' }])
    await expect(b.create([{ queue: 'narrow' }, { queue: 'narrow' }])).rejects.toMatchObject({
      code: 'queue_full',
      status: 429,
    })
    await setLaneLimits(b.store, lane.id, { depthLimit: null }, ANNA)
    await drainLane(b.store, lane.id, true, ANNA)
    await expect(b.create([{ queue: 'narrow' }])).rejects.toMatchObject({ code: 'queue_full' })
  })

  test('refuses what cannot be kept', async () => {
    await expect(b.create([{ type: 'Not A Type' }])).rejects.toMatchObject({
      code: 'validation_failed',
      field: '/type',
    })
    await expect(b.create([{ laneId: 99_999 }])).rejects.toMatchObject({ code: 'queue_not_found' })
    await expect(b.create([{ id: 'x' }])).rejects.toMatchObject({ code: 'validation_failed' })
    await expect(b.create([{ description: 'a\0b' }])).rejects.toMatchObject({ code: 'nul_character' })
    await expect(b.create([{ parents: ['01890000-0000-7000-8000-000000000000'] }])).rejects.toMatchObject({
      field: '/parents',
    })
  })
})

describe('claiming', () => {
  test('eight claimers never get the same job', async () => {
    await b.create(Array.from({ length: 400 }, () => ({ queue: 'shared' })))
    const claims = await Promise.all(
      Array.from({ length: 8 }, async (_, n) => {
        const lease = await b.worker({ name: `c${n}` })
        const ids: string[] = []
        for (;;) {
          const jobs = await b.claim(lease, 7, 'shared')
          if (jobs.length === 0) return ids
          ids.push(...jobs.map((job) => job.jobId))
        }
      }),
    )
    expect(claims.flat()).toHaveLength(400)
    expect(new Set(claims.flat()).size).toBe(400)
  })

  test('by priority, then age', async () => {
    const ids = await b.create([
      { queue: 'ordered', priority: 'low' },
      { queue: 'ordered' },
      { queue: 'ordered', priority: 'urgent' },
      { queue: 'ordered' },
    ])
    const jobs = await b.claim(await b.worker(), 10, 'ordered')
    expect(jobs.map((job) => ids.indexOf(job.jobId))).toEqual([2, 1, 3, 0])
  })

  test('a paused queue, an unknown type and a stopped worker get nothing', async () => {
    const lane = await b.queue('paused')
    await b.create([{ queue: 'paused' }])
    const lease = await b.worker()
    await pauseLane(b.store, lane.id, { reason: 'paper' }, ANNA)
    expect(await b.claim(lease, 1, 'paused')).toEqual([])
    await b.rows('update lane set paused_at = null, paused_by = null where id = $1', [lane.id])
    const lanes = [{ laneId: lane.id, queueIds: [lane.id], limit: 1, slot: null }]
    expect(await b.source.claim(lease, { lanes, types: ['never.heard'], limit: 1 })).toEqual([])
    expect(await b.source.claim({ ...lease, fence: '9' }, { lanes, types: ['test.work'], limit: 1 })).toEqual([])
    expect(await b.claim(lease, 1, 'paused')).toHaveLength(1)
    expect(await b.source.missed(lease, [])).toHaveLength(1)
  })

  test('all idle printers of a pool get one each, and each printer holds one', async () => {
    const { printers, pool } = await b.store.transaction(async (tx) => ({
      pool: await createLane(tx, { kind: 'pool', name: 'labels' }, ANNA),
      printers: [
        await createLane(tx, { kind: 'printer', name: 'p1' }, ANNA),
        await createLane(tx, { kind: 'printer', name: 'p2' }, ANNA),
        await createLane(tx, { kind: 'printer', name: 'p3' }, ANNA),
      ],
    }))
    const ids = await b.create([
      ...Array.from({ length: 5 }, () => ({ type: 'print.label', laneId: pool.id })),
      { type: 'print.label', laneId: printers[0]?.id ?? 0, priority: 'urgent' as const },
    ])
    const lease = await b.worker()
    const lanes = printers.map((lane) => ({ laneId: lane.id, queueIds: [lane.id, pool.id], limit: 1, slot: 0 }))
    const first = await b.source.claim(lease, { lanes, types: ['print.label'], limit: 10 })
    expect(first).toHaveLength(3)
    expect(new Set(first.map((job) => job.laneId)).size).toBe(3)
    expect(first.find((job) => job.laneId === printers[0]?.id)?.jobId).toBe(ids[5])
    expect(
      await b.row('select substate, printer_id = lane_id as same from job where id = $1', [first[1]?.jobId]),
    ).toEqual({
      substate: 1,
      same: true,
    })
    expect(await b.source.claim(lease, { lanes, types: ['print.label'], limit: 10 })).toEqual([])
  })

  test('the last job of a pool goes to the printer that can take it, wherever it stands in the list', async () => {
    const pool = await b.store.transaction((tx) => createLane(tx, { kind: 'pool', name: 'badges' }, ANNA))
    const [jammed, busy, idle] = await b.store.transaction(async (tx) => [
      await createLane(tx, { kind: 'printer', name: 'jammed' }, ANNA),
      await createLane(tx, { kind: 'printer', name: 'busy' }, ANNA),
      await createLane(tx, { kind: 'printer', name: 'idle' }, ANNA),
    ])
    await b.create([{ type: 'print.label', laneId: busy?.id ?? 0 }])
    const lease = await b.worker()
    const laneOf = (id = 0) => ({ laneId: id, queueIds: [id, pool.id], limit: 1, slot: 0 })
    const types = ['print.label']
    expect(await b.source.claim(lease, { lanes: [laneOf(busy?.id)], types, limit: 10 })).toHaveLength(1)
    await b.rows("update lane set paused_at = now(), paused_by = 'printer' where id = $1", [jammed?.id])
    const [only] = await b.create([{ type: 'print.label', laneId: pool.id }])
    const lanes = [laneOf(jammed?.id), laneOf(busy?.id), laneOf(idle?.id)]
    expect(await b.source.claim(lease, { lanes, types, limit: 10 })).toMatchObject([{ jobId: only, laneId: idle?.id }])
  })

  test('shares of a limited queue never exceed its limit', async () => {
    const lane = await b.queue('limited')
    await setLaneLimits(b.store, lane.id, { slots: 5 }, ANNA)
    await b.create(Array.from({ length: 40 }, () => ({ queue: 'limited' })))
    const leases = await Promise.all([b.worker({ name: 'a' }), b.worker({ name: 'b' }), b.worker({ name: 'c' })])
    const held = await Promise.all(leases.map((lease) => b.claim(lease, 10, 'limited')))
    expect(held.flat()).toHaveLength(5)
    const [first] = held.findIndex((jobs) => jobs.length > 0) >= 0 ? held.filter((jobs) => jobs.length > 0) : []
    const owner = leases[held.findIndex((jobs) => jobs === first)]
    if (owner === undefined || first === undefined) throw new Error('nobody got a share')
    await b.source.settle(
      owner,
      first.map(({ jobId, fence }) => ({ jobId, fence, outcome: 'completed' as const })),
    )
    await b.source.heartbeat(owner, { cpuPercent: 0, memoryMb: 0, running: 0 })
    const other = leases.find((lease) => lease !== owner)
    if (other === undefined) throw new Error('no other')
    for (const lease of leases) await b.source.heartbeat(lease, { cpuPercent: 0, memoryMb: 0, running: 0 })
    expect((await b.claim(other, 10, 'limited')).length).toBe(first.length)
    expect(await b.row('select count(*)::int as n from job where phase = 2 and queue_id = $1', [lane.id])).toEqual({
      n: 5,
    })
  })

  test('two at once for one printer: one gets it, and nobody an error', async () => {
    const printer = await b.store.transaction((tx) => createLane(tx, { kind: 'printer', name: 'wanted' }, ANNA))
    await b.create(Array.from({ length: 40 }, () => ({ type: 'print.label', laneId: printer.id })))
    const lanes = [{ laneId: printer.id, queueIds: [printer.id], limit: 1, slot: 0 }]
    const leases = await Promise.all(Array.from({ length: 8 }, (_, n) => b.worker({ name: `greedy ${n}` })))
    for (let round = 0; round < 20; round += 1) {
      const claims = await Promise.all(
        leases.map(async (lease) => {
          const jobs = await b.source.claim(lease, { lanes, types: ['print.label'], limit: 1 })
          return jobs.map((job) => ({ lease, job }))
        }),
      )
      expect(claims.flat()).toHaveLength(1)
      for (const { lease, job } of claims.flat()) {
        await b.source.settle(lease, [{ jobId: job.jobId, fence: job.fence, outcome: 'completed' }])
      }
    }
  })

  test('nothing comes of a lane that is not there, or of which nothing is wanted', async () => {
    const lease = await b.worker()
    const lane = await b.queue('unwanted')
    await b.create([{ queue: 'unwanted' }])
    const from = (laneId: number, limit: number) =>
      b.source.claim(lease, {
        lanes: [{ laneId, queueIds: [laneId], limit, slot: null }],
        types: ['test.work'],
        limit: 5,
      })
    expect([await from(4_711, 5), await from(lane.id, 0)]).toEqual([[], []])
  })

  test('one server claims what another made, by types that it never heard of', async () => {
    const [id] = await createJobs(b.store, [{ type: 'test.foreign', createdBy: 'anna', queue: 'foreign' }])
    const lane = await b.queue('foreign')
    await using other = await openStore({ connection: b.url, maxConnections: 2 })
    const source = storeJobSource(other)
    const lease = await source.register({
      name: 'other',
      kind: 'worker',
      host: 'there',
      pid: 2,
      version: 'test',
      types: ['test.foreign'],
      slots: 1,
      leaseMs: 30_000,
    })
    const lanes = [{ laneId: lane.id, queueIds: [lane.id], limit: 1, slot: null }]
    const jobs = await source.claim(lease, { lanes, types: ['test.foreign'], limit: 1 })
    expect(jobs).toMatchObject([{ jobId: id?.id, type: 'test.foreign' }])
    await using third = await openStore({ connection: b.url, maxConnections: 2 })
    expect(await storeJobSource(third).missed(lease, [])).toMatchObject([{ type: 'test.foreign' }])
  })

  test('a limit that another server took away a moment ago holds nobody back', async () => {
    const { id } = await b.queue('opened')
    await setLaneLimits(b.store, id, { slots: 1 }, ANNA)
    await b.create([{ queue: 'opened' }, { queue: 'opened' }])
    const lease = await b.worker()
    // What this server knows of the lane is up to 2 s old.
    expect((await lanesById(b.store, [id])).get(id)?.slots).toBe(1)
    await b.rows('update lane set slots = null where id = $1', [id])
    expect(await b.claim(lease, 5, 'opened')).toHaveLength(2)
  })

  test('starts that a rate allowed and nobody used are given back', async () => {
    const lane = await b.queue('rare')
    await setLaneLimits(b.store, lane.id, { rateLimit: 3, ratePerMs: 3_600_000 }, ANNA)
    const lease = await b.worker()
    await b.create([{ queue: 'rare' }])
    expect(await b.claim(lease, 10, 'rare')).toHaveLength(1)
    await b.create(Array.from({ length: 9 }, () => ({ queue: 'rare' })))
    expect(await b.claim(lease, 10, 'rare')).toHaveLength(2)
  })

  test('a rate limit allows so many starts in its period', async () => {
    const lane = await b.queue('rated')
    await setLaneLimits(b.store, lane.id, { rateLimit: 3, ratePerMs: 3_600_000 }, ANNA)
    await b.create(Array.from({ length: 9 }, () => ({ queue: 'rated' })))
    const lease = await b.worker()
    expect(await b.claim(lease, 2, 'rated')).toHaveLength(2)
    expect(await b.claim(lease, 10, 'rated')).toHaveLength(1)
    expect(await b.claim(lease, 10, 'rated')).toHaveLength(0)
  })
})
