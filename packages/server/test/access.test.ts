import { readFileSync } from 'node:fs'
import { ROLES, type Role } from '@andon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { POLICIES } from '../src/policies/permissions.ts'
import { startTestServer, type TestServer } from './harness.ts'

let andon: TestServer
beforeAll(async () => {
  andon = await startTestServer()
})
afterAll(() => andon[Symbol.asyncDispose]())

/** Every address of the API with the least role that may use it; `anyone` is for those that need no sign-in. */
const MATRIX: Readonly<Record<string, Role | 'anyone'>> = {
  'GET /api/alerts': 'operator',
  'POST /api/alerts/:id/acknowledge': 'operator',
  'GET /api/analytics/availability': 'viewer',
  'GET /api/analytics/availability.csv': 'viewer',
  'GET /api/analytics/failures': 'viewer',
  'GET /api/analytics/failures.csv': 'viewer',
  'GET /api/analytics/media': 'viewer',
  'GET /api/analytics/media.csv': 'viewer',
  'GET /api/analytics/reprints': 'viewer',
  'GET /api/analytics/reprints.csv': 'viewer',
  'GET /api/analytics/throughput': 'viewer',
  'GET /api/analytics/throughput.csv': 'viewer',
  'GET /api/analytics/waits': 'viewer',
  'GET /api/analytics/waits.csv': 'viewer',
  'GET /api/attention': 'viewer',
  'GET /api/audit': 'admin',
  'POST /api/documents': 'operator',
  'GET /api/documents/:id': 'viewer',
  'GET /api/documents/:id/preview/:page': 'viewer',
  'GET /api/docs': 'anyone',
  'GET /api/errors': 'viewer',
  'GET /api/errors/:fingerprint': 'viewer',
  'POST /api/errors/:fingerprint/retry': 'operator',
  'GET /api/floor/errors': 'viewer',
  'POST /api/floor/errors/:id/dismiss': 'supervisor',
  'POST /api/floor/errors/retry': 'operator',
  'GET /api/floor/impositions/:id': 'viewer',
  'GET /api/floor/jobs/:id': 'viewer',
  'POST /api/floor/jobs/:id/overrides': 'supervisor',
  'GET /api/floor/migration': 'viewer',
  'GET /api/floor/operations': 'viewer',
  'PUT /api/floor/operations': 'admin',
  'DELETE /api/floor/overrides/:id': 'supervisor',
  'GET /api/floor/runlists': 'viewer',
  'GET /api/floor/runlists/:id': 'viewer',
  'GET /api/floor/status': 'viewer',
  'GET /api/job-status/:jobId': 'viewer',
  'GET /api/jobs': 'viewer',
  'POST /api/jobs/bulk': 'operator',
  'POST /api/jobs': 'operator',
  'GET /api/jobs/complete': 'viewer',
  'GET /api/jobs/export.csv': 'viewer',
  'GET /api/jobs/stats': 'viewer',
  'GET /api/jobs/:id': 'viewer',
  'DELETE /api/jobs/:id': 'operator',
  'GET /api/jobs/:id/attempts': 'viewer',
  'POST /api/jobs/:id/cancel': 'operator',
  'POST /api/jobs/:id/clone': 'operator',
  'POST /api/jobs/:id/complete': 'operator',
  'POST /api/jobs/:id/confirm': 'supervisor',
  'POST /api/jobs/:id/fail': 'operator',
  'POST /api/jobs/:id/heartbeat': 'operator',
  'POST /api/jobs/:id/items': 'operator',
  'POST /api/jobs/:id/logs': 'operator',
  'POST /api/jobs/:id/progress': 'operator',
  'GET /api/jobs/:id/events': 'viewer',
  'POST /api/jobs/:id/hold': 'operator',
  'GET /api/jobs/:id/items': 'viewer',
  'GET /api/jobs/:id/items/:index/preview': 'viewer',
  'GET /api/jobs/:id/logs': 'viewer',
  'POST /api/jobs/:id/move': 'operator',
  'POST /api/jobs/:id/priority': 'operator',
  'POST /api/jobs/:id/release': 'operator',
  'POST /api/jobs/:id/retry': 'operator',
  'POST /api/jobs/:id/snooze': 'operator',
  'GET /api/machines': 'viewer',
  'POST /api/machines': 'supervisor',
  'GET /api/machines/:machine': 'viewer',
  'PATCH /api/machines/:machine': 'supervisor',
  'DELETE /api/machines/:machine': 'supervisor',
  'GET /api/machines/:machine/jobs': 'viewer',
  'GET /api/machines/:machine/print-stats': 'viewer',
  'POST /api/machines/:machine/qz-status': 'operator',
  'POST /api/machines/status': 'operator',
  'GET /api/notifications': 'operator',
  'GET /api/openapi.json': 'anyone',
  'GET /api/pools': 'viewer',
  'POST /api/pools': 'supervisor',
  'DELETE /api/pools/:name': 'supervisor',
  'PATCH /api/pools/:name': 'supervisor',
  'POST /api/print': 'operator',
  'POST /api/print-os': 'operator',
  'GET /api/printers': 'viewer',
  'POST /api/printers': 'supervisor',
  'GET /api/printers/discover': 'supervisor',
  'GET /api/printers/:name': 'viewer',
  'PATCH /api/printers/:name': 'supervisor',
  'DELETE /api/printers/:name': 'supervisor',
  'POST /api/printers/jobs/:job/failed': 'operator',
  'POST /api/printers/jobs/:job/printed': 'operator',
  'POST /api/printers/jobs/:job/printing': 'operator',
  'POST /api/printers/jobs/:job/queued': 'operator',
  'POST /api/printers/jobs/:job/retry': 'operator',
  'POST /api/printers/:name/diagnose': 'operator',
  'POST /api/printers/:name/drain': 'supervisor',
  'GET /api/printers/:name/history': 'viewer',
  'GET /api/printers/:name/jobs': 'viewer',
  'POST /api/printers/:name/pause': 'operator',
  'POST /api/printers/:name/resume': 'operator',
  'POST /api/printers/:name/status': 'operator',
  'POST /api/printers/:name/test': 'operator',
  'POST /api/process-print-os': 'operator',
  'POST /api/process-status-updates': 'operator',
  'GET /api/history': 'admin',
  'DELETE /api/history/:month': 'admin',
  'POST /api/history/:month/archive': 'admin',
  'POST /api/history/:month/restore': 'admin',
  'GET /api/retention': 'admin',
  'PUT /api/retention': 'admin',
  'POST /api/retention/run': 'admin',
  'GET /api/rules': 'operator',
  'POST /api/rules': 'supervisor',
  'GET /api/rules/:id': 'operator',
  'PATCH /api/rules/:id': 'supervisor',
  'DELETE /api/rules/:id': 'supervisor',
  'POST /api/rules/:id/pause': 'supervisor',
  'POST /api/rules/:id/resume': 'supervisor',
  'POST /api/rules/:id/test': 'supervisor',
  'GET /api/queues': 'viewer',
  'GET /api/qz/certificate': 'operator',
  'POST /api/qz/sign': 'operator',
  'POST /api/queues/:name/drain': 'supervisor',
  'POST /api/queues/:name/limits': 'supervisor',
  'POST /api/queues/:name/pause': 'operator',
  'POST /api/queues/:name/resume': 'operator',
  'POST /api/scans': 'operator',
  'GET /api/schedules': 'viewer',
  'POST /api/schedules': 'supervisor',
  'GET /api/schedules/preview': 'viewer',
  'GET /api/schedules/:id': 'viewer',
  'PATCH /api/schedules/:id': 'supervisor',
  'DELETE /api/schedules/:id': 'supervisor',
  'POST /api/schedules/:id/pause': 'supervisor',
  'POST /api/schedules/:id/resume': 'supervisor',
  'POST /api/schedules/:id/run': 'operator',
  'GET /api/session': 'viewer',
  'GET /api/sessions': 'viewer',
  'DELETE /api/sessions/:id': 'viewer',
  'POST /api/session/identity': 'viewer',
  'DELETE /api/session/identity': 'viewer',
  'PUT /api/session/password': 'viewer',
  'POST /api/sign-in': 'anyone',
  'POST /api/sign-in/link': 'anyone',
  'GET /api/sign-in/provider': 'anyone',
  'GET /api/sign-in/provider/callback': 'anyone',
  'GET /api/sign-in/ways': 'anyone',
  'POST /api/sign-out': 'anyone',
  'GET /api/stream': 'viewer',
  'POST /api/stream/ticket': 'viewer',
  'GET /api/tokens': 'viewer',
  'POST /api/tokens': 'viewer',
  'DELETE /api/tokens/:id': 'viewer',
  'GET /api/types': 'supervisor',
  'GET /api/users': 'admin',
  'POST /api/users': 'admin',
  'PATCH /api/users/:name': 'admin',
  'POST /api/users/:name/link': 'admin',
  'GET /api/views': 'viewer',
  'PUT /api/views/:id': 'viewer',
  'DELETE /api/views/:id': 'viewer',
  'GET /api/workers': 'viewer',
  'POST /api/workers': 'operator',
  'POST /api/workers/claim': 'operator',
  'POST /api/workers/:id/abandon': 'operator',
  'POST /api/workers/:id/cancelled': 'operator',
  'POST /api/workers/:id/claim': 'operator',
  'POST /api/workers/:id/drain': 'supervisor',
  'POST /api/workers/:id/heartbeat': 'operator',
  'POST /api/workers/:id/hints': 'operator',
  'POST /api/workers/:id/items': 'operator',
  'POST /api/workers/:id/jobs/:job/children': 'operator',
  'GET /api/workers/:id/jobs/:job/document': 'operator',
  'GET /api/workers/:id/jobs/:job/items': 'operator',
  'POST /api/workers/:id/lanes': 'operator',
  'POST /api/workers/:id/late': 'operator',
  'POST /api/workers/:id/logs': 'operator',
  'POST /api/workers/:id/missed': 'operator',
  'POST /api/workers/:id/printers': 'operator',
  'POST /api/workers/:id/progress': 'operator',
  'POST /api/workers/:id/settle': 'operator',
  'POST /api/workers/:id/unregister': 'operator',
  'GET /gateways/cidx/api/jobs': 'viewer',
  'DELETE /gateways/cidx/api/jobs/:id': 'operator',
  'GET /gateways/cidx/api/jobs/:id': 'viewer',
  'GET /gateways/cidx/api/jobs/:id/status': 'viewer',
  'POST /gateways/cidx/auth/login': 'anyone',
  'POST /gateways/cidx/auth/refresh': 'viewer',
  'GET /gateways/print-server/api/health': 'anyone',
  'DELETE /gateways/print-server/api/jobs/:id': 'operator',
  'POST /gateways/print-server/api/print': 'operator',
  'GET /gateways/print-server/api/printers': 'viewer',
  'GET /gateways/print-server/api/status/:id': 'viewer',
  'POST /gateways/print-server/api/test': 'operator',
  'GET /healthz': 'anyone',
  'GET /metrics': 'anyone',
  'POST /pos/auth/machines/status': 'operator',
  'GET /readyz': 'anyone',
}

/** Only sessions have these: a token neither signs out nor sets a password. */
const SESSION_ONLY = new Set([
  'POST /api/session/identity',
  'DELETE /api/session/identity',
  'PUT /api/session/password',
  'GET /api/sessions',
  'DELETE /api/sessions/:id',
])

/** The reference itself, which anybody may read, is no route of the API. */
const IS_REFERENCE = new Set(['GET /api/docs', 'GET /api/openapi.json'])

function routes(): string[] {
  return andon.server.app.knownRoutes
    .filter(({ method, url }) => method !== 'HEAD' && !url.startsWith('/docs/api'))
    .map(({ method, url }) => `${method} ${url}`)
}

describe('every route', () => {
  test('has a policy and stands in the matrix', () => {
    expect(routes().toSorted()).toEqual(Object.keys(MATRIX).toSorted())
  })

  test('is on the page of the reference with the roles that may use it', () => {
    const page = readFileSync(new URL('../../../docs/reference/access.md', import.meta.url), 'utf8')
    const rows = [...page.matchAll(/^\| `(\S+ \S+)` \| \S+ \|(.*)\|.*\|$/gm)].map(([, name = '', marks = '']) => {
      const least = ['anyone', ...ROLES][marks.split('|').findIndex((mark) => mark.includes('✓'))]
      return [name, least]
    })
    const listed = Object.entries(MATRIX).filter(([name]) => !IS_REFERENCE.has(name))
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(listed))
    expect(rows.length).toBe(listed.length)
  })

  test('cannot be added without a policy', () => {
    expect(() => andon.server.app.get('/api/forgotten', async () => 'x')).toThrow()
  })

  test.each(ROLES)('lets %s do what the matrix says, and nothing more', async (role) => {
    for (const [name, least] of Object.entries(MATRIX)) {
      const [method = '', pattern = ''] = name.split(' ')
      if (pattern === '/api/stream') continue
      const mayUse = least === 'anyone' || (ROLES.indexOf(role) >= ROLES.indexOf(least) && !SESSION_ONLY.has(name))
      const answer = await andon.call(method, sample(pattern), { as: role, ...(method === 'GET' ? {} : { body: {} }) })
      const isRefused = answer.status === 403 && answer.body.permission !== 'payloads'
      expect(isRefused, `${name} as ${role}`).toBe(!mayUse)
      if (isRefused) expect(answer.body, name).toMatchObject(refusalOf(pattern, 'forbidden'))
    }
  })

  test('that is not for anyone asks for a sign-in, whatever is in its body', async () => {
    for (const [name, least] of Object.entries(MATRIX)) {
      const [method = '', pattern = ''] = name.split(' ')
      if (least === 'anyone') continue
      const answer = await andon.call(method, sample(pattern), {
        as: null,
        ...(method === 'GET' ? {} : { body: { nonsense: 1 } }),
      })
      expect(answer.body, name).toMatchObject(refusalOf(pattern, 'unauthenticated'))
    }
  })

  test('has a permission of its own name', () => {
    const names = POLICIES.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})

/** A gateway whose contract has no codes tells by its words. */
function refusalOf(pattern: string, code: 'forbidden' | 'unauthenticated'): object {
  const words = code === 'forbidden' ? /needs the role/ : /Nobody is signed in/
  return pattern.startsWith('/gateways/cidx/') ? { detail: expect.stringMatching(words) } : { code }
}

describe('what somebody may not see', () => {
  test('is not found: jobs of others, but for prints', async () => {
    const { body } = await andon.call('POST', '/api/jobs', { as: 'admin', body: { type: 'secret.work' } })
    expect((await andon.call('GET', `/api/jobs/${body.id}`, { as: 'operator' })).body).toMatchObject({
      code: 'job_not_found',
      status: 404,
    })
    expect((await andon.call('DELETE', `/api/jobs/${body.id}`, { as: 'operator' })).status).toBe(404)
    expect((await andon.call('GET', `/api/jobs/${body.id}`, { as: 'supervisor' })).status).toBe(200)
    const listed = await andon.call('GET', '/api/jobs?q=type:secret.work', { as: 'viewer' })
    expect(listed.body.data).toEqual([])
    const print = await andon.call('POST', '/api/jobs', { as: 'admin', body: { type: 'print.proof' } })
    expect((await andon.call('GET', `/api/jobs/${print.body.id}`, { as: 'viewer' })).status).toBe(200)
  })

  test('payloads are a permission apart', async () => {
    const { body } = await andon.call('POST', '/api/jobs', {
      as: 'operator',
      body: { type: 'a.b', input: { secret: 1 } },
    })
    expect((await andon.call('GET', `/api/jobs/${body.id}`, { as: 'operator' })).body).toMatchObject({
      input: null,
      is_redacted: true,
    })
    expect((await andon.call('GET', `/api/jobs/${body.id}`, { as: 'admin' })).body).toMatchObject({
      input: { secret: 1 },
      is_redacted: false,
    })
    const without = await andon.token('admin', ['read'])
    expect((await andon.call('GET', `/api/jobs/${body.id}`, { as: without })).body).toMatchObject({
      input: null,
      is_redacted: true,
    })
  })

  test('actions are those of the reader', async () => {
    const { body } = await andon.call('POST', '/api/jobs', { as: 'operator', body: { type: 'print.x' } })
    expect((await andon.call('GET', `/api/jobs/${body.id}`, { as: 'viewer' })).body.actions).toEqual([])
    expect((await andon.call('GET', `/api/jobs/${body.id}`, { as: 'operator' })).body.actions).toContain('cancel')
  })
})

function sample(pattern: string): string {
  return pattern
    .replace('/workers/:id', '/workers/999999')
    .replace('/sessions/:id', '/sessions/999999')
    .replace(/:job\b/, '0190a000-0000-7000-8000-000000000000')
    .replace(':fingerprint', 'printer_offline.00000000000000')
    .replace(':id', '0190a000-0000-7000-8000-000000000000')
    .replace(':name', 'nobody')
    .replace(':index', '0')
    .replace(':month', '199901')
    .replace(':page', '1')
}
