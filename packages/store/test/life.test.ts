import type { ClaimedJob, JobError, WorkerLease } from '@andon/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  ageRanks,
  archiveMonth,
  cancelJobs,
  confirmJob,
  createLane,
  ensurePartitions,
  expireJobs,
  foldCounters,
  holdJob,
  listMonths,
  moveJob,
  prioritiseJob,
  reconcileCounters,
  releaseJob,
  rescueWorkers,
  restoreMonth,
  retryJob,
  snoozeJob,
  stageDue,
  stopOverdue,
  sweepParents,
} from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

let b: Bench
const ANNA = { name: 'anna', address: '10.0.0.7' }
const ERROR: JobError = { code: 'printer_offline', message: 'no answer', hint: null, retryable: true }

beforeEach(async () => {
  b = await bench()
})

afterEach(async () => {
  const wrong = await b.store.transaction((tx) => reconcileCounters(tx))
  await b[Symbol.asyncDispose]()
  expect(wrong).toBe(0)
})

async function lose(lease: WorkerLease): Promise<void> {
  await b.rows("update worker set lease_until = now() - interval '1 s' where id = $1", [lease.workerId])
}

async function held(job: object = {}, lease?: WorkerLease): Promise<{ lease: WorkerLease; job: ClaimedJob }> {
  const by = lease ?? (await b.worker())
  await b.create([job])
  const [claimed] = await b.claim(by, 1)
  if (claimed === undefined) throw new Error('nothing to claim')
  return { lease: by, job: claimed }
}

async function printing(items: number) {
  const lane = await b.store.transaction((tx) => createLane(tx, { kind: 'printer', name: 'p1' }, ANNA))
  const lease = await b.worker()
  const labels = Array.from({ length: items }, (_, n) => ({ ref: `BOX-${n}`, content: '^XA^XZ' }))
  await b.create([{ type: 'print.label', laneId: lane.id, ...(items > 0 ? { items: labels } : {}) }])
  const claim = async (by: WorkerLease): Promise<ClaimedJob> => {
    const lanes = [{ laneId: lane.id, queueIds: [lane.id], limit: 1, slot: 0 }]
    const [job] = await b.source.claim(by, { lanes, types: ['print.label'], limit: 1 })
    if (job === undefined) throw new Error('nothing to print')
    return job
  }
  return { lane, lease, claim, job: await claim(lease) }
}

const live = (id: string) => b.row('select phase, hold, attempt, losses, is_resumed from job where id = $1', [id])
const done = (id: string) => b.row('select state, items_done, items_failed from job_done where id = $1', [id])

describe('a lost worker', () => {
  test('background work is done again, and its late report refused', async () => {
    const { lease, job } = await held()
    expect(await rescueWorkers(b.store)).toEqual([])
    await lose(lease)
    const rescues = await Promise.all([rescueWorkers(b.store), rescueWorkers(b.store)])
    expect(rescues.flat()).toEqual([
      { workerId: lease.workerId, workerName: 'w1', jobs: [{ id: job.jobId, fate: 'requeued' }] },
    ])
    expect(await live(job.jobId)).toEqual({ phase: 1, hold: null, attempt: 1, losses: 1, is_resumed: false })
    expect(await b.row('select outcome from attempt where job_id = $1', [job.jobId])).toEqual({ outcome: 3 })
    expect(await b.source.settle(lease, [{ jobId: job.jobId, fence: job.fence, outcome: 'completed' }])).toHaveLength(1)
    expect((await b.source.heartbeat(lease, { cpuPercent: 0, memoryMb: 0, running: 0 })).alive).toBe(false)
    expect(await b.claim(await b.worker(), 1)).toMatchObject([{ jobId: job.jobId, attempt: 2, fence: 2 }])
  })

  test('a job that ends its workers is parked', async () => {
    const [id] = await b.create([{ maxAttempts: 2 }])
    for (let n = 0; n < 2; n += 1) {
      const lease = await b.worker()
      await b.claim(lease, 1)
      await lose(lease)
      await rescueWorkers(b.store)
    }
    expect(await b.row("select state, error->>'code' as code from job_done where id = $1", [id])).toEqual({
      state: 6,
      code: 'poison_job',
    })
  })

  test('a print that had not begun is done again', async () => {
    const { lease, job } = await printing(3)
    await lose(lease)
    expect((await rescueWorkers(b.store))[0]?.jobs).toEqual([{ id: job.jobId, fate: 'requeued' }])
  })

  test('a print that left is taken up by the same printer with the same attempt', async () => {
    const { lease, job, claim } = await printing(0)
    await b.source.progress(lease, [{ jobId: job.jobId, fence: job.fence, externalRef: 'ipp:77', substate: 'queued' }])
    await lose(lease)
    expect((await rescueWorkers(b.store))[0]?.jobs).toEqual([{ id: job.jobId, fate: 'reattached' }])
    expect(await claim(await b.worker())).toMatchObject({
      jobId: job.jobId,
      attempt: 1,
      isResumed: true,
      externalRef: 'ipp:77',
      fence: 2,
    })
  })

  test('an intent without an outcome is asked about, not printed again', async () => {
    const { lease, job } = await printing(3)
    await b.rows("update job set lost_action = 'ask' where id = $1", [job.jobId])
    const token = { jobId: job.jobId, fence: job.fence, attempt: 1 }
    await b.source.change(lease, [{ ...token, from: 0, to: 0, state: 'intended' }])
    await b.source.change(lease, [
      { ...token, from: 0, to: 0, state: 'done', proof: 'confirmed' },
      { ...token, from: 1, to: 1, state: 'intended' },
    ])
    await lose(lease)
    expect((await rescueWorkers(b.store))[0]?.jobs).toEqual([{ id: job.jobId, fate: 'asked' }])
    expect(await live(job.jobId)).toMatchObject({ phase: 0, hold: 5 })
    expect((await b.source.items(job.jobId, 0, 9)).map((item) => item.state)).toEqual([
      'done',
      'unconfirmed',
      'pending',
    ])
    await expect(holdJob(b.store, job.jobId, { actor: ANNA })).rejects.toMatchObject({ code: 'state_conflict' })
    await expect(confirmJob(b.store, job.jobId, { actor: ANNA, printed: true })).rejects.toMatchObject({
      code: 'state_conflict',
    })
    const { retryId } = await confirmJob(b.store, job.jobId, { actor: ANNA, printed: false })
    expect(await done(job.jobId)).toEqual({ state: 5, items_done: 1, items_failed: 2 })
    expect((await b.source.items(retryId ?? '', 0, 9)).map((item) => item.ref)).toEqual(['BOX-1', 'BOX-2'])
    await expect(retryJob(b.store, job.jobId, { actor: ANNA })).rejects.toMatchObject({
      code: 'already_retried',
      extra: { retry_id: retryId },
    })
  })

  test('a job that was to be cancelled is cancelled', async () => {
    const { lease, job } = await held()
    await cancelJobs(b.store, { jobIds: [job.jobId], actor: ANNA })
    await lose(lease)
    expect((await rescueWorkers(b.store))[0]?.jobs).toEqual([{ id: job.jobId, fate: 'cancelled' }])
  })
})

describe('waiting', () => {
  test('what is due becomes ready, once', async () => {
    await b.create([{ runAt: new Date(Date.now() + 3_600_000) }, { runAt: new Date(Date.now() + 3_600_000) }])
    expect(await stageDue(b.store)).toBe(0)
    await b.rows('update job set run_at = now()')
    const staged = await Promise.all([stageDue(b.store), stageDue(b.store), stageDue(b.store)])
    expect(staged.reduce((sum, n) => sum + n, 0)).toBe(2)
  })

  test('what was not started in time is cancelled, and what runs too long is asked to stop', async () => {
    const [waiting] = await b.create([{ expiresAt: new Date(0) }])
    expect(await expireJobs(b.store)).toEqual([waiting])
    expect(await b.row("select state, error->>'code' as code from job_done where id = $1", [waiting])).toEqual({
      state: 7,
      code: 'expired',
    })
    const { lease, job } = await held({ deadlineAt: new Date(0) })
    expect(await stopOverdue(b.store)).toEqual([job.jobId])
    expect(await stopOverdue(b.store)).toEqual([])
    expect(await b.source.cancelled(lease)).toMatchObject([{ jobId: job.jobId, by: 'system:deadline' }])
  })

  test('children wait, go on, or fall with their parents', async () => {
    const [first, second] = await b.create([{ queue: 'parents' }, { queue: 'parents' }])
    const [both, falls, stays, grandchild] = await b.create([
      { parents: [first ?? '', second ?? ''] },
      { parents: [second ?? ''] },
      { parents: [second ?? ''], onParentFailure: 'release' },
      { isHeld: true },
    ])
    await b.rows('insert into job_parent (job_id, parent_id) values ($1, $2)', [grandchild, falls])
    await b.rows('update job set hold = 4 where id = $1', [grandchild])
    const lease = await b.worker()
    const jobs = await b.claim(lease, 2, 'parents')
    const report = (id: string | undefined) => ({ jobId: id ?? '', fence: jobs[0]?.fence ?? 1 })
    await b.source.settle(lease, [{ ...report(first), outcome: 'completed' }])
    expect(await live(both ?? '')).toMatchObject({ phase: 0, hold: 4 })
    await b.source.settle(lease, [{ ...report(second), outcome: 'failed', error: ERROR }])
    expect(await done(falls ?? '')).toMatchObject({ state: 7 })
    expect(await done(both ?? '')).toMatchObject({ state: 7 })
    expect(await done(grandchild ?? '')).toMatchObject({ state: 7 })
    expect(await live(stays ?? '')).toMatchObject({ phase: 1 })
    expect(await sweepParents(b.store, 10)).toBe(0)
    const [late] = await b.create([{ parents: [first ?? ''] }])
    expect(await live(late ?? '')).toMatchObject({ phase: 1 })
  })

  test('long waits raise the rank', async () => {
    await b.create([{ priority: 'low' }, { priority: 'low', queue: 'other' }])
    await b.rows("update job set run_at = now() - interval '2 h'")
    expect(await ageRanks(b.store, { afterMs: 60_000 })).toBe(2)
    expect(await b.rows('select rank, priority from job')).toEqual([
      { rank: 1, priority: 0 },
      { rank: 1, priority: 0 },
    ])
  })
})

describe('commands', () => {
  test('hold, release, snooze, front, move; each audited', async () => {
    const [id = '', other = ''] = await b.create(2)
    await holdJob(b.store, id, { actor: ANNA, reason: 'wait for paper' })
    expect(await live(id)).toMatchObject({ phase: 0, hold: 3 })
    await releaseJob(b.store, id, { actor: ANNA })
    expect(await live(id)).toMatchObject({ phase: 1 })
    await expect(releaseJob(b.store, id, { actor: ANNA })).rejects.toMatchObject({ code: 'state_conflict' })
    await snoozeJob(b.store, id, { actor: ANNA, until: new Date(Date.now() + 60_000) })
    expect(await live(id)).toMatchObject({ phase: 0, hold: 0 })
    await releaseJob(b.store, id, { actor: ANNA })
    await prioritiseJob(b.store, other, { actor: ANNA, front: true })
    const lane = await b.queue('elsewhere')
    await moveJob(b.store, id, { actor: ANNA, laneId: lane.id })
    expect(await b.row('select queue_id from job where id = $1', [id])).toEqual({ queue_id: lane.id })
    const [claimed] = await b.claim(await b.worker(), 1)
    expect(claimed?.jobId).toBe(other)
    await expect(holdJob(b.store, other, { actor: ANNA })).rejects.toMatchObject({
      code: 'state_conflict',
      extra: { state: 'running' },
    })
    const actions = await b.rows<{ action: string }>('select action from audit order by id')
    expect(actions.map((row) => row.action)).toEqual([
      'job.hold',
      'job.release',
      'job.snooze',
      'job.release',
      'job.priority',
      'job.move',
    ])
  })

  test('cancel tells what became of each', async () => {
    const { job } = await held()
    const [waiting = '', ended = ''] = await b.create(2)
    await cancelJobs(b.store, { jobIds: [ended], actor: ANNA })
    const unknown = '01890000-0000-7000-8000-000000000000'
    expect(
      await cancelJobs(b.store, { jobIds: [job.jobId, waiting, ended, unknown], actor: ANNA, kill: true }),
    ).toEqual([
      { jobId: job.jobId, result: 'requested' },
      { jobId: waiting, result: 'cancelled' },
      { jobId: ended, result: 'already_final', state: 'cancelled' },
      { jobId: unknown, result: 'not_found' },
    ])
  })

  test('a retry is one new job, for the items that are not done', async () => {
    const items = [{ ref: 'a' }, { ref: 'b' }, { ref: 'c' }]
    const { lease, job } = await held({ items, tags: { k: 'v' }, input: { n: 1 } })
    await expect(retryJob(b.store, job.jobId, { actor: ANNA })).rejects.toMatchObject({ code: 'state_conflict' })
    const token = { jobId: job.jobId, fence: job.fence, attempt: 1 }
    await b.source.change(lease, [
      { ...token, from: 0, to: 2, state: 'done' },
      { ...token, from: 1, to: 1, state: 'failed', error: ERROR },
    ])
    await b.source.settle(lease, [
      { jobId: job.jobId, fence: job.fence, outcome: 'completed_with_errors', error: ERROR },
    ])
    expect(await done(job.jobId)).toEqual({ state: 5, items_done: 2, items_failed: 1 })
    const tries = await Promise.allSettled([1, 2, 3].map(() => retryJob(b.store, job.jobId, { actor: ANNA })))
    const made = tries.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
    expect(made).toHaveLength(1)
    expect(await b.row('select retry_of, tags, input, items_total from job where id = $1', [made[0]])).toEqual({
      retry_of: job.jobId,
      tags: { k: 'v' },
      input: { n: 1 },
      items_total: 1,
    })
    expect((await b.source.items(made[0] ?? '', 0, 9)).map((item) => item.ref)).toEqual(['b'])
  })

  test('a retry of a job that was stopped half-way prints no label again', async () => {
    const { lease, job } = await held({ items: [{ ref: 'a' }, { ref: 'b' }, { ref: 'c' }] })
    const token = { jobId: job.jobId, fence: job.fence, attempt: 1 }
    await b.source.change(lease, [{ ...token, from: 0, to: 1, state: 'done' }])
    await b.source.settle(lease, [{ jobId: job.jobId, fence: job.fence, outcome: 'failed', error: ERROR }])
    const id = await retryJob(b.store, job.jobId, { actor: ANNA })
    expect((await b.source.items(id, 0, 9)).map((item) => item.ref)).toEqual(['c'])
  })

  test('a retry of what is all done does all of it again', async () => {
    const { lease, job } = await held({ items: [{ ref: 'a' }, { ref: 'b' }] })
    const token = { jobId: job.jobId, fence: job.fence, attempt: 1 }
    await b.source.change(lease, [{ ...token, from: 0, to: 1, state: 'done' }])
    await b.source.settle(lease, [{ jobId: job.jobId, fence: job.fence, outcome: 'completed' }])
    const id = await retryJob(b.store, job.jobId, { actor: ANNA })
    expect((await b.source.items(id, 0, 9)).map((item) => item.ref)).toEqual(['a', 'b'])
  })

  test('a retry says which items there are when there is none to do', async () => {
    const { lease, job } = await held({ items: [{ ref: 'a' }, { ref: 'b' }] })
    const token = { jobId: job.jobId, fence: job.fence, attempt: 1 }
    await b.source.change(lease, [{ ...token, from: 0, to: 1, state: 'done' }])
    await b.source.settle(lease, [{ jobId: job.jobId, fence: job.fence, outcome: 'completed' }])
    const retry = (items: 'failed' | { from: number }) => retryJob(b.store, job.jobId, { actor: ANNA, items })
    const error = { code: 'items_out_of_range', field: '/items' }
    await expect(retry('failed')).rejects.toMatchObject({ ...error, detail: 'Every item is done' })
    await expect(retry({ from: 2 })).rejects.toMatchObject({ ...error, allowed: '0 to 1' })
  })

  test('a person says that it was printed', async () => {
    const { lease, job } = await printing(0)
    await b.source.settle(lease, [{ jobId: job.jobId, fence: job.fence, outcome: 'unconfirmed', error: ERROR }])
    expect(await confirmJob(b.store, job.jobId, { actor: ANNA, printed: true, note: 'saw it' })).toEqual({
      retryId: null,
    })
    expect(await done(job.jobId)).toMatchObject({ state: 4 })
    expect(
      await b.row("select action, actor, after->>'note' as note from audit where target = $1", [`job:${job.jobId}`]),
    ).toEqual({
      action: 'job.confirm',
      actor: 'anna',
      note: 'saw it',
    })
    await expect(confirmJob(b.store, job.jobId, { actor: ANNA, printed: true })).rejects.toMatchObject({
      code: 'job_already_final',
    })
  })
})

describe('history', () => {
  test('a month moves into the archive and back', async () => {
    const { lease, job } = await held()
    await ensurePartitions(b.store, 1)
    const month = new Date().toISOString().slice(0, 7).replace('-', '')
    await expect(archiveMonth(b.store, month, ANNA)).rejects.toMatchObject({ code: 'state_conflict' })
    await b.source.settle(lease, [{ jobId: job.jobId, fence: job.fence, outcome: 'completed' }])
    await archiveMonth(b.store, month, ANNA)
    expect(await b.rows('select id from job_done')).toEqual([])
    expect(await b.rows('select sum(n) as n from counter where state = 4 having sum(n) <> 0')).toEqual([])
    expect((await listMonths(b.store)).find((one) => one.month === month)).toMatchObject({ isArchived: true })
    await restoreMonth(b.store, month, ANNA)
    expect(await b.rows('select id from job_done')).toEqual([{ id: job.jobId }])
  })

  test('folded counters keep their sums', async () => {
    await b.create(3)
    await Promise.all([foldCounters(b.store), b.create(4), foldCounters(b.store)])
    await foldCounters(b.store)
    expect(await b.rows('select process_id, state, n::int from counter')).toEqual([{ process_id: 0, state: 2, n: 7 }])
  })
})
