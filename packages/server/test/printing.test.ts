import { createServer, type Server } from 'node:http'
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { startVirtualPrinter, type VirtualPrinter } from '@andon/print'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documents } from './documents.ts'
import { PIXEL, startTestServer, type TestServer } from './harness.ts'

const LABEL = '^XA^FO50,50^FDHello^FS^XZ'

let andon: TestServer
let device: VirtualPrinter
let uri: string
beforeAll(async () => {
  andon = await startTestServer({ settings: { allowedDocumentHosts: ['127.0.0.1'] } })
  device = await startVirtualPrinter({ name: 'device' })
  uri = device.uri
  await post('/api/printers', { name: 'Badge 01', driver: 'ipp', uri })
})
afterAll(async () => {
  await device[Symbol.asyncDispose]()
  await andon[Symbol.asyncDispose]()
})

const post = (path: string, body: unknown = {}, as = 'admin') => andon.call('POST', path, { body, as })
const labels = (count: number) => Array.from({ length: count }, (_, n) => ({ zpl: LABEL, ref: `box ${n}` }))

describe('printers', () => {
  test('are added once they answer, and shown with what they say', async () => {
    const added = await post('/api/printers', { name: 'Label 02', driver: 'ipp', uri, location: 'Hall 2' })
    expect(added.status).toBe(201)
    expect(added.body).toMatchObject({ name: 'Label 02', state: 'idle', location: 'Hall 2', jobs_waiting: 0 })
    expect(added.body.capabilities.formats.length).toBeGreaterThan(0)
    expect((await post('/api/printers', { name: 'Label 02', driver: 'ipp', uri })).body).toMatchObject({
      code: 'printer_exists',
      field: '/name',
    })
    const listed = await andon.call('GET', '/api/printers')
    expect(listed.body.data.map((printer: { name: string }) => printer.name)).toContain('Label 02')
    expect((await andon.call('GET', '/api/printers/Label%2002')).body.name).toBe('Label 02')
  })

  test('an address that is no printer is refused', async () => {
    const web: Server = createServer((_request, response) => response.end('<h1>shop</h1>'))
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
    const port = (web.address() as AddressInfo).port
    const wrong = await post('/api/printers', { name: 'Web', driver: 'ipp', uri: `ipp://127.0.0.1:${port}/ipp/print` })
    web.closeAllConnections()
    web.close()
    expect(wrong.body).toMatchObject({ code: 'not_a_printer', status: 400, field: '/uri' })
    const silent = await post('/api/printers', { name: 'Off', driver: 'ipp', uri: 'ipp://127.0.0.1:1/ipp/print' })
    expect(silent.body).toMatchObject({ code: 'printer_unreachable', field: '/uri' })
    const unchecked = await post('/api/printers', {
      name: 'Off',
      driver: 'ipp',
      uri: 'ipp://127.0.0.1:1/ipp/print',
      is_unchecked: true,
    })
    expect(unchecked.status).toBe(201)
    for (const [body, field] of [
      [{ name: 'x', driver: 'ipp', uri: 'file:///etc/passwd' }, '/uri'],
      [{ name: 'x', driver: 'carrier pigeon', uri }, '/driver'],
      [{ name: 'x\0y', driver: 'ipp', uri }, '/name'],
      [{ name: 'x', driver: 'ipp', uri, settings: { nonsense: 1 } }, '/settings/nonsense'],
      [{ name: 'x', driver: 'ipp', uri, pool: 'nowhere' }, '/pool'],
    ] as const) {
      expect((await post('/api/printers', body)).body, JSON.stringify(body)).toMatchObject({ field })
    }
  })

  test('pause, resume, drain, ask, diagnose, history', async () => {
    expect((await post('/api/printers/Badge%2001/pause', { reason: 'lunch' }, 'operator')).body).toMatchObject({
      pause: { by: 'operator', reason: 'lunch', is_by_trouble: false },
    })
    expect((await post('/api/printers/Badge%2001/pause', { until: '2020-01-01T00:00:00Z' })).body).toMatchObject({
      field: '/until',
    })
    expect((await post('/api/printers/Badge%2001/resume', {}, 'operator')).body).toMatchObject({ pause: null })
    expect((await post('/api/printers/Badge%2001/drain')).body).toMatchObject({ is_draining: true })
    expect((await post('/api/printers/Badge%2001/drain', { is_draining: false })).body).toMatchObject({
      is_draining: false,
    })
    device.setFault('media-jam')
    const jammed = await post('/api/printers/Badge%2001/status')
    expect(jammed.body).toMatchObject({ status_text: 'Needs attention' })
    expect(jammed.body.troubles[0]).toMatchObject({ reason: 'media-jam', severity: 'error' })
    expect(jammed.body.troubles[0].steps.length).toBeGreaterThan(0)
    device.clearFault()
    const diagnosis = await post('/api/printers/Badge%2001/diagnose')
    expect(diagnosis.body.checks.map((check: { name: string }) => check.name)).toEqual(
      expect.arrayContaining(['connection', 'device', 'queue', 'driver', 'proof']),
    )
    expect((await andon.call('GET', '/api/printers/Badge%2001/history')).body.data.length).toBeGreaterThan(0)
  })

  test('change, and keep their secrets', async () => {
    await post('/api/printers', {
      name: 'Secretive',
      driver: 'http',
      uri: 'http://127.0.0.1:9',
      settings: { token: 'hush hush' },
      is_unchecked: true,
    })
    const shown = await andon.call('GET', '/api/printers/Secretive')
    expect(JSON.stringify(shown.body)).not.toContain('hush')
    const changed = await andon.call('PATCH', '/api/printers/Secretive', {
      body: { name: 'Renamed', location: 'Attic', settings: shown.body.settings },
    })
    expect(changed.body).toMatchObject({ name: 'Renamed', location: 'Attic' })
    const { rows } = await andon.store.pool.query('select settings from printer where id = $1', [changed.body.id])
    expect(rows[0].settings).toEqual({ token: 'hush hush' })
    expect((await andon.call('DELETE', '/api/printers/Renamed')).status).toBe(204)
    expect((await andon.call('GET', '/api/printers/Renamed')).status).toBe(404)
  })

  test('have another that stands in for them, and say why one cannot', async () => {
    const patch = (body: object) => andon.call('PATCH', '/api/printers/Badge%2001', { body })
    await post('/api/printers', { name: 'Spare', driver: 'ipp', uri })
    expect((await patch({ failover_to: 'Spare', failover_after: 90 })).body).toMatchObject({
      failover_to: 'Spare',
      failover_after: 90,
    })
    for (const [body, field] of [
      [{ failover_to: 'Badge 01' }, '/failover_to'],
      [{ failover_to: 'Nowhere' }, '/failover_to'],
      [{ failover_after: -1 }, '/failover_after'],
      [{ failover_after: 604_801 }, '/failover_after'],
      [{ failover_after: 1.5 }, '/failover_after'],
    ] as const) {
      expect((await patch(body)).body, JSON.stringify(body)).toMatchObject({ status: 400, field })
    }
    const unknown = { name: 'Lonely', driver: 'ipp', uri, failover_to: 'Lonely' }
    expect((await post('/api/printers', unknown)).body).toMatchObject({ status: 400, field: '/failover_to' })
    expect((await patch({ failover_to: null })).body).toMatchObject({ failover_to: null, failover_after: 90 })
    expect((await andon.call('DELETE', '/api/printers/Spare')).status).toBe(204)
  })

  test('are found, and pools are made of them', async () => {
    expect((await andon.call('GET', '/api/printers/discover')).body.data).toMatchObject([
      { name: 'Found', added_as: null },
    ])
    expect((await andon.call('GET', '/api/printers/discover?cups=http://x')).body).toMatchObject({ field: 'cups' })
    expect((await post('/api/pools', { name: 'Labels' })).body).toMatchObject({ name: 'Labels', printers: [] })
    expect((await post('/api/pools', { name: 'Badge 01' })).body).toMatchObject({ code: 'name_taken' })
    await andon.call('PATCH', '/api/printers/Badge%2001', { body: { pool: 'Labels' } })
    expect((await andon.call('GET', '/api/pools')).body.data).toMatchObject([
      { name: 'Labels', printers: ['Badge 01'] },
    ])
    expect((await post('/api/print', { pool: 'Labels', items: labels(1) })).status).toBe(201)
    expect((await andon.call('DELETE', '/api/pools/Labels')).body).toMatchObject({ code: 'state_conflict' })
    await post('/api/pools', { name: 'Short-lived' })
    expect((await andon.call('DELETE', '/api/pools/Short-lived')).status).toBe(204)
    expect((await andon.call('DELETE', '/api/pools/Badge%2001')).body).toMatchObject({ code: 'pool_not_found' })
  })

  test('print one test page for each key, and show of their queue what is asked for', async () => {
    await post('/api/printers/Badge%2001/pause')
    const test = (key: string) =>
      andon.call('POST', '/api/printers/Badge%2001/test', { body: {}, headers: { 'idempotency-key': key } })
    const first = await test('page 1')
    expect((await test('page 1')).body).toEqual({ id: first.body.id, is_existing: true })
    expect((await test('page 2')).body.is_existing).toBe(false)
    const queue = (limit: number) => andon.call('GET', `/api/printers/Badge%2001/jobs?limit=${limit}`)
    expect((await queue(1)).body).toMatchObject({ data: [{ id: first.body.id }], total: { count: 1, is_exact: false } })
    expect((await queue(201)).body).toMatchObject({ field: 'limit', allowed: 'at most 200' })
    await post('/api/printers/Badge%2001/resume')
  })

  test('print test pages', async () => {
    const made = await post('/api/printers/Badge%2001/test', {}, 'operator')
    expect(made.status).toBe(201)
    const queue = await andon.call('GET', '/api/printers/Badge%2001/jobs')
    expect(queue.body.data.map((job: { id: string }) => job.id)).toContain(made.body.id)
  })
})

describe('a print', () => {
  test('of 200 labels is one job with 200 items', async () => {
    const made = await post(
      '/api/print',
      { printer: 'Badge 01', items: labels(200), subject: { type: 'order', id: 'MO-8235' } },
      'operator',
    )
    expect(made.status).toBe(201)
    const job = await andon.call('GET', `/api/jobs/${made.body.id}`)
    expect(job.body).toMatchObject({
      type: 'print.label',
      printer: 'Badge 01',
      items: { total: 200 },
      description: '200 labels',
      created_by: 'operator',
    })
    expect(job.body.progress.text).toBe('0 of 200 printed')
    const preview = await andon.call('GET', `/api/jobs/${made.body.id}/items/7/preview`)
    expect(preview.headers.get('content-type')).toBe('image/png')
    expect(preview.body).toEqual(PIXEL)
    expect((await andon.call('GET', `/api/jobs/${made.body.id}/items/200/preview`)).body).toMatchObject({
      code: 'item_not_found',
    })
    expect(
      (await andon.call('GET', `/api/jobs/${made.body.id}/items/7/preview`, { as: 'operator' })).body,
    ).toMatchObject({ code: 'forbidden' })
  })

  test('names what is wrong and what is allowed', async () => {
    const cases: [object, object][] = [
      [
        { printer: 'Badge 02', items: labels(1) },
        { code: 'printer_not_found', status: 404, field: '/printer', candidates: ['Badge 01'] },
      ],
      [
        { pool: 'nowhere', items: labels(1) },
        { code: 'pool_not_found', field: '/pool' },
      ],
      [
        { printer: 'Badge 01', items: [] },
        { code: 'items_out_of_range', field: '/items', allowed: '1 to 500 items' },
      ],
      [
        { printer: 'Badge 01', items: labels(501) },
        { code: 'items_out_of_range', field: '/items' },
      ],
      [
        { printer: 'Badge 01', items: [...labels(3), { zpl: '^FDno start^XZ' }] },
        { code: 'invalid_zpl', field: '/items/3/zpl' },
      ],
      [
        { printer: 'Badge 01', items: [{ zpl: '^XA^FDno end' }] },
        { code: 'invalid_zpl', field: '/items/0/zpl' },
      ],
      [
        { printer: 'Badge 01', items: [{ data: { a: 1 } }] },
        { code: 'validation_failed', field: '/items/0/zpl' },
      ],
      [{ printer: 'Badge 01' }, { code: 'validation_failed', field: '/items' }],
      [{ items: labels(1) }, { code: 'validation_failed', field: '/printer' }],
      [
        { printer: 'Badge 01', pool: 'Labels', items: labels(1) },
        { code: 'validation_failed', field: '/printer' },
      ],
      [
        { printer: 'Badge 01', document_id: '0190a000-0000-7000-8000-000000000000' },
        { code: 'document_not_found', field: '/document_id' },
      ],
      [
        { printer: 'Badge 01', document_url: 'http://10.1.2.3/a.pdf' },
        { code: 'private_address', field: '/document_url' },
      ],
      [
        { printer: 'Badge 01', document_url: 'http://[::1]/a.pdf' },
        { code: 'private_address', field: '/document_url' },
      ],
      [
        { printer: 'Badge 01', document_url: 'file:///etc/passwd' },
        { code: 'validation_failed', field: '/document_url' },
      ],
      [
        { printer: 'Badge 01', items: labels(1), copies: 0 },
        { code: 'validation_failed', field: '/copies' },
      ],
      [
        { printer: 'Badge 01', items: labels(1), description: 'a\0b' },
        { code: 'nul_character', field: '/description' },
      ],
    ]
    for (const [body, expected] of cases) {
      const answer = await post('/api/print', body)
      expect(answer.body, JSON.stringify(body).slice(0, 200)).toMatchObject(expected)
      expect(answer.body.hint.length).toBeGreaterThan(0)
    }
  })

  test('expires when it does not start in time, and is found by its key', async () => {
    const body = { printer: 'Badge 01', items: labels(1), expires_after: 60, idempotency_key: 'print 1' }
    const first = await post('/api/print', body)
    const second = await post('/api/print', body)
    expect(second.body).toMatchObject({ id: first.body.id })
    const job = await andon.call('GET', `/api/jobs/${first.body.id}`)
    expect(Date.parse(job.body.expires_at) - Date.parse(job.body.created_at)).toBeGreaterThan(50_000)
  })
})

documents(() => andon)

test('a raw device is added and asked as well', async () => {
  const raw: TcpServer = createTcpServer((socket) => socket.on('error', () => {}).resume())
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve))
  const port = (raw.address() as AddressInfo).port
  const answer = await post('/api/printers', { name: 'Zebra', driver: 'raw', uri: `socket://127.0.0.1:${port}` })
  expect([201, 400, 502]).toContain(answer.status)
  raw.close()
})
