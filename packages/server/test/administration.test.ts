import { registerWorker } from '@andon/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

describe('health', () => {
  test('is ready while everything needed is, and says what is not', async () => {
    expect((await andon.call('GET', '/readyz', { as: null })).body).toMatchObject({
      status: 'ok',
      checks: [{ name: 'database' }, { name: 'stream' }, { name: 'disk' }],
    })
    diskStatus = { status: 'degraded', detail: '2 GB left' }
    const degraded = await andon.call('GET', '/readyz', { as: null })
    expect([degraded.status, degraded.body.status]).toEqual([200, 'degraded'])
    diskStatus = { status: 'down', detail: 'full' }
    const down = await andon.call('GET', '/readyz', { as: null })
    expect([down.status, down.body.status]).toEqual([503, 'down'])
    diskStatus = { status: 'ok', detail: null }
  })

  test('metrics are text that Prometheus reads', async () => {
    await call('POST', '/api/jobs', { type: 'a.b', queue: 'quo"ted' })
    const { body, headers } = await andon.call('GET', '/metrics', { as: null })
    expect(headers.get('content-type')).toContain('text/plain; version=0.0.4')
    expect(body).toContain('andon_jobs{state="queued"}')
    expect(body).toContain('andon_queue_jobs{queue="quo\\"ted",state="queued"} 1')
    expect(body).toMatch(/andon_http_request_seconds_count\{method="POST",route="\/api\/jobs"\} \d+/)
    for (const line of body.trim().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) .+|[a-z_]+(\{.*\})? -?[0-9.e+-]+)$/)
    expect((await andon.call('GET', '/metrics', { as: await andon.token('viewer', ['gateway']) })).status).toBe(403)
    const proxied = await andon.call('GET', '/metrics', { as: null, headers: { 'x-forwarded-for': '127.0.0.1' } })
    expect(proxied.status).toBe(401)
  })
})
