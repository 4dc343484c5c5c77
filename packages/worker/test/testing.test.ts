import { expect, test } from 'vitest'
import { completed, snooze } from '../src/node.ts'
import { tryHandler } from '../src/testing.ts'

test('a handler is tried without a server', async () => {
  const tried = await tryHandler(
    async (job) => {
      job.steps(2)
      await job.step('read')
      const items = await job.items.read(1, 5)
      await job.items.change([{ from: 1, to: 1, state: 'done', attempt: job.attempt }])
      job.log.info('read', { count: items.length })
      await job.create({ type: 'test.child' })
      await job.flush()
      await job.step('write')
      return completed({ ref: items[0]?.ref, input: job.input, folder: typeof (await job.folder()) }, 'both')
    },
    { input: 7, items: [{ ref: 'A' }, { ref: 'B' }, {}], attempt: 2, clock: { now: () => 0, after: () => () => {} } },
  )
  expect(tried).toMatchObject({
    outcome: { outcome: 'completed', result: { ref: 'B', input: 7, folder: 'string' }, summary: 'both' },
    progress: { step: 'write', stepsDone: 2, stepsTotal: 2 },
    lines: [{ message: 'read', level: 'info', data: { count: 2 }, at: new Date(0), attempt: 2, step: 'read' }],
    items: [{ from: 1, to: 1, state: 'done' }],
    created: [{ type: 'test.child' }],
  })
})

test.each([
  ['throws', () => Promise.reject(new Error('x')), { outcome: 'retry', delayMs: 60_000 }],
  [
    'throws something for good',
    () => Promise.reject(Object.assign(new Error('x'), { retryable: false })),
    { outcome: 'failed' },
  ],
  ['snoozes', () => snooze(5), { outcome: 'snooze', delayMs: 5 }],
  ['returns nothing', () => undefined, { outcome: 'completed', result: null }],
])('one that %s ends as it would with a worker', async (_how, handler, outcome) => {
  const tried = await tryHandler(handler)
  expect(tried.outcome).toMatchObject(outcome)
  expect(tried.progress).toBeNull()
})

test('one that is cancelled stops at its next step, and is cleaned up after', async () => {
  const abort = new AbortController()
  const steps: number[] = []
  const { outcome, lines } = await tryHandler(
    async (job) => {
      for (let step = 1; ; step += 1) {
        await job.step(`step ${step}`)
        steps.push(step)
        if (step === 3) abort.abort()
      }
    },
    { signal: abort.signal, cleanup: (job) => job.log.info('undone') },
  )
  expect(outcome).toEqual({ outcome: 'cancelled', summary: 'cancelled by the test' })
  expect(steps).toEqual([1, 2, 3])
  expect(lines).toMatchObject([{ message: 'undone' }])
  const early = await tryHandler((job) => job.step('one'), { signal: AbortSignal.abort() })
  expect(early.outcome).toMatchObject({ outcome: 'cancelled' })
})
