import { DEFAULT_RETENTION, uuidFloor } from '@andon/core'
import { archiveMonth, cleanJobs, indexJobs, openSnapshot, registerWorker, restoreMonth, setType } from '@andon/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { healthReader } from '../src/health.ts'
import { startTestServer, type TestServer } from './harness.ts'

let andon: TestServer
beforeAll(async () => {
  andon = await startTestServer({
    checks: [{ name: 'disk', run: async () => diskStatus }],
  })
})
afterAll(() => andon[Symbol.asyncDispose]())

let diskStatus: { status: 'ok' | 'degraded' | 'down'; detail: string | null } = { status: 'ok', detail: null }

const call = (method: string, path: string, body?: unknown, as = 'admin') =>
  andon.call(method, path, { as, ...(body === undefined ? {} : { body }) })

describe('people', () => {
  test('are added, invited, changed and disabled, never the last administrator', async () => {
    expect((await call('POST', '/api/users', { name: 'greta', role: 'operator' })).body).toMatchObject({
      name: 'greta',
      has_password: false,
    })
    expect((await call('POST', '/api/users', { name: 'greta', role: 'operator' })).body).toMatchObject({
      code: 'name_taken',
      field: '/name',
    })
    expect((await call('POST', '/api/users', { name: 'no spaces', role: 'operator' })).body).toMatchObject({
      field: '/name',
    })
    expect((await call('POST', '/api/users', { name: 'x', role: 'king' })).body).toMatchObject({
      field: '/role',
      allowed: ['viewer', 'operator', 'supervisor', 'admin'],
    })
    const invited = await call('POST', '/api/users/greta/link')
    expect(invited.body).toMatchObject({ account: 'greta' })
    expect(
      (await call('PATCH', '/api/users/greta', { display_name: 'Greta G', role: 'supervisor' })).body,
    ).toMatchObject({ role: 'supervisor' })
    expect((await call('PATCH', '/api/users/greta', { is_disabled: true })).body.disabled_at).not.toBeNull()
    const late = await andon.call('POST', '/api/sign-in/link', { as: null, body: { link: invited.body.link } })
    expect(late.body).toMatchObject({ code: 'link_invalid' })
    expect((await call('PATCH', '/api/users/admin', { role: 'viewer' })).body).toMatchObject({
      code: 'last_administrator',
    })
    expect((await call('PATCH', '/api/users/nobody', {})).body).toMatchObject({ code: 'user_not_found' })
    expect((await call('GET', '/api/users')).body.data.map((user: { name: string }) => user.name)).toContain('greta')
  })

  test('are found in the audit with what they did', async () => {
    await call('POST', '/api/jobs', { type: 'a.b', queue: 'audited' })
    await call('POST', '/api/queues/audited/pause', { reason: 'because' }, 'operator')
    const { body } = await call('GET', '/api/audit?actor=operator&limit=1')
    expect(body.data[0]).toMatchObject({
      actor: 'operator',
      action: 'queue.pause',
      address: '127.0.0.1',
      after: { reason: 'because' },
    })
    expect(body.next_cursor).not.toBeNull()
    const older = await call('GET', `/api/audit?limit=500&cursor=${body.data[0].id}`)
    expect(older.body.data.every((entry: { id: string }) => Number(entry.id) < Number(body.data[0].id))).toBe(true)
    expect((await call('GET', '/api/audit?target=account:greta')).body.data.length).toBeGreaterThan(0)
    const { at } = body.data[0]
    const ofQueues = async (more: string) =>
      (await call('GET', `/api/audit?action=queue.&target=${encodeURIComponent(body.data[0].target)}${more}`)).body.data
    expect(await ofQueues('')).toMatchObject([{ action: 'queue.pause' }])
    expect(await ofQueues(`&until=${at}`)).toEqual([])
    expect(await ofQueues(`&since=${at.slice(0, 10)}T00:00:00Z`)).toHaveLength(1)
    expect((await call('GET', '/api/audit?since=then')).body).toMatchObject({ code: 'validation_failed' })
    expect((await call('GET', '/api/audit?cursor=x')).body).toMatchObject({ code: 'cursor_invalid' })
  })
})

test('pools are renamed, to names that are free and can be seen', async () => {
  await call('POST', '/api/pools', { name: 'west' })
  await call('POST', '/api/pools', { name: 'east' })
  expect((await call('PATCH', '/api/pools/west', { name: 'north' })).body).toMatchObject({
    name: 'north',
    printers: [],
  })
  expect((await call('PATCH', '/api/pools/west', { name: 'south' })).body).toMatchObject({ code: 'pool_not_found' })
  expect((await call('PATCH', '/api/pools/north', { name: 'east' })).body).toMatchObject({
    code: 'name_taken',
    field: '/name',
  })
  for (const name of [' east', 'east ', 'ea\nst', '\u001b[2Jeast']) {
    expect((await call('POST', '/api/pools', { name })).body).toMatchObject({
      code: 'validation_failed',
      field: '/name',
    })
  }
})

describe('queues', () => {
  test('are no second way to pause a printer', async () => {
    await call('POST', '/api/pools', { name: 'counter' })
    const jobsOnly = await andon.token('operator', ['jobs'])
    const pause = (as: string) => andon.call('POST', '/api/queues/counter/pause', { body: {}, as })
    expect((await pause(jobsOnly)).body).toMatchObject({ code: 'forbidden', permission: 'printers.pause' })
    expect((await pause(await andon.token('operator', ['jobs', 'printers']))).status).toBe(200)
  })

  test('are told from a printer or pool of their name by their kind', async () => {
    await call('POST', '/api/jobs', { type: 'a.b', queue: 'twin' })
    await call('POST', '/api/pools', { name: 'twin' })
    const limit = async (of: string) => (await call('POST', `/api/queues/twin/limits${of}`, { depth_limit: 7 })).body
    expect(await limit('?kind=pool')).toMatchObject({ kind: 'pool', depth_limit: 7 })
    expect(await limit('?kind=queue')).toMatchObject({ kind: 'queue', depth_limit: 7 })
    expect(await limit('')).toMatchObject({ kind: 'queue' })
    expect(await limit('?kind=printer')).toMatchObject({ detail: 'There is no printer "twin"' })
  })

  test('are paused, resumed, limited, drained', async () => {
    await call('POST', '/api/jobs', { type: 'a.b', queue: 'night' })
    expect((await call('POST', '/api/queues/night/pause', { reason: 'day' })).body).toMatchObject({
      name: 'night',
      pause: { reason: 'day' },
      queued: 1,
    })
    expect((await call('POST', '/api/queues/night/resume')).body).toMatchObject({ pause: null })
    expect(
      (await call('POST', '/api/queues/night/limits', { slots: 3, rate_limit: 10, rate_per_ms: 1000 })).body,
    ).toMatchObject({ slots: 3, rate_limit: 10 })
    expect((await call('POST', '/api/queues/night/limits', { slots: null })).body).toMatchObject({
      slots: null,
      rate_limit: 10,
    })
    expect((await call('POST', '/api/queues/night/limits', { rate_limit: null })).body).toMatchObject({
      code: 'validation_failed',
      field: '/rate_per_ms',
    })
    expect((await call('POST', '/api/queues/night/limits', { slots: 0 })).body).toMatchObject({ field: '/slots' })
    expect((await call('POST', '/api/queues/night/drain')).body).toMatchObject({ is_draining: true })
    expect((await call('POST', '/api/queues/nothing/pause')).body).toMatchObject({ code: 'queue_not_found' })
    expect((await call('GET', '/api/queues')).body.data.map((queue: { name: string }) => queue.name)).toContain('night')
  })
})

test('workers are listed and drained', async () => {
  const lease = await registerWorker(andon.store, {
    name: 'w1',
    kind: 'worker',
    host: 'here',
    pid: 7,
    version: '1',
    types: ['a.b'],
    slots: 2,
    leaseMs: 30_000,
  })
  expect((await call('POST', `/api/workers/${lease.workerId}/drain`)).body).toMatchObject({
    name: 'w1',
    is_draining: true,
    is_alive: true,
  })
  expect((await call('GET', '/api/workers')).body.data).toMatchObject([{ id: lease.workerId }])
  expect((await call('POST', '/api/workers/99999/drain')).body).toMatchObject({ code: 'worker_not_found' })
  expect((await call('POST', '/api/workers/0/drain')).body).toMatchObject({ code: 'validation_failed', field: 'id' })
})

test('views are saved, shared, and only their owner changes them', async () => {
  const id = '0190a000-0000-7000-8000-00000000000a'
  const view = { name: 'My failures', page: 'jobs', query: 'state:failed', is_shared: true }
  expect((await call('PUT', `/api/views/${id}`, view, 'operator')).body).toMatchObject({ ...view, id, is_own: true })
  expect((await call('GET', '/api/views', undefined, 'viewer')).body.data).toMatchObject([{ id, is_own: false }])
  expect((await call('PUT', `/api/views/${id}`, view, 'viewer')).body).toMatchObject({ code: 'not_found' })
  expect((await call('DELETE', `/api/views/${id}`, undefined, 'viewer')).status).toBe(404)
  expect((await call('DELETE', `/api/views/${id}`, undefined, 'operator')).status).toBe(204)
  expect((await call('PUT', `/api/views/${id}`, { ...view, page: '../etc' })).body).toMatchObject({ field: '/page' })
})

test('a type is listed with what its jobs get, at a printer as well', async () => {
  const printer = { name: 'Zoo', driver: 'raw', uri: 'socket://127.0.0.1:9', is_unchecked: true }
  expect((await call('POST', '/api/printers', printer)).status).toBe(201)
  const { body: print } = await call('POST', '/api/print', { printer: 'Zoo', items: [{ zpl: '^XA^XZ' }] })
  const { body: job } = await call('GET', `/api/jobs/${print.id}`)
  const { body: types } = await call('GET', '/api/types?q=print.label')
  expect(types.data).toEqual([{ name: 'print.label', max_attempts: 4, retry: null, lost_action: 'reattach' }])
  const { rows } = await andon.store.pool.query('select lost_action from job where id = $1', [print.id])
  expect({ attempts: job.max_attempts, lost: rows[0] }).toEqual({ attempts: 4, lost: { lost_action: 'reattach' } })
})

test('types of jobs are listed by name, page by page, for those who see all jobs', async () => {
  for (const type of ['zoo.a', 'zoo.b', 'zoo.c']) await call('POST', '/api/jobs', { type })
  await setType(andon.store, 'zoo.b', { maxAttempts: 2, retry: { kind: 'fixed', delaysMs: [5_000] } })
  const first = await call('GET', '/api/types?q=zoo.&limit=2', undefined, 'supervisor')
  expect(first.body.data).toEqual([
    { name: 'zoo.a', max_attempts: 5, retry: null, lost_action: 'requeue' },
    { name: 'zoo.b', max_attempts: 2, retry: { kind: 'fixed', delays_ms: [5_000] }, lost_action: 'requeue' },
  ])
  const rest = await call('GET', `/api/types?q=zoo.&limit=2&cursor=${first.body.next_cursor}`)
  expect(rest.body).toMatchObject({ data: [{ name: 'zoo.c' }], next_cursor: null })
  await setType(andon.store, 'zoo.c', { retry: { kind: 'fixed', delaysMs: [5_000] } })
  expect((await call('GET', '/api/types?q=zoo.c')).body.data).toMatchObject([{ name: 'zoo.c', max_attempts: 2 }])
  expect((await call('GET', '/api/types', undefined, 'operator')).body).toMatchObject({ code: 'forbidden' })
})

describe('retention', () => {
  const [general, failed] = DEFAULT_RETENTION
  const print = { type: 'print.*', state: null, keep_days: 1, after: 'delete', artifact_days: null } as const

  test('has rules, which are counted before they are set, and audited', async () => {
    const { body } = await call('GET', '/api/retention')
    expect(body).toMatchObject({
      rules: [
        { ...failed, words: 'failed jobs: 90 days, then archived; artifacts 7 days' },
        { ...general, words: 'all jobs: 90 days, then archived' },
      ],
      last_cleanup: null,
    })
    const rules = [general, failed, print]
    const dry = await call('PUT', '/api/retention', { rules, dry_run: true })
    expect(dry.body).toMatchObject({ rules: rules.map(() => ({ artifacts: 0, deleted: 0 })), is_complete: true })
    expect((await call('GET', '/api/retention')).body.rules).toHaveLength(2)
    expect((await call('PUT', '/api/retention', { rules })).body.rules[0]).toMatchObject(print)
    const { data } = (await call('GET', '/api/audit?target=retention')).body
    expect(data[0]).toMatchObject({ actor: 'admin', action: 'retention.change', before: [failed, general] })
  })

  test.each([
    [[general, general], '/rules/1', 'Two rules'],
    [[failed], '/rules', 'No rule is about all jobs'],
    [[general, { ...print, artifact_days: 2 }], '/rules/1/artifact_days', 'longer than their job'],
    [[{ ...general, keep_days: 0 }], '/rules/0/keep_days', ''],
    [[general, { ...print, type: 'Print!' }], '/rules/1/type', ''],
  ])('refuses rules that make no sense (%#)', async (rules, field, detail) => {
    const { body } = await call('PUT', '/api/retention', { rules })
    expect(body).toMatchObject({ code: 'validation_failed', field, detail: expect.stringContaining(detail) })
  })

  test('cleans by a job, of which one lives at a time and that nobody else makes', async () => {
    const first = await call('POST', '/api/retention/run', {})
    expect(first).toMatchObject({ status: 201, body: { is_existing: false } })
    expect((await call('POST', '/api/retention/run', {})).body).toEqual({ id: first.body.id, is_existing: true })
    expect((await call('GET', '/api/retention')).body.last_cleanup).toMatchObject({ job_id: first.body.id })
    const { body } = await call('POST', '/api/jobs', { type: 'maintenance.archive' })
    expect(body).toMatchObject({ field: '/type', detail: expect.stringContaining('/api/history/') })
  })

  test('moves months by a job, when the rules allow it', async () => {
    const id = uuidFloor(Date.parse('2026-01-15T10:00:00Z'))
    await andon.store.pool.query(`select ensure_partitions('2026-01-15')`)
    const month = async () =>
      (await call('GET', '/api/history')).body.data.find((one: { month: string }) => one.month === '202601')
    expect(await month()).toMatchObject({ is_archived: false, restored: null, size_bytes: expect.any(Number) })
    const now = new Date().toISOString().slice(0, 7).replace('-', '')
    expect((await call('POST', `/api/history/${now}/archive`, {})).body).toMatchObject({ code: 'state_conflict' })
    expect((await call('POST', '/api/history/199901/restore', {})).body).toMatchObject({ code: 'month_not_found' })
    const asked = await call('POST', '/api/history/202601/archive', {})
    expect(asked.status).toBe(201)
    expect((await call('POST', '/api/history/202601/archive', {})).body).toMatchObject({
      code: 'duplicate_job',
      job_id: asked.body.id,
    })
    await archiveMonth(andon.store, '202601', { name: 'anna' })
    expect(await month()).toMatchObject({ is_archived: true })
    expect((await call('GET', `/api/jobs/${id}`)).body).toMatchObject({ code: 'job_archived', month: '202601' })
    await restoreMonth(andon.store, '202601', { name: 'anna' })
    expect(await month()).toMatchObject({ is_archived: false, restored: { by: 'anna' } })
    expect((await call('GET', `/api/jobs/${id}`)).body).toMatchObject({ code: 'job_not_found' })
  })

  test('deletes a month by a job, only from the archive, and only for administrators', async () => {
    await andon.store.pool.query(`select ensure_partitions('2026-02-15')`)
    const remove = (as = 'admin') => call('DELETE', '/api/history/202602', undefined, as)
    expect((await remove('supervisor')).body).toMatchObject({ code: 'forbidden' })
    expect((await remove()).body).toMatchObject({ code: 'state_conflict', detail: expect.stringContaining('archive') })
    expect((await call('DELETE', '/api/history/199901')).body).toMatchObject({ code: 'month_not_found' })
    await archiveMonth(andon.store, '202602', { name: 'anna' })
    const asked = await remove()
    expect(asked).toMatchObject({ status: 201, body: { is_existing: false } })
    expect((await remove()).body).toMatchObject({ code: 'duplicate_job', job_id: asked.body.id })
    const { data } = (await call('GET', '/api/audit?target=month:202602&action=history.delete.ask')).body
    expect(data).toMatchObject([{ actor: 'admin', after: { job: asked.body.id } }])
  })

  test('shows of a job what was cleaned, and refuses to print it again', async () => {
    const { body: made } = await call('POST', '/api/jobs', { type: 'print.x', items: [{ data: { box: 7 } }] })
    await call('POST', `/api/jobs/${made.id}/cancel`, {})
    const before = new Date(Date.now() + 60_000)
    await cleanJobs(andon.store, [made.id], { before, rule: 'all jobs' })
    const { body } = await call('GET', `/api/jobs/${made.id}`)
    expect(body).toMatchObject({ cleaned: { rule: 'all jobs', items: 1, log_lines: 0, documents: 0 }, actions: [] })
    for (const act of ['retry', 'clone']) {
      expect((await call('POST', `/api/jobs/${made.id}/${act}`, {})).body).toMatchObject({
        code: 'artifacts_cleaned',
        status: 410,
      })
    }
    expect((await call('GET', `/api/jobs/${made.id}/items/0/preview`)).body).toMatchObject({
      code: 'artifacts_cleaned',
    })
  })
})

describe('health', () => {
  const ready = () => andon.call('GET', '/readyz', { as: null })
  /** What is kept of the answer is a second old at most. */
  const becomes = (status: number, expected: object) =>
    expect
      .poll(async () => {
        const answer = await ready()
        return { status: answer.status, body: answer.body }
      })
      .toMatchObject({ status, body: expected })
  const check = async (name: string) => (await ready()).body.checks.find((each: { name: string }) => each.name === name)
  const WELL = { status: 'ok', detail: null, hint: null }

  test('is ready while everything needed is, and says what is not', async () => {
    const names = ['database', 'stream', 'queues', 'workers', 'search', 'transactions', 'disk']
    await becomes(200, { status: 'ok', checks: names.map((name) => ({ name, ...WELL })) })
    diskStatus = { status: 'degraded', detail: '2 GB left' }
    await becomes(200, { status: 'degraded' })
    diskStatus = { status: 'down', detail: 'full' }
    await becomes(503, { status: 'down' })
    diskStatus = { status: 'ok', detail: null }
  })

  test('knows of queues that are stuck, jobs that are left, and a search that is behind, and serves', async () => {
    const made = await call('POST', '/api/jobs', { type: 'nobody.runs', queue: 'forgotten' })
    await andon.store.pool.query("update job set run_at = now() - interval '1 hour' where id = $1", [made.body.id])
    await expect
      .poll(() => check('queues'))
      .toMatchObject({
        status: 'degraded',
        detail: expect.stringMatching(/^One queue or printer has .* 1 h/),
        hint: expect.stringContaining('Start the workers'),
      })
    expect((await ready()).status).toBe(200)
    await call('POST', '/api/queues/forgotten/pause', { reason: 'later' })
    await expect.poll(() => check('queues')).toMatchObject(WELL)

    const claimed = async (queue: string) => {
      const { id } = (await call('POST', '/api/jobs', { type: 'a.script', queue })).body
      const body = { worker: `script of ${queue}`, types: ['a.script'], queues: [queue] }
      const [job] = (await call('POST', '/api/workers/claim', body)).body.data
      expect(job.id).toBe(id)
      return job
    }
    const { id: held } = await claimed('left')
    const lease = (interval: string) =>
      andon.store.pool.query(
        `update worker set lease_until = now() + $2::interval where id = (select worker_id from job where id = $1)`,
        [held, interval],
      )
    await lease('-5 minutes')
    await expect
      .poll(() => check('workers'))
      .toMatchObject({
        status: 'degraded',
        detail: expect.stringContaining('A job of a worker that was lost'),
      })
    await lease('1 hour')
    await expect.poll(() => check('workers')).toMatchObject(WELL)

    const done = await claimed('done')
    await call('POST', `/api/jobs/${done.id}/complete`, { lease_token: done.lease_token })
    await andon.store.pool.query("update event_batch set at = now() - interval '2 minutes' where kind = 8")
    await expect.poll(() => check('search')).toMatchObject({ status: 'degraded' })
    await indexJobs(andon.store, [done.id])
    await expect.poll(() => check('search')).toMatchObject(WELL)
  })

  test('knows of snapshots that are held open', async () => {
    expect(await openSnapshot(andon.store)).toBeNull()
    const client = await andon.store.pool.connect()
    await client.query('begin isolation level repeatable read')
    await client.query('select 1 from job')
    expect(await openSnapshot(andon.store, 0)).toMatchObject({ text: expect.stringContaining('open for') })
    await client.query('rollback')
    client.release()
  })

  test('checks that the server can do without are never its end', async () => {
    const broken = { run: () => Promise.reject(new Error('it broke')) }
    const read = healthReader([{ name: 'a', isVital: false, ...broken }], '1')
    expect(await read()).toMatchObject({ status: 'degraded', checks: [{ name: 'a', detail: 'it broke' }] })
    expect(await healthReader([{ name: 'a', ...broken }], '1')()).toMatchObject({ status: 'down' })
    expect(read()).toBe(read())
  })

  test('metrics are text that Prometheus reads', async () => {
    await call('POST', '/api/jobs', { type: 'a.b', queue: 'quo"ted' })
    const { body, headers } = await andon.call('GET', '/metrics', { as: null })
    expect(headers.get('content-type')).toContain('text/plain; version=0.0.4')
    expect(body).toContain('andon_jobs{state="queued"}')
    expect(body).toContain('andon_check_ok{check="database"} 1')
    expect(body).toContain('andon_queue_jobs{queue="quo\\"ted",state="queued"} 1')
    expect(body).toMatch(/andon_http_request_seconds_count\{method="POST",route="\/api\/jobs"\} \d+/)
    for (const line of body.trim().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) .+|[a-z_]+(\{.*\})? -?[0-9.e+-]+)$/)
    expect((await andon.call('GET', '/metrics', { as: await andon.token('viewer', ['gateway']) })).status).toBe(403)
    const proxied = await andon.call('GET', '/metrics', { as: null, headers: { 'x-forwarded-for': '127.0.0.1' } })
    expect(proxied.status).toBe(401)
  })
})
