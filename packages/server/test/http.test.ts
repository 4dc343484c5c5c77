import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLog } from '../src/index.ts'
import { startTestServer, type TestServer } from './harness.ts'

let andon: TestServer
let dashboardDir: string
const lines: string[] = []
beforeAll(async () => {
  dashboardDir = await mkdtemp(join(tmpdir(), 'andon-dashboard-'))
  await mkdir(join(dashboardDir, 'assets'))
  await writeFile(join(dashboardDir, 'index.html'), '<!doctype html><title>Andon</title>')
  await writeFile(join(dashboardDir, 'assets', 'index-Dk3f9a2b.js'), 'export {}')
  await writeFile(join(dashboardDir, 'favicon.svg'), '<svg/>')
  const log = createLog({ level: 'debug', destination: { write: (line: string) => lines.push(line) } })
  andon = await startTestServer({
    dashboardDir,
    log,
    settings: { rateLimits: { requestsPerMinute: 500, signInsPerMinute: 3 } },
  })
})
afterAll(async () => {
  await andon[Symbol.asyncDispose]()
  await rm(dashboardDir, { recursive: true })
})

describe('every answer', () => {
  test('has strict headers and no inline script', async () => {
    for (const path of ['/', '/api/jobs', '/docs/api', '/api/nothing']) {
      const { headers } = await andon.call('GET', path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("script-src 'self';")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).toContain("object-src 'none'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
      expect(headers.get('referrer-policy')).toBe('no-referrer')
    }
    expect((await andon.call('GET', '/docs/api')).body).not.toMatch(/<script>|onload=|javascript:/)
    expect((await andon.call('GET', '/api/jobs')).headers.get('cache-control')).toBe('no-store')
  })

  test('of a refusal is a problem document', async () => {
    const { body, headers } = await andon.call('GET', '/api/jobs/zzzz')
    expect(headers.get('content-type')).toContain('application/problem+json')
    expect(body).toMatchObject({
      type: 'urn:andon:error:job_not_found',
      title: expect.any(String),
      status: 404,
      detail: expect.any(String),
      code: 'job_not_found',
      hint: expect.any(String),
      request_id: headers.get('x-request-id'),
    })
  })

  test('names the methods that an address takes', async () => {
    const wrong = await andon.call('PUT', '/api/jobs')
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
    expect((await andon.call('GET', '/api/print')).headers.get('allow')).toBe('POST')
    expect((await andon.call('GET', '/gateways/none')).status).toBe(404)
  })

  test('counts down what is left', async () => {
    const { headers } = await andon.call('GET', '/api/queues')
    expect(headers.get('ratelimit-limit')).toBe('500')
    expect(Number(headers.get('ratelimit-remaining'))).toBeLessThan(500)
    const answers = []
    for (let at = 0; at < 4; at += 1) {
      answers.push(
        await andon.call('POST', '/api/sign-in', { as: null, body: { name: 'nobody', password: 'nonsense' } }),
      )
    }
    expect(answers.at(-1)?.body).toMatchObject({ code: 'rate_limited', status: 429 })
    expect(Number(answers.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

describe('bodies', () => {
  const post = (
    raw: string | Uint8Array<ArrayBuffer>,
    type = 'application/json',
    path = '/api/jobs/stats-of-none/cancel',
  ) => andon.call('POST', path, { raw, headers: { 'content-type': type } })

  test('are bounded in size', async () => {
    expect((await post(`"${'x'.repeat(1024 * 1024)}"`)).body).toMatchObject({
      code: 'payload_too_large',
      status: 413,
      allowed: '1 MiB',
    })
    const large = JSON.stringify({ type: 'a.b', input: 'x'.repeat(2 * 1024 * 1024) })
    expect((await post(large, 'application/json', '/api/jobs')).status).toBe(201)
    expect((await post('x'.repeat(17 * 1024 * 1024), 'application/json', '/api/jobs')).status).toBe(413)
  })

  test('that are too large are refused to those as well who send all of it first', async () => {
    const socket = connect(Number(new URL(andon.url).port), '127.0.0.1')
    const size = 40 * 1024 * 1024
    const token = await andon.token('operator', ['jobs'])
    const head = `Host: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${size}\r\n`
    const sent = Promise.withResolvers<void>()
    socket.write(`POST /api/jobs/0000/cancel HTTP/1.1\r\n${head}\r\n`)
    socket.write('x'.repeat(size), (error) => (error ? sent.reject(error) : sent.resolve()))
    await sent.promise
    const [answer] = await once(socket, 'data')
    socket.destroy()
    expect(String(answer)).toMatch(/^HTTP\/1.1 413 .*"code":"payload_too_large"/s)
  })

  test('without a length and without an end are cut off', async () => {
    const socket = connect(Number(new URL(andon.url).port), '127.0.0.1')
    const head = `Host: x\r\nAuthorization: Bearer ${andon.tokens.admin}\r\nContent-Type: application/json\r\n`
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
    // It goes on for as long as the server takes it.
    const goOn = (): void => {
      while (!socket.destroyed && socket.write(chunk)) continue
    }
    socket.on('drain', goOn)
    socket.on('error', () => {})
    socket.write(`POST /api/jobs/0000/cancel HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n`)
    goOn()
    await closed
    expect((await andon.call('GET', '/healthz')).status).toBe(200)
  })

  test('are bounded in depth, and hold nothing that cannot be kept', async () => {
    const deep = `${'{"input":'.repeat(1000)}1${'}'.repeat(1000)}`
    expect((await post(deep, 'application/json', '/api/jobs')).body).toMatchObject({
      code: 'json_too_deep',
      status: 400,
      allowed: '32 levels',
    })
    expect((await post('['.repeat(500_000), 'application/json', '/api/jobs')).body).toMatchObject({
      code: 'json_too_deep',
    })
    expect((await post('{"type":"a","description":"\\ud800"}', 'application/json', '/api/jobs')).body).toMatchObject({
      code: 'invalid_unicode',
      field: '/description',
    })
    expect(
      (await post('{"type":"a","input":{"n":12345678901234567890}}', 'application/json', '/api/jobs')).body,
    ).toMatchObject({ code: 'number_out_of_range', field: '/input/n' })
    expect((await post(Buffer.from([0x7b, 0xff]), 'application/json', '/api/jobs')).body).toMatchObject({
      code: 'invalid_unicode',
    })
    expect((await post('{"type": "a",}', 'application/json', '/api/jobs')).body).toMatchObject({ code: 'invalid_json' })
  })

  test('are JSON, or refused by name', async () => {
    for (const type of [
      'text/plain',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      expect((await post('type=a', type, '/api/jobs')).body).toMatchObject({
        code: 'unsupported_media_type',
        status: 415,
      })
    }
  })

  test('are not read for those who may not send them', async () => {
    const answer = await andon.call('POST', '/api/jobs', {
      as: null,
      raw: '{{{{',
      headers: { 'content-type': 'application/json' },
    })
    expect(answer.status).toBe(401)
  })
})

describe('addresses', () => {
  test.each([`/api/jobs/${'x'.repeat(600)}`, '//api/jobs', '/API/jobs', '/api/nothing'])(
    '%s is nowhere',
    async (path) => {
      expect((await andon.call('GET', path)).body).toMatchObject({ code: 'not_found', status: 404 })
    },
  )

  test.each([
    '/api/jobs/%E0%A4%A',
    '/api/jobs/%',
    '/api/jobs?q=%ff',
    `/api/jobs/${'x'.repeat(600)}`,
    '/api/jobs?limit=1&limit=2',
    '/api/printers/a%00b',
    '/api/documents/../../etc',
    '//api',
    '/api/jobs?q[]=1',
    '/api/jobs?__proto__=1',
  ])('%s is no reason to fall', async (path) => {
    const { status } = await andon.call('GET', path)
    expect(status).toBeLessThan(500)
  })

  test('what is no HTTP is told so', async () => {
    const { port } = new URL(andon.url)
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'))
      let text = ''
      socket.on('data', (data) => (text += data.toString()))
      socket.on('end', () => resolve(text))
      socket.on('error', reject)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 400/)
    expect(answer).toContain('"code":"bad_request"')
  })
})

describe('the dashboard', () => {
  test('is served at every address that nothing else has', async () => {
    for (const path of ['/', '/jobs', '/printers/Badge%2001', '/sign-in?link=x']) {
      const { body, headers, status } = await andon.call('GET', path, { as: null })
      expect([status, headers.get('cache-control')]).toEqual([200, 'no-cache'])
      expect(body).toContain('<title>Andon</title>')
    }
  })

  test('keeps hashed files for a year, and nothing else', async () => {
    const hashed = await andon.call('GET', '/assets/index-Dk3f9a2b.js', { as: null })
    expect(hashed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect((await andon.call('GET', '/favicon.svg', { as: null })).headers.get('cache-control')).toBe(
      'public, max-age=0',
    )
    expect((await andon.call('GET', '/assets/missing.js', { as: null })).status).toBe(404)
    expect((await andon.call('GET', '/..%2f..%2fetc%2fpasswd', { as: null })).body).not.toContain('root:')
  })

  test('that is not built says how to build it', async () => {
    await using bare = await startTestServer()
    const { body, status } = await bare.call('GET', '/', { as: null })
    expect(status).toBe(200)
    expect(body).toContain('npm run build')
  })
})

describe('the document of the API', () => {
  test('has every route and no other', async () => {
    const { body } = await andon.call('GET', '/api/openapi.json', { as: null })
    expect(body.openapi).toBe('3.1.0')
    const documented = Object.entries(body.paths).flatMap(([path, operations]) =>
      Object.keys(operations as object).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    )
    const served = andon.server.app.knownRoutes
      .filter(({ method, url }) => method !== 'HEAD' && !/^\/docs\/|^\/api\/(docs|openapi\.json)$/.test(url))
      .map(({ method, url }) => `${method} ${url}`)
    expect(documented.toSorted()).toEqual([...new Set(served)].toSorted())
  })

  test('refers only to what it has, and names every operation once', async () => {
    const { body } = await andon.call('GET', '/api/openapi.json', { as: null })
    const text = JSON.stringify(body)
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
      expect(body.components.schemas[name ?? '']).toBeDefined()
    }
    const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(text).toContain('Idempotency-Key')
  })
})

test('no secret is written to the log', async () => {
  const token = await andon.token('admin', ['read'])
  await andon.call('GET', '/api/jobs?ticket=hush', { as: token })
  await andon.call('POST', '/api/sign-in', { as: null, body: { name: 'admin', password: 'open sesame now' } })
  andon.server.app.log.info({ password: 'open sesame now', headers: { authorization: token } }, 'test')
  const text = lines.join('')
  expect(text).toContain('[redacted]')
  expect(text).toContain('/api/jobs')
  for (const secret of [token, 'hush', 'open sesame now']) expect(text).not.toContain(secret)
})
