import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FakeServer, json, refuse, shop, type World, world } from './world.ts'

const ACCOUNT = {
  id: 1,
  name: 'anna',
  display_name: 'Anna',
  email: null,
  role: 'admin',
  can_read_payloads: true,
  has_password: true,
  created_at: '2026-11-22T07:00:00Z',
  disabled_at: null,
}
const SESSION = { account: ACCOUNT, permissions: [], must_set_password: false, is_demo: false, version: '0.1.0' }

/** A server that lets `andon_right` in, and says who that is. */
async function gate(): Promise<FakeServer> {
  const server = await new FakeServer().listen()
  server.on('GET /api/session', (seen, response) =>
    seen.headers.authorization === 'Bearer andon_right'
      ? json(response, SESSION)
      : refuse(response, 401, {
          code: 'unauthenticated',
          detail: `Not with ${seen.headers.authorization ?? 'nothing'}.`,
        }),
  )
  return server
}

async function put(place: World, path: string, content: unknown, mode = 0o600): Promise<void> {
  const file = join(place.folder, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  await chmod(file, mode)
}

const USER_FILE = 'home/.config/andon/config.json'

describe('the server and the token', () => {
  test('come from the flag, then the environment, then the project, then the user', async () => {
    await using place = await world()
    const profiles = { mine: { server: 'http://mine.test' }, other: { server: 'http://other.test' } }
    const whichOf = async (argv: readonly string[], env: Record<string, string> = {}) => {
      const { err } = await place.andon([...argv, 'whoami', '-v'], { env })
      return /server (\S+)/.exec(err)?.[1] ?? err
    }
    expect(await whichOf([])).toBe('http://127.0.0.1:7400')
    await put(place, USER_FILE, { profile: 'mine', profiles })
    expect(await whichOf([])).toBe('http://mine.test')
    await put(place, '.andon.json', { server: 'http://project.test' })
    expect(await whichOf([])).toBe('http://project.test')
    await put(place, '.andon.json', { profile: 'other' })
    expect(await whichOf([])).toBe('http://other.test')
    expect(await whichOf([], { ANDON_PROFILE: 'mine' })).toBe('http://mine.test')
    expect(await whichOf([], { ANDON_SERVER: 'env.test/' })).toBe('http://env.test')
    expect(await whichOf(['--profile', 'other'], { ANDON_SERVER: 'http://env.test' })).toBe('http://other.test')
    expect(await whichOf(['--server', 'https://flag.test'], { ANDON_SERVER: 'http://env.test' })).toBe(
      'https://flag.test',
    )
  })

  test('a token goes to the server of its profile only', async () => {
    await using place = await world()
    await using mine = await gate()
    await using other = await gate()
    await put(place, USER_FILE, { profile: 'mine', profiles: { mine: { server: mine.url, token: 'andon_right' } } })
    expect((await place.andon(['whoami'])).code).toBe(0)
    expect((await place.andon(['whoami', '--server', mine.url])).out).toContain('token    profile mine')
    expect((await place.andon(['whoami', '--server', other.url])).code).toBe(4)
    await put(place, '.andon.json', { server: other.url })
    expect((await place.andon(['whoami'])).code).toBe(4)
    expect(other.seen.map((seen) => seen.headers.authorization)).toEqual([undefined, undefined])
  })

  test('the token of the environment is not sent where only a project file points', async () => {
    await using place = await world()
    await using other = await gate()
    await put(place, '.andon.json', { server: other.url })
    const { code, err } = await place.andon(['whoami'], { env: { ANDON_TOKEN: 'andon_right' } })
    expect(code).toBe(2)
    expect(err).toContain('ANDON_TOKEN is not sent to')
    expect(other.seen).toEqual([])
    expect((await place.andon(['whoami'], { env: { ANDON_TOKEN: 'andon_right', ANDON_SERVER: other.url } })).code).toBe(
      0,
    )
  })

  test('a server that runs here lets its owner in', async () => {
    await using place = await world()
    await using local = await gate()
    await put(place, 'data/cli-token', 'andon_right\n')
    await put(place, 'data/server.json', { url: local.url, pid: process.pid })
    const ran = await place.andon(['whoami'])
    expect(ran.out).toContain(`server   ${local.url}, version 0.1.0, from ${join(place.folder, 'data/server.json')}`)
    expect((await place.andon(['whoami', '-o', 'name', '--server', local.url])).out).toBe('anna\n')
    // Above the largest process number there is.
    await put(place, 'data/server.json', { url: local.url, pid: 2 ** 30 })
    expect((await place.andon(['whoami', '--server', local.url])).code).toBe(4)
    await put(place, 'data/server.json', { url: 'http://elsewhere.test', pid: process.pid })
    expect((await place.andon(['whoami', '-v'])).err).not.toContain('elsewhere')
  })

  test('files that cannot be right are refused with what to do', async () => {
    await using place = await world()
    const errorWith = async (path: string, content: unknown) => {
      await put(place, path, content)
      const { code, err } = await place.andon(['whoami'])
      await put(place, path, {})
      expect(code).toBe(2)
      return err
    }
    expect(await errorWith('.andon.json', { token: 'andon_x' })).toContain('holds a token')
    expect(await errorWith('.andon.json', '{')).toContain('is not valid JSON')
    expect(await errorWith('.andon.json', '[]')).toContain('must hold one JSON object')
    expect(await errorWith('.andon.json', { server: 7 })).toContain('"server" must be a text')
    expect(await errorWith('.andon.json', { server: 'ftp://x' })).toContain('not the address of a server')
    expect(await errorWith('.andon.json', { profile: 'nope' })).toContain('There is no profile "nope"')
    expect(await errorWith('.andon.json', { time: 'soon' })).toContain('--time does not know "soon"')
  })

  test('a token that others can read is not used', async () => {
    await using place = await world()
    const file = { profile: 'mine', profiles: { mine: { server: 'http://mine.test', token: 'andon_right' } } }
    await put(place, USER_FILE, file, 0o644)
    const { code, err } = await place.andon(['whoami'])
    expect(code).toBe(2)
    expect(err).toContain('chmod 600')
  })
})

describe('signing in', () => {
  test('makes a token for this machine and keeps it for its owner only', async () => {
    await using place = await world()
    await using server = await gate()
    server.on('POST /api/sign-in', (seen, response) => {
      expect(JSON.parse(seen.body)).toEqual({ name: 'anna', password: 'correct horse' })
      response.setHeader('set-cookie', 'andon=s1; HttpOnly; SameSite=Lax')
      json(response, SESSION)
    })
    server.on('POST /api/tokens', (seen, response) => {
      expect(seen.headers.cookie).toBe('andon=s1')
      expect(seen.headers.origin).toBe(server.url)
      expect(JSON.parse(seen.body)).toEqual({
        name: `andon on ${hostname()}`,
        scopes: ['read', 'jobs', 'printers', 'payloads', 'admin'],
      })
      json(response, { token: 'andon_right', view: { id: 'tok1' } }, 201)
    })
    server.on('POST /api/sign-out', (_seen, response) => response.writeHead(204).end())
    server.on('DELETE /api/tokens/tok1', (_seen, response) => json(response, {}))

    const ran = await place.andon(['login', '--server', server.url], { answers: ['anna', 'correct horse'] })
    expect(ran.code).toBe(0)
    expect(ran.err).not.toContain('andon_right')
    expect(place.questions).toEqual(['Name: ', 'Password: '])
    const file = join(place.folder, USER_FILE)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      profile: 'default',
      profiles: { default: { server: server.url, token: 'andon_right', token_id: 'tok1', user: 'anna' } },
    })
    expect((await place.andon(['whoami'])).out).toContain('anna (Anna), admin')
    expect((await place.andon(['profile', 'list'])).out).toContain(`*  default  ${server.url}`)

    expect((await place.andon(['logout'])).code).toBe(0)
    expect(server.seen.at(-1)).toMatchObject({ method: 'DELETE', path: '/api/tokens/tok1' })
    expect(await readFile(file, 'utf8')).not.toContain('andon_right')
    expect((await place.andon(['logout'])).code).toBe(2)
  })

  test('takes a token from stdin, or a one-time link', async () => {
    await using place = await world()
    await using server = await gate()
    expect(
      (await place.andon(['login', '--with-token', '--server', server.url], { stdin: 'andon_right\n' })).code,
    ).toBe(0)
    expect((await place.andon(['login', '--with-token', '--server', server.url], { stdin: 'andon_wrong' })).code).toBe(
      4,
    )
    expect((await place.andon(['login', '--with-token', '--server', server.url])).code).toBe(2)
    expect((await place.andon(['logout'])).err).toContain('revoke it there')
    server.on('POST /api/sign-in/link', (seen, response) => {
      expect(JSON.parse(seen.body)).toEqual({ link: 'abcdefghijklmnop1234' })
      json(response, SESSION)
    })
    server.on('POST /api/tokens', (_seen, response) => json(response, { token: 'andon_right', view: { id: 't' } }, 201))
    const link = `${server.url}/sign-in?link=abcdefghijklmnop1234`
    expect((await place.andon(['login', '--link', link, '--server', server.url])).code).toBe(0)
  })

  test('does not ask without a terminal', async () => {
    await using place = await world()
    await using server = await gate()
    const { code, err } = await place.andon(['login', '--server', server.url])
    expect(code).toBe(2)
    expect(err).toContain('andon login --with-token < token-file')
  })

  test('warns when the way is not encrypted, and signs out where nobody answers', async () => {
    await using place = await world()
    const profiles = { far: { server: 'http://127.0.0.1:9', token: 'andon_x', token_id: 't' } }
    await put(place, USER_FILE, { profile: 'far', profiles })
    expect((await place.andon(['logout'])).err).toContain('The server was not told')
    expect((await place.andon(['login', '--server', 'http://far.test'], { answers: [] })).err).toContain(
      'is not encrypted',
    )
  })

  test('profiles are chosen and forgotten', async () => {
    await using place = await world()
    await put(place, USER_FILE, {
      profile: 'a',
      profiles: { a: { server: 'http://a.test' }, b: { server: 'http://b.test' } },
    })
    expect((await place.andon(['profile', 'use', 'b'])).err).toContain('http://b.test')
    expect((await place.andon(['profile', 'list', '-o', 'jsonl', '--json', 'name,is_current'])).out).toBe(
      '{"name":"a","is_current":false}\n{"name":"b","is_current":true}\n',
    )
    expect((await place.andon(['profile', 'rm', 'b'])).code).toBe(0)
    expect((await place.andon(['profile', 'use', 'b'])).code).toBe(2)
    expect((await place.andon(['whoami', '-v'])).err).toContain('127.0.0.1:7400')
  })
})

describe('people', () => {
  test('users are added with a link, changed, and shut out', async () => {
    await using it = await shop()
    it.server.on('GET /api/users', (_seen, response) => json(response, { data: [ACCOUNT] }))
    it.server.on('POST /api/users', (_seen, response) => json(response, ACCOUNT, 201))
    it.server.on('PATCH /api/users/anna', (_seen, response) => json(response, ACCOUNT))
    it.server.on('POST /api/users/anna/link', (_seen, response) =>
      json(response, { link: 'secret', account: 'anna', expires_at: '2026-11-23T08:00:00Z' }, 201),
    )
    expect((await it.andon(['users', 'list'])).out).toContain('anna  Anna       admin  active')
    const added = await it.andon(['users', 'add', 'anna', '--role', 'operator', '--display-name', 'Anna'])
    expect(added.out).toBe(`${it.server.url}/sign-in?link=secret\n`)
    expect(JSON.parse(it.server.seen[1]?.body ?? '')).toEqual({ name: 'anna', role: 'operator', display_name: 'Anna' })
    expect((await it.andon(['users', 'link', 'anna', '-o', 'json'])).out).toContain('"expires_at"')
    expect((await it.andon(['users', 'role', 'anna', 'admin'])).code).toBe(0)
    expect((await it.andon(['users', 'disable', 'anna'])).code).toBe(0)
    expect(JSON.parse(it.server.seen.at(-1)?.body ?? '')).toEqual({ is_disabled: true })
    expect((await it.andon(['users', 'add', 'x', '--role', 'king'])).code).toBe(2)
  })

  test('tokens are shown once, and end at once', async () => {
    await using it = await shop()
    const view = {
      id: 'tok1',
      name: 'erp',
      account: 'anna',
      prefix: 'andon_ab',
      scopes: ['read', 'jobs'],
      station: null as string | null,
      created_at: '2026-11-22T07:00:00Z',
      expires_at: null,
      last_used_at: null,
      revoked_at: null,
    }
    it.server.on('GET /api/tokens', (_seen, response) =>
      json(response, { data: [view, { ...view, id: 'tok2', scopes: ['station'], station: 'Desk' }] }),
    )
    it.server.on('POST /api/tokens', (_seen, response) => json(response, { token: 'andon_new', view }, 201))
    it.server.on('DELETE /api/tokens/tok1', (_seen, response) => json(response, view))
    const { out: list } = await it.andon(['tokens', 'list'])
    expect(list).toMatch(/tok1 +erp +anna +read, jobs +never +never/)
    expect(list).toMatch(/tok2 +erp +anna +station \(only Desk\) +never +never/)
    expect((await it.andon(['tokens', 'create', 'erp', '--scopes', 'read,jobs', '--expires', '1d'])).out).toBe(
      'andon_new\n',
    )
    expect(JSON.parse(it.server.seen[1]?.body ?? '')).toEqual({
      name: 'erp',
      scopes: ['read', 'jobs'],
      expires_at: '2026-11-23T08:02:00.000Z',
    })
    await it.andon(['tokens', 'create', 'erp', '--expires', 'never', '--account', 'erp'])
    expect(JSON.parse(it.server.seen[2]?.body ?? '')).toMatchObject({ account: 'erp', expires_at: null })
    await it.andon(['tokens', 'create', 'desk', '--station', 'Desk'])
    const ofStation = { name: 'desk', scopes: ['station'], station: 'Desk' }
    expect(JSON.parse(it.server.seen[3]?.body ?? '')).toEqual(ofStation)
    expect((await it.andon(['tokens', 'revoke', 'tok1'])).code).toBe(0)
    expect((await it.andon(['tokens', 'create', 'x', '--scopes', 'all'])).code).toBe(2)
    expect((await it.andon(['tokens', 'create', 'x', '--expires', 'soon'])).code).toBe(2)
  })

  test('the audit says who did what', async () => {
    await using it = await shop()
    const entry = {
      id: '1',
      at: '2026-11-22T08:00:00Z',
      actor: 'anna',
      address: '127.0.0.1',
      action: 'printer.pause',
      target: 'printer:Zebra',
      before: { reason: null },
      after: { reason: 'lunch' },
    }
    it.server.on('GET /api/audit', (_seen, response) => json(response, { data: [entry, entry], next_cursor: null }))
    const { out } = await it.andon(['audit', '--actor', 'anna', '-L', '1'])
    expect(out).toContain(
      '2 min ago  anna  printer.pause  printer:Zebra  127.0.0.1  {"reason":null}  {"reason":"lunch"}',
    )
    expect(out.trim().split('\n')).toHaveLength(2)
    expect((await it.andon(['audit', '-L', 'x'])).code).toBe(2)
  })
})
