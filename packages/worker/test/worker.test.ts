import { problem } from '@andon/core'
import { cancelJob } from '@andon/store'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { completed, completedWithErrors, failed, giveBack, snooze, StopReason, SYSTEM_CLOCK } from '../src/index.ts'
import { Gate, openShop, over, type Shop, until } from './fixtures.ts'

let shop: Shop

beforeAll(async () => {
  shop = await openShop()
})

afterEach(() => shop.rest())

afterAll(async () => {
  await shop[Symbol.asyncDispose]()
})

const ANNA = { name: 'anna' }

describe('outcomes', () => {
  test('runs a job and keeps its result', async () => {
    await shop.worker((job) => ({ id: job.id, twice: (job.input as { n: number }).n * 2, attempt: job.attempt }))
    const id = await shop.createOne({ input: { n: 21 } })
    expect(await shop.reaches(id, 'completed')).toMatchObject({ result: { id, twice: 42, attempt: 1 }, attempt: 1 })
    expect(shop.errors).toEqual([])
  })

  test('keeps the summary that a handler gives', async () => {
    await shop.worker(() => completed({ pages: 3 }, '3 pages'))
    const id = await shop.createOne()
    expect(await shop.reaches(id, 'completed')).toMatchObject({ result: { pages: 3 }, summary: '3 pages' })
  })

  test('tries a failed job again after the delay of its policy', async () => {
    await shop.worker(() => {
      throw new Error('it broke', { cause: new Error('deep inside') })
    })
    const id = await shop.createOne({ retry: { kind: 'fixed', delaysMs: [600_000] }, maxAttempts: 2 })
    const job = await shop.reaches(id, 'pending')
    expect(job).toMatchObject({ hold: 1, attempt: 1, error: { code: 'handler_failed', message: 'it broke' } })
    expect(job.error?.traceback).toContain('deep inside')
    expect(job.wait_ms).toBeGreaterThan(500_000)
    expect(job.wait_ms).toBeLessThanOrEqual(600_000)
  })

  test('fails at once for an error that another try would not mend', async () => {
    await shop.worker(() => {
      throw problem('invalid_input', { detail: 'no such order' })
    })
    const id = await shop.createOne()
    expect(await shop.reaches(id, 'failed')).toMatchObject({
      error: { code: 'invalid_input', message: 'no such order' },
    })
  })

  test("believes a handler's own word on retrying", async () => {
    await shop.worker(() => {
      throw Object.assign(new Error('gone for good'), { retryable: false, code: 'order.gone' })
    })
    const id = await shop.createOne()
    expect(await shop.reaches(id, 'failed')).toMatchObject({ error: { code: 'order.gone' } })
  })

  test('fails when the attempts are used up', async () => {
    await shop.worker(() => {
      throw new Error('it broke')
    })
    const id = await shop.createOne({ maxAttempts: 1 })
    expect(await shop.reaches(id, 'failed')).toMatchObject({ attempt: 1 })
  })

  test('leaves alone what it has no handler for', async () => {
    await shop.worker(() => 'mine')
    const [other = '', mine = ''] = await shop.create([{ type: 'test.other' }, {}])
    await shop.reaches(mine, 'completed')
    expect(await shop.job(other)).toMatchObject({ state: 'queued', attempt: 0 })
  })

  test('fails for good as the handler decides', async () => {
    await shop.worker(() => failed(error('not today')))
    const id = await shop.createOne()
    expect(await shop.reaches(id, 'failed')).toMatchObject({ error: { code: 'not_today' } })
  })

  test('snoozes without using up an attempt', async () => {
    await shop.worker(() => snooze(600_000, 'the shop is closed'))
    const id = await shop.createOne()
    const job = await shop.reaches(id, 'pending')
    expect(job).toMatchObject({ hold: 2, attempt: 0 })
    expect(job.wait_ms).toBeGreaterThan(500_000)
  })

  test('gives back what it does not want', async () => {
    const gate = new Gate()
    let runs = 0
    await shop.worker(async (job) => {
      runs += 1
      if (runs === 1) return giveBack('not mine')
      await gate.pass(job.signal)
      return job.attempt
    })
    const id = await shop.createOne()
    await gate.reached
    gate.open()
    expect(await shop.reaches(id, 'completed')).toMatchObject({ result: 1, attempt: 1 })
  })

  test('completes with errors', async () => {
    await shop.worker(() => completedWithErrors(error('3 failed'), { done: 197 }, '197 of 200'))
    const id = await shop.createOne()
    expect(await shop.reaches(id, 'completed_with_errors')).toMatchObject({
      result: { done: 197 },
      summary: '197 of 200',
      error: { message: '3 failed' },
    })
  })

  test('survives results that a database cannot keep', async () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    const results = [circle, 10n, 'nul \0 and half \ud800', { 'a\0': '\0' }]
    await shop.worker((job) => results[job.input as number])
    const ids = await shop.create(results.map((_, input) => ({ input })))
    await shop.allEnd(ids)
    const jobs = await Promise.all(ids.map((id) => shop.job(id)))
    expect(jobs.map(({ state }) => state)).toEqual(['failed', 'failed', 'completed', 'completed'])
    expect(jobs.map(({ result }) => result).slice(2)).toEqual(['nul  and half \ufffd', { a: '' }])
    expect(shop.errors).toEqual([])
  })

  test('keeps outcomes of items in whatever words a device says them', async () => {
    const said = { code: 'document_refused', message: 'nul \0 and half \ud800', hint: null, retryable: false }
    await shop.worker((job) =>
      job.items.change([{ from: 0, to: 0, state: 'failed', attempt: 1, externalRef: 'ref\0', error: said }]),
    )
    const id = await shop.createOne({ items: [{ ref: 'a' }] })
    await shop.reaches(id, 'completed')
    expect(await shop.rows('select external_ref, error from item where job_id = $1', [id])).toEqual([
      { external_ref: 'ref', error: { ...said, message: 'nul  and half \ufffd' } },
    ])
  })

  test('works off more than fits at once, with what waits begun in order', async () => {
    const begun: string[] = []
    let running = 0
    let most = 0
    await shop.worker(
      async (job) => {
        begun.push(job.id)
        running += 1
        most = Math.max(most, running)
        await job.step('only')
        running -= 1
      },
      { slots: 3, prefetch: 4 },
    )
    const ids = await shop.create(100)
    await shop.allEnd(ids)
    expect(begun).toEqual(ids)
    expect(most).toBeLessThanOrEqual(3)
  })
})

describe('cancel', () => {
  test('aborts a running job, which is cancelled when it has stopped', async () => {
    const gate = new Gate()
    let reason: unknown
    await shop.worker(async (job) => {
      try {
        await gate.pass(job.signal)
      } catch (error) {
        reason = error
        throw error
      }
    })
    const id = await shop.createOne()
    await gate.reached
    expect(await cancelJob(shop.store, id, { actor: ANNA, reason: 'wrong paper' })).toBe('requested')
    expect(await shop.reaches(id, 'cancelled')).toMatchObject({ summary: 'wrong paper' })
    expect(reason).toBeInstanceOf(StopReason)
    expect(reason).toMatchObject({ kind: 'cancelled', message: 'wrong paper' })
  })

  test('stops a handler that only takes steps', async () => {
    const gate = new Gate()
    await shop.worker(async (job) => {
      await gate.pass()
      for (;;) await job.step('again')
    })
    const id = await shop.createOne()
    await gate.reached
    await cancelJob(shop.store, id, { actor: ANNA, kill: true })
    gate.open()
    await shop.reaches(id, 'cancelled')
  })

  test('takes a handler that watches its signal and returns nothing as stopped', async () => {
    const gate = new Gate()
    await shop.worker(async (job) => {
      await gate.pass(job.signal).catch(() => undefined)
    })
    const id = await shop.createOne()
    await gate.reached
    await cancelJob(shop.store, id, { actor: ANNA })
    await shop.reaches(id, 'cancelled')
  })

  test('keeps the result of a job that was done before it heard', async () => {
    const gate = new Gate()
    await shop.worker(async () => {
      await gate.pass()
      return 'done'
    })
    const id = await shop.createOne()
    await gate.reached
    await cancelJob(shop.store, id, { actor: ANNA })
    gate.open()
    expect(await shop.reaches(id, 'completed')).toMatchObject({ result: 'done' })
  })

  test('ends a job that waits in the worker without running it', async () => {
    const gate = new Gate()
    const begun: string[] = []
    const worker = await shop.worker(
      async (job) => {
        begun.push(job.id)
        await gate.pass(job.signal)
      },
      { slots: 1, prefetch: 5 },
    )
    const [first = '', second = ''] = await shop.create(2)
    await until(() => (worker.jobIds.length === 2 ? true : null))
    await cancelJob(shop.store, second, { actor: ANNA })
    await shop.reaches(second, 'cancelled')
    gate.open()
    await shop.reaches(first, 'completed')
    expect(begun).toEqual([first])
  })

  test('reaches a job by the poll when no notification comes', async () => {
    const gate = new Gate()
    const deaf = { subscribe: async () => ({ async [Symbol.asyncDispose]() {} }) }
    await shop.worker((job) => gate.pass(job.signal), { source: over(shop.source, deaf), pollMs: 50 })
    const id = await shop.createOne()
    await gate.reached
    await cancelJob(shop.store, id, { actor: ANNA })
    await shop.reaches(id, 'cancelled')
  })
})

describe('deadline', () => {
  test('stops a job that is not done by then, for good', async () => {
    const gate = new Gate()
    await shop.worker((job) => gate.pass(job.signal))
    const id = await shop.createOne({ deadlineAt: new Date(Date.now() + 300) })
    expect(await shop.reaches(id, 'failed')).toMatchObject({ error: { code: 'deadline_exceeded' } })
  })

  test('ends one that waited too long in the worker', async () => {
    const gate = new Gate()
    await shop.worker((job) => gate.pass(job.signal), { slots: 1, prefetch: 5 })
    const [, late = ''] = await shop.create([{}, { deadlineAt: new Date(Date.now() + 500) }])
    expect(await shop.reaches(late, 'failed')).toMatchObject({ error: { code: 'deadline_exceeded' } })
    expect(gate.arrivals).toBe(1)
    gate.open()
  })

  test('goes by the clock of the database, not by its own', async () => {
    await shop.worker(() => 'in time', { clock: { ...SYSTEM_CLOCK, now: () => Date.now() + 7_200_000 } })
    const id = await shop.createOne({ deadlineAt: new Date(Date.now() + 60_000) })
    await shop.reaches(id, 'completed')
  })
})

function error(message: string) {
  return { code: message.replaceAll(' ', '_'), message, hint: null, retryable: false }
}
