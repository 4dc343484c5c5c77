import type { WorkerLease } from '@andon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createPrinter,
  endedItems,
  hasEndedAttempt,
  holdLanes,
  openItems,
  openStore,
  pauseLane,
  printPlace,
  type PrinterRow,
  resumeLane,
  takePrint,
} from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

const TEST = { name: 'test' }
let shop: Bench
let printer: PrinterRow
let lease: WorkerLease
beforeAll(async () => {
  shop = await bench()
  printer = await createPrinter(shop.store, { name: 'Desk', driver: 'qz', uri: 'qz://Desk' }, TEST)
  lease = await shop.worker({ name: 'desk' })
  await holdLanes(shop.store, lease, [printer.id])
})
afterAll(() => shop[Symbol.asyncDispose]())

async function prints(count: number): Promise<string[]> {
  const items = [{ ref: 'A' }, { ref: 'B' }]
  return shop.create(Array.from({ length: count }, () => ({ type: 'print.label', laneId: printer.id, items })))
}

const take = (jobId: string) => takePrint(shop.store, lease, { jobId, laneId: printer.id })

async function finish(jobId: string, fence: number): Promise<void> {
  expect(await shop.source.settle(lease, [{ jobId, fence, outcome: 'completed' }])).toEqual([])
}

describe('a print that is asked for by its id', () => {
  test('is taken once, and tells where it stands and what is left of it', async () => {
    const [id = ''] = await prints(1)
    expect(await printPlace(shop.store, id)).toMatchObject({ phase: 1, lane_id: null, queue: 'Desk' })
    const token = await take(id)
    expect(token).toEqual({ fence: expect.any(Number), attempt: 1 })
    expect(await printPlace(shop.store, id)).toMatchObject({ phase: 2, lane_id: printer.id, attempt: 1 })
    expect(await take(id)).toBeNull()
    expect(await openItems(shop.store, id)).toEqual([
      { index: 0, state: 'pending' },
      { index: 1, state: 'pending' },
    ])
    const fence = token?.fence ?? 0
    expect(await hasEndedAttempt(shop.store, lease.workerId, { jobId: id, fence })).toBe(false)
    const change = { jobId: id, fence, from: 0, to: 0, state: 'done', attempt: 1 } as const
    await shop.source.change(lease, [change])
    expect(await endedItems(shop.store, id)).toEqual({ done: 1, failed: 0, total: 2 })
    await finish(id, fence)
    expect(await hasEndedAttempt(shop.store, lease.workerId, { jobId: id, fence })).toBe(true)
    expect(await printPlace(shop.store, id)).toBeNull()
  })

  test('is not taken from a printer that is paused, nor by a worker that does not hold it', async () => {
    const [id = ''] = await prints(1)
    const other = await shop.worker({ name: 'other' })
    expect(await takePrint(shop.store, other, { jobId: id, laneId: printer.id })).toBeNull()
    await pauseLane(shop.store, printer.id, { reason: 'paper' }, TEST)
    expect(await take(id)).toBeNull()
    await resumeLane(shop.store, printer.id, TEST)
    const token = await take(id)
    await finish(id, token?.fence ?? 0)
  })

  test('is one of two that are asked for at the same moment: the other waits, and nobody gets an error', async () => {
    for (let round = 0; round < 15; round += 1) {
      const ids = await prints(2)
      const tokens = await Promise.all(ids.map(take))
      const taken = ids.flatMap((id, place) => {
        const token = tokens[place]
        return token ? [{ id, fence: token.fence }] : []
      })
      expect(taken).toHaveLength(1)
      for (const { fence, id } of taken) await finish(id, fence)
      await shop.rows('delete from job')
    }
  })

  test('is not said to be taken by somebody else when the database is away', async () => {
    const [id = ''] = await prints(1)
    const away = await openStore({ connection: shop.url })
    await away.close()
    await expect(takePrint(away, lease, { jobId: id, laneId: printer.id })).rejects.toThrow()
  })
})
