import type { PrintDriver } from '@andon/core'
import { startZebra } from '@andon/testing'
import { describe, expect, it } from 'vitest'
import { createDriver } from '../../src/drivers.ts'
import type { QueueResult } from '../../src/queue/port.ts'
import { type RunOptions, runPrintJob } from '../../src/queue/run.ts'
import { startVirtualPrinter } from '../../src/virtual/index.ts'
import { MemoryPort, Steps } from './model.ts'

const QUICK = { confirmTimeoutMs: 300, followIntervalMs: 50 }

function start(
  items: number,
  driver: PrintDriver,
  options: Partial<RunOptions> = {},
): { port: MemoryPort; result: Promise<QueueResult>; again: () => Promise<QueueResult> } {
  const port = new MemoryPort(items, new Steps([]))
  const job = { jobId: 'j', attempt: 1, user: 'anna', options: { media: null, sides: null, orientation: null } }
  const cancel = new AbortController().signal
  const run = (more: Partial<RunOptions>): Promise<QueueResult> =>
    runPrintJob(job, port, { driver, options: { cancel, statusIntervalMs: 50, ...more } })
  return { port, result: run(options), again: () => run({}) }
}

describe('a batch on a real printer', () => {
  it('comes out once, through a jam', async () => {
    await using printer = await startVirtualPrinter({ name: 'V', speed: 15 })
    const driver = createDriver({ ...printer.address, settings: QUICK })
    const { port, result } = start(12, driver)
    await printer.until(({ printed }) => printed.length === 4)
    printer.setFault('media-jam')
    while (!port.told.includes('media-jam')) await new Promise(setImmediate)
    printer.clearFault()
    expect(await result).toMatchObject({ outcome: 'completed', counts: { done: 12, proof: 'confirmed' } })
    expect(printer.printed.map(({ jobName }) => jobName)).toEqual(
      Array.from({ length: 12 }, (_, i) => `andon:j:1:${i}`),
    )
    expect(port.told.at(-1)).toBe('')
    await driver.close()
  })

  it('stops at the label that was under way when the plug was pulled, and is not sent again', async () => {
    await using printer = await startVirtualPrinter({ name: 'V', speed: 15 })
    const driver = createDriver({ ...printer.address, settings: QUICK })
    const { port, result } = start(10, driver)
    await printer.until(({ printed }) => printed.length === 3)
    await printer.goOffline()
    const end = await result
    expect(['unconfirmed', 'printer_stopped']).toContain(end.outcome)
    // The third came out in the instant of the end: whether that was still seen is a matter of luck.
    expect([2, 3]).toContain(end.counts.done)
    expect(port.items.findLastIndex(({ state }) => state === 'done')).toBe(end.counts.done - 1)
    await driver.close()
  })

  it('is given back between two labels when the worker is to end, and goes on at the right one', async () => {
    const printer = await startZebra({ msPerLabel: 15 })
    const driver = createDriver({ driver: 'raw', uri: printer.uri, settings: {} })
    const drain = new AbortController()
    const { result, again } = start(5, driver, { drain: drain.signal })
    await printer.until(({ printed }) => printed.length === 2)
    drain.abort()
    const first = await result
    expect(first).toMatchObject({ outcome: 'returned' })
    expect(first.counts.done).toBe(printer.printed.length)
    expect(await again()).toMatchObject({ outcome: 'completed', counts: { done: 5 } })
    expect(printer.printed).toHaveLength(5)
    await driver.close()
    await printer.goOffline()
  })

  it('waits in its place while a label printer has no paper, and can be cancelled there', async () => {
    const printer = await startZebra({ msPerLabel: 15 })
    const driver = createDriver({ driver: 'raw', uri: printer.uri, settings: { statusTimeoutMs: 200 } })
    const cancel = new AbortController()
    const { port, result } = start(6, driver, { cancel: cancel.signal })
    await printer.until(({ printed }) => printed.length === 2)
    printer.setFault('paper-out')
    while (!port.told.includes('needs-attention')) await new Promise(setImmediate)
    cancel.abort('enough')
    expect(await result).toMatchObject({ outcome: 'cancelled', reason: 'enough' })
    expect(printer.printed.length).toBeLessThan(6)
    await driver.close()
    await printer.goOffline()
  })
})
