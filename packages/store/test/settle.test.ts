import { type ClaimedJob, type JobError, problem, type SettleOutcome, type SettleReport } from '@andon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cancelJob, listItems, stageDue } from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

let b: Bench

beforeAll(async () => {
  b = await bench()
})

afterAll(async () => {
  await b[Symbol.asyncDispose]()
})

const ERROR: JobError = { code: 'handler_failed', message: 'it broke', hint: null, retryable: true }

function report(job: ClaimedJob, outcome: SettleOutcome): SettleReport {
  return { jobId: job.jobId, fence: job.fence, ...outcome }
}

async function one(job: Parameters<Bench['create']>[0] = 1) {
  const lease = await b.worker()
  await b.create(job)
  const [claimed] = await b.claim(lease, 1)
  if (claimed === undefined) throw new Error('nothing was claimed')
  return { lease, job: claimed }
}

/** The sum over all processes, without states in which nothing stands. */
async function counters(): Promise<Record<string, number>> {
  const rows = await b.rows<{ state: number; n: number }>(
    'select state, sum(n)::int as n from counter group by 1 having sum(n) <> 0 order by 1',
  )
  return Object.fromEntries(rows.map((row) => [row.state, row.n]))
}

describe('settling', () => {
  test('completes with a result', async () => {
    const { lease, job } = await one()
    expect(job).toMatchObject({ type: 'test.work', attempt: 1, fence: 1, isResumed: false })
    expect(
      await b.source.settle(lease, [report(job, { outcome: 'completed', result: { pages: 3 }, summary: 'done' })]),
    ).toEqual([])
    expect(await b.rows('select id from job where id = $1', [job.jobId])).toEqual([])
    expect(await b.row('select state, result, summary, attempt from job_done where id = $1', [job.jobId])).toEqual({
      state: 4,
      result: { pages: 3 },
      summary: 'done',
      attempt: 1,
    })
    expect(await b.rows('select * from attempt where job_id = $1', [job.jobId])).toEqual([])
    const kinds = await b.rows<{ kind: number }>('select kind from event_batch where $1 = any(job_ids) order by seq', [
      job.jobId,
    ])
    expect(kinds.map((row) => row.kind)).toEqual([1, 3, 8])
  })

  test('fails with an attempt and a fingerprint', async () => {
    const { lease, job } = await one()
    await b.source.settle(lease, [report(job, { outcome: 'failed', error: ERROR })])
    const done = await b.row<{ state: number; fingerprint: string }>(
      'select state, fingerprint from job_done where id = $1',
      [job.jobId],
    )
    expect(done.state).toBe(6)
    expect(done.fingerprint).toMatch(/^handler_failed\./)
    expect(await b.row('select number, outcome, worker_name from attempt where job_id = $1', [job.jobId])).toEqual({
      number: 1,
      outcome: 1,
      worker_name: 'w1',
    })
    expect(await b.row('select kind from event where job_id = $1', [job.jobId])).toEqual({ kind: 10 })
  })

  test('retries, and fails when no attempt is left', async () => {
    const { lease, job } = await one([{ maxAttempts: 2 }])
    await b.source.settle(lease, [report(job, { outcome: 'retry', error: ERROR, delayMs: 60_000 })])
    expect(
      await b.row(
        "select phase, hold, attempt, worker_id, run_at > now() + interval '50 s' as later from job where id = $1",
        [job.jobId],
      ),
    ).toEqual({ phase: 0, hold: 1, attempt: 1, worker_id: null, later: true })
    await b.rows('update job set run_at = now() where id = $1', [job.jobId])
    expect(await stageDue(b.store)).toBe(1)
    const [again] = await b.claim(lease, 1)
    expect(again).toMatchObject({ jobId: job.jobId, attempt: 2, fence: 2 })
    if (again === undefined) return
    await b.source.settle(lease, [report(again, { outcome: 'retry', error: ERROR, delayMs: 1 })])
    expect(await b.row('select state, attempt from job_done where id = $1', [job.jobId])).toEqual({
      state: 6,
      attempt: 2,
    })
    expect(await b.rows('select number, outcome from attempt where job_id = $1 order by 1', [job.jobId])).toEqual([
      { number: 1, outcome: 1 },
      { number: 2, outcome: 1 },
    ])
  })

  test('snooze and return use up no attempt', async () => {
    const { lease, job } = await one()
    await b.source.settle(lease, [report(job, { outcome: 'snooze', delayMs: 0, reason: 'later' })])
    expect(await b.row('select phase, hold, attempt from job where id = $1', [job.jobId])).toEqual({
      phase: 0,
      hold: 2,
      attempt: 0,
    })
    expect(await stageDue(b.store)).toBe(1)
    const [again] = await b.claim(lease, 1)
    expect(again).toMatchObject({ attempt: 1, fence: 2 })
    if (again === undefined) return
    await b.source.settle(lease, [report(again, { outcome: 'returned', reason: 'drain' })])
    expect(await b.row('select phase, hold, attempt from job where id = $1', [job.jobId])).toEqual({
      phase: 1,
      hold: null,
      attempt: 0,
    })
    const [third] = await b.claim(lease, 1)
    if (third !== undefined) await b.source.settle(lease, [report(third, { outcome: 'completed' })])
  })

  test('unconfirmed waits for a person', async () => {
    const { lease, job } = await one()
    await b.source.settle(lease, [report(job, { outcome: 'unconfirmed', error: ERROR })])
    expect(await b.row('select phase, hold, attempt from job where id = $1', [job.jobId])).toEqual({
      phase: 0,
      hold: 5,
      attempt: 1,
    })
    expect(await b.row('select outcome from attempt where job_id = $1', [job.jobId])).toEqual({ outcome: 4 })
  })

  test('what is to be cancelled does not go back to waiting', async () => {
    const { lease, job } = await one()
    expect(await cancelJob(b.store, job.jobId, { actor: { name: 'anna' }, reason: 'wrong file' })).toBe('requested')
    expect(await b.source.cancelled(lease)).toEqual([
      { jobId: job.jobId, by: 'anna', reason: 'wrong file', kill: false },
    ])
    expect((await b.source.heartbeat(lease, { cpuPercent: 1, memoryMb: 1, running: 1 })).cancels).toHaveLength(1)
    const stranger = { jobId: '01890000-0000-7000-8000-000000000000', fence: 1 }
    const again = { outcome: 'retry', error: ERROR, delayMs: 1 } as const
    expect(await b.source.settle(lease, [report(job, again), { ...stranger, ...again }])).toMatchObject([stranger])
    expect(await b.row('select state, cancel_by, cancel_reason from job_done where id = $1', [job.jobId])).toEqual({
      state: 7,
      cancel_by: 'anna',
      cancel_reason: 'wrong file',
    })
    await expect(cancelJob(b.store, job.jobId, { actor: { name: 'anna' } })).rejects.toMatchObject({
      code: 'job_already_final',
    })
  })

  test('what was never begun is cancelled with its batch', async () => {
    const [id = ''] = await b.create([{ queue: 'cut', items: [{ ref: 'a' }, { ref: 'b' }] }])
    const lease = await b.worker()
    const [job] = await b.claim(lease, 1, 'cut')
    const token = { jobId: id, fence: job?.fence ?? 0 }
    const error = { ...ERROR, retryable: false }
    await b.source.change(lease, [{ ...token, from: 0, to: 0, attempt: 1, state: 'failed', error }])
    await cancelJob(b.store, id, { actor: { name: 'anna' } })
    await b.source.settle(lease, [{ ...token, outcome: 'cancelled' }])
    expect(await listItems(b.store, id, { from: 0, state: null, limit: 9 })).toMatchObject([
      { state: 'failed', error },
      { state: 'cancelled', error: null },
    ])
  })

  test('reports of many jobs in any order are taken, and those of none are said to be unknown', async () => {
    const ids = await b.create([{ queue: 'many' }, { queue: 'many' }, { queue: 'many' }])
    const lease = await b.worker()
    const jobs = await b.claim(lease, 9, 'many')
    const nobody = { jobId: '01890000-0000-7000-8000-000000000000', fence: 1, outcome: 'completed' } as const
    const [one, two, three] = jobs.map((job) => report(job, { outcome: 'completed' }))
    if (!one || !two || !three) throw new Error('nothing was claimed')
    expect(await b.source.settle(lease, [two, three, nobody, one])).toEqual([
      { jobId: nobody.jobId, fence: 1, state: 'unknown' },
    ])
    expect(await b.rows('select from job_done where id = any($1::uuid[])', [ids])).toHaveLength(3)
  })

  test('a stale token is refused and kept', async () => {
    const { lease, job } = await one()
    const other = await b.worker({ name: 'w2' })
    expect(await b.source.settle(other, [report(job, { outcome: 'completed' })])).toEqual([
      { jobId: job.jobId, fence: 1, state: 'running' },
    ])
    expect(await b.source.settle(lease, [{ ...report(job, { outcome: 'completed' }), fence: 7 }])).toHaveLength(1)
    expect(await b.source.progress(other, [{ jobId: job.jobId, fence: 1, itemsDone: 1 }])).toEqual([
      { jobId: job.jobId, fence: 1, state: 'running' },
    ])
    await b.source.settle(lease, [report(job, { outcome: 'completed' })])
    expect(await b.source.settle(lease, [report(job, { outcome: 'failed', error: ERROR })])).toEqual([
      { jobId: job.jobId, fence: 1, state: 'completed' },
    ])
    expect(await b.rows('select message from job_log where job_id = $1', [job.jobId])).toHaveLength(3)
    await expect(
      b.source.change(other, [{ jobId: job.jobId, fence: 1, from: 0, to: 0, state: 'done', attempt: 1 }]),
    ).rejects.toEqual(problem('lease_lost'))
  })

  test('items of several jobs change together, and a stale token refuses its own job only', async () => {
    const lease = await b.worker()
    await b.create(Array.from({ length: 2 }, () => ({ items: [{ ref: 'a' }, { ref: 'b' }] })))
    const [first, second] = await b.claim(lease, 2)
    if (first === undefined || second === undefined) throw new Error('nothing was claimed')
    const done = (job: ClaimedJob, fence = job.fence) =>
      b.source.change(lease, [{ jobId: job.jobId, fence, from: 0, to: 0, state: 'done', attempt: 1 }])
    const calls = await Promise.allSettled([done(first), done(second), done(second, 7)])
    expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(calls[2]).toMatchObject({ reason: { code: 'lease_lost' } })
    for (const { jobId } of [first, second]) {
      expect(await b.row('select items_done from job where id = $1', [jobId])).toEqual({ items_done: 1 })
    }
  })

  test('counters agree with the rows', async () => {
    const live = await b.rows<{ state: number; n: number }>(
      'select case phase when 0 then 0 when 1 then 2 else substate end as state, count(*)::int as n from job group by 1',
    )
    const done = await b.rows<{ state: number; n: number }>('select state, count(*)::int as n from job_done group by 1')
    expect(await counters()).toEqual(Object.fromEntries([...live, ...done].map((row) => [row.state, row.n])))
  })
})
