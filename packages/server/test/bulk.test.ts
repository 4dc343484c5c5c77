import { BULK_TYPE, type JobError } from '@andon/core'
import {
  changeAccount,
  createLane,
  drainLane,
  findLane,
  getJob,
  indexJobs,
  jobExtras,
  storeJobSource,
} from '@andon/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { planBulk } from '../src/index.ts'
import { startTestServer, TEST, type TestServer } from './harness.ts'

let andon: TestServer
beforeAll(async () => {
  andon = await startTestServer()
})
afterAll(() => andon[Symbol.asyncDispose]())

async function create(as: string, body: object, count = 1): Promise<string[]> {
  const jobs = Array.from({ length: count }, () => ({ type: 'test.work', ...body }))
  const answer = await andon.call('POST', '/api/jobs', { as, body: { jobs } })
  return answer.body.jobs.map((job: { id: string }) => job.id)
}

const bulk = (as: string, body: object, headers: Record<string, string> = {}) =>
  andon.call('POST', '/api/jobs/bulk', { as, body, headers })

/** The plan of a bulk job as the worker that takes it makes it. */
async function planOf(id: string) {
  const row = await getJob(andon.store, id, { all: true })
  const extras = await jobExtras(andon.store, id)
  return planBulk(andon.store, { id, input: extras?.input, createdAt: row?.created_at ?? new Date() })
}

describe('a dry run', () => {
  test('says what would be done to how many, with examples, and does nothing', async () => {
    const ids = await create('operator', { queue: 'dry' }, 7)
    const answer = await bulk('operator', { action: 'cancel', query: 'queue:dry', dry_run: true })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ matched: 7, count: 7, by_state: { queued: 7 }, left: [], is_complete: true })
    expect(answer.body.examples.map((job: { id: string }) => job.id)).toEqual(ids.toReversed().slice(0, 5))
    const left = await bulk('operator', { action: 'retry', ids, dry_run: true })
    expect(left.body).toMatchObject({
      count: 0,
      by_state: {},
      left: [{ reason: 'not_final', words: 'not ended yet', count: 7 }],
    })
    expect((await andon.call('GET', '/api/jobs?q=queue:dry%20state:queued')).body.data).toHaveLength(7)
  })

  test('counts what the reader sees', async () => {
    await create('admin', { queue: 'seen' }, 2)
    await create('operator', { queue: 'seen' }, 1)
    const body = { action: 'cancel', query: 'queue:seen', dry_run: true }
    expect((await bulk('operator', body)).body.count).toBe(1)
    expect((await bulk('supervisor', body)).body.count).toBe(3)
  })
})

describe('asking for a bulk operation', () => {
  test('makes one job, audited, whose plan has the rights of whoever asked', async () => {
    const key = { 'idempotency-key': 'once' }
    const body = { action: 'cancel', query: 'queue:mine', reason: 'wrong file', kill: true }
    const [first, again] = [await bulk('operator', body, key), await bulk('operator', body, key)]
    expect(first).toMatchObject({ status: 201, body: { is_existing: false } })
    expect(again.body).toEqual({ id: first.body.id, is_existing: true })
    expect((await andon.call('GET', `/api/jobs/${first.body.id}`, { as: 'operator' })).body).toMatchObject({
      type: BULK_TYPE,
      queue: 'andon',
      description: 'Cancel jobs that match queue:mine',
      created_by: 'operator',
    })
    const { body: audit } = await andon.call('GET', `/api/audit?target=job:${first.body.id}`)
    expect(audit.data).toMatchObject([{ action: 'job.bulk', actor: 'operator', after: body }])
    const plan = await planOf(first.body.id)
    expect(plan).toMatchObject({
      order: { action: 'cancel', reason: 'wrong file', kill: true, lane: null, priority: null },
      target: { ids: [], visible: { accountId: andon.accounts.operator }, canReadPayloads: false },
      actor: { name: 'operator', accountId: andon.accounts.operator, requestId: `job:${first.body.id}` },
    })
    expect(plan.target.before?.getTime()).toBeLessThanOrEqual(Date.now())
  })

  test('says what it is about in its description', async () => {
    const [id] = await create('admin', {})
    const said = async (body: object) => {
      const { body: made } = await bulk('admin', body)
      return (await andon.call('GET', `/api/jobs/${made.id}`)).body.description
    }
    expect(await said({ action: 'hold', ids: [id], reason: 'stock' })).toBe('Hold 1 job')
    expect(await said({ action: 'delete', ids: [id, '0190a000-0000-7000-8000-000000000000'] })).toBe('Delete 2 jobs')
    expect(await said({ action: 'release', query: ' ' })).toBe('Release all jobs')
    expect(await said({ action: 'retry', query: `type:${'x'.repeat(200)}` })).toMatch(/^Retry jobs that match .{150}…$/)
    const { body: audit } = await andon.call('GET', '/api/audit?limit=500')
    expect(audit.data.map(({ after }: { after: unknown }) => after)).toContainEqual({ action: 'delete', ids: 2 })
  })

  test('reads payloads only where whoever asked may', async () => {
    const body = { action: 'cancel', query: 'input.secret:1' }
    const { body: whole } = await bulk('admin', body)
    const { body: bare } = await bulk(await andon.token('admin', ['jobs']), body)
    expect((await planOf(whole.id)).target.canReadPayloads).toBe(true)
    expect((await planOf(bare.id)).target.canReadPayloads).toBe(false)
  })

  test('finds the place to move to', async () => {
    await create('admin', { queue: 'there' })
    await andon.store.transaction((tx) => createLane(tx, { kind: 'printer', name: 'Label 1' }, TEST))
    const [queue, printer] = [
      await bulk('admin', { action: 'move', query: 'queue:here', queue: 'there' }),
      await bulk('admin', { action: 'move', query: 'queue:here', printer: 'Label 1' }),
    ]
    expect((await planOf(queue.body.id)).order.lane).toMatchObject({ kind: 'queue', name: 'there' })
    expect((await planOf(printer.body.id)).order.lane).toMatchObject({ kind: 'printer', name: 'Label 1' })
  })

  test.each([
    [{ action: 'cancel' }, { field: '/query', allowed: 'query or ids' }],
    [{ action: 'cancel', query: '', ids: ['0190a000-0000-7000-8000-000000000000'] }, { field: '/query' }],
    [{ action: 'cancel', ids: [] }, { field: '/ids' }],
    [{ action: 'cancel', ids: ['0190'] }, { field: '/ids/0' }],
    [{ action: 'burn', query: '' }, { field: '/action' }],
    [
      { action: 'retry', query: '', reason: 'x' },
      { field: '/reason', allowed: 'no parameter' },
    ],
    [
      { action: 'hold', query: '', kill: true },
      { field: '/kill', allowed: 'reason' },
    ],
    [{ action: 'priority', query: '' }, { field: '/priority' }],
    [
      { action: 'move', query: '' },
      { field: '/queue', allowed: 'queue or printer' },
    ],
    [{ action: 'move', query: '', queue: 'a', printer: 'b' }, { field: '/queue' }],
    [
      { action: 'move', query: '', queue: 'nowhere' },
      { code: 'queue_not_found', field: '/queue' },
    ],
    [{ action: 'move', query: '', printer: 'nothing' }, { code: 'printer_not_found' }],
    [{ action: 'cancel', query: 'stat:failed' }, { code: 'query_invalid' }],
  ])('refuses %j', async (body, refusal) => {
    for (const dry_run of [true, false]) {
      const answer = await bulk('admin', { ...body, dry_run })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.body).toMatchObject(refusal)
    }
  })

  test('refuses to move to where nothing may wait any more', async () => {
    await create('admin', { queue: 'drains' })
    const lane = await findLane(andon.store, 'queue', 'drains')
    await drainLane(andon.store, lane?.id ?? 0, true, TEST)
    const answer = await bulk('admin', { action: 'move', query: '', queue: 'drains' })
    expect(answer.body).toMatchObject({ code: 'queue_full', status: 429 })
  })

  test('deletes for supervisors only', async () => {
    const body = { action: 'delete', query: 'state:failed', dry_run: true }
    expect((await bulk('operator', body)).body).toMatchObject({ code: 'forbidden', permission: 'jobs.delete' })
    expect((await bulk('supervisor', body)).status).toBe(200)
    expect((await bulk('viewer', { ...body, action: 'cancel' })).body).toMatchObject({ permission: 'jobs.bulk' })
  })

  test('is the only way to make such a job', async () => {
    const answer = await andon.call('POST', '/api/jobs', { body: { type: BULK_TYPE, queue: 'andon', input: {} } })
    expect(answer.body).toMatchObject({ code: 'validation_failed', field: '/type' })
    expect(answer.body.detail).toContain('POST /api/jobs/bulk')
  })
})

describe('when it runs', () => {
  test('the rights are those that the account has then', async () => {
    const { body } = await bulk('operator', { action: 'cancel', query: 'queue:later' })
    const { body: other } = await bulk('supervisor', { action: 'delete', query: 'queue:later' })
    await changeAccount(andon.store, 'operator', { role: 'viewer' }, TEST)
    await changeAccount(andon.store, 'supervisor', { is_disabled: true }, TEST)
    await expect(planOf(body.id)).rejects.toMatchObject({ code: 'forbidden', detail: /jobs.cancel/ })
    await expect(planOf(other.id)).rejects.toMatchObject({ code: 'forbidden', detail: /disabled/ })
    await changeAccount(andon.store, 'operator', { role: 'operator' }, TEST)
    await changeAccount(andon.store, 'supervisor', { is_disabled: false }, TEST)
    expect((await planOf(body.id)).actor.name).toBe('operator')
  })

  test('a job that nobody asked for in the right way is refused', async () => {
    const [id = ''] = await create('admin', {})
    const at = new Date()
    await expect(planBulk(andon.store, { id, input: { action: 'burn' }, createdAt: at })).rejects.toMatchObject({
      code: 'validation_failed',
    })
    const input = { action: 'cancel', query: '', asked_at: at.toISOString(), reads_payloads: true }
    const nobody = '0190a000-0000-7000-8000-000000000000'
    await expect(planBulk(andon.store, { id: nobody, input, createdAt: at })).rejects.toMatchObject({
      code: 'forbidden',
    })
    const ahead = { ...input, asked_at: new Date(at.getTime() + 60_000).toISOString() }
    expect((await planBulk(andon.store, { id, input: ahead, createdAt: at })).target.before).toEqual(at)
  })
})

describe('groups of errors', () => {
  const ERROR: JobError = { code: 'printer_offline', message: 'no answer', hint: 'Switch it on.', retryable: false }

  async function failed(as: string, count: number, error = ERROR): Promise<string[]> {
    const queue = `fail-${as}-${error.code}`
    const ids = await create(as, { queue }, count)
    const source = storeJobSource(andon.store)
    const types = ['test.work']
    const lease = await source.register({
      name: 'w',
      kind: 'worker',
      host: 'here',
      pid: 1,
      version: 'test',
      types,
      slots: count,
      leaseMs: 30_000,
    })
    const lane = await findLane(andon.store, 'queue', queue)
    const lanes = [{ laneId: lane?.id ?? 0, queueIds: [lane?.id ?? 0], limit: count, slot: null }]
    const jobs = await source.claim(lease, { lanes, types, limit: count })
    await source.settle(
      lease,
      jobs.map(({ fence, jobId }) => ({ jobId, fence, outcome: 'failed' as const, error })),
    )
    await indexJobs(andon.store, ids)
    return ids
  }

  test('are listed, shown and retried as one', async () => {
    const ids = await failed('admin', 3)
    await failed('operator', 1)
    await failed('operator', 1, { ...ERROR, code: 'custom' })
    const { body: list } = await andon.call('GET', '/api/errors?since=2020-12-31T00:00:00Z&until=2020-12-31T01:00:00Z')
    expect(list).toMatchObject({ data: [], total: { count: 0, is_exact: true }, bucket: 'hour' })
    const all = await andon.call('GET', '/api/errors?open=true&type=test.*')
    const group = all.body.data.find(({ code }: { code: string }) => code === 'printer_offline')
    expect(group).toMatchObject({ count: 4, open: 4, title: 'The printer is offline', hint: 'Switch it on.' })
    expect(all.body.starts).toHaveLength(group.counts.length)
    const first = await andon.call('GET', '/api/errors?limit=1')
    expect(first.body).toMatchObject({ total: null, next_cursor: expect.any(String) })
    const next = await andon.call('GET', `/api/errors?limit=1&cursor=${first.body.next_cursor}`)
    expect(next.body).toMatchObject({ total: null, next_cursor: null })

    const path = `/api/errors/${encodeURIComponent(group.fingerprint)}`
    expect((await andon.call('GET', path, { as: 'operator' })).body).toMatchObject({ count: 1, bucket: 'day' })
    const dry = await andon.call('POST', `${path}/retry`, { body: { dry_run: true } })
    expect(dry).toMatchObject({ status: 200, body: { count: 4, by_state: { failed: 4 }, left: [] } })
    expect((await andon.call('POST', `${path}/retry`, { as: 'operator', body: { dry_run: true } })).body.count).toBe(1)

    const made = await andon.call('POST', `${path}/retry`, { body: {} })
    expect(made.status).toBe(201)
    const plan = await planOf(made.body.id)
    expect(plan.order.action).toBe('retry')
    expect(plan.target.query?.terms.map(({ field }) => field)).toEqual(['fingerprint', 'state', 'finished'])
    const found = await andon.call('GET', `/api/jobs?q=fingerprint:${group.fingerprint}`)
    expect(found.body.data.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(ids))
    const period = { since: '2026-01-01T10:30:00Z', until: new Date(Date.now() + 60_000).toISOString() }
    expect((await andon.call('POST', `${path}/retry`, { body: { ...period, dry_run: true } })).body.count).toBe(4)
  })

  test('that nobody has, or that are of others, are not found', async () => {
    const [id] = await failed('admin', 1, { ...ERROR, code: 'secret' })
    const { body } = await andon.call('GET', '/api/errors?limit=500')
    const { fingerprint, last_job: job } = body.data.find(({ code }: { code: string }) => code === 'secret')
    expect(job).toBe(id)
    for (const [method, path] of [
      ['GET', `/api/errors/${fingerprint}`],
      ['POST', `/api/errors/${fingerprint}/retry`],
    ] as const) {
      const answer = await andon.call(method, path, { as: 'operator', ...(method === 'GET' ? {} : { body: {} }) })
      expect(answer.body, path).toMatchObject({ code: 'not_found', status: 404 })
    }
    const wrong = await andon.call('GET', '/api/errors?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z')
    expect(wrong.body).toMatchObject({ code: 'validation_failed', field: 'since' })
    expect((await andon.call('GET', '/api/errors?cursor=nonsense')).body).toMatchObject({ code: 'cursor_invalid' })
  })
})
