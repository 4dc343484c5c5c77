import { SILENT } from '@andon/store'
import { describe, expect, test } from 'vitest'
import { Service } from '../src/index.ts'

const LOG = { log: SILENT }

describe('the shape of a loop', () => {
  class Counting extends Service {
    override readonly name = 'counting'
    protected override readonly everyMs = 3_600_000
    passes = 0
    onPass: (() => void) | null = null
    failures = 0

    override async runOnce(): Promise<undefined> {
      this.passes += 1
      this.onPass?.()
      if (this.failures > 0) {
        this.failures -= 1
        throw new Error('out of order')
      }
    }
  }

  test('starts and stops twice, and wakes up', async () => {
    const loop = new Counting(LOG)
    const passed = (): Promise<void> => new Promise((resolve) => (loop.onPass = resolve))
    let next = passed()
    loop.start()
    loop.start()
    await next
    next = passed()
    loop.wake()
    await next
    await Promise.all([loop.stop(), loop.stop()])
    await loop.stop()
    expect(loop.passes).toBe(2)
    next = passed()
    loop.start()
    await next
    await loop.stop()
  })

  test('a wake ends the pause', async () => {
    let isPausing = Promise.withResolvers<void>()
    // Jitter is drawn right before the pause begins.
    const random = (): number => (setImmediate(() => isPausing.resolve()), 0)
    const loop = new Counting({ ...LOG, random })
    loop.start()
    await isPausing.promise
    isPausing = Promise.withResolvers<void>()
    loop.wake()
    await isPausing.promise
    await loop.stop()
    expect(loop.passes).toBe(2)
  })

  test('an error does not end it', async () => {
    const warnings: string[] = []
    const loop = new Counting({ log: { ...SILENT, warn: (_fields, message) => warnings.push(message) } })
    loop.failures = 1
    let next = new Promise<void>((resolve) => (loop.onPass = resolve))
    loop.start()
    await next
    next = new Promise<void>((resolve) => (loop.onPass = resolve))
    loop.wake()
    await next
    await loop.stop()
    expect(warnings).toEqual(['a loop failed'])
  })

  test('an error of a pass that was to stop is nothing to tell', async () => {
    const warnings: string[] = []
    const loop = new Counting({ log: { ...SILENT, warn: (_fields, message) => warnings.push(message) } })
    loop.failures = 1
    const stopped = new Promise<void>((resolve) => (loop.onPass = () => resolve(loop.stop())))
    loop.start()
    await stopped
    expect([loop.passes, warnings]).toEqual([1, []])
  })
})
