import { JOB_STATES, STATION_STATUSES } from '@andon/core'
import { createEngine } from '@andon/engine'
import { loseStations, storeJobSource } from '@andon/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stationStatus } from '../src/presenters/station-jobs.ts'
import { startTestServer, type TestServer } from './harness.ts'

const LABEL = '^XA^FO50,50^FDHello^FS^XZ'

let andon: TestServer
/** The token of a station: it reports, and reads what waits for it. */
let station: string
beforeAll(async () => {
  andon = await startTestServer()
  station = await andon.token('supervisor', ['station'])
})
afterAll(() => andon[Symbol.asyncDispose]())

const post = (path: string, body: unknown, as = 'admin') => andon.call('POST', path, { body, as })
const get = (path: string, as = 'admin') => andon.call('GET', path, { as })

describe('stations', () => {
  test('are made, changed, and removed once they have no printers', async () => {
    const made = await post('/api/machines', { name: 'Desk 1' })
    expect(made).toMatchObject({ status: 201, body: { name: 'Desk 1', is_print_server: true, is_seen: false } })
    expect((await post('/api/machines', { name: 'Desk 1' })).body).toMatchObject({ code: 'name_taken', field: '/name' })
    expect((await post('/api/machines', { name: 'Desk 9' }, 'operator')).body.code).toBe('forbidden')
    await post('/api/printers', { name: 'Badges', driver: 'raw', uri: 'socket://127.0.0.1:1', station: 'Desk 1' })
    expect((await get('/api/machines/Desk%201')).body.printers).toMatchObject([{ name: 'Badges', station: 'Desk 1' }])
    expect((await andon.call('DELETE', `/api/machines/${made.body.id}`)).body.code).toBe('state_conflict')

    const changed = await andon.call('PATCH', `/api/machines/${made.body.id}`, {
      body: { name: 'Reception', is_print_server: false },
    })
    expect(changed.body).toMatchObject({ id: made.body.id, name: 'Reception', is_print_server: false, ask_after: 900 })
    const patience = (seconds: number) =>
      andon.call('PATCH', '/api/machines/Reception', { body: { ask_after: seconds } })
    expect((await patience(3_600)).body).toMatchObject({ ask_after: 3_600, is_print_server: false })
    expect((await patience(60)).body).toMatchObject({ status: 400, field: '/ask_after' })
    expect((await get('/api/machines/Receptoin')).body).toMatchObject({
      code: 'station_not_found',
      detail: expect.stringContaining('"Reception"'),
    })
    await andon.call('PATCH', '/api/printers/Badges', { body: { station: null } })
    expect((await andon.call('DELETE', '/api/machines/Reception')).status).toBe(204)
    expect((await get('/api/machines')).body.data).toEqual([])
    // Its history keeps its number, so the same name comes back with it.
    expect((await post('/api/machines', { name: 'Reception' })).body.id).toBe(made.body.id)
    expect((await get('/api/audit?target=station:' + made.body.id)).body.data.length).toBeGreaterThanOrEqual(4)
  })

  test('a printer of a station that is not there is refused', async () => {
    const refused = await post('/api/printers', {
      name: 'Lost',
      driver: 'raw',
      uri: 'socket://127.0.0.1:1',
      station: 'Nowhere',
    })
    expect(refused.body).toMatchObject({ code: 'station_not_found', field: '/station' })
    expect((await get('/api/printers/Lost')).status).toBe(404)
  })

  test('say that they are there, at both addresses, and are missed when they do not', async () => {
    const { body: made } = await post('/api/machines', { name: 'Desk 2' })
    const report = { machine_id: made.id, qz_connected: true, pending_jobs: 0, version: '1.2', printer_status: {} }
    expect((await post('/api/machines/status', report, station)).body).toMatchObject({
      is_seen: true,
      qz_connection_status: 'connected',
      version: '1.2',
    })
    const again = await post('/pos/auth/machines/status', { ...report, machine_id: 'Desk 2' }, station)
    expect(again.body.is_seen).toBe(true)
    expect((await post('/api/machines/status', report, 'viewer')).body.code).toBe('forbidden')
    expect((await post('/api/machines/status', { ...report, machine_id: 'Desk 99' }, station)).status).toBe(404)
    expect((await post('/api/machines/status', { ...report, qz_connected: 'yes' }, station)).body).toMatchObject({
      code: 'validation_failed',
      field: '/qz_connected',
    })

    await andon.store.pool.query("update station set seen_at = now() - interval '3 minutes' where id = $1", [made.id])
    expect(await loseStations(andon.store, 120_000)).toEqual(['Desk 2'])
    expect(await loseStations(andon.store, 120_000)).toEqual([])
    expect((await get('/api/machines/Desk%202')).body).toMatchObject({
      is_seen: false,
      qz_connection_status: 'disconnected',
    })
    expect((await get('/api/attention')).body.data).toContainEqual(
      expect.objectContaining({ kind: 'station', id: 'Desk 2', severity: 'error' }),
    )
    const events = await andon.store.pool.query(
      "select data->>'isSeen' as seen from event where topic = $1 and data ? 'isSeen' order by seq",
      [`station:${made.id}`],
    )
    expect(events.rows.map(({ seen }) => seen)).toEqual(['true', 'false'])
    await post('/api/machines/status', report, station)
    expect((await get('/api/attention')).body.data).not.toContainEqual(expect.objectContaining({ id: 'Desk 2' }))
  })

  test('say what is the matter with QZ Tray, and it is shown', async () => {
    await post('/api/machines', { name: 'Desk 3' })
    const said = { status: 'error', message: 'The user of QZ Tray blocked this site.' }
    expect((await post('/api/machines/Desk%203/qz-status', said, station)).body).toMatchObject({
      qz_connection_status: 'error',
      message: said.message,
    })
    expect((await get('/api/attention')).body.data).toContainEqual(
      expect.objectContaining({ kind: 'station', id: 'Desk 3', what: said.message }),
    )
  })

  test('see what they print and will print in their own words, and what they did', async () => {
    await post('/api/machines', { name: 'Desk 4' })
    await post('/api/pools', { name: 'badges' })
    for (const name of ['B1', 'B2']) {
      const printer = { name, driver: 'raw', uri: 'socket://127.0.0.1:1', station: 'Desk 4', pool: 'badges' }
      expect((await post('/api/printers', printer)).status).toBe(201)
    }
    const media = { media: 'na_index-4x6_4x6in', sides: 'two-sided-long-edge' }
    const order = { printer: 'B1', items: [{ zpl: LABEL }, { zpl: LABEL }], priority: 'urgent', options: media }
    const { body: mine } = await post('/api/print', order)
    await post('/api/print', { pool: 'badges', items: [{ zpl: LABEL }] })
    const { body } = await get('/api/machines/Desk%204/jobs', station)
    expect(body.meta).toMatchObject({ total_pending: 2, total_printing: 0, printer_status: { B1: 'unknown' } })
    expect(body.data).toHaveLength(2)
    expect(body.data[0]).toMatchObject({
      id: mine.id,
      status: 'queued',
      priority: 1,
      paper: media.media,
      duplex: true,
      retry_count: 0,
      printed_at: null,
    })

    await runOne('B1')
    const { body: stats } = await get('/api/machines/Desk%204/print-stats', station)
    expect(stats).toMatchObject({
      jobs: { printed: 1, failed: 0, pending: 1 },
      labels_printed: 2,
      failure_rate: 0,
      retries: 0,
    })
    const future = new Date(Date.now() + 60_000).toISOString()
    const { body: none } = await get(`/api/machines/Desk%204/print-stats?since=${future}`, station)
    expect(none).toMatchObject({ jobs: { printed: 0 }, failure_rate: null, last_printed_at: null })
  })

  test('each state has one of their words', () => {
    for (const state of JOB_STATES) expect(STATION_STATUSES).toContain(stationStatus(state))
    expect(stationStatus('completed')).toBe('printed')
    for (const state of JOB_STATES) {
      if (state !== 'completed') expect(stationStatus(state)).not.toBe('printed')
    }
  })

  test('are watched by the engine', async () => {
    await post('/api/machines', { name: 'Desk 5' })
    await post('/api/machines/status', { machine_id: 'Desk 5', qz_connected: false }, station)
    await andon.store.pool.query("update station set seen_at = now() - interval '3 minutes' where name = 'Desk 5'")
    const engine = createEngine({ store: andon.store })
    engine.start()
    await expect.poll(async () => (await get('/api/machines/Desk%205')).body.is_seen).toBe(false)
    await engine.stop()
  })
})

/** Prints the next job of a printer as its worker would, without a device. */
async function runOne(printer: string): Promise<void> {
  const source = storeJobSource(andon.store)
  const worker = { name: 'w', kind: 'station', host: 'h', pid: 1, version: '1', slots: 1, leaseMs: 30_000 } as const
  const lease = await source.register({ ...worker, types: ['print.label'] })
  const { rows } = await andon.store.pool.query('select id from lane where name = $1', [printer])
  const laneId: number = rows[0].id
  const lane = { laneId, queueIds: [laneId], limit: 1, slot: 0 }
  const [job] = await source.claim(lease, { lanes: [lane], types: ['print.label'], limit: 1 })
  if (!job) throw new Error('nothing to print')
  const { jobId, fence } = job
  await source.change(lease, [{ jobId, fence, from: 0, to: 1, state: 'done', proof: 'confirmed', attempt: 1 }])
  const outcome = { outcome: 'completed', itemsDone: 2, printerId: laneId } as const
  await source.settle(lease, [{ jobId, fence, ...outcome }])
}

describe('the token of a station', () => {
  const heartbeat = (machine: string) => ({ machine_id: machine, qz_connected: false })

  test('speaks for this station and no other', async () => {
    for (const name of ['Own', 'Other']) await post('/api/machines', { name })
    const printer = { driver: 'raw', uri: 'socket://127.0.0.1:1' }
    for (const name of ['Own', 'Other']) await post('/api/printers', { ...printer, name: `of ${name}`, station: name })
    const made = await post('/api/tokens', { name: 'desk', scopes: ['station'], station: 'Own' }, 'operator')
    expect(made.body.view).toMatchObject({ station: 'Own', scopes: ['station'] })
    const token: string = made.body.token
    const job = async (of: string): Promise<string> => {
      const items = [{ zpl: LABEL }]
      return (await post('/api/print', { printer: `of ${of}`, items })).body.id
    }
    const others = await job('Other')
    const worker = { name: 'w', kind: 'station', types: ['print.label'] }
    const refused = [
      await post('/api/machines/status', heartbeat('Other'), token),
      await post('/api/machines/Other/qz-status', { status: 'connected' }, token),
      await get('/api/machines/Other', token),
      await get('/api/machines/Other/jobs', token),
      await get('/api/machines/Other/print-stats', token),
      await post('/api/workers', { ...worker, station: 'Other' }, token),
      await post(`/api/printers/jobs/${others}/queued`, { machine_id: 'Other' }, token),
    ]
    expect(refused.map(({ body, status }) => [status, body.code])).toEqual(refused.map(() => [403, 'forbidden']))
    expect((await get('/api/machines', token)).body.data).toMatchObject([{ name: 'Own' }])
    expect((await post(`/api/printers/jobs/${others}/retry`, {}, token)).status).toBe(404)

    const general = await andon.token('supervisor', ['station'])
    const { body: elsewhere } = await post('/api/workers', { ...worker, station: 'Other' }, general)
    const tied = await andon.token('supervisor', ['station'], 'Own')
    const lanes = `/api/workers/${elsewhere.worker_id}/lanes`
    expect((await post(lanes, { lease: elsewhere.fence }, tied)).body.code, 'of the same account').toBe(
      'worker_not_found',
    )
    expect((await post(lanes, { lease: elsewhere.fence }, general)).status).toBe(200)

    expect((await post('/api/machines/status', heartbeat('Own'), token)).body).toMatchObject({
      name: 'Own',
      is_seen: true,
    })
    const own = await job('Own')
    expect((await post(`/api/printers/jobs/${own}/queued`, { machine_id: 'Own' }, token)).status).toBe(200)
  })

  test('of an operator has to be tied to one', async () => {
    await post('/api/machines', { name: 'Tied' })
    const free = await andon.token('operator', ['station'])
    expect((await post('/api/machines/status', heartbeat('Tied'), free)).body).toMatchObject({
      code: 'forbidden',
      hint: expect.stringContaining('--station "Tied"'),
    })
    expect((await get('/api/machines/Tied', free)).status, 'may look').toBe(200)
    for (const [body, field] of [
      [{ name: 'x', scopes: ['station'], station: 'Nowhere' }, '/station'],
      [{ name: 'x', scopes: ['read'], station: 'Tied' }, '/scopes'],
    ] as const) {
      expect((await post('/api/tokens', body)).body, JSON.stringify(body)).toMatchObject({ field })
    }
  })

  test('makes none for another, and ends with its station', async () => {
    for (const name of ['Brief', 'Lasting']) await post('/api/machines', { name })
    const token = await andon.token('admin', ['admin', 'station'], 'Brief')
    const wanted = { name: 'more', scopes: ['station'] }
    expect((await post('/api/tokens', { ...wanted, station: 'Lasting' }, token)).body.code).toBe('forbidden')
    expect((await post('/api/tokens', wanted, token)).body.view, 'as it is').toMatchObject({ station: 'Brief' })
    expect((await andon.call('DELETE', '/api/machines/Brief')).status).toBe(204)
    expect((await get('/api/machines', token)).status).toBe(401)
  })
})
