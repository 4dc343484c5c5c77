import { requireQuery } from '@andon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  cancelJob,
  EventFeed,
  exportCsv,
  getJob,
  jobActions,
  jobExtras,
  jobIdsByPrefix,
  jobRows,
  jobStats,
  jobTimeline,
  listAttempts,
  listAttention,
  listItems,
  listLogs,
  listQueues,
  listWorkers,
  toJobDetail,
  toJobView,
  toQueueView,
  toWorkerView,
  rescueWorkers,
  TypeDurations,
  heartbeat,
} from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

let b: Bench
beforeAll(async () => {
  b = await bench()
})
afterAll(() => b[Symbol.asyncDispose]())

const ALL = { all: true } as const
const context = { nowMs: Date.now(), meanMs: () => null }

async function only(id: string | undefined) {
  const [row] = await jobRows(b.store, [id ?? ''])
  if (row === undefined) throw new Error('no row')
  return row
}

describe('a job that is read', () => {
  test('says what it is and why it waits', async () => {
    const [idle] = await b.create([
      { queue: 'lonely', description: 'first', tags: { a: 'b' }, subject: { type: 'order', id: '7' } },
    ])
    expect(toJobView(await only(idle), context)).toMatchObject({
      type: 'test.work',
      queue: 'lonely',
      state: 'queued',
      wait_reason: 'no_worker',
      subject: { type: 'order', id: '7' },
      tags: { a: 'b' },
      progress: null,
      worker: null,
    })
    const lease = await b.worker({ name: 'w-reading' })
    expect(toJobView(await only(idle), context).wait_reason).toBeNull()
    const sample = { cpuPercent: 99, memoryMb: 100, running: 0 }
    await heartbeat(b.store, lease, { ...sample, waitsFor: 'cpu' })
    expect(toJobView(await only(idle), context).wait_reason).toBe('machine')
    await heartbeat(b.store, lease, { ...sample, waitsFor: null })
    expect(toJobView(await only(idle), context).wait_reason).toBeNull()
    await b.rows(`update lane set paused_at = now(), paused_by = 'anna' where name = 'lonely'`)
    expect(toJobView(await only(idle), context)).toMatchObject({ wait_reason: 'paused' })
    await b.rows(`update lane set paused_at = null, paused_by = null where name = 'lonely'`)
    const [held] = await b.create([{ queue: 'lonely', isHeld: true }])
    expect(toJobView(await only(held), context)).toMatchObject({ state: 'pending', wait_reason: 'hold' })
    expect(jobActions(await only(held))).toContain('release')
    const [claimed] = await b.claim(lease, 1, 'lonely')
    expect(claimed?.jobId).toBe(idle)
    expect(toJobView(await only(idle), context)).toMatchObject({ worker: 'w-reading', wait_reason: null })
    expect(jobActions(await only(idle))).toEqual(['cancel', 'clone'])
  })

  test('tells its progress in words and how long it will take', async () => {
    const [id] = await b.create([
      { type: 'print.label', queue: 'p', items: Array.from({ length: 200 }, (_, n) => ({ ref: `BOX-${n}` })) },
    ])
    const lease = await b.worker()
    await b.claim(lease, 1, 'p')
    await b.rows(
      `update job set started_at = now() - interval '30 seconds', items_done = 148, items_failed = 2, substate = 3 where id = $1`,
      [id],
    )
    const row = await only(id)
    const nowMs = (row.started_at?.getTime() ?? 0) + 30_000
    expect(toJobView(row, { ...context, nowMs }).progress).toMatchObject({
      percent: 75,
      text: '148 of 200 printed, 2 failed',
      remaining: { seconds: 10, basis: 'items' },
    })
    const plain = { ...row, items_total: null, items_done: null, items_failed: null }
    expect(toJobView(plain, { nowMs, meanMs: () => 45_000 }).progress?.remaining).toEqual({
      seconds: 15,
      basis: 'history',
    })
    const items = await listItems(b.store, id ?? '', { from: 10, state: 'pending', limit: 5 })
    expect(items.map((item) => [item.index, item.ref])).toEqual([10, 11, 12, 13, 14].map((n) => [n, `BOX-${n}`]))
  })

  test('shows what its handler said of steps and time, and what it used', async () => {
    const [id = ''] = await b.create([{ queue: 'steps' }])
    const lease = await b.worker({ name: 'w-steps' })
    const [claimed] = await b.claim(lease, 1, 'steps')
    const token = { jobId: id, fence: claimed?.fence ?? 0 }
    const said = { percent: 25, step: 'sort', stepsDone: 3, stepsTotal: 12, message: 'on the way', estimateSeconds: 90 }
    await b.source.progress(lease, [{ ...token, substate: 'running', progress: said }])
    const row = await only(id)
    const nowMs = (row.progress?.at ?? 0) + 10_000
    expect(toJobView(row, { ...context, nowMs }).progress).toEqual({
      percent: 25,
      step: 'sort',
      steps_done: 3,
      steps_total: 12,
      message: 'on the way',
      text: '3 of 12 steps',
      remaining: { seconds: 80, basis: 'handler' },
    })
    const resources = { peakMemoryMb: 40, cpuPercent: 12.5, wallMs: 1_500, cpuMs: null }
    const error = { code: 'gone', message: 'It is gone', hint: null, detail: 'since 9:00', retryable: false }
    await b.source.settle(lease, [{ ...token, outcome: 'failed', error, resources }])
    const over = await only(id)
    expect(over.resources).toEqual({ peak_memory_mb: 40, cpu_percent: 12.5, wall_ms: 1_500, cpu_ms: null })
    expect(toJobView(over, context)).toMatchObject({ error, progress: { percent: 25, remaining: null } })
  })

  test('says what can be done to it', async () => {
    const [id] = await b.create([{ queue: 'acts' }])
    const row = await only(id)
    const asked = { ...row, cancel_requested_at: new Date(), cancel_by: 'anna' }
    expect(jobActions({ ...asked, phase: 2 })).toEqual(['kill', 'clone'])
    const ended = { ...row, phase: 3, state: 5, items_total: 3, items_done: 2, items_failed: 1 }
    expect(jobActions(ended)).toEqual(['retry', 'retry_failed', 'clone'])
    expect(jobActions({ ...ended, retried_by: '0198' })).toEqual(['clone'])
    expect(jobActions({ ...row, phase: 0, hold: 5 })).toEqual(['cancel', 'confirm', 'priority', 'move', 'clone'])
    expect(jobActions({ ...row, phase: 0, hold: 4 })).toEqual(['cancel', 'priority', 'move', 'clone'])
    const detail = { ...context, canReadPayloads: true, actions: [] }
    const extras = { input: null, result: null, children: [], cleaned: null }
    const cancelled = { ...asked, cancel_reason: 'wrong paper', estimated_ms: '9000' }
    expect(toJobDetail(cancelled, extras, detail)).toMatchObject({
      cancel: { by: 'anna', reason: 'wrong paper' },
      estimated_ms: 9_000,
    })
    // A batch of which nothing was counted yet.
    const fresh = { ...row, phase: 2, items_total: 3, items_done: null, items_failed: null }
    expect(toJobView(fresh, context)).toMatchObject({
      items: { total: 3, done: 0, failed: 0 },
      progress: { percent: 0 },
    })
  })

  test('that was cancelled says by whom, in its story and its export', async () => {
    const [id = ''] = await b.create([{ queue: 'gone', items: [{ ref: 'a' }] }])
    await cancelJob(b.store, id, { actor: { name: 'carla' } })
    const { events } = await jobTimeline(b.store, await only(id), 0)
    expect(events.at(-1)).toMatchObject({ kind: 'cancelled', actor: 'carla' })
    let csv = ''
    const request = { query: requireQuery('queue:gone'), visible: ALL, canReadPayloads: true }
    for await (const piece of exportCsv(b.store, request)) csv += piece
    expect(
      csv
        .split('\r\n')[1]
        ?.split(',')
        .filter((cell) => cell === '').length,
    ).toBeGreaterThan(5)
  })

  test('is found by the beginning of its id, by those who may see it', async () => {
    const [id = ''] = await b.create([{ accountId: 77 }])
    expect(await jobIdsByPrefix(b.store, id, ALL)).toEqual([id])
    expect(await jobIdsByPrefix(b.store, id.slice(0, 30), { accountId: 78 })).toEqual([])
    expect(await jobIdsByPrefix(b.store, id.slice(0, 30), { accountId: 77 })).toContain(id)
    expect(await jobIdsByPrefix(b.store, 'xyz', ALL)).toEqual([])
    expect(await getJob(b.store, id, { accountId: 78 })).toBeNull()
    expect((await getJob(b.store, id, { accountId: 77 }))?.id).toBe(id)
  })

  test('shows payloads only to those who may read them', async () => {
    const [id = ''] = await b.create([{ input: { secret: 1 } }])
    const extras = await jobExtras(b.store, id)
    const row = await only(id)
    if (extras === null) throw new Error('no extras')
    const shown = toJobDetail(row, extras, { ...context, canReadPayloads: true, actions: [] })
    expect(shown).toMatchObject({ input: { secret: 1 }, is_redacted: false })
    const hidden = toJobDetail(row, extras, { ...context, canReadPayloads: false, actions: [] })
    expect(hidden).toMatchObject({ input: null, result: null, is_redacted: true })
  })

  test('tells what it used: what its handler measured, and the time that it took', async () => {
    const [measured = '', plain = '', waiting = ''] = await b.create([{ queue: 'used' }, { queue: 'used' }, {}])
    const lease = await b.worker()
    await b.claim(lease, 2, 'used')
    const resources = { wallMs: 1_500, cpuMs: 900, cpuPercent: 60, peakMemoryMb: 128 }
    await b.source.settle(lease, [
      { jobId: measured, fence: 1, outcome: 'completed', resources },
      { jobId: plain, fence: 1, outcome: 'completed' },
    ])
    const usedBy = async (id: string): Promise<unknown> => {
      const options = { ...context, canReadPayloads: true, actions: [] }
      return toJobDetail(await only(id), { input: null, result: null, children: [], cleaned: null }, options).resources
    }
    expect(await usedBy(measured)).toEqual({ wall_ms: 1_500, cpu_ms: 900, cpu_percent: 60, peak_memory_mb: 128 })
    const { started_at, finished_at } = await only(plain)
    const wallMs = Number(finished_at) - Number(started_at)
    expect(await usedBy(plain)).toEqual({ wall_ms: wallMs, cpu_ms: null, cpu_percent: null, peak_memory_mb: null })
    expect(await usedBy(waiting)).toBeNull()
    expect(await listAttempts(b.store, measured)).toMatchObject([{ resources: { cpu_ms: 900 } }])
    expect(await listAttempts(b.store, plain)).toMatchObject([{ resources: null }])
  })

  test('has a story, attempts and a log', async () => {
    const [id = ''] = await b.create([{ queue: 'story', maxAttempts: 1 }])
    const lease = await b.worker({ name: 'teller' })
    const [claimed] = await b.claim(lease, 1, 'story')
    if (claimed === undefined) throw new Error('nothing claimed')
    await b.source.log([
      { jobId: id, attempt: 1, at: new Date(), level: 'info', step: 'one', message: 'Begun' },
      { jobId: id, attempt: 1, at: new Date(), level: 'error', step: null, message: 'Broken' },
    ])
    const error = { code: 'handler_failed', message: 'It broke', hint: null, retryable: false }
    await b.source.settle(lease, [{ jobId: id, fence: claimed.fence, outcome: 'failed', error }])
    const all = { after: 0, level: null, search: null, limit: 10 }
    const lines = await listLogs(b.store, id, all)
    expect(lines.map((line) => line.message)).toEqual(['Begun', 'Broken'])
    expect(await listLogs(b.store, id, { ...all, level: 'warning' })).toHaveLength(1)
    expect(await listLogs(b.store, id, { ...all, search: 'bEG' })).toHaveLength(1)
    expect(await listLogs(b.store, id, { ...all, after: lines[0]?.n ?? 0 })).toHaveLength(1)
    const row = await only(id)
    const { events, nextSeq } = await jobTimeline(b.store, row, 0)
    expect(events[0]?.kind).toBe('created')
    expect(events.at(-1)).toMatchObject({ kind: 'failed', data: { error: { code: 'handler_failed' } } })
    expect(events.filter((event) => event.kind === 'failed')).toHaveLength(1)
    expect(nextSeq).toBeNull()
    const attempts = await listAttempts(b.store, id)
    expect(attempts).toMatchObject([
      { number: 1, worker: 'teller', outcome: 'failed', error: { code: 'handler_failed' } },
    ])
    expect(toJobView(row, context)).toMatchObject({ state: 'failed', error: { code: 'handler_failed' } })
    expect(jobActions(row)).toEqual(['retry', 'clone'])
  })
})

describe('the board', () => {
  test('counts, names queues and workers, and what needs somebody', async () => {
    await using own = await bench()
    await own.create([
      { queue: 'reports' },
      { queue: 'reports', priority: 'urgent' },
      { queue: 'reports', isHeld: true },
    ])
    await own.rows(`update job set run_at = now() - interval '2 minutes' where priority = 1 and phase = 1`)
    const stats = await jobStats(own.store)
    expect(stats.by_state).toMatchObject({ queued: 2, pending: 1, running: 0 })
    expect(stats.by_queue.find((queue) => queue.queue === 'reports')).toMatchObject({ queued: 2, pending: 1 })
    expect(stats.oldest_wait_s).toBeGreaterThan(119)
    expect(stats.throughput).toHaveLength(60)
    const queues = (await listQueues(own.store)).map(toQueueView)
    expect(queues.find((queue) => queue.name === 'reports')?.oldest_wait_s).toBeGreaterThan(119)
    const lease = await own.worker({ name: 'w9' })
    await own.claim(lease, 1, 'reports')
    const workers = (await listWorkers(own.store, 60_000)).map(toWorkerView)
    expect(workers).toMatchObject([{ name: 'w9', is_alive: true, running: 1 }])
    expect(await listAttention(own.store, ALL)).toEqual([])
    await own.rows(`update worker set lease_until = now() - interval '1 second'`)
    await own.rows(
      `update lane set paused_at = now(), paused_by = 'anna', paused_reason = 'audit' where name = 'reports'`,
    )
    await own.rows(`update job set hold = 5 where phase = 0`)
    expect((await jobStats(own.store)).needs_confirmation).toBe(1)
    const attention = await listAttention(own.store, ALL)
    expect(attention.map((view) => view.kind).toSorted()).toEqual(['job', 'queue', 'worker'])
    expect(attention[0]?.severity).toBe('error')

    const missed = async () => (await listAttention(own.store, ALL)).filter(({ kind }) => kind === 'worker')
    await rescueWorkers(own.store)
    expect(await missed()).toMatchObject([{ title: 'Worker w9 does not answer' }])
    await own.worker({ name: 'w9' })
    expect(await missed()).toEqual([])
  })

  test('knows how long jobs of a type take', async () => {
    await using own = await bench()
    const [id = ''] = await own.create(1)
    const lease = await own.worker()
    const [claimed] = await own.claim(lease, 1)
    await own.rows(`update job set started_at = now() - interval '4 seconds', substate = 3 where id = $1`, [id])
    await own.source.settle(lease, [{ jobId: id, fence: claimed?.fence ?? 0, outcome: 'completed' }])
    const [row] = await jobRows(own.store, [id])
    const means = await new TypeDurations(own.store).means(0)
    expect(means.get(row?.type_id ?? 0)).toBeGreaterThan(3_900)
  })

  test('is told of changes that happen after it was counted', async () => {
    await using feed = new EventFeed(b.store, { pollMs: 20 })
    const { seq } = await jobStats(b.store)
    const told = new Promise<number>((resolve) => feed.subscribe((events) => resolve(events[0]?.seq ?? 0)))
    await feed.start()
    await b.create(1)
    expect(await told).toBeGreaterThan(seq)
  })
})
