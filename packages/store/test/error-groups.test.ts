import { errorFingerprint, type JobError, requireQuery, uuidGenerator, type WorkerLease } from '@andon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  countRetries,
  createAccount,
  errorGroups,
  type ErrorGroupsRequest,
  findLane,
  type FinishedJob,
  importFinished,
  indexJobs,
  internTypes,
  listJobs,
  removeDemo,
  retryJob,
} from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

let b: Bench
let lease: WorkerLease
beforeAll(async () => {
  b = await bench()
  lease = await b.worker()
})
afterAll(() => b[Symbol.asyncDispose]())

const ANNA = { name: 'anna' }
const HOUR_MS = 3_600_000

function errorOf(code: string, message: string, hint: string | null = null): JobError {
  return { code, message, hint, retryable: false }
}

/** Jobs that failed so just now, not indexed yet. */
async function failed(error: JobError, count = 1, more: object = {}): Promise<string[]> {
  const queue = `q ${error.code} ${error.message}`.slice(0, 100)
  const ids = await b.create(Array.from({ length: count }, () => ({ queue, ...more })))
  const jobs = await b.claim(lease, count, queue)
  await b.source.settle(
    lease,
    jobs.map(({ fence, jobId }) => ({ jobId, fence, outcome: 'failed' as const, error })),
  )
  return ids
}

function request(change: Partial<ErrorGroupsRequest> = {}): ErrorGroupsRequest {
  const until = change.until ?? new Date(Date.now() + HOUR_MS)
  return {
    since: new Date(until.getTime() - 24 * HOUR_MS),
    until,
    visible: { all: true },
    type: null,
    fingerprint: null,
    isOpen: false,
    limit: 50,
    cursor: null,
    ...change,
  }
}

async function group(error: JobError, change: Partial<ErrorGroupsRequest> = {}) {
  const fingerprint = errorFingerprint(error.code, error.message)
  return (await errorGroups(b.store, request({ ...change, fingerprint }))).groups[0]
}

describe('a group', () => {
  test('counts each of its jobs once, however often and by how many it is indexed', async () => {
    const error = errorOf('printer_offline', 'Printer 7 does not answer', 'Switch it on.')
    const ids = await failed(error, 37)
    expect(await group(error)).toBeUndefined()
    await Promise.all([indexJobs(b.store, ids), indexJobs(b.store, ids), indexJobs(b.store, ids.slice(5))])
    await indexJobs(b.store, ids)
    const found = await group(error)
    expect(found).toMatchObject({
      fingerprint: errorFingerprint(error.code, error.message),
      code: 'printer_offline',
      title: 'The printer is offline',
      hint: 'Switch it on.',
      message: 'Printer 7 does not answer',
      types: ['test.work'],
      count: 37,
      open: 37,
    })
    expect(found?.counts.reduce((sum, count) => sum + count, 0)).toBe(37)
    expect(ids).toContain(found?.last_job)
    expect(Date.parse(found?.first_seen_at ?? '')).toBeLessThanOrEqual(Date.parse(found?.last_seen_at ?? ''))
  })

  test('is found by its name in a query', async () => {
    const error = errorOf('custom.Code', 'no such "thing"')
    const ids = await failed(error, 2)
    await indexJobs(b.store, ids)
    const query = requireQuery(`fingerprint:${errorFingerprint(error.code, error.message)}`)
    const reader = { visible: { all: true } as const, canReadPayloads: false, cursor: null, limit: 10 }
    // Without the newest ones looked at in order, the index alone answers.
    const page = await listJobs(b.store, { ...reader, query, probeRows: 1 })
    expect(page.rows.map((row) => row.id).toSorted()).toEqual(ids.toSorted())
    expect(await group(error)).toMatchObject({ title: null, hint: null })
  })

  test('shows the words of the newest of its jobs', async () => {
    const [older, newer] = [
      errorOf('bad_input', 'row 1 is wrong'),
      errorOf('bad_input', 'row 2 is wrong', 'See row 2.'),
    ]
    const [first = '', second = ''] = [...(await failed(older)), ...(await failed(newer))]
    await indexJobs(b.store, [second])
    await indexJobs(b.store, [first])
    expect(await group(older)).toMatchObject({
      count: 2,
      message: 'row 2 is wrong',
      hint: 'See row 2.',
      last_job: second,
    })
  })

  test('knows which of its jobs were retried, whichever is heard of first', async () => {
    const error = errorOf('flaky', 'it broke')
    const [early = '', late = '', never = ''] = await failed(error, 3)
    await retryJob(b.store, early, { actor: ANNA })
    expect(await countRetries(b.store)).toBe(0)
    await indexJobs(b.store, [early, late, never])
    expect(await group(error)).toMatchObject({ count: 3, open: 3 })
    await retryJob(b.store, late, { actor: ANNA })
    const counted = await Promise.all([countRetries(b.store), countRetries(b.store)])
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(2)
    expect(await countRetries(b.store)).toBe(0)
    expect(await group(error)).toMatchObject({ count: 3, open: 1 })
    expect(await group(error, { isOpen: true })).toMatchObject({ open: 1 })
    await retryJob(b.store, never, { actor: ANNA })
    await countRetries(b.store)
    expect(await group(error, { isOpen: true })).toBeUndefined()
  })

  test('does not wait for ever for a job that search will never know', async () => {
    const [id = ''] = await failed(errorOf('lost', 'gone'))
    await retryJob(b.store, id, { actor: ANNA })
    await b.store.pool.query(`update retried set created_at = now() - interval '2 days' where job_id = $1`, [id])
    expect(await countRetries(b.store)).toBe(1)
    expect(await group(errorOf('lost', 'gone'))).toBeUndefined()
  })

  test('tells each reader of their own jobs and of prints only', async () => {
    const [bert, cleo] = await Promise.all(
      ['bert', 'cleo'].map((name) => createAccount(b.store, { name, role: 'viewer', can_read_payloads: false }, ANNA)),
    )
    const mine = errorOf('quota', 'file "bert.csv" is too large')
    const theirs = errorOf('quota', 'file "cleo.csv" is too large')
    await indexJobs(b.store, await failed(mine, 2, { accountId: bert?.id }))
    await indexJobs(b.store, await failed(theirs, 1, { accountId: cleo?.id }))
    await indexJobs(b.store, await failed(errorOf('quota', 'file "label" is too large'), 4, { type: 'print.label' }))
    expect(await group(mine)).toMatchObject({ count: 7 })
    const seen = await group(mine, { visible: { accountId: bert?.id ?? 0 }, type: 'test.work' })
    expect(seen).toMatchObject({ count: 2, types: ['test.work'] })
    expect(seen?.counts.reduce((sum, count) => sum + count, 0)).toBe(2)
    const own = await group(theirs, { visible: { accountId: cleo?.id ?? 0 } })
    expect(own).toMatchObject({ count: 5, types: ['print.label', 'test.work'] })
    expect(own?.message).not.toContain('bert')
    expect(await group(mine, { type: 'print.*' })).toMatchObject({ count: 4 })
    expect(await group(mine, { type: 'other.*' })).toBeUndefined()
  })
})

describe('a list of groups', () => {
  test('is of its period, by the hour or the day, and goes on by the last one seen', async () => {
    const day = Date.UTC(2024, 4, 10)
    const at = [day, day + 60_000, day + 90 * 60_000, day + 3 * 24 * HOUR_MS]
    await imported(at.map((time, n) => ({ time, error: errorOf(`old_${Math.min(n, 2)}`, 'x') })))
    const hours = await errorGroups(
      b.store,
      request({ since: new Date(day), until: new Date(day + 3 * HOUR_MS), limit: 2 }),
    )
    expect(hours.groups.map(({ code, count, counts }) => [code, count, counts])).toEqual([
      ['old_2', 1, [0, 1, 0]],
      ['old_1', 1, [1, 0, 0]],
    ])
    expect(hours).toMatchObject({ bucket: 'hour', starts: [0, 1, 2].map((hour) => new Date(day + hour * HOUR_MS)) })
    const next = await errorGroups(
      b.store,
      request({ since: new Date(day), until: new Date(day + 3 * HOUR_MS), limit: 2, cursor: hours.nextCursor }),
    )
    expect(next.groups.map(({ code }) => code)).toEqual(['old_0'])
    expect(next.nextCursor).toBeNull()
    const days = await errorGroups(b.store, request({ since: new Date(day), until: new Date(day + 4 * 24 * HOUR_MS) }))
    expect(days.bucket).toBe('day')
    expect(days.groups.find(({ code }) => code === 'old_2')).toMatchObject({ count: 2, counts: [1, 0, 0, 1] })
    await expect(errorGroups(b.store, request({ cursor: 'nonsense' }))).rejects.toMatchObject({
      code: 'cursor_invalid',
    })
  })

  test('forgets the demonstration with its jobs', async () => {
    const error = errorOf('demo_only', 'x')
    const ids = await failed(error, 2, { createdBy: 'demo-erp', items: [{ ref: 'a' }] })
    await b.rows(`insert into cleaned_job (job_id, rule, items, log_lines, documents) values ($1, 'all', 1, 0, 0)`, [
      ids[1],
    ])
    const [live = ''] = await b.create([{ createdBy: 'demo-erp', items: [{ ref: 'a' }] }])
    await indexJobs(b.store, ids)
    await retryJob(b.store, ids[0] ?? '', { actor: ANNA })
    await countRetries(b.store)
    expect(await group(error)).toMatchObject({ count: 2, open: 1 })
    await removeDemo(b.store, { account: 'demo-erp', pool: 'none' }, ANNA)
    expect(await group(error)).toBeUndefined()
    for (const table of ['attempt', 'cleaned_job', 'event', 'item', 'job_log', 'job_search', 'retried']) {
      const left = await b.rows(`select from ${table} where job_id = any($1::uuid[])`, [[...ids, live]])
      expect(left, table).toEqual([])
    }
    const left = await b.rows(
      'select from job where id = $1 union all select from job_done where id = any($2::uuid[])',
      [live, ids],
    )
    expect(left).toEqual([])
  })
})

async function imported(jobs: readonly { readonly time: number; readonly error: JobError }[]): Promise<void> {
  const type = (await internTypes(b.store, ['test.work'])).get('test.work')
  const queue = await b.queue('history')
  expect(await findLane(b.store, 'queue', 'history')).not.toBeNull()
  const rows = jobs.map(({ error, time }): FinishedJob => {
    const newId = uuidGenerator({ now: () => time, random: (bytes) => crypto.getRandomValues(bytes) })
    return {
      id: newId(),
      typeId: type?.id ?? 0,
      queueId: queue.id,
      state: 'failed',
      priority: 'normal',
      attempt: 1,
      maxAttempts: 1,
      createdAt: new Date(time),
      startedAt: null,
      finishedAt: new Date(time),
      description: null,
      subject: null,
      tags: null,
      createdBy: 'import',
      items: null,
      printerId: null,
      proof: null,
      error: { code: error.code, message: error.message, hint: null },
      summary: null,
    }
  })
  await importFinished(b.store, rows)
  await indexJobs(
    b.store,
    rows.map((row) => row.id),
  )
}
