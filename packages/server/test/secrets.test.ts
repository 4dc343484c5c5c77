import { createPublicKey, verify } from 'node:crypto'
import { createAccount } from '@andon/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLog, createSignInLink } from '../src/index.ts'
import { type Answer, startTestServer, TEST, type TestServer } from './harness.ts'

const PASSWORD = 'correct horse battery'
const PRINTER_PASSWORD = 'hush-printer'

let andon: TestServer
const lines: string[] = []
beforeAll(async () => {
  const log = createLog({ level: 'debug', destination: { write: (line: string) => lines.push(line) } })
  andon = await startTestServer({ log, settings: { isSecure: true, trustedProxies: ['127.0.0.1'] } })
})
afterAll(() => andon[Symbol.asyncDispose]())

/** As a proxy passes it on that ends TLS before the server. */
const TLS = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'andon.example', origin: 'https://andon.example' }

const cookieOf = ({ headers }: Answer) => headers.get('set-cookie') ?? ''
const valueOf = (cookie: string) => cookie.split(';')[0]?.split('=')[1] ?? ''

async function signIn(name: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { link } = await createSignInLink(andon.store, name)
  return andon.call('POST', '/api/sign-in/link', { as: null, body: { link }, headers })
}

async function person(name: string): Promise<string> {
  await createAccount(andon.store, { name, role: 'operator' }, TEST)
  return name
}

const whoAmI = async (headers: Record<string, string>) =>
  (await andon.call('GET', '/api/session', { as: null, headers })).status

describe('the cookie of a session', () => {
  test('behind TLS is of this host alone, and of its pages', async () => {
    const answer = await signIn(await person('tls'), TLS)
    expect(cookieOf(answer)).toMatch(/^__Host-andon=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    expect(cookieOf(answer)).not.toContain('Domain')
    expect(answer.headers.get('strict-transport-security')).toContain('max-age=31536000')
    const id = valueOf(cookieOf(answer))
    expect(await whoAmI({ ...TLS, cookie: `__Host-andon=${id}` })).toBe(200)
    // A neighbour of the host can set that name, or a page without TLS.
    expect(await whoAmI({ ...TLS, cookie: `andon=${id}` })).toBe(401)
  })

  test('ends after its idle time, and after its longest time whatever happens', async () => {
    const ends = async (name: string, column: string, ago: string) => {
      const cookie = cookieOf(await signIn(await person(name))).split(';')[0] ?? ''
      expect(await whoAmI({ cookie })).toBe(200)
      await andon.store.pool.query(
        `update session set ${column} = now() - $1::interval where account_id = (select id from account where name = $2)`,
        [ago, name],
      )
      return whoAmI({ cookie })
    }
    expect(await ends('idle for long', 'last_seen_at', '12 hours 1 second')).toBe(401)
    expect(await ends('idle for a while', 'last_seen_at', '11 hours 59 minutes')).toBe(200)
    expect(await ends('here for long', 'expires_at', '1 second')).toBe(401)
  })
})

test('a forwarded protocol is believed of trusted proxies only', async () => {
  await using bare = await startTestServer()
  const { link } = await createSignInLink(bare.store, 'admin')
  const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' }
  const answer = await bare.call('POST', '/api/sign-in/link', { as: null, body: { link }, headers })
  expect(cookieOf(answer)).toMatch(/^andon=/)
  expect(answer.headers.get('strict-transport-security')).toBeNull()
  const { rows } = await bare.store.pool.query(`select host(address::inet) as address from session`)
  expect(rows).toEqual([{ address: '127.0.0.1' }])
})

/** Everything that lets somebody in, by what it is; none of it may be found anywhere afterwards. */
async function useSecrets(): Promise<Map<string, string>> {
  const name = await person('somebody')
  const { link } = await createSignInLink(andon.store, name)
  const first = await andon.call('POST', '/api/sign-in/link', { as: null, body: { link } })
  const cookie = cookieOf(first).split(';')[0] ?? ''
  const set = await andon.call('PUT', '/api/session/password', {
    as: null,
    body: { password: PASSWORD },
    headers: { cookie },
  })
  const second = { cookie: cookieOf(set).split(';')[0] ?? '' }
  const { body: made } = await andon.call('POST', '/api/tokens', { body: { name: 'made', scopes: ['read'] } })
  const { body: ticket } = await andon.call('POST', '/api/stream/ticket', { as: null, headers: second })
  const credentials = { username: name, password: PASSWORD }
  const { body: gateway } = await andon.call('POST', '/gateways/cidx/auth/login', { as: null, body: credentials })
  await andon.call('GET', '/gateways/cidx/api/jobs', { as: gateway.access_token })
  await andon.call('GET', '/api/jobs', { as: made.token })
  await andon.call('GET', `/ws?ticket=${ticket.ticket}`, { as: null })
  await andon.call('POST', '/api/sign-in', { as: null, body: { name, password: `wrong ${PASSWORD}` } })
  await andon.call('POST', '/api/printers', {
    body: { name: 'P', driver: 'ipp', uri: `ipp://u:${PRINTER_PASSWORD}@127.0.0.1:1/x`, is_unchecked: true },
  })
  const channel = { kind: 'webhook', url: 'https://hooks.example/x' }
  const rule = { name: 'failures', condition: { on: 'job_failed' }, channel }
  const { body: created } = await andon.call('POST', '/api/rules', { body: rule })
  return new Map([
    ['link', link],
    ['first session', valueOf(cookie)],
    ['session', valueOf(second.cookie)],
    ['token', made.token],
    ['ticket', ticket.ticket],
    ['access token', gateway.access_token],
    ['password', PASSWORD],
    ['printer password', PRINTER_PASSWORD],
    ['webhook secret', created.secret],
  ])
}

describe('what lets somebody in', () => {
  let secrets: Map<string, string>
  beforeAll(async () => {
    secrets = await useSecrets()
    for (const [what, secret] of secrets) expect(secret?.length, what).toBeGreaterThan(10)
  })

  const foundIn = (text: string) => [...secrets].filter(([, secret]) => text.includes(secret)).map(([what]) => what)

  test('is kept as a hash; what must be shown to others is with its thing', async () => {
    const kept = new Map<string, string[]>()
    const { rows: tables } = await andon.store.pool.query<{ name: string }>(
      `select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`,
    )
    for (const { name } of tables) {
      const { rows } = await andon.store.pool.query<{ text: string }>(`select t::text as text from "${name}" t`)
      const found = foundIn(rows.map(({ text }) => text).join('\n'))
      if (found.length > 0) kept.set(name, found)
    }
    expect(Object.fromEntries(kept)).toEqual({ printer: ['printer password'], rule: ['webhook secret'] })
  })

  test('of a password is argon2id with 19 MiB and two passes', async () => {
    const { rows } = await andon.store.pool.query(`select password_hash from account where name = 'somebody'`)
    expect(rows[0].password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })

  test('is never written to the log', () => {
    const text = lines.join('')
    expect(text).toContain('/gateways/cidx/api/jobs')
    expect(foundIn(text)).toEqual([])
  })

  test('is shown to nobody again, not even to an administrator', async () => {
    const { body } = await andon.call('GET', '/api/openapi.json')
    const paths = Object.entries<object>(body.paths).flatMap(([path, of]) => ('get' in of ? path : []))
    for (const path of paths.filter((each) => each !== '/api/stream')) {
      const address = path.replace(/\{name\}/, 'P').replace(/\{\w+\}/, '1')
      const answer = await andon.call('GET', address)
      expect(foundIn(JSON.stringify(answer.body)), path).toEqual([])
    }
  })
})

test('the audit can only grow', async () => {
  const { pool } = andon.store
  for (const sql of [`update audit set actor = 'nobody'`, 'delete from audit']) {
    await expect(pool.query(sql), sql).rejects.toThrow('the audit is append-only')
  }
})

describe('the signature for QZ Tray', () => {
  const digest = 'a'.repeat(64)

  test('is SHA-512, and fits the certificate', async () => {
    const { body } = await andon.call('POST', '/api/qz/sign', { as: 'operator', body: { request: digest } })
    const { certificate } = (await andon.call('GET', '/api/qz/certificate', { as: 'operator' })).body
    const key = createPublicKey(certificate)
    expect(body.algorithm).toBe('SHA512')
    const signature = Buffer.from(body.signature, 'base64')
    expect(verify('RSA-SHA512', Buffer.from(digest), key, signature)).toBe(true)
  })

  test('is given to stations alone, and for nothing but a digest', async () => {
    const noStation = await andon.token('admin', ['read', 'jobs', 'printers', 'worker', 'admin'])
    for (const as of ['viewer', noStation, null]) {
      const { status } = await andon.call('POST', '/api/qz/sign', { as, body: { request: digest } })
      expect([401, 403]).toContain(status)
    }
    for (const request of ['', 'A'.repeat(64), 'a'.repeat(63), `${digest}\n`, '{"call":"print"}']) {
      const { body } = await andon.call('POST', '/api/qz/sign', { as: 'operator', body: { request } })
      expect(body, request).toMatchObject({ code: 'validation_failed', field: '/request' })
    }
  })
})

describe('the log', () => {
  const written: string[] = []
  const log = createLog({ destination: { write: (line) => written.push(line) }, secretFields: ['Customer_IBAN'] })

  test('leaves out what has the name of a secret, wherever it stands', () => {
    const hush = 'hush-hush'
    log.info({ a: { b: [{ c: { d: { Password: hush } } }] }, headers: { 'Set-Cookie': hush } }, 'deep')
    log.child({ token: hush, name: 'kept' }).info({ customer_iban: hush, order: { CUSTOMER_IBAN: hush } }, 'child')
    const circle: { of?: object; secret: string } = { secret: hush }
    circle.of = circle
    log.info({ circle }, 'round')
    log.error({ err: Object.assign(new Error('it broke'), { password: hush, client: { token: hush } }) }, 'error')
    const text = written.join('')
    expect(text).not.toContain(hush)
    expect(text).toContain('"name":"kept"')
    expect(text).toContain('it broke')
    for (const message of ['deep', 'child', 'round', 'error']) expect(text).toContain(`"msg":"${message}"`)
  })
})
