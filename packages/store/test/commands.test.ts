import { type JobError, type WorkerLease } from '@andon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  archiveMonth,
  cancelJob,
  confirmJob,
  createJobs,
  createLane,
  drainLane,
  dropArchivedMonth,
  ensurePartitions,
  heartbeat,
  holdJob,
  importFinished,
  indexJobs,
  jobRows,
  jobTimeline,
  type LaneKind,
  listAttention,
  listMonths,
  moveJob,
  pauseLane,
  releaseJob,
  removeLane,
  renameLane,
  restoreMonth,
  resumeLane,
  retryJob,
  setType,
  snoozeJob,
  toJobView,
} from '../src/index.ts'
import { addToCounters } from '../src/queries/counters.ts'
import { type Bench, bench } from './fixtures.ts'

let b: Bench
let lease: WorkerLease
beforeAll(async () => {
  b = await bench()
  lease = await b.worker()
})
afterAll(() => b[Symbol.asyncDispose]())

const ANNA = { name: 'anna' }
const ERROR: JobError = { code: 'printer_offline', message: 'no answer', hint: null, retryable: true }
const NOBODY = '01890000-0000-7000-8000-000000000000'

const lane = (kind: LaneKind, name: string) => b.store.transaction((tx) => createLane(tx, { kind, name }, ANNA))

/** A batch of three that was claimed, with the states that its items have now. */
async function batch(queue: string, states: readonly ('done' | 'failed' | 'intended')[] = []) {
  const items = ['a', 'b', 'c'].map((ref) => ({ ref }))
  const [id = ''] = await b.create([{ queue, items, subject: { type: 'order', id: '7' }, estimatedMs: 9_000 }])
  const [job] = await b.claim(lease, 1, queue)
  const token = { jobId: id, fence: job?.fence ?? 0 }
  const changes = states.map((state, n) => ({ ...token, attempt: 1, from: n, to: n, state }))
  await b.source.change(lease, changes)
  return { id, token }
}

describe('a lane', () => {
  test('has a name of its own among its like', async () => {
    const [reports, labels] = [await b.queue('reports'), await lane('printer', 'Label 1')]
    await expect(lane('queue', 'reports')).rejects.toMatchObject({ code: 'name_taken', field: '/name' })
    await expect(lane('pool', 'Label 1')).rejects.toMatchObject({ code: 'name_taken', field: '/name' })
    await b.queue('invoices')
    await expect(renameLane(b.store, reports.id, 'invoices', ANNA)).rejects.toMatchObject({ code: 'name_taken' })
    expect(await renameLane(b.store, reports.id, 'reports', ANNA)).toMatchObject({ name: 'reports' })
    expect(await renameLane(b.store, labels.id, 'invoices', ANNA)).toMatchObject({ name: 'invoices' })
    await expect(renameLane(b.store, 4_711, 'x', ANNA)).rejects.toMatchObject({ code: 'queue_not_found' })
  })

  test('stays paused by a person when its own trouble comes and goes', async () => {
    const { id } = await lane('printer', 'Label 2')
    const trouble = { isTrouble: true, reason: 'media-jam' }
    await pauseLane(b.store, id, trouble, { name: 'system:printer' })
    expect(await pauseLane(b.store, id, {}, ANNA)).toMatchObject({ pausedBy: 'anna', pausedReason: null })
    expect(await pauseLane(b.store, id, trouble, { name: 'system:printer' })).toMatchObject({ pausedBy: 'anna' })
    expect(await resumeLane(b.store, id, ANNA, { onlyTrouble: true })).toMatchObject({ pausedBy: 'anna' })
    expect(await resumeLane(b.store, id, ANNA)).toMatchObject({ pausedAt: null })
    expect(await resumeLane(b.store, id, ANNA)).toMatchObject({ pausedAt: null })
    const told = await b.rows("select from audit where target = $1 and action like '%.resume'", [`lane:${id}`])
    expect(told).toHaveLength(1)
  })

  test('that drains or has jobs is left as it is', async () => {
    const full = await b.queue('full')
    const [id = ''] = await b.create([{ queue: 'full' }])
    await expect(removeLane(b.store, full.id, ANNA)).rejects.toMatchObject({ code: 'state_conflict' })
    await drainLane(b.store, full.id, true, ANNA)
    expect(await drainLane(b.store, full.id, true, ANNA)).toMatchObject({ isDraining: true })
    const [other = ''] = await b.create([{ queue: 'other' }])
    await expect(moveJob(b.store, other, { actor: ANNA, laneId: full.id })).rejects.toMatchObject({
      code: 'queue_full',
    })
    await expect(moveJob(b.store, other, { actor: ANNA, laneId: 4_711 })).rejects.toMatchObject({
      code: 'queue_not_found',
    })
    const printer = await lane('printer', 'Label 3')
    await moveJob(b.store, id, { actor: ANNA, laneId: printer.id })
    expect(await b.row('select printer_id from job where id = $1', [id])).toEqual({ printer_id: printer.id })
    await b.rows('update job set is_resumed = true where id = $1', [id])
    const { id: elsewhere } = await b.queue('other')
    await expect(moveJob(b.store, id, { actor: ANNA, laneId: elsewhere })).rejects.toMatchObject({
      code: 'state_conflict',
    })
  })
})

describe('a command', () => {
  test('to a job that is not there or waits for others says so', async () => {
    for (const act of [
      () => holdJob(b.store, NOBODY, { actor: ANNA }),
      () => retryJob(b.store, NOBODY, { actor: ANNA }),
      () => retryJob(b.store, 'no id', { actor: ANNA }),
      () => cancelJob(b.store, NOBODY, { actor: ANNA }),
    ]) {
      await expect(act()).rejects.toMatchObject({ code: 'job_not_found' })
    }
    const [parent = ''] = await b.create([{ queue: 'family' }])
    const [child = ''] = await b.create([{ queue: 'family', parents: [parent] }])
    const waiting = { code: 'state_conflict', extra: { wait_reason: 'parent' } }
    await expect(snoozeJob(b.store, child, { actor: ANNA, until: new Date() })).rejects.toMatchObject(waiting)
    await expect(confirmJob(b.store, child, { actor: ANNA, printed: true })).rejects.toMatchObject({
      code: 'state_conflict',
    })
    await releaseJob(b.store, child, { actor: ANNA })
    expect(await b.row('select phase from job where id = $1', [child])).toEqual({ phase: 1 })
  })

  test('to retry does what failed, or all when nothing did, and may be given other data', async () => {
    const failed = await batch('tries', ['done', 'failed', 'done'])
    await b.source.settle(lease, [{ ...failed.token, outcome: 'completed_with_errors', error: ERROR }])
    const retries = await retryJob(b.store, failed.id, { actor: ANNA })
    expect(
      await b.row('select items_total, subject_id, estimated_ms::int as ms from job where id = $1', [retries]),
    ).toEqual({ items_total: 1, subject_id: '7', ms: 9_000 })
    const whole = await batch('whole', ['done', 'done', 'done'])
    await b.source.settle(lease, [{ ...whole.token, outcome: 'completed' }])
    const [over] = await jobRows(b.store, [whole.id])
    expect(over && toJobView(over, { nowMs: 0, meanMs: () => null }).items).toEqual({ total: 3, done: 3, failed: 0 })
    await expect(retryJob(b.store, whole.id, { actor: ANNA, items: { from: 9 } })).rejects.toMatchObject({
      code: 'items_out_of_range',
    })
    const again = await retryJob(b.store, whole.id, { actor: ANNA, input: { note: 'twice' } })
    expect(await b.row('select items_total, input from job where id = $1', [again])).toEqual({
      items_total: 3,
      input: { note: 'twice' },
    })
  })

  test('to retry a batch that was cancelled before it began does all of it', async () => {
    const [id = ''] = await b.create([{ queue: 'early', items: [{ ref: 'a' }, { ref: 'b' }] }])
    await cancelJob(b.store, id, { actor: ANNA })
    const again = await retryJob(b.store, id, { actor: ANNA })
    expect((await b.source.items(again, 0, 9)).map(({ ref }) => ref)).toEqual(['a', 'b'])
  })

  test('to believe in a print counts what came out, and nothing that was never begun', async () => {
    const unconfirmed = { outcome: 'unconfirmed', error: ERROR } as const
    const whole = await batch('believed', ['done', 'failed', 'intended'])
    await b.source.settle(lease, [{ ...whole.token, ...unconfirmed }])
    await confirmJob(b.store, whole.id, { actor: ANNA, printed: true })
    expect(await b.row('select state, items_done from job_done where id = $1', [whole.id])).toEqual({
      state: 5,
      items_done: 2,
    })
    const part = await batch('doubted', ['done', 'intended'])
    await b.source.settle(lease, [{ ...part.token, ...unconfirmed }])
    await expect(confirmJob(b.store, part.id, { actor: ANNA, printed: true })).rejects.toMatchObject({
      extra: { pending: 1 },
    })
    const { retryId } = await confirmJob(b.store, part.id, { actor: ANNA, printed: false, from: 2 })
    expect((await b.source.items(retryId ?? '', 0, 9)).map(({ ref }) => ref)).toEqual(['c'])
  })
})

describe('a type', () => {
  test('says how often and after what its jobs are tried again', async () => {
    await setType(b.store, 'test.rare', { retry: { kind: 'fixed', delaysMs: [1, 2] }, timeoutMs: 60_000 })
    const [id] = await b.create([{ type: 'test.rare' }])
    expect(await b.row('select max_attempts from job where id = $1', [id])).toEqual({ max_attempts: 3 })
    await expect(setType(b.store, 'Not a type', {})).rejects.toMatchObject({ field: '/type' })
  })
})

describe('history', () => {
  test('refuses months that are none, and forgets one only from the archive', async () => {
    await ensurePartitions(b.store)
    for (const act of [archiveMonth, restoreMonth, dropArchivedMonth]) {
      await expect(act(b.store, '2026-1', ANNA)).rejects.toMatchObject({ code: 'validation_failed' })
      await expect(act(b.store, '199901', ANNA)).rejects.toMatchObject({ code: 'not_found' })
    }
    const [first] = await listMonths(b.store)
    const ahead = (await listMonths(b.store)).findLast(({ isArchived }) => !isArchived)?.month ?? first?.month ?? ''
    await archiveMonth(b.store, ahead, ANNA)
    await dropArchivedMonth(b.store, ahead, ANNA)
    expect((await listMonths(b.store)).map(({ month }) => month)).not.toContain(ahead)
  })

  test('tells a long story page by page', async () => {
    const [id = ''] = await b.create([{ queue: 'story' }])
    await b.rows(`insert into event (kind, job_id, actor) select 14, $1, 'anna' from generate_series(1, 501)`, [id])
    const [row] = await jobRows(b.store, [id])
    if (row === undefined) throw new Error('no row')
    const { events, nextSeq } = await jobTimeline(b.store, row, 0)
    const rest = await jobTimeline(b.store, row, nextSeq ?? 0)
    // Written by a newer server.
    await b.rows('insert into event (kind, job_id) values (999, $1)', [id])
    const newer = await jobTimeline(b.store, row, rest.events[0]?.seq ?? 0)
    expect(newer.events).toMatchObject([{ kind: 'unknown' }])
    expect(events[0]).toMatchObject({ kind: 'created', seq: null })
    expect(events.filter(({ seq }) => seq !== null)).toHaveLength(500)
    expect(rest).toMatchObject({ events: [{ actor: 'anna' }], nextSeq: null })
  })
})

test('what needs a person is told in the order of its urgency', async () => {
  await using own = await bench()
  const make = (kind: LaneKind, name: string) => own.store.transaction((tx) => createLane(tx, { kind, name }, ANNA))
  const made = [await make('printer', 'off'), await make('printer', 'stopped'), await make('printer', 'paused')]
  const states = ['offline', 'stopped', 'idle']
  for (const [n, { id }] of made.entries()) {
    await own.rows(
      `insert into printer (id, driver, uri, state, state_since) values ($1, 'raw', 'socket://h', $2, now())`,
      [id, states[n]],
    )
  }
  await pauseLane(own.store, made[2]?.id ?? 0, {}, ANNA)
  await pauseLane(own.store, (await make('pool', 'labels')).id, {}, ANNA)
  const [asked = ''] = await own.create([{ items: [{ ref: 'a' }, { ref: 'b' }], isHeld: true }])
  await own.rows('update job set hold = 5, items_done = 1 where id = $1', [asked])
  const views = await listAttention(own.store, { all: true })
  expect(views.map(({ severity }) => severity)).toEqual(['error', 'error', 'error', 'warning', 'warning'])
  expect(new Set(views.map(({ title }) => title))).toEqual(
    new Set([
      'off is offline',
      'stopped has stopped',
      'Was it printed? test.work (1 of 2 printed)',
      'paused is paused',
      'Pool labels is paused',
    ]),
  )
  expect(views.find(({ id }) => id === 'paused')?.what).toBe('Paused by anna.')
})

test('to be given nothing is to do nothing', async () => {
  expect(await createJobs(b.store, [])).toEqual([])
  expect(await b.source.progress(lease, [])).toEqual([])
  expect(await b.source.settle(lease, [])).toEqual([])
  await b.source.change(lease, [])
  await b.source.log([])
  await importFinished(b.store, [])
  await b.store.transaction((tx) => addToCounters(tx, []))
  const [live = ''] = await b.create([{ queue: 'idle' }])
  expect(await indexJobs(b.store, [live])).toBe(0)
  expect(await heartbeat(b.store, lease, null)).toEqual({ alive: true, drain: false, cancels: [] })
})
