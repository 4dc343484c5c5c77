import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { doubtError } from '../../src/queue/errors.ts'
import type { QueueResult } from '../../src/queue/port.ts'
import { type OnUnconfirmed, requestName, runPrintJob } from '../../src/queue/run.ts'
import { Crash, type Fate, FatefulDriver, MemoryPort, Steps } from './model.ts'

const FATES: readonly Fate[] = [
  'prints',
  'prints, and nobody knows',
  'prints nothing, and nobody knows',
  'refuses',
  'is not reached',
  'needs a person',
  'prints a part',
]

interface Shop {
  readonly port: MemoryPort
  readonly driver: FatefulDriver
  readonly cancel: AbortController
  readonly onUnconfirmed: OnUnconfirmed
}

function shop(options: {
  items: number
  batchSize?: number
  fates?: readonly Fate[]
  crashAt?: readonly number[]
  onUnconfirmed?: OnUnconfirmed
}): Shop {
  const steps = new Steps(options.crashAt ?? [])
  return {
    port: new MemoryPort(options.items, steps),
    driver: new FatefulDriver(options.batchSize ?? 1, options.fates ?? [], steps),
    cancel: new AbortController(),
    onUnconfirmed: options.onUnconfirmed ?? 'ask',
  }
}

/** One run; null when it crashed. */
async function run({ port, driver, cancel, onUnconfirmed }: Shop, attempt = 1): Promise<QueueResult | null> {
  const job = { jobId: 'job', attempt, user: 'anna', options: { media: null, sides: null, orientation: null } }
  const options = { cancel: cancel.signal, onUnconfirmed, wait: () => Promise.resolve() }
  try {
    return await runPrintJob(job, port, { driver, options })
  } catch (error) {
    if (error instanceof Crash) return null
    throw error
  }
}

/** Runs again after crashes and whatever asks for another run, as the worker does, until it ends or a person is asked. */
async function runToEnd(made: Shop): Promise<QueueResult | null> {
  let last: QueueResult | null = null
  for (let round = 1; round <= 60; round += 1) {
    last = await run(made, round)
    if (last !== null && !['retry', 'printer_stopped', 'returned'].includes(last.outcome)) return last
  }
  return last
}

describe('a run over the items of a job', () => {
  it('prints every item once, in order, with its intent before it', async () => {
    const made = shop({ items: 5, batchSize: 2 })
    const result = await run(made)
    expect(result).toMatchObject({ outcome: 'completed', counts: { done: 5, pending: 0, proof: 'confirmed' } })
    expect(made.port.intents).toEqual([[0, 1], [2, 3], [4]])
  })

  it('keeps failed items and completes with errors', async () => {
    const made = shop({ items: 3, fates: ['prints', 'refuses', 'prints'] })
    const result = await run(made)
    expect(result).toMatchObject({
      outcome: 'completed_with_errors',
      error: { code: 'document_refused' },
      counts: { done: 2, failed: 1 },
    })
    expect(made.port.items.map(({ state }) => state)).toEqual(['done', 'failed', 'done'])
  })

  it('fails when nothing came out', async () => {
    expect(await run(shop({ items: 2, fates: ['refuses'] }))).toMatchObject({
      outcome: 'failed',
      error: { code: 'document_refused' },
    })
  })

  it('asks a person about the item that nobody can prove, and prints nothing after it', async () => {
    const made = shop({ items: 3, fates: ['prints', 'prints, and nobody knows', 'prints'] })
    const result = await run(made)
    expect(result).toMatchObject({
      outcome: 'unconfirmed',
      error: { code: 'print_unconfirmed' },
      indexes: [1],
      counts: { pending: 1 },
    })
    expect(made.driver.paper.has(2)).toBe(false)
  })

  it('names the trouble of a print that nobody can prove, and keeps the words of the device apart', () => {
    expect(
      doubtError({ reason: 'unreachable', severity: 'error', raw: 'connect ECONNREFUSED 10.0.0.4:631' }),
    ).toMatchObject({
      code: 'print_unconfirmed',
      message: expect.stringMatching(/^Printer cannot be reached.*had already left/),
      detail: 'connect ECONNREFUSED 10.0.0.4:631',
    })
  })

  it('goes on with less proof where the printer is set to accept', async () => {
    const made = shop({ items: 2, fates: ['prints, and nobody knows', 'prints'], onUnconfirmed: 'accept' })
    expect(await run(made)).toMatchObject({ outcome: 'completed', counts: { done: 2, proof: 'sent' } })
  })

  it('prints a doubtful item once more where the printer is set to reprint, then asks', async () => {
    const made = shop({ items: 1, fates: ['prints nothing, and nobody knows'], onUnconfirmed: 'reprint' })
    expect(await run(made)).toMatchObject({ outcome: 'unconfirmed' })
    expect(made.port.intents).toHaveLength(2)
  })

  it('gives a job that has not begun back when the printer has stopped, and tells the lane why', async () => {
    const made = shop({ items: 2, fates: ['needs a person'] })
    expect(await run(made)).toMatchObject({
      outcome: 'printer_stopped',
      reasons: [{ reason: 'media-jam' }],
      counts: { pending: 2 },
    })
    expect(made.port.told).toEqual(['media-jam'])
  })

  it('keeps the place of a job that has begun, and goes on when the printer is well', async () => {
    const made = shop({ items: 2, fates: ['prints', 'needs a person', 'prints'] })
    expect(await run(made)).toMatchObject({ outcome: 'completed', counts: { done: 2 } })
    expect(made.port.told).toEqual(['media-jam', ''])
  })

  it('gives up after three tries in a row', async () => {
    const made = shop({ items: 1, fates: ['is not reached'] })
    expect(await run(made)).toMatchObject({ outcome: 'retry', counts: { pending: 1 } })
    expect(made.port.intents).toHaveLength(3)
  })

  it('cancels what is pending and keeps what was printed', async () => {
    const made = shop({ items: 3 })
    made.port.progress = () => made.cancel.abort('wrong labels')
    expect(await run(made)).toMatchObject({
      outcome: 'cancelled',
      reason: 'wrong labels',
      counts: { done: 1, cancelled: 2 },
    })
  })

  it('names requests by job, attempt and first item', () => {
    expect(requestName('j1', 2, 7)).toBe('andon:j1:2:7')
  })

  it('prints no label twice and calls none done that was not, wherever it crashes', async () => {
    const fates = fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 8 })
    const crashAt = fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 10 })
    const sizes = fc.record({ items: fc.integer({ min: 1, max: 8 }), batchSize: fc.integer({ min: 1, max: 4 }) })
    await fc.assert(
      fc.asyncProperty(sizes, fates, crashAt, async (size, chosen, crashes) => {
        const made = shop({ ...size, fates: chosen, crashAt: crashes })
        const result = await runToEnd(made)
        for (const count of made.driver.paper.values()) expect(count).toBe(1)
        made.port.items.forEach(({ state }, index) => {
          if (state === 'done') expect(made.driver.paper.get(index)).toBe(1)
          if (state === 'pending' || state === 'failed') expect(made.driver.paper.has(index)).toBe(false)
        })
        if (result?.outcome === 'completed') expect(made.driver.paper.size).toBe(size.items)
      }),
      { numRuns: 500 },
    )
  })
})
