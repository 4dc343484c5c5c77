import { type AndonError, isProblem } from '@andon/core'
import { describe, expect, test } from 'vitest'
import { Andon } from '../src/index.ts'
import { pause } from '../src/http.ts'
import { retryAfterSeconds } from '../src/problem.ts'
import { FakeServer, job, json, refuse } from './fake-server.ts'

const ID = job().id

async function errorOf(work: Promise<unknown>): Promise<AndonError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!isProblem(error)) throw new Error(`not an AndonError: ${String(error)}`)
  return error
}

describe('errors', () => {
  test('are rebuilt from the problem document', async () => {
    await using server = await new FakeServer().listen()
    server.on(`GET /api/jobs/${ID}`, (_seen, response) =>
      refuse(response, 404, {
        code: 'job_not_found',
        detail: 'There is no job x.',
        hint: 'Look again.',
        request_id: 'r1',
      }),
    )
    const error = await errorOf(server.client().jobs.get(ID))
    expect(error).toMatchObject({
      code: 'job_not_found',
      detail: 'There is no job x.',
      hint: 'Look again.',
      status: 404,
    })
    expect(error.extra).toMatchObject({ request_id: 'r1', status: 404 })
  })

  test('keep fields, what is allowed, and further members', async () => {
    await using server = await new FakeServer().listen()
    server.on('POST /api/print', (_seen, response) =>
      refuse(response, 400, {
        code: 'validation_failed',
        detail: '/copies must be at most 1000',
        field: '/copies',
        allowed: 'at most 1000',
        errors: [{ field: '/copies', detail: 'must be at most 1000' }, 'nonsense'],
        candidates: ['a', 'b'],
      }),
    )
    const error = await errorOf(server.client().print({ copies: 2000 }))
    expect(error.field).toBe('/copies')
    expect(error.allowed).toBe('at most 1000')
    expect(error.errors).toEqual([{ field: '/copies', detail: 'must be at most 1000' }])
    expect(error.extra['candidates']).toEqual(['a', 'b'])
  })

  test('of a newer server keep their code and their words', async () => {
    await using server = await new FakeServer().listen()
    server.on('GET /api/queues', (_seen, response) =>
      refuse(response, 409, { code: 'invented_later', title: 'Later', hint: 'Wait.', detail: 'No.', retryable: false }),
    )
    const error = await errorOf(server.client().queues.list())
    expect(error).toMatchObject({
      code: 'invented_later',
      title: 'Later',
      hint: 'Wait.',
      status: 409,
      retryable: false,
    })
  })

  test.each([
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [418, 'bad_request'],
    [500, 'internal'],
    [502, 'server_unreachable'],
    [504, 'timed_out'],
  ])('of status %i without a document are %s', async (status, code) => {
    await using server = await new FakeServer().listen()
    server.on('GET /api/queues', (_seen, response) => response.writeHead(status).end('<html>no</html>'))
    const error = await errorOf(server.client({ retries: 0 }).queues.list())
    expect(error.code).toBe(code)
    expect(error.detail).toBe(`The server answered ${status}.`)
  })

  test('say in words why nobody answers', async () => {
    await using server = await new FakeServer().listen()
    const { url } = server
    await server[Symbol.asyncDispose]()
    const error = await errorOf(new Andon({ url, retries: 0 }).jobs.stats())
    expect(error.code).toBe('server_unreachable')
    expect(error.detail).toBe(`${url} does not answer: nothing listens there.`)
  })

  test('are read even from a strange document', async () => {
    await using server = await new FakeServer().listen()
    const documents = ['[1]', '{', '{"code":"validation_failed","allowed":["a","b"],"title":"No"}', '{"allowed":[1]}']
    server.on('GET /api/queues', (_seen, response) =>
      response.writeHead(400, { 'content-type': 'application/problem+json' }).end(documents[server.seen.length - 1]),
    )
    const errors: AndonError[] = []
    for (const document of documents) if (document !== '') errors.push(await errorOf(server.client().queues.list()))
    expect(errors.map((error) => error.code)).toEqual([
      'bad_request',
      'bad_request',
      'validation_failed',
      'bad_request',
    ])
    expect(errors[2]).toMatchObject({ allowed: ['a', 'b'], detail: 'No' })
  })

  test('of a browser say no more than that nobody answered', async () => {
    const fetch = async () => {
      throw new TypeError('Failed to fetch')
    }
    const error = await errorOf(new Andon({ url: 'http://x.test', fetch, retries: 0 }).health.alive())
    expect(error.detail).toBe('http://x.test does not answer.')
  })

  test('of a page that is no JSON say so', async () => {
    await using server = await new FakeServer().listen()
    server.on('GET /api/jobs/stats', (_seen, response) => response.writeHead(200).end('<html>'))
    expect((await errorOf(server.client().jobs.stats())).detail).toContain('did not answer with JSON')
  })

  test('of a server that takes too long are timed_out', async () => {
    await using server = await new FakeServer().listen()
    server.on('GET /api/jobs/stats', () => {})
    expect((await errorOf(server.client({ timeoutMs: 20 }).jobs.stats())).code).toBe('timed_out')
  })

  test("a caller's own signal rejects with its reason", async () => {
    await using server = await new FakeServer().listen()
    server.on('GET /api/jobs/stats', () => {})
    const stop = new AbortController()
    const work = server.client().jobs.stats({ signal: stop.signal })
    await server.until(() => server.seen.length === 1)
    stop.abort(new Error('enough'))
    await expect(work).rejects.toThrow('enough')
  })
})

describe('repetition', () => {
  test('a read is sent again while the server is overloaded', async () => {
    await using server = await new FakeServer().listen()
    let count = 0
    server.on('GET /api/queues', (_seen, response) => {
      count += 1
      if (count < 3) refuse(response, 503, { code: 'overloaded' }, { 'retry-after': '0' })
      else json(response, { data: [] })
    })
    expect(await server.client().queues.list()).toEqual([])
    expect(count).toBe(3)
  })

  test('a read is sent again when the connection is cut', async () => {
    await using server = await new FakeServer().listen()
    let count = 0
    server.on('GET /api/queues', (_seen, response) => {
      count += 1
      if (count === 1) response.destroy()
      else json(response, { data: [] })
    })
    expect(await server.client().queues.list()).toEqual([])
  })

  test('a long pause that the server asks for is passed on', async () => {
    await using server = await new FakeServer().listen()
    server.on('GET /api/queues', (_seen, response) =>
      refuse(response, 429, { code: 'rate_limited' }, { 'retry-after': '600' }),
    )
    const error = await errorOf(server.client().queues.list())
    expect(error.code).toBe('rate_limited')
    expect(error.retryAfterMs).toBe(600_000)
    expect(server.seen).toHaveLength(1)
  })

  test('a creation is repeated under one key', async () => {
    await using server = await new FakeServer().listen()
    server.on('POST /api/jobs', (_seen, response) => {
      if (server.seen.length === 1) response.destroy()
      else json(response, { id: ID, is_existing: true }, 201)
    })
    expect(await server.client().jobs.create({ type: 'a.b' })).toEqual({ id: ID, is_existing: true })
    const keys = server.seen.map((seen) => seen.headers['idempotency-key'])
    expect(keys).toHaveLength(2)
    expect(keys[0]).toBe(keys[1])
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/)
  })

  test("a creation takes the job's own key", async () => {
    await using server = await new FakeServer().listen()
    server.on('POST /api/jobs', (_seen, response) => json(response, { id: ID, is_existing: false }, 201))
    await server.client().jobs.create({ type: 'a.b', idempotency_key: 'order-7' })
    expect(server.seen[0]?.headers['idempotency-key']).toBe('order-7')
  })

  test('a command is not repeated', async () => {
    await using server = await new FakeServer().listen()
    server.on(`POST /api/jobs/${ID}/cancel`, (_seen, response) => void response.destroy())
    expect((await errorOf(server.client().jobs.cancel(ID))).code).toBe('server_unreachable')
    expect(server.seen).toHaveLength(1)
  })

  test('a pause ends with the signal of the caller', async () => {
    await using server = await new FakeServer().listen()
    const stop = new AbortController()
    server.on('GET /api/queues', (_seen, response) => {
      refuse(response, 503, { code: 'overloaded' }, { 'retry-after': '5' })
      response.once('finish', () => setImmediate(() => stop.abort(new Error('enough'))))
    })
    await expect(server.client().queues.list({ signal: stop.signal })).rejects.toThrow('enough')
    await expect(pause(1, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
  })

  test('Retry-After is read as seconds and as a date', () => {
    const of = (value: string) => retryAfterSeconds(new Response('', { headers: { 'retry-after': value } }))
    expect(of('7')).toBe(7)
    expect(of(new Date(0).toUTCString())).toBe(0)
    expect(of('soon')).toBeNull()
    expect(retryAfterSeconds(new Response(''))).toBeNull()
  })
})

describe('requests', () => {
  test('carry the token and escape what is put into addresses', async () => {
    await using server = await new FakeServer().listen()
    server.on('GET /api/printers/Label%201%2F2', (_seen, response) => json(response, { name: 'Label 1/2' }))
    expect(await server.client().printers.get('Label 1/2')).toEqual({ name: 'Label 1/2' })
    expect(server.seen[0]?.headers.authorization).toBe('Bearer andon_test')
  })

  test('read every page', async () => {
    await using server = await new FakeServer().listen()
    server.on('GET /api/jobs', (seen, response) => {
      const isFirst = seen.query.get('cursor') === null
      json(response, { data: [job({ version: isFirst ? 1 : 2 })], next_cursor: isFirst ? 'c2' : null })
    })
    const versions: number[] = []
    for await (const row of server.client().jobs.each({ q: 'state:failed' })) versions.push(row.version)
    expect(versions).toEqual([1, 2])
    expect(server.seen.map((seen) => Object.fromEntries(seen.query))).toEqual([
      { q: 'state:failed', limit: '500' },
      { q: 'state:failed', limit: '500', cursor: 'c2' },
    ])
  })

  test('upload a document as it is', async () => {
    await using server = await new FakeServer().listen()
    server.on('POST /api/documents', (seen, response) =>
      json(response, { id: ID, name: seen.query.get('name'), size_bytes: seen.body.length }, 201),
    )
    const document = await server
      .client()
      .documents.upload({ name: 'a.zpl', contentType: 'application/vnd.zebra-zpl', content: '^XA^XZ' })
    expect(document).toMatchObject({ name: 'a.zpl', size_bytes: 6 })
    expect(server.seen[0]?.headers['content-type']).toBe('application/vnd.zebra-zpl')
  })

  test('stream the export', async () => {
    await using server = await new FakeServer().listen()
    server.on('GET /api/jobs/export.csv', (_seen, response) => {
      response.write('created,type\r\n')
      response.end('2026,print.label\r\n')
    })
    const body = await server.client().jobs.exportCsv({ q: 'state:failed' })
    expect(await new Response(body).text()).toBe('created,type\r\n2026,print.label\r\n')
  })
})

/** Every method, with the request that it makes. */
const CALLS: readonly [string, (andon: Andon) => Promise<unknown>][] = [
  ['POST /api/sign-in', (andon) => andon.session.signIn('anna', 'secret')],
  ['POST /api/sign-in/link', (andon) => andon.session.signInByLink('x')],
  ['POST /api/sign-out', (andon) => andon.session.signOut()],
  ['GET /api/session', (andon) => andon.session.current()],
  ['PUT /api/session/password', (andon) => andon.session.setPassword('a long password', 'old')],
  ['POST /api/jobs', (andon) => andon.jobs.createMany([{ type: 'a.b' }])],
  [`POST /api/jobs/${ID}/retry`, (andon) => andon.jobs.retry(ID, { items: 'failed' })],
  [`POST /api/jobs/${ID}/hold`, (andon) => andon.jobs.hold(ID)],
  [`POST /api/jobs/${ID}/release`, (andon) => andon.jobs.release(ID)],
  [`POST /api/jobs/${ID}/snooze`, (andon) => andon.jobs.snooze(ID, { until: '2026-11-23T00:00:00Z' })],
  [`POST /api/jobs/${ID}/priority`, (andon) => andon.jobs.prioritise(ID, { front: true })],
  [`POST /api/jobs/${ID}/move`, (andon) => andon.jobs.move(ID, { printer: 'Zebra' })],
  [`POST /api/jobs/${ID}/confirm`, (andon) => andon.jobs.confirm(ID, { printed: true })],
  [`POST /api/jobs/${ID}/clone`, (andon) => andon.jobs.clone(ID)],
  [`GET /api/jobs/${ID}/items`, (andon) => andon.jobs.items(ID, { state: 'failed' })],
  [`GET /api/jobs/${ID}/attempts`, (andon) => andon.jobs.attempts(ID)],
  [`GET /api/jobs/${ID}/events`, (andon) => andon.jobs.events(ID)],
  [`GET /api/jobs/${ID}/logs`, (andon) => andon.jobs.logs(ID, { level: 'warning' })],
  ['GET /api/jobs/complete', (andon) => andon.jobs.complete({ q: 'st', caret: 2 })],
  ['POST /api/queues/a/pause', (andon) => andon.queues.pause('a', { reason: 'lunch' })],
  ['POST /api/queues/a/resume', (andon) => andon.queues.resume('a')],
  ['POST /api/queues/a/limits', (andon) => andon.queues.setLimits('a', { slots: 2 })],
  ['POST /api/queues/a/drain', (andon) => andon.queues.drain('a')],
  ['GET /api/printers', (andon) => andon.printers.list()],
  ['POST /api/printers', (andon) => andon.printers.add({ name: 'p', driver: 'ipp', uri: 'ipp://x' })],
  ['PATCH /api/printers/p', (andon) => andon.printers.change('p', { location: null })],
  ['DELETE /api/printers/p', (andon) => andon.printers.remove('p')],
  ['POST /api/printers/p/pause', (andon) => andon.printers.pause('p')],
  ['POST /api/printers/p/resume', (andon) => andon.printers.resume('p')],
  ['POST /api/printers/p/drain', (andon) => andon.printers.drain('p')],
  ['POST /api/printers/p/test', (andon) => andon.printers.test('p')],
  ['POST /api/printers/p/status', (andon) => andon.printers.status('p')],
  ['POST /api/printers/p/diagnose', (andon) => andon.printers.diagnose('p')],
  ['GET /api/printers/discover', (andon) => andon.printers.discover({ cups: 'ipp://c' })],
  ['GET /api/printers/p/jobs', (andon) => andon.printers.jobs('p')],
  ['GET /api/printers/p/history', (andon) => andon.printers.history('p')],
  ['GET /api/documents/d', (andon) => andon.documents.get('d')],
  ['GET /api/pools', (andon) => andon.pools.list()],
  ['GET /api/schedules', (andon) => andon.schedules.list()],
  ['GET /api/schedules/7', (andon) => andon.schedules.get(7)],
  ['GET /api/schedules/preview', (andon) => andon.schedules.preview('0 6 * * *')],
  ['POST /api/schedules', (andon) => andon.schedules.add({ name: 'a', cron: '0 6 * * *', job: { type: 'a.b' } })],
  ['PATCH /api/schedules/7', (andon) => andon.schedules.change(7, { overlap: 'skip' })],
  ['POST /api/schedules/7/pause', (andon) => andon.schedules.pause(7)],
  ['POST /api/schedules/7/resume', (andon) => andon.schedules.resume(7)],
  ['POST /api/schedules/7/run', (andon) => andon.schedules.run(7)],
  ['DELETE /api/schedules/7', (andon) => andon.schedules.remove(7)],
  ['POST /api/pools', (andon) => andon.pools.add('label')],
  ['DELETE /api/pools/label', (andon) => andon.pools.remove('label')],
  ['GET /api/workers', (andon) => andon.workers.list()],
  ['POST /api/workers/3/drain', (andon) => andon.workers.drain(3)],
  ['GET /api/users', (andon) => andon.users.list()],
  ['POST /api/users', (andon) => andon.users.create({ name: 'anna', role: 'operator' })],
  ['POST /api/users/anna/link', (andon) => andon.users.link('anna')],
  ['PATCH /api/users/anna', (andon) => andon.users.change('anna', { is_disabled: true })],
  ['GET /api/tokens', (andon) => andon.tokens.list()],
  ['POST /api/tokens', (andon) => andon.tokens.create({ name: 't', scopes: ['read'] })],
  ['DELETE /api/tokens/t', (andon) => andon.tokens.revoke('t')],
  ['GET /api/audit', (andon) => andon.audit.list({ actor: 'anna' })],
  ['GET /api/attention', (andon) => andon.attention.list()],
  ['GET /api/views', (andon) => andon.views.list()],
  [
    'PUT /api/views/v',
    (andon) => andon.views.save({ id: 'v', name: 'n', page: 'jobs', query: '', is_shared: false, is_default: false }),
  ],
  ['GET /api/views', (andon) => andon.views.list({ page: 'jobs' })],
  ['PUT /api/session/password', (andon) => andon.session.setPassword('a long password')],
  ['DELETE /api/views/v', (andon) => andon.views.remove('v')],
  ['GET /readyz', (andon) => andon.health.ready()],
  ['GET /healthz', (andon) => andon.health.alive()],
]

describe('every method', () => {
  test.each(CALLS)('%s', async (route, call) => {
    await using server = await new FakeServer().listen()
    server.on(route, (_seen, response) => json(response, { data: [], jobs: [], candidates: [], next_cursor: null }))
    await call(server.client())
    expect(server.seen.map((seen) => `${seen.method} ${seen.path}`)).toEqual([route])
  })

  test('addresses for links and pictures', async () => {
    const andon = new Andon({ url: 'http://x/' })
    expect(andon.jobs.exportCsvUrl('state:failed')).toBe('http://x/api/jobs/export.csv?q=state%3Afailed')
    expect(andon.jobs.exportCsvUrl()).toBe('http://x/api/jobs/export.csv')
    expect(andon.jobs.itemPreviewUrl('a', 3)).toBe('http://x/api/jobs/a/items/3/preview')
    expect(andon.documents.previewUrl('a')).toBe('http://x/api/documents/a/preview/1')
  })
})

describe('lists', () => {
  test.each<[string, (andon: Andon) => AsyncIterable<unknown>]>([
    [`GET /api/jobs/${ID}/items`, (andon) => andon.jobs.eachItem(ID)],
    [`GET /api/jobs/${ID}/events`, (andon) => andon.jobs.eachEvent(ID)],
    [`GET /api/jobs/${ID}/logs`, (andon) => andon.jobs.eachLog(ID)],
    ['GET /api/audit', (andon) => andon.audit.each()],
  ])('%s is read to its end', async (route, each) => {
    await using server = await new FakeServer().listen()
    server.on(route, (seen, response) =>
      json(response, { data: [seen.query.get('cursor')], next_cursor: seen.query.get('cursor') === null ? 'c' : null }),
    )
    const rows: unknown[] = []
    for await (const row of each(server.client())) rows.push(row)
    expect(rows).toEqual([null, 'c'])
  })

  test('end when nobody reads on', async () => {
    await using server = await new FakeServer().listen()
    server.on('GET /api/jobs', (_seen, response) => json(response, { data: [job()], next_cursor: 'more' }))
    for await (const row of server.client().jobs.each()) {
      expect(row.id).toBe(ID)
      break
    }
    expect(server.seen).toHaveLength(1)
  })
})
