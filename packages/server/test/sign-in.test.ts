import { changeAccount, createAccount } from '@andon/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFirstLink, createSignInLink } from '../src/index.ts'
import { startTestServer, TEST, type TestServer } from './harness.ts'

let andon: TestServer
beforeAll(async () => {
  andon = await startTestServer()
})
afterAll(() => andon[Symbol.asyncDispose]())

const PASSWORD = 'correct horse battery'

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  andon.call('POST', path, { as: null, body, headers })

function cookieOf(answer: { headers: Headers }): string {
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

async function person(name: string): Promise<{ name: string; cookie: string }> {
  await createAccount(andon.store, { name, role: 'operator' }, TEST)
  const { link } = await createSignInLink(andon.store, name)
  const answer = await post('/api/sign-in/link', { link })
  const cookie = cookieOf(answer)
  const set = await andon.call('PUT', '/api/session/password', {
    as: null,
    body: { password: PASSWORD },
    headers: { cookie },
  })
  expect(set.status).toBe(204)
  return { name, cookie: cookieOf(set) }
}

describe('signing in', () => {
  test('the first link makes the first visit, works once, and asks for a password', async () => {
    const first = await createFirstLink(andon.store)
    expect(first).toMatchObject({ account: 'admin' })
    const link = first?.link ?? ''
    const answer = await post('/api/sign-in/link', { link })
    expect(answer.body).toMatchObject({ account: { name: 'admin', has_password: false }, must_set_password: true })
    expect(answer.headers.get('set-cookie')).toMatch(/^andon=[\w-]{43}; .*Path=\/; HttpOnly; SameSite=Lax/)
    expect((await post('/api/sign-in/link', { link })).body).toMatchObject({ code: 'link_invalid', status: 401 })
    const cookie = cookieOf(answer)
    const short = await andon.call('PUT', '/api/session/password', {
      as: null,
      body: { password: 'short' },
      headers: { cookie },
    })
    expect(short.body).toMatchObject({
      code: 'validation_failed',
      field: '/password',
      allowed: 'at least 10 characters',
    })
    await andon.call('PUT', '/api/session/password', { as: null, body: { password: PASSWORD }, headers: { cookie } })
    expect(await createFirstLink(andon.store)).toBeNull()
  })

  test('by name and password begins a new session each time and ends the one before', async () => {
    const { name, cookie } = await person('anna')
    const again = await post('/api/sign-in', { name, password: PASSWORD }, { cookie })
    expect(again.body).toMatchObject({ account: { name: 'anna' }, must_set_password: false })
    expect(cookieOf(again)).not.toBe(cookie)
    const session = (value: string) => andon.call('GET', '/api/session', { as: null, headers: { cookie: value } })
    expect((await session(cookie)).status).toBe(401)
    expect((await session(cookieOf(again))).body.permissions).toContain('jobs.cancel')
    await andon.call('POST', '/api/sign-out', { as: null, headers: { cookie: cookieOf(again) } })
    expect((await session(cookieOf(again))).status).toBe(401)
  })

  test('a wrong password, an unknown name and a disabled account are told the same', async () => {
    const { name } = await person('berta')
    const wrong = await post('/api/sign-in', { name, password: 'nonsense nonsense' })
    const unknown = await post('/api/sign-in', { name: 'nobody', password: PASSWORD })
    await changeAccount(andon.store, name, { is_disabled: true }, TEST)
    const disabled = await post('/api/sign-in', { name, password: PASSWORD })
    for (const answer of [wrong, unknown, disabled]) {
      expect(answer.body).toMatchObject({ code: 'sign_in_failed', status: 401, detail: wrong.body.detail })
    }
  })

  test('guessing is slowed down', async () => {
    const { name } = await person('clara')
    const answers: number[] = []
    for (let guess = 0; guess < 7; guess += 1) {
      answers.push((await post('/api/sign-in', { name, password: `guess number ${guess}` })).status)
    }
    expect(answers.slice(0, 5)).toEqual([401, 401, 401, 401, 401])
    expect(answers.at(-1)).toBe(429)
    const right = await post('/api/sign-in', { name, password: PASSWORD })
    expect(right.body).toMatchObject({ code: 'rate_limited' })
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('a new password needs the present one', async () => {
    const { cookie } = await person('dora')
    const put = (body: object) => andon.call('PUT', '/api/session/password', { as: null, body, headers: { cookie } })
    expect((await put({ password: 'another password' })).body).toMatchObject({
      code: 'sign_in_failed',
      field: '/current',
    })
    expect((await put({ current: PASSWORD, password: 'another password' })).status).toBe(204)
  })
})

test('the own sessions are listed, and one of them is ended elsewhere', async () => {
  const { name, cookie } = await person('frida')
  const other = cookieOf(await post('/api/sign-in', { name, password: PASSWORD }, { 'user-agent': 'Other/1' }))
  const as = (value: string) => ({ as: null, headers: { cookie: value } })
  const { body } = await andon.call('GET', '/api/sessions', as(cookie))
  expect(body.data).toMatchObject([{ is_current: true }, { is_current: false, user_agent: 'Other/1' }])
  const stranger = await person('gerda')
  const path = `/api/sessions/${body.data[1].id}`
  expect((await andon.call('DELETE', path, as(stranger.cookie))).body).toMatchObject({ code: 'session_not_found' })
  expect((await andon.call('DELETE', path, as(cookie))).status).toBe(204)
  expect((await andon.call('GET', '/api/session', as(other))).status).toBe(401)
  expect((await andon.call('GET', '/api/session', as(cookie))).status).toBe(200)
  const audit = await andon.call('GET', '/api/audit?action=session.end&actor=frida')
  expect(audit.body.data).toMatchObject([{ action: 'session.end', before: { user_agent: 'Other/1' } }])
})

describe('requests with a cookie', () => {
  test('change nothing when they come from a strange page', async () => {
    const { cookie } = await person('emma')
    const create = (headers: Record<string, string>) =>
      andon.call('POST', '/api/jobs', { as: null, body: { type: 'a.b' }, headers: { cookie, ...headers } })
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      expect((await create(headers)).body).toMatchObject({ code: 'origin_refused', status: 403 })
    }
    for (const headers of [{ origin: andon.url }, { 'sec-fetch-site': 'same-origin' }, {}]) {
      expect((await create(headers)).status).toBe(201)
    }
  })

  test('a strange page can sign nobody in', async () => {
    const answer = await post('/api/sign-in', { name: 'anna', password: PASSWORD }, { origin: 'https://evil.example' })
    expect(answer.body).toMatchObject({ code: 'origin_refused' })
  })

  test('tokens do not care for origins', async () => {
    const headers = { origin: 'https://intranet.example' }
    expect((await andon.call('POST', '/api/jobs', { body: { type: 'a.b' }, headers })).status).toBe(201)
  })
})

describe('tokens', () => {
  test('are shown once, do what their scopes say, and end when revoked', async () => {
    const made = await andon.call('POST', '/api/tokens', { as: 'operator', body: { name: 'reader', scopes: ['read'] } })
    expect(made.status).toBe(201)
    const { token, view } = made.body
    expect(token).toMatch(/^andon_[\w-]{43}$/)
    expect(view.prefix).toBe(token.slice(0, 12))
    expect((await andon.call('GET', '/api/jobs', { as: token })).status).toBe(200)
    expect((await andon.call('POST', '/api/jobs', { as: token, body: { type: 'a.b' } })).body).toMatchObject({
      code: 'forbidden',
      permission: 'jobs.create',
    })
    const listed = await andon.call('GET', '/api/tokens', { as: 'operator' })
    expect(JSON.stringify(listed.body)).not.toContain(token)
    expect((await andon.call('DELETE', `/api/tokens/${view.id}`, { as: 'viewer' })).body).toMatchObject({
      code: 'token_not_found',
    })
    expect((await andon.call('DELETE', `/api/tokens/${view.id}`, { as: 'operator' })).body.revoked_at).not.toBeNull()
    expect((await andon.call('GET', '/api/jobs', { as: token })).status).toBe(401)
  })

  test('cannot make themselves greater', async () => {
    const small = await andon.token('admin', ['admin'])
    const answer = await andon.call('POST', '/api/tokens', {
      as: small,
      body: { name: 'x', scopes: ['admin', 'payloads'] },
    })
    expect(answer.body).toMatchObject({ code: 'forbidden', field: '/scopes' })
  })

  test('of others are an administrator’s', async () => {
    const body = { name: 'x', scopes: ['read'], account: 'viewer' }
    expect((await andon.call('POST', '/api/tokens', { as: 'operator', body })).body).toMatchObject({
      code: 'user_not_found',
    })
    expect((await andon.call('POST', '/api/tokens', { as: 'admin', body })).body.view).toMatchObject({
      account: 'viewer',
    })
  })

  test('that are wrong are refused, after a hundred for a while; right ones of the same address are not', async () => {
    const wrong = `andon_${'x'.repeat(43)}`
    expect((await andon.call('GET', '/api/jobs', { as: wrong })).body).toMatchObject({ code: 'unauthenticated' })
    await using other = await startTestServer()
    const answers = []
    for (let at = 0; at < 103; at += 1) answers.push((await other.call('GET', '/api/jobs', { as: wrong })).status)
    expect(answers.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 401))
    expect(answers.at(-1)).toBe(429)
    expect((await other.call('GET', '/api/jobs')).status).toBe(200)
  })
})
