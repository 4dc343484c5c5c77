import type { ClaimedJob, PrinterCapabilities, WorkerLease } from '@andon/core'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  createPool,
  createPrinter,
  getJob,
  holdLanes,
  pauseLane,
  type PrinterRow,
  releaseJob,
  rescueWorkers,
  resumeLane,
  toJobView,
  writePrinterStatus,
} from '../src/index.ts'
import { MOVES_LIMIT } from '../src/queries/wanderers.ts'
import { type Bench, bench } from './fixtures.ts'

const TEST = { name: 'test' }
const ZPL = 'application/vnd.zebra-zpl'
const PDF = 'application/pdf'

let shop: Bench
let poolId: number
beforeAll(async () => {
  shop = await bench()
  poolId = (await createPool(shop.store, 'Mixed', TEST)).id
})
afterAll(() => shop[Symbol.asyncDispose]())
beforeEach(async () => {
  await shop.store.pool.query('delete from job')
  await shop.store.pool.query('update worker set stopped_at = now() where stopped_at is null')
  await shop.store.pool.query('update printer set pool_id = null')
})

interface Driven {
  readonly printer: PrinterRow
  readonly lease: WorkerLease
}

let made = 0
async function printer(capabilities: Partial<PrinterCapabilities> | null): Promise<PrinterRow> {
  made += 1
  const fields = { name: `P${made}`, driver: 'raw', uri: 'socket://127.0.0.1:9', pool: 'Mixed' } as const
  const row = await createPrinter(shop.store, fields, TEST)
  if (capabilities === null) return row
  const all = { formats: [], media: [], color: false, duplex: false, proof: 'confirmed', ...capabilities } as const
  const status = { state: 'idle', reasons: [], supplies: [], queuedJobs: 0, message: null, model: null } as const
  await writePrinterStatus(shop.store, {
    printerId: row.id,
    status: { ...status, capabilities: all },
    isAnswered: true,
  })
  return row
}

async function drive(row: PrinterRow): Promise<Driven> {
  const lease = await shop.worker({ name: `of ${row.name}` })
  await holdLanes(shop.store, lease, [row.id])
  return { printer: row, lease }
}

async function print(format: string, options: object = {}): Promise<string> {
  const [id] = await shop.create([
    { type: 'print.label', laneId: poolId, input: { format, options }, items: [{ content: 'x' }, { content: 'y' }] },
  ])
  return id ?? ''
}

async function take({ lease, printer: { id } }: Driven): Promise<ClaimedJob | null> {
  const lanes = [{ laneId: id, queueIds: [id, poolId], limit: 1, slot: 0 }]
  return (await shop.source.claim(lease, { lanes, types: ['print.label'], limit: 1 }))[0] ?? null
}

async function jam(row: PrinterRow): Promise<void> {
  await pauseLane(shop.store, row.id, { reason: 'jam', isTrouble: true }, TEST)
}

async function handBack({ lease, printer: row }: Driven, { fence, jobId }: ClaimedJob): Promise<void> {
  await jam(row)
  expect(await shop.source.settle(lease, [{ jobId, fence, outcome: 'returned', reason: 'jam' }])).toEqual([])
  await resumeLane(shop.store, row.id, TEST, { onlyTrouble: true })
}

async function lose({ lease }: Driven): Promise<void> {
  await shop.store.pool.query(`update worker set lease_until = now() - interval '1 second' where id = $1`, [
    lease.workerId,
  ])
  await rescueWorkers(shop.store)
}

async function view(id: string) {
  const row = await getJob(shop.store, id, { all: true })
  if (row === null) throw new Error('no job')
  return toJobView(row, { nowMs: Date.now(), meanMs: () => null })
}

describe('a printer takes from its pool', () => {
  test('what it can print: format, paper, both sides; what it does not say of itself is taken for granted', async () => {
    const label = await drive(await printer({ formats: [ZPL] }))
    const laser = await drive(await printer({ formats: [PDF], media: ['iso_a4_210x297mm'], duplex: true }))
    const [pdf, zpl] = [await print(PDF), await print(ZPL)]
    expect(await take(label), 'behind one that it cannot print').toMatchObject({ jobId: zpl })
    expect(await take(laser)).toMatchObject({ jobId: pdf })
    const unknown = await drive(await printer(null))
    const odd = await print('image/odd', { sides: 'two-sided-long-edge', media: 'na_letter_8.5x11in' })
    expect(await take(unknown)).toMatchObject({ jobId: odd })
  })

  test('all of it, when several take at once', async () => {
    const lease = await shop.worker({ name: 'of both' })
    const rows = [await printer({ formats: [ZPL] }), await printer({ formats: [PDF] })]
    await holdLanes(
      shop.store,
      lease,
      rows.map(({ id }) => id),
    )
    const id = await print(PDF)
    const lanes = rows.map((row) => ({ laneId: row.id, queueIds: [row.id, poolId], limit: 1, slot: 0 }))
    const claimed = await shop.source.claim(lease, { lanes, types: ['print.label'], limit: 2 })
    expect(claimed.map(({ jobId, laneId }) => [jobId, laneId])).toEqual([[id, rows[1]?.id]])
  })

  test.each([
    { what: 'its format', format: PDF, options: {} },
    { what: 'its paper', format: ZPL, options: { media: 'iso_a3_297x420mm' } },
    { what: 'both sides', format: ZPL, options: { sides: 'two-sided-long-edge' } },
  ])('nothing when it cannot print $what: the job says so and waits', async ({ format, options }) => {
    const only = await drive(await printer({ formats: [ZPL], media: ['iso_a4_210x297mm'] }))
    const id = await print(format, options)
    expect(await take(only)).toBeNull()
    expect(await view(id)).toMatchObject({
      state: 'queued',
      wait_reason: 'no_printer',
      advice: expect.stringContaining('Move it to a printer'),
    })
    const able = await drive(await printer({ formats: [ZPL, PDF], duplex: true }))
    expect((await view(id)).wait_reason).toBeNull()
    expect(await take(able)).toMatchObject({ jobId: id })
  })
})

describe('a job of a pool that comes back unsent', () => {
  test('goes to another printer, a bounded number of times, then waits for a person and says why', async () => {
    const [one, other] = [await drive(await printer(null)), await drive(await printer(null))]
    const id = await print(ZPL)
    for (let move = 0; move < MOVES_LIMIT; move += 1) {
      const at = move % 2 === 0 ? one : other
      const job = await take(at)
      expect(job, `move ${move}`).toMatchObject({ jobId: id, attempt: 1 })
      if (job !== null) await handBack(at, job)
    }
    expect(await take(one)).toBeNull()
    expect(await view(id)).toMatchObject({
      state: 'pending',
      wait_reason: 'hold',
      error: { code: 'pool_in_trouble' },
      advice: expect.stringContaining('Mend the printers of the pool'),
    })
    await releaseJob(shop.store, id, { actor: TEST })
    expect(await take(other)).toMatchObject({ jobId: id })
  })

  test('does so as well when its stations are lost, and is not failed for that', async () => {
    const row = await printer(null)
    const id = await print(ZPL)
    for (let loss = 0; loss < MOVES_LIMIT; loss += 1) {
      const at = await drive(row)
      expect(await take(at), `loss ${loss}`).toMatchObject({ jobId: id })
      await lose(at)
    }
    expect(await view(id)).toMatchObject({ wait_reason: 'hold', error: { code: 'pool_in_trouble' } })
  })

  test('is not counted when nothing was the matter', async () => {
    const at = await drive(await printer(null))
    const id = await print(ZPL)
    for (let time = 0; time < MOVES_LIMIT + 2; time += 1) {
      const job = await take(at)
      expect(job).toMatchObject({ jobId: id })
      if (job === null) return
      await shop.source.settle(at.lease, [{ jobId: id, fence: job.fence, outcome: 'returned', reason: 'stopping' }])
    }
    expect((await view(id)).wait_reason).toBeNull()
  })
})

describe('over all that can happen to a pool', () => {
  const FORMATS = [ZPL, PDF, 'text/plain'] as const
  const capabilities = fc.option(fc.uniqueArray(fc.constantFrom(...FORMATS), { minLength: 1 }), { freq: 4 })
  const step = fc.record({
    at: fc.nat(9),
    what: fc.constantFrom('take', 'take', 'hand back', 'send', 'lose'),
  } as const)

  test('nobody takes what it cannot print, data that has left moves nowhere, and moves are bounded', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(capabilities, { minLength: 2, maxLength: 3 }),
        fc.array(fc.constantFrom(...FORMATS), { minLength: 1, maxLength: 4 }),
        fc.array(step, { maxLength: 25 }),
        async (printers, formats, steps) => {
          await shop.store.pool.query('delete from job')
          await shop.store.pool.query('update printer set pool_id = null')
          const rows = await Promise.all(printers.map((list) => printer(list === null ? null : { formats: list })))
          const driven = await Promise.all(rows.map(drive))
          const formatOf = new Map<string, string>()
          for (const format of formats) formatOf.set(await print(format), format)
          const holds = new Map<number, ClaimedJob>()
          /** Jobs of which something left, with the printer that it went to. */
          const left = new Map<string, number>()
          const moves = new Map<string, number>()
          for (const { at, what } of steps) {
            const index = at % rows.length
            const [row, own] = [rows[index], driven[index]]
            if (row === undefined || own === undefined) continue
            const held = holds.get(row.id)
            if (what === 'take' && held === undefined) {
              const job = await take(own)
              if (job === null) continue
              holds.set(row.id, job)
              const list = printers[index] ?? null
              if (list !== null) expect(list).toContain(formatOf.get(job.jobId))
              expect(left.get(job.jobId) ?? row.id, 'the printer that has its data').toBe(row.id)
              expect(job.isResumed).toBe(left.has(job.jobId))
              expect(moves.get(job.jobId) ?? 0).toBeLessThan(MOVES_LIMIT)
            } else if (what === 'send' && held !== undefined) {
              const { attempt, fence, jobId } = held
              await shop.source.change(own.lease, [{ jobId, fence, attempt, from: 0, to: 0, state: 'intended' }])
              left.set(jobId, row.id)
            } else if (what === 'hand back' && held !== undefined && !left.has(held.jobId)) {
              await handBack(own, held)
              holds.delete(row.id)
              moves.set(held.jobId, (moves.get(held.jobId) ?? 0) + 1)
            } else if (what === 'lose') {
              await lose(own)
              holds.delete(row.id)
              if (held !== undefined && !left.has(held.jobId)) {
                moves.set(held.jobId, (moves.get(held.jobId) ?? 0) + 1)
              }
              driven[index] = await drive(row)
            }
          }
        },
      ),
      { numRuns: 25 },
    )
  })
})
