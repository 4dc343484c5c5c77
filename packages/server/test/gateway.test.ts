import { PrintServerClient } from '../../print/src/http/client.ts'
import { createPrinter, storeJobSource } from '@andon/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, TEST, type TestServer } from './harness.ts'

const ZPL = '^XA^FDbox^FS^XZ'

let andon: TestServer
let key: string
beforeAll(async () => {
  andon = await startTestServer({ settings: { rateLimits: { requestsPerMinute: 1000, signInsPerMinute: 0 } } })
  key = await andon.token('operator', ['gateway'])
  await createPrinter(
    andon.store,
    { name: 'Zebra 1', driver: 'raw', uri: 'socket://127.0.0.1:9', location: 'Hall 1' },
    TEST,
  )
})
afterAll(() => andon[Symbol.asyncDispose]())

const call = (method: string, path: string, body?: unknown, as: string | null = key) =>
  andon.call(method, `/gateways/print-server${path}`, { as, ...(body === undefined ? {} : { body }) })

const order = (labels: number, more: object = {}) => ({
  printer: 'Zebra 1',
  quantity: labels,
  labels: Array.from({ length: labels }, (_, n) => ({ zpl_code: ZPL, box_number: `B-${n}`, metadata: { n } })),
  job_metadata: { mo_reference: 'MO-8235', priority: 'high' },
  ...more,
})

describe('the print-server gateway', () => {
  test('takes a batch and tells how far it is', async () => {
    const made = await call('POST', '/api/print', order(3))
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ status: 'queued', message: '3 labels queued for Zebra 1' })
    expect(Date.parse(made.body.estimated_completion)).toBeGreaterThan(Date.now() - 1000)
    expect(made.headers.get('x-ratelimit-remaining')).toMatch(/^\d+$/)
    const status = await call('GET', `/api/status/${made.body.job_id}`)
    expect(status.body).toEqual({
      job_id: made.body.job_id,
      status: 'queued',
      progress: { total: 3, completed: 0, failed: 0 },
      current_label: null,
      progress_percent: 0,
      error_message: null,
      started_at: null,
      estimated_completion: null,
      printer: 'Zebra 1',
    })
    const job = await andon.call('GET', `/api/jobs/${made.body.job_id}`)
    expect(job.body).toMatchObject({
      priority: 'high',
      subject: { type: 'manufacturing_order', id: 'MO-8235' },
      type: 'print.label',
    })
    const items = await andon.call('GET', `/api/jobs/${made.body.job_id}/items`)
    expect(items.body.data[2]).toMatchObject({ ref: 'B-2' })
  })

  test('one label with a quantity is that many labels', async () => {
    const made = await call('POST', '/api/print', {
      printer: 'Zebra 1',
      quantity: 4,
      labels: [{ zpl_code: ZPL, lot_number: 12 }],
    })
    expect((await call('GET', `/api/status/${made.body.job_id}`)).body.progress.total).toBe(4)
  })

  test('cancels, and says in their words what is not possible', async () => {
    const made = await call('POST', '/api/print', order(1))
    expect((await call('DELETE', `/api/jobs/${made.body.job_id}`)).body).toEqual({
      success: true,
      message: 'The job is cancelled',
    })
    expect((await call('GET', `/api/status/${made.body.job_id}`)).body.status).toBe('cancelled')
    const again = await call('DELETE', `/api/jobs/${made.body.job_id}`)
    expect(again.status).toBe(409)
    expect(again.body).toEqual({
      error: expect.any(String),
      message: expect.any(String),
      code: 'job_already_final',
      timestamp: expect.any(String),
    })
    const unknown = await call('DELETE', '/api/jobs/0190a000-0000-7000-8000-000000000000')
    expect(unknown.status).toBe(404)
  })

  test('a batch with failed labels shows them', async () => {
    const made = await call('POST', '/api/print', { ...order(4), printer: await printerOfOwn() })
    const source = storeJobSource(andon.store)
    const lease = await source.register({
      name: 'w',
      kind: 'worker',
      host: 'h',
      pid: 1,
      version: '0',
      types: ['*'],
      slots: 9,
      leaseMs: 30_000,
    })
    const { rows } = await andon.store.pool.query<{ id: number }>("select id from lane where name = 'Own'")
    const laneId = rows[0]?.id ?? 0
    await andon.store.pool.query("update lane set holder = $1, lease_until = now() + interval '1 hour' where id = $2", [
      lease.workerId,
      laneId,
    ])
    const [job] = await source.claim(lease, {
      lanes: [{ laneId, queueIds: [laneId], limit: 1, slot: 0 }],
      types: ['print.label'],
      limit: 1,
    })
    expect(job?.jobId).toBe(made.body.job_id)
    const token = { jobId: job?.jobId ?? '', fence: job?.fence ?? 0 }
    await source.progress(lease, [{ ...token, substate: 'running' }])
    expect((await call('GET', `/api/status/${made.body.job_id}`)).body).toMatchObject({
      status: 'printing',
      current_label: 1,
    })
    const error = { code: 'printer_job_aborted', message: 'One label was refused', hint: null, retryable: false }
    await source.settle(lease, [{ ...token, outcome: 'completed_with_errors', error, itemsDone: 3, itemsFailed: 1 }])
    expect((await call('GET', `/api/status/${made.body.job_id}`)).body).toMatchObject({
      status: 'completed',
      progress: { total: 4, completed: 3, failed: 1 },
      progress_percent: 100,
      error_message: 'One label was refused',
    })
  })

  test('lists printers, prints a test label, and is well', async () => {
    expect((await call('GET', '/api/printers')).body.printers).toContainEqual({
      name: 'Zebra 1',
      model: '',
      status: 'unknown',
      connection: 'raw',
      location: 'Hall 1',
      jobs_in_queue: expect.any(Number),
    })
    expect((await call('POST', '/api/test', { printer: 'Zebra 1' })).body).toMatchObject({
      success: true,
      job_id: expect.any(String),
    })
    expect((await call('GET', '/api/health', undefined, null)).body).toMatchObject({ status: 'ok' })
  })

  test('refuses in their words', async () => {
    const cases: [unknown, number, string, RegExp][] = [
      [order(1, { printer: 'Zebra 2' }), 404, 'printer_not_found', /Zebra 1/],
      [order(1, { labels: [] }), 400, 'items_out_of_range', /\/labels/],
      [order(501), 400, 'items_out_of_range', /1 to 500/],
      [order(2, { quantity: 3 }), 400, 'validation_failed', /quantity/],
      [order(1, { labels: [{ zpl_code: 'no label' }] }), 400, 'invalid_zpl', /\/labels\/0\/zpl_code/],
      [order(1, { labels: [{}] }), 400, 'validation_failed', /zpl_code/],
      [{}, 400, 'validation_failed', /printer/],
      [order(1, { job_metadata: { priority: 'soon' } }), 400, 'validation_failed', /priority.*high, normal, low/],
    ]
    for (const [body, status, code, words] of cases) {
      const answer = await call('POST', '/api/print', body)
      expect(answer.status, JSON.stringify(body).slice(0, 200)).toBe(status)
      expect(answer.body).toMatchObject({ code, error: expect.any(String), timestamp: expect.any(String) })
      expect(answer.body.message).toMatch(words)
    }
    const stranger = await call('GET', '/api/printers', undefined, null)
    expect(stranger.status).toBe(401)
    expect(stranger.headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect((await call('GET', '/api/printers', undefined, await andon.token('operator', ['read']))).body).toMatchObject(
      { code: 'forbidden' },
    )
    expect((await andon.call('GET', '/api/jobs', { as: key })).status).toBe(403)
  })

  test('has nothing else, in their words', async () => {
    const theirs = { error: expect.any(String), message: expect.any(String), timestamp: expect.any(String) }
    for (const path of ['/api/queue', '/api/print/1', '/']) {
      const answer = await call('GET', path)
      expect(answer.status, path).toBe(404)
      expect(answer.body).toEqual({ ...theirs, code: 'not_found' })
    }
    const wrong = await call('PUT', '/api/print', {})
    expect(wrong.status).toBe(405)
    expect(wrong.headers.get('allow')).toBe('POST')
    expect(wrong.body).toEqual({ ...theirs, code: 'method_not_allowed' })
    for (const id of ['7', 'x'.repeat(100), '019a', '00000000-0000-0000-0000-000000000000']) {
      expect((await call('GET', `/api/status/${id}`)).body, id).toEqual({ ...theirs, code: 'job_not_found' })
      expect((await call('DELETE', `/api/jobs/${id}`)).status, id).toBe(404)
    }
  })

  test('takes null for what a client has not', async () => {
    const label = { zpl_code: ZPL, box_number: null, lot_number: null, metadata: null }
    const nothing = { quantity: null, labels: [label], job_metadata: null }
    expect((await call('POST', '/api/print', order(1, nothing))).status).toBe(201)
    const metadata = { mo_reference: null, priority: null }
    expect((await call('POST', '/api/print', order(1, { job_metadata: metadata }))).status).toBe(201)
  })

  test('speaks with Andon’s own client of print servers', async () => {
    const client = new PrintServerClient({ uri: `${andon.url}/gateways/print-server`, token: key, timeoutMs: 5000 })
    const answer = await client.send('/api/print', { body: order(2), key: 'the same order' })
    const again = await client.send('/api/print', { body: order(2), key: 'the same order' })
    expect(answer.ok && again.ok && answer.body['job_id'] === again.body['job_id']).toBe(true)
    const refused = await client.send('/api/print', { body: order(2, { printer: 'none' }) })
    expect(refused).toMatchObject({ ok: false, refusal: { status: 404 } })
  })
})

async function printerOfOwn(): Promise<string> {
  await createPrinter(andon.store, { name: 'Own', driver: 'raw', uri: 'socket://127.0.0.1:9' }, TEST)
  return 'Own'
}
