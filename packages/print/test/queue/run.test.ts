import { type PrintOutcome, reasonOf } from '@andon/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { doubtError } from '../../src/queue/errors.ts'
import type { QueueResult } from '../../src/queue/port.ts'
import { type OnUnconfirmed, requestName, type RunOptions, runPrintJob } from '../../src/queue/run.ts'
import { Crash, type Fate, FatefulDriver, MemoryPort, Steps, ToldDriver } from './model.ts'

const FATES: readonly Fate[] = [
  'prints',
  'prints, and nobody knows',
  'prints nothing, and nobody knows',
  'refuses',
  'is not reached',
  'needs a person',
  'prints a part',
]

const JOB = { jobId: 'job', attempt: 1, user: 'anna', options: { media: null, sides: null, orientation: null } }

interface Shop {
  readonly port: MemoryPort
  readonly driver: FatefulDriver
  readonly cancel: AbortController
  readonly onUnconfirmed: OnUnconfirmed
  /** How long the runs waited, each time, in milliseconds. */
  readonly waits: number[]
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
    waits: [],
  }
}

/** One run; null when it crashed. */
async function run({ port, driver, cancel, onUnconfirmed, waits }: Shop, attempt = 1): Promise<QueueResult | null> {
  const job = { ...JOB, attempt }
  const options = {
    cancel: cancel.signal,
    onUnconfirmed,
    wait: async (ms: number): Promise<void> => void waits.push(ms),
  }
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

  it('never completes a job without items', async () => {
    expect(await run(shop({ items: 0 }))).toMatchObject({ outcome: 'failed', error: { code: 'items_out_of_range' } })
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

  it('stays at "running" from its first label on', async () => {
    const made = shop({ items: 3 })
    expect(await run(made)).toMatchObject({ outcome: 'completed' })
    expect(made.port.reached).toEqual(['sent', 'running'])
  })

  it('asks a printer that says it is well and stops each time less and less often', async () => {
    const stops = Array.from({ length: 7 }, (): Fate => 'needs a person')
    const made = shop({ items: 3, fates: ['prints', ...stops, 'prints', 'needs a person', 'prints'] })
    expect(await run(made)).toMatchObject({ outcome: 'completed', counts: { done: 3 } })
    expect(made.waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 1_000])
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

  it('is told how each request ended, and says so of the job', async () => {
    const jam = reasonOf('media-jam')
    const outcomes = async (items: number, list: readonly PrintOutcome[], change: Partial<RunOptions> = {}) => {
      const port = new MemoryPort(items, new Steps([]))
      const options = { cancel: new AbortController().signal, wait: () => Promise.resolve(), ...change }
      return { port, result: await runPrintJob(JOB, port, { driver: new ToldDriver(list, 'http'), options }) }
    }
    const whole = { kind: 'printed', proof: 'confirmed', sheets: 1 } as const
    // Failed at once, without words of the device.
    const failed = await outcomes(1, [{ ...whole, failed: [0] }])
    expect(failed.result).toMatchObject({ outcome: 'failed', error: { code: 'print_server_failed' } })
    const cancelled = await outcomes(1, [{ kind: 'cancelled', reason: 'At the panel.' }])
    expect(cancelled.result).toMatchObject({ outcome: 'failed', error: { code: 'printer_job_cancelled' } })
    const lost = await outcomes(2, [whole, { ...whole, unconfirmed: [1] }])
    expect(lost.result).toMatchObject({ outcome: 'unconfirmed', indexes: [1], counts: { done: 1 } })
    // Each wait is longer than the one before.
    const waits: number[] = []
    const wait = async (ms: number) => void waits.push(ms)
    const retried = await outcomes(1, [{ kind: 'retry', reason: jam }], { wait, tries: 4 })
    expect(retried.result).toMatchObject({ outcome: 'retry', error: { code: 'printer_stopped' } })
    expect(waits).toEqual([500, 1_000, 2_000])
    const impatient = await outcomes(2, [whole, { kind: 'stop-printer', reason: jam }], { keepsPlace: false })
    expect(impatient.result).toMatchObject({ outcome: 'printer_stopped', counts: { done: 1, pending: 1 } })
  })

  it('that is cancelled keeps what came out, and calls the rest cancelled', async () => {
    const whole = { kind: 'printed', proof: 'confirmed', sheets: 1 } as const
    const run = async (outcome: PrintOutcome, items = 1) => {
      const cancel = new AbortController()
      const port = new MemoryPort(items, new Steps([]))
      const driver = new ToldDriver([], 'ipp')
      driver.print = async () => {
        cancel.abort('wrong paper')
        return outcome
      }
      const result = await runPrintJob(JOB, port, { driver, options: { cancel: cancel.signal } })
      return [result.outcome, ...port.items.map(({ state }) => state)]
    }
    // After the last item there is nothing left to cancel.
    expect(await run(whole)).toEqual(['completed', 'done'])
    expect(await run(whole, 2)).toEqual(['cancelled', 'done', 'cancelled'])
    expect(await run({ ...whole, failed: [0] })).toEqual(['cancelled', 'cancelled'])
    expect(await run({ kind: 'cancelled', reason: 'At the panel.' })).toEqual(['cancelled', 'cancelled'])
    expect(await run({ kind: 'failed', code: 'document_refused', message: 'No.' })).toEqual(['failed', 'failed'])
  })

  it('ends with a cancel or a drain, whatever it is doing', async () => {
    const jam = reasonOf('media-jam')
    const whole = { kind: 'printed', proof: 'confirmed', sheets: 1 } as const
    const run = async (list: readonly PrintOutcome[], change: (stop: AbortController) => Partial<RunOptions>) => {
      const stop = new AbortController()
      const port = new MemoryPort(2, new Steps([]))
      const options = { cancel: new AbortController().signal, wait: () => Promise.resolve(), ...change(stop) }
      const driver = new ToldDriver(list, 'ipp', [jam])
      return { driver, port, result: await runPrintJob(JOB, port, { driver, options }) }
    }
    const stopped = [whole, { kind: 'stop-printer', reason: jam }] as const
    const rounds = (stop: AbortController) => {
      let waits = 0
      return async () => void ((waits += 1) === 3 && stop.abort('enough'))
    }
    const drained = await run(stopped, (stop) => ({ drain: stop.signal, wait: rounds(stop) }))
    expect(drained.result).toMatchObject({ outcome: 'printer_stopped', counts: { done: 1 } })
    expect(drained.driver.looks).toBe(3)
    const cancelled = await run(stopped, (stop) => ({ cancel: stop.signal, wait: rounds(stop) }))
    expect(cancelled.result).toMatchObject({ outcome: 'cancelled', reason: 'enough', counts: { cancelled: 1 } })
    const before = await run([whole], (stop) => {
      stop.abort()
      return { drain: stop.signal }
    })
    expect(before.result).toMatchObject({ outcome: 'returned', counts: { pending: 2 } })
    // What is in doubt when it is cancelled stays in doubt.
    const doubt = new AbortController()
    const port = new MemoryPort(2, new Steps([]))
    const driver = new ToldDriver([], 'ipp')
    driver.print = async () => {
      doubt.abort('wrong paper')
      return { kind: 'unconfirmed', reason: jam }
    }
    const options = { cancel: doubt.signal }
    expect(await runPrintJob(JOB, port, { driver, options })).toMatchObject({ outcome: 'cancelled' })
    expect(port.items.map(({ state }) => state)).toEqual(['unconfirmed', 'cancelled'])
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
