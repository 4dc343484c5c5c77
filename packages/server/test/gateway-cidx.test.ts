import type { Role } from '@andon/core'
import { changeAccount, findAccount, listAudit, readSecret, setPassword } from '@andon/store'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Passwords } from '../src/sign-in/passwords.ts'
import { startTestServer, TEST, type TestServer } from './harness.ts'

let andon: TestServer
let operator: string
beforeAll(async () => {
  andon = await startTestServer()
  await Promise.all([passwordOf('operator'), passwordOf('viewer'), passwordOf('supervisor')])
  operator = await login('operator')
})
afterAll(() => andon[Symbol.asyncDispose]())

const PASSWORD = 'correct horse battery'

/** A request as the cidx client makes it: with a content type on every request, whether it has a body or not. */
function cidx(method: string, path: string, { token, body }: { token?: string; body?: object } = {}) {
  return andon.call(method, `/gateways/cidx${path}`, {
    as: token ?? null,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  })
}

async function passwordOf(role: Role): Promise<void> {
  const account = await findAccount(andon.store, role)
  if (account) await setPassword(andon.store, account, await new Passwords().hash(PASSWORD), TEST)
}

async function login(username: Role): Promise<string> {
  const answer = await cidx('POST', '/auth/login', { body: { username, password: PASSWORD } })
  expect(answer.status).toBe(200)
  return answer.body.access_token
}

/** The claims of a token as the client reads them: from its second part, without looking at the signature. */
function claimsOf(token: string) {
  const parts = token.split('.')
  expect(parts).toHaveLength(3)
  return JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString())
}

async function makeJob(as: Role, body: object = {}): Promise<string> {
  return (await andon.call('POST', '/api/jobs', { as, body: { type: 'repo.sync', ...body } })).body.id
}

test('signs in with a token that the client can read, and renews it', async () => {
  const answer = await cidx('POST', '/auth/login', { body: { username: 'viewer', password: PASSWORD } })
  expect(answer.body).toEqual({
    access_token: expect.any(String),
    token_type: 'bearer',
    user_id: 'viewer',
    user: { username: 'viewer', role: 'viewer', created_at: expect.any(String) },
  })
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const { exp, iat, ...claims } = claimsOf(answer.body.access_token)
  expect(exp - iat).toBeGreaterThan(120)
  expect(exp - iat).toBeLessThanOrEqual(24 * 3600)
  expect(claims).toMatchObject({ sub: 'viewer', username: 'viewer', role: 'viewer' })
  const renewed = await cidx('POST', '/auth/refresh', { token: answer.body.access_token })
  expect(renewed.body).toMatchObject({ token_type: 'bearer', user: { username: 'viewer' } })
  expect(renewed.body.access_token).not.toBe(answer.body.access_token)
  expect(claimsOf(renewed.body.access_token).sid).toBe(claims.sid)
  expect((await cidx('GET', '/api/jobs', { token: renewed.body.access_token })).status).toBe(200)
  const [entry] = await listAudit(andon.store, { target: 'account:viewer', limit: 1 })
  expect(entry).toMatchObject({ actor: 'viewer', action: 'session.create', after: { by: 'access_token' } })
})

test('lists jobs newest first, by status and type, from an offset', async () => {
  const ids = [await makeJob('operator'), await makeJob('operator'), await makeJob('operator', { type: 'repo.index' })]
  await cidx('DELETE', `/api/jobs/${ids[0]}`, { token: operator })
  const list = async (query: string) => (await cidx('GET', `/api/jobs?${query}`, { token: operator })).body
  const idsOf = async (query: string) => (await list(query)).jobs.map(({ id }: { id: string }) => id)
  const all = await list('limit=10&offset=0')
  expect(all).toMatchObject({ limit: 10, offset: 0, total: expect.any(Number) })
  expect(all.jobs.slice(0, 3).map(({ job_id }: { job_id: string }) => job_id)).toEqual(ids.toReversed())
  expect(await idsOf('limit=1&offset=1')).toEqual([ids[1]])
  expect(await idsOf('status=cancelled&job_type=repo.sync')).toEqual([ids[0]])
  expect(await idsOf('status=queued&job_type=repo.sync')).toEqual([ids[1]])
  expect(await idsOf('status=pending&job_type=repo.index')).toEqual([ids[2]])
  expect(await list('status=running')).toMatchObject({ jobs: [], total: 0 })
  expect(await list('limit=1000')).toMatchObject({ limit: 100 })
  expect(await list('limit=0')).toMatchObject({ limit: 1 })
})

test('tells all that it knows of a job', async () => {
  const id = await makeJob('operator', {
    description: 'Sync tools',
    subject: { type: 'repository', id: 'tools' },
    run_at: '2100-01-01T00:00:00Z',
  })
  const expected = {
    id,
    job_id: id,
    operation_type: 'repo.sync',
    job_type: 'repo.sync',
    description: 'Sync tools',
    status: 'pending',
    detailed_status: 'scheduled',
    progress: 0,
    created_at: expect.stringMatching(/Z$/),
    started_at: null,
    completed_at: null,
    updated_at: expect.stringMatching(/Z$/),
    username: 'operator',
    user_id: 'operator',
    error: null,
    error_message: null,
    error_details: null,
    result: null,
    current_phase: null,
    current_step: null,
    phase_detail: null,
    steps_completed: null,
    total_steps: null,
    estimated_remaining: null,
    repository_id: 'tools',
    repository: 'tools',
  }
  expect((await cidx('GET', `/api/jobs/${id}/status`, { token: operator })).body).toEqual(expected)
  expect((await cidx('GET', `/api/jobs/${id}`, { token: operator })).body).toEqual(expected)
  expect((await cidx('GET', `/api/jobs/${id.slice(0, 34)}`, { token: operator })).body.job_id).toBe(id)
})

test('follows a job through its steps to a failure, and asks the worker of a running one to stop', async () => {
  const claim = async (queue: string) => {
    const id = await makeJob('operator', { queue })
    const body = { worker: 'a script', types: ['repo.sync'], queues: [queue] }
    const [job] = (await andon.call('POST', '/api/workers/claim', { as: 'operator', body })).body.data
    expect(job.id).toBe(id)
    return (verb: string, more: object) =>
      andon
        .call('POST', `/api/jobs/${id}/${verb}`, { as: 'operator', body: { lease_token: job.lease_token, ...more } })
        .then(() => id)
  }
  const tell = await claim('failing')
  const id = await tell('progress', {
    percent: 41.9,
    step: 'clone',
    steps_done: 1,
    steps_total: 3,
    message: '7 files',
  })
  const status = async (of: string, token = operator) => (await cidx('GET', `/api/jobs/${of}/status`, { token })).body
  expect(await status(id)).toMatchObject({
    status: 'running',
    progress: 41,
    current_phase: 'clone',
    phase_detail: '7 files',
    steps_completed: 1,
    total_steps: 3,
  })
  await tell('fail', { message: 'The disk is full.', hint: 'Make room.', code: 'disk_full', retryable: false })
  expect(await status(id)).toMatchObject({
    status: 'failed',
    error: 'The disk is full.',
    error_message: 'The disk is full.',
    error_details: 'The disk is full. Make room.',
    completed_at: expect.stringMatching(/Z$/),
  })
  const running = await (await claim('running'))('heartbeat', {})
  expect((await cidx('DELETE', `/api/jobs/${running}`, { token: operator })).body).toEqual({
    id: running,
    job_id: running,
    status: 'running',
    success: true,
    message: 'Its worker was asked to stop',
  })
  const done = await (await claim('done'))('complete', { result: { files: 7 } })
  expect(await status(done)).toMatchObject({ status: 'completed', progress: 100, result: null })
  await changeAccount(andon.store, 'operator', { can_read_payloads: true }, TEST)
  expect((await status(done)).result).toEqual({ files: 7 })
  await changeAccount(andon.store, 'operator', { can_read_payloads: false }, TEST)
})

test('shows and cancels by the rules of the API', async () => {
  const [viewer, supervisor] = [await login('viewer'), await login('supervisor')]
  const [own, others] = [await makeJob('operator'), await makeJob('admin')]
  const missing = { detail: `Job not found: ${others}` }
  for (const method of ['GET', 'DELETE']) {
    const hidden = await cidx(method, `/api/jobs/${others}`, { token: operator })
    expect([hidden.status, hidden.body], method).toEqual([404, missing])
    expect((await cidx(method, '/api/jobs/nothing', { token: operator })).body).toEqual({
      detail: 'Job not found: nothing',
    })
  }
  const ambiguous = await cidx('GET', `/api/jobs/${own.slice(0, 5)}`, { token: operator })
  expect([ambiguous.status, ambiguous.body.detail]).toEqual([409, expect.stringContaining(own)])
  expect((await cidx('GET', `/api/jobs/${others}`, { token: supervisor })).body.username).toBe('admin')
  const refused = await cidx('DELETE', `/api/jobs/${own}`, { token: viewer })
  expect([refused.status, refused.body.detail]).toEqual([403, expect.stringContaining('role operator')])
  expect((await cidx('DELETE', `/api/jobs/${own}`, { token: operator })).body).toEqual({
    id: own,
    job_id: own,
    status: 'cancelled',
    success: true,
    message: 'The job is cancelled',
  })
  const again = await cidx('DELETE', `/api/jobs/${own}`, { token: operator })
  expect([again.status, again.body.detail]).toEqual([409, expect.stringContaining('cancel')])
})

test('refuses wrong requests in their words', async () => {
  const cases: [string, string, RegExp][] = [
    ['GET', '/api/jobs?status=done', /status.*completed_partial/],
    ['GET', '/api/jobs?offset=1001', /offset.*1000/],
    ['GET', '/api/jobs?limit=many', /limit/],
    ['POST', '/auth/login', /username/],
  ]
  for (const [method, path, words] of cases) {
    const answer = await cidx(method, path, { token: operator, ...(method === 'POST' ? { body: {} } : {}) })
    expect(answer.status, path).toBe(400)
    expect(answer.body, path).toEqual({ detail: expect.stringMatching(words) })
  }
  expect((await cidx('GET', '/auth/validate', { token: operator })).status).toBe(404)
  expect((await cidx('GET', '')).status).toBe(404)
})

test('lets nobody in by a token that is forged, over, of another kind, or of an account that is shut', async () => {
  const supervisor = await login('supervisor')
  const { sid } = claimsOf(supervisor)
  const key = Buffer.from((await readSecret<string>(andon.store, 'sign_in.access_token_key')) ?? '', 'base64url')
  const made = (secret: Uint8Array, expiresAt: string, audience = 'andon:gateways') =>
    new SignJWT({ sid })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('andon')
      .setAudience(audience)
      .setExpirationTime(expiresAt)
      .sign(secret)
  const [, payload] = supervisor.split('.')
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
  const good = await made(key, '1 hour')
  expect((await cidx('GET', '/api/jobs', { token: good })).status).toBe(200)
  const bad = [unsigned, await made(Buffer.alloc(32), '1 hour'), await made(key, '1 second ago')]
  for (const token of [...bad, await made(key, '1 hour', 'other'), 'a.b.c', `${supervisor}x`]) {
    const answer = await cidx('GET', '/api/jobs', { token })
    expect([answer.status, answer.body], token).toEqual([401, { detail: expect.any(String) }])
  }
  const apiToken = await andon.token('operator', ['gateway'])
  expect((await cidx('GET', '/api/jobs', { token: apiToken })).status).toBe(200)
  expect((await cidx('POST', '/auth/refresh', { token: apiToken })).status).toBe(401)
  expect((await andon.call('GET', '/api/jobs', { as: supervisor })).body).toMatchObject({ code: 'forbidden' })
  await andon.store.pool.query("update session set expires_at = now() + interval '1 minute'")
  expect((await cidx('POST', '/auth/refresh', { token: supervisor })).status).toBe(401)
  await changeAccount(andon.store, 'supervisor', { is_disabled: true }, TEST)
  expect((await cidx('GET', '/api/jobs', { token: supervisor })).status).toBe(401)
  await changeAccount(andon.store, 'supervisor', { is_disabled: false }, TEST)
  expect((await cidx('GET', '/api/jobs', { token: supervisor })).status).toBe(401)
})

test('slows guessing down, and says how long to wait', async () => {
  const guess = (username: string, password: string) => cidx('POST', '/auth/login', { body: { username, password } })
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const answer = await guess('nobody', 'a guess')
    expect([answer.status, answer.body]).toEqual([401, { detail: expect.stringContaining('password') }])
  }
  const slowed = await guess('nobody', 'a guess')
  expect([slowed.status, slowed.body]).toEqual([
    429,
    { detail: expect.stringMatching(/^Too many.*Wait \d+ seconds[.]$/) },
  ])
  expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThan(0)
})
