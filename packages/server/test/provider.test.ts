import { changeAccount, findAccount, listAudit } from '@andon/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLog, type ProviderSettings } from '../src/index.ts'
import { startTestServer, TEST, type TestServer } from './harness.ts'
import { IdentityProvider, Visitor } from './identity-provider.ts'

let provider: IdentityProvider
let andon: TestServer
const lines: string[] = []
beforeAll(async () => {
  provider = await IdentityProvider.listen()
  const log = createLog({ level: 'debug', destination: { write: (line: string) => lines.push(line) } })
  andon = await startTestServer({ settings: { provider: settings() }, log })
  provider.people.set('p-1', {
    preferred_username: 'anna',
    name: 'Anna Lund',
    email: 'a@x.example',
    email_verified: true,
  })
})
afterAll(async () => {
  await andon[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
})

function settings(): ProviderSettings {
  return {
    issuer: provider.issuer,
    clientId: provider.client.id,
    clientSecret: provider.client.secret,
    name: 'Shop SSO',
    scopes: ['openid', 'profile', 'email'],
    roleClaim: 'groups',
    roles: new Map([
      ['shop', 'operator'],
      ['bosses', 'supervisor'],
      ['all', 'admin'],
    ]),
    defaultRole: null,
    makesAccounts: true,
    publicUrl: null,
  }
}

const session = (visitor: Visitor) =>
  andon.call('GET', '/api/session', { as: null, headers: { cookie: visitor.cookieOf(andon.url) } })

const problemOf = (response: Response) =>
  new URL(response.headers.get('location') ?? '', andon.url).searchParams.get('problem')

describe('signing in with a provider', () => {
  test('says so while the provider is not there, and works once it is', async () => {
    expect((await andon.call('GET', '/api/sign-in/ways', { as: null })).body).toEqual({
      provider: { name: 'Shop SSO' },
    })
    const early = await new Visitor().fetch(`${andon.url}/api/sign-in/provider`)
    expect([early.status, problemOf(early)]).toEqual([303, 'provider_unreachable'])
    provider.open(`${andon.url}/api/sign-in/provider/callback`)
    provider.people.set('p-1', { ...provider.people.get('p-1'), groups: ['shop', 'elsewhere'] })

    const anna = new Visitor()
    const back = await anna.signIn(andon.url, 'p-1', '/api/sign-in/provider?next=%2Fjobs%3Fq%3Dstate%3Afailed')
    expect([back.status, back.headers.get('location')]).toEqual([303, '/jobs?q=state:failed'])
    expect((await session(anna)).body).toMatchObject({
      account: { name: 'anna', display_name: 'Anna Lund', email: 'a@x.example', role: 'operator', has_identity: true },
      must_set_password: false,
    })
    expect(await listAudit(andon.store, { target: 'account:anna', action: 'account.', limit: 1 })).toMatchObject([
      { actor: 'provider:Shop SSO', action: 'account.create', address: '127.0.0.1' },
    ])
  })

  test('sends state, nonce and a PKCE challenge, and never leads to another site', async () => {
    const visitor = new Visitor()
    for (const next of ['https://evil.example', '//evil.example', '/\\evil.example', '/..//evil.example', '/sign-in']) {
      const path = `/api/sign-in/provider?next=${encodeURIComponent(next)}`
      const begun = await visitor.fetch(`${andon.url}${path}`)
      const asked = new URL(begun.headers.get('location') ?? '').searchParams
      expect(asked.get('code_challenge_method')).toBe('S256')
      for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)).toMatch(/^[\w-]{43}$/)
      const back = await visitor.signIn(andon.url, 'p-1', path)
      expect(back.headers.get('location'), next).toBe('/')
    }
  })

  test('the role follows the provider; the account stays by its subject, whatever else changes', async () => {
    const before = await findAccount(andon.store, 'anna')
    provider.people.set('p-1', { preferred_username: 'admin', name: 'Anna Berg', groups: 'shop bosses' })
    const anna = new Visitor()
    await anna.signIn(andon.url, 'p-1')
    expect((await session(anna)).body.account).toMatchObject({ id: before?.id, name: 'anna', role: 'supervisor' })
    expect(await listAudit(andon.store, { target: 'account:anna', action: 'account.', limit: 1 })).toMatchObject([
      { action: 'account.change', before: { role: 'operator' }, after: { role: 'supervisor' } },
    ])
    provider.people.set('p-1', { preferred_username: 'anna', groups: [] })
    expect(problemOf(await new Visitor().signIn(andon.url, 'p-1'))).toBe('identity_unknown')
  })

  test('nobody gets the account of another one by name or mail address', async () => {
    provider.people.set('p-2', {
      preferred_username: 'admin',
      email: 'a@x.example',
      email_verified: false,
      groups: ['shop'],
    })
    const other = new Visitor()
    await other.signIn(andon.url, 'p-2')
    expect((await session(other)).body.account).toMatchObject({ name: 'admin-2', role: 'operator', email: null })
    provider.people.set('p-3', { name: 'No Group' })
    expect(problemOf(await new Visitor().signIn(andon.url, 'p-3'))).toBe('identity_unknown')
  })

  test('two first sign-ins at once make one account', async () => {
    provider.people.set('p-4', { preferred_username: 'doro thea!', groups: ['shop'] })
    const visitors = [new Visitor(), new Visitor()]
    await Promise.all(visitors.map((visitor) => visitor.signIn(andon.url, 'p-4')))
    const names = await Promise.all(visitors.map(async (visitor) => (await session(visitor)).body.account.name))
    expect(names).toEqual(['doro-thea-', 'doro-thea-'])
  })

  test('a disabled account is refused', async () => {
    await changeAccount(andon.store, 'admin-2', { is_disabled: true }, TEST)
    expect(problemOf(await new Visitor().signIn(andon.url, 'p-2'))).toBe('account_disabled')
  })

  test('signing out ends it', async () => {
    const visitor = new Visitor()
    await visitor.signIn(andon.url, 'p-4')
    const cookie = visitor.cookieOf(andon.url)
    expect((await andon.call('POST', '/api/sign-out', { as: null, headers: { cookie } })).status).toBe(204)
    expect((await session(visitor)).status).toBe(401)
  })
})

describe('what comes back from the provider', () => {
  const begin = async (visitor: Visitor) =>
    visitor.signInAtProvider(
      (await visitor.fetch(`${andon.url}/api/sign-in/provider`)).headers.get('location') ?? '',
      'p-4',
    )

  test('counts only in the browser that began, and once', async () => {
    const visitor = new Visitor()
    const back = await begin(visitor)
    expect(problemOf(await new Visitor().fetch(back))).toBe('sign_in_expired')
    const other = new Visitor()
    await begin(other)
    expect(problemOf(await other.fetch(back))).toBe('sign_in_expired')
    expect((await visitor.fetch(back)).headers.get('location')).toBe('/')
    expect(problemOf(await visitor.fetch(back))).toBe('sign_in_expired')
  })

  test('is refused when its code is wrong, its state is, or the person called it off', async () => {
    const visitor = new Visitor()
    const wrong = new URL(await begin(visitor))
    wrong.searchParams.set('code', 'made up')
    expect(problemOf(await visitor.fetch(wrong.href))).toBe('provider_refused')
    const strange = new URL(await begin(visitor))
    strange.searchParams.set('state', 'made up')
    expect(problemOf(await visitor.fetch(strange.href))).toBe('sign_in_expired')
    const away = new URL(await begin(visitor))
    away.searchParams.delete('code')
    away.searchParams.set('error', 'access_denied')
    expect(problemOf(await visitor.fetch(away.href))).toBe('provider_refused')
  })

  test('and what is kept meanwhile is not believed when it is no such thing', async () => {
    for (const kept of ['', 'e30', Buffer.from('{"state":1}').toString('base64url'), '%%%']) {
      const headers = { cookie: `andon-sign-in=${kept}` }
      const answer = await andon.call('GET', '/api/sign-in/provider/callback?state=1&code=2', { as: null, headers })
      expect(answer.headers.get('location')).toBe('/sign-in?problem=sign_in_expired')
    }
  })

  test('leaves no secret in the log, and a reason when it was refused', () => {
    const text = lines.join('')
    expect(text).toContain('invalid_grant')
    for (const secret of [provider.client.secret, 'code=', 'id_token', 'eyJ']) expect(text).not.toContain(secret)
  })
})

describe('the own account', () => {
  async function byLink(name: string): Promise<Visitor> {
    await andon.call('POST', '/api/users', { body: { name, role: 'viewer' } })
    const { body } = await andon.call('POST', `/api/users/${name}/link`)
    const visitor = new Visitor()
    await visitor.fetch(`${andon.url}/api/sign-in/link`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ link: body.link }),
    })
    return visitor
  }

  const connect = async (visitor: Visitor, login: string, headers: Record<string, string> = {}) => {
    const cookie = visitor.cookieOf(andon.url)
    const begun = await visitor.fetch(`${andon.url}/api/session/identity`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie, ...headers },
      body: JSON.stringify({ next: '/settings?tab=account' }),
    })
    if (begun.status !== 200) return begun
    const { url } = (await begun.json()) as { url: string }
    return visitor.fetch(await visitor.signInAtProvider(url, login))
  }

  test('is connected to the provider, keeps its role, and is disconnected', async () => {
    provider.people.set('p-5', { preferred_username: 'somebody', groups: ['all'] })
    const greta = await byLink('greta')
    expect((await connect(greta, 'p-5')).headers.get('location')).toBe('/settings?tab=account')
    const again = new Visitor()
    await again.signIn(andon.url, 'p-5')
    expect((await session(again)).body.account).toMatchObject({ name: 'greta', role: 'viewer', has_identity: true })

    const headers = { cookie: again.cookieOf(andon.url) }
    const remove = () => andon.call('DELETE', '/api/session/identity', { as: null, headers })
    expect((await remove()).body).toMatchObject({ code: 'last_way_in' })
    const body = { password: 'correct horse battery' }
    await again.fetch(`${andon.url}/api/session/password`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    headers.cookie = again.cookieOf(andon.url)
    expect((await remove()).status).toBe(204)
    expect((await session(again)).body.account.has_identity).toBe(false)
  })

  test('is not connected to what belongs to another one, nor by a strange page, nor once signed out', async () => {
    const hanna = await byLink('hanna')
    const taken = await connect(hanna, 'p-4')
    expect(taken.headers.get('location')).toBe('/settings?tab=account&problem=identity_taken')
    expect((await connect(hanna, 'p-6', { origin: 'https://evil.example' })).status).toBe(403)
    provider.people.set('p-6', { preferred_username: 'new' })
    const begun = await hanna.fetch(`${andon.url}/api/session/identity`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    const { url } = (await begun.json()) as { url: string }
    hanna.forget(andon.url, 'andon')
    expect(problemOf(await hanna.fetch(await hanna.signInAtProvider(url, 'p-6')))).toBe('sign_in_expired')
    expect(await findAccount(andon.store, 'hanna')).toMatchObject({ has_identity: false })
  })
})

test('without a provider there is nothing to begin', async () => {
  await using plain = await startTestServer()
  expect((await plain.call('GET', '/api/sign-in/ways', { as: null })).body).toEqual({ provider: null })
  const answer = await plain.call('GET', '/api/sign-in/provider', { as: null })
  expect(answer.headers.get('location')).toBe('/sign-in?problem=not_found')
})
