import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { JobContext } from '../src/index.ts'
import { LaneBook } from '../src/lane-book.ts'
import { Pace } from '../src/pace.ts'
import { Gate, openShop, type Shop, until } from './fixtures.ts'

const slots = fc.integer({ min: 1, max: 500 })

function paceAfter(times: readonly number[]): Pace {
  const pace = new Pace()
  for (const ms of times) pace.took(ms)
  return pace
}

describe('how many jobs are held ahead', () => {
  test('none, while nothing is known of how long handlers take', () => {
    fc.assert(
      fc.property(slots, fc.array(fc.double({ min: 0, max: 1 })), (count, times) => {
        const pace = paceAfter(times)
        pace.forget()
        expect(pace.ahead(count)).toBe(0)
      }),
    )
  })

  test('none, while handlers take longer than a claim', () => {
    fc.assert(
      fc.property(
        slots,
        fc.array(fc.double({ min: 10.1, max: 1e6, noNaN: true }), { minLength: 1 }),
        (count, times) => {
          expect(paceAfter(times).ahead(count)).toBe(0)
        },
      ),
    )
  })

  test('at least as many as run at once of short ones, and never more than a claim brings', () => {
    fc.assert(
      fc.property(slots, fc.array(fc.double({ min: 0, max: 9.9, noNaN: true }), { minLength: 1 }), (count, times) => {
        const ahead = paceAfter(times).ahead(count)
        expect(ahead).toBeGreaterThanOrEqual(count)
        expect(ahead).toBeLessThanOrEqual(1_000)
      }),
    )
  })

  test('fewer, the longer handlers take', () => {
    fc.assert(
      fc.property(
        slots,
        fc.double({ min: 0, max: 20, noNaN: true }),
        fc.double({ min: 0, max: 20, noNaN: true }),
        (count, a, b) => {
          const [short, long] = [Math.min(a, b), Math.max(a, b)]
          expect(paceAfter([short]).ahead(count)).toBeGreaterThanOrEqual(paceAfter([long]).ahead(count))
        },
      ),
    )
  })

  test('none of a queue with a limit: others may begin those', () => {
    const limit = fc.integer({ min: 1, max: 100 })
    fc.assert(
      fc.property(limit, fc.nat(100), fc.nat(1_000), (places, startable, ahead) => {
        const lane = { laneId: 1, queueIds: [1], slots: places, isExclusive: false }
        const [claim] = new LaneBook().withRoom([lane], { all: startable + ahead, startable })
        expect(claim?.limit ?? 0).toBe(Math.min(places, startable))
      }),
    )
  })
})

describe('a worker that paces itself', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop()
  })
  afterAll(() => shop[Symbol.asyncDispose]())
  afterEach(() => shop.rest())

  test('holds short jobs ahead, and gives them back when one before them takes long', async () => {
    const gate = new Gate()
    const handler = async ({ input, signal }: JobContext): Promise<void> => {
      if (input === 'long') await gate.pass(signal)
    }
    const paced = await shop.worker(handler, { slots: 1, prefetch: 'paced' })
    await shop.allEnd(await shop.create(30))
    const [long = '', ...short] = await shop.create([{ input: 'long' }, ...Array.from({ length: 20 }, () => ({}))])
    await gate.reached
    await until(() => (paced.jobIds.length > 1 ? true : null))
    await until(() => (paced.jobIds.length === 1 ? true : null))
    await shop.worker(handler)
    await shop.allEnd(short)
    expect(await shop.job(long)).toMatchObject({ state: 'running', attempt: 1 })
    gate.open()
    await shop.reaches(long, 'completed')
  })

  test('holds nothing ahead of jobs with few attempts left, which its death would cost one', async () => {
    const gate = new Gate()
    const handler = async ({ input, signal }: JobContext): Promise<void> => {
      if (input === 'long') await gate.pass(signal)
    }
    const paced = await shop.worker(handler, { slots: 1, prefetch: 'paced' })
    await shop.allEnd(await shop.create(30))
    const dear = Array.from({ length: 5 }, () => ({ maxAttempts: 1 }))
    const [long = '', ...rest] = await shop.create([{ input: 'long' }, ...dear, {}])
    await gate.reached
    await until(() => (paced.jobIds.length === 1 ? true : null))
    for (const id of rest) expect(await shop.job(id)).toMatchObject({ state: 'queued', attempt: 0 })
    gate.open()
    await shop.reaches(long, 'completed')
    await shop.allEnd(rest)
  })
})
