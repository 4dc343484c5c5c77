import { createPrinter, type PrinterRow, readDocument } from '@andon/store'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type HttpJobSource, httpJobSource, StationApi } from '../../sdk/src/index.ts'
import { Worker } from '../../worker/src/index.ts'
import { createSignInLink } from '../src/index.ts'
import { type Answer, startTestServer, TEST, type TestServer } from './harness.ts'
import { until } from './remote-shop.ts'

let andon: TestServer
let token: string
beforeAll(async () => {
  andon = await startTestServer()
  token = await andon.token('supervisor', ['station'])
  await andon.store.pool.query(`insert into station (name) values ('Packing'), ('Office')`)
  await printer('Label', 'Packing', { pool: await pool('Labels') })
  await printer('Badge', 'Packing')
  await printer('Laser', 'Office')
  await printer('Free', null)
})
afterAll(() => andon[Symbol.asyncDispose]())
beforeEach(async () => {
  // Each test has stations of its own, and a printer is held by one.
  await andon.store.pool.query('delete from job')
  await andon.store.pool.query('update lane set holder = null, lease_until = null')
})

const FINE = { reasons: [], supplies: [], queuedJobs: 0, message: null, capabilities: null, model: 'ZD421' } as const

async function pool(name: string): Promise<string> {
  expect((await andon.call('POST', '/api/pools', { body: { name } })).status).toBe(201)
  return name
}

async function printer(name: string, station: string | null, more: { pool?: string } = {}): Promise<PrinterRow> {
  const settings = { password: `secret of ${name}` }
  const fields = { name, driver: 'raw' as const, uri: 'socket://127.0.0.1:9', settings, ...more }
  return createPrinter(andon.store, { ...fields, ...(station === null ? {} : { station }) }, TEST)
}

interface TestStation {
  readonly source: HttpJobSource
  readonly api: StationApi
  readonly path: string
  readonly lease: string
}

async function station(name: string, withToken = token): Promise<TestStation> {
  const source = httpJobSource({ url: andon.url, token: withToken, station: name })
  const about = { name, kind: 'station', host: 'h', pid: 1, version: 'v', types: ['print.label'], slots: 9 } as const
  const { fence, workerId } = await source.register({ ...about, leaseMs: 60_000 })
  return { source, api: new StationApi(source), path: `/api/workers/${workerId}`, lease: fence }
}

async function print(body: object): Promise<string> {
  const made = await andon.call('POST', '/api/print', { body: { items: [{ zpl: '^XA^FDx^FS^XZ' }], ...body } })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  return made.body.id
}

function claimLane(of: TestStation, lane_id: number, queue_ids = [lane_id]) {
  const body = { lease: of.lease, types: ['print.label'], limit: 5, lanes: [{ lane_id, queue_ids, limit: 5 }] }
  return andon.call('POST', `${of.path}/claim`, { as: token, body })
}

async function laneNamed(name: string): Promise<number> {
  const { rows } = await andon.store.pool.query<{ id: number }>('select id from lane where name = $1', [name])
  return rows[0]?.id ?? 0
}

async function sessionCookie(): Promise<string> {
  const { link } = await createSignInLink(andon.store, 'supervisor')
  const answer = await andon.call('POST', '/api/sign-in/link', { as: null, body: { link } })
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

describe('a station', () => {
  test('has to exist, and to say its name', async () => {
    await expect(station('Nowhere')).rejects.toMatchObject({ code: 'station_not_found', status: 404 })
    const body = { name: 'x', types: [] }
    for (const wrong of [{ kind: 'station' }, { station: 'Packing' }]) {
      const answer = await andon.call('POST', '/api/workers', { body: { ...body, ...wrong } })
      expect(answer.body).toMatchObject({ status: 400, field: '/station' })
    }
  })

  test('gets its own printers with what it needs to drive them, and holds them', async () => {
    const packing = await station('Packing')
    const lanes = await packing.api.lanes()
    expect(lanes).toMatchObject([
      { name: 'Badge', queueIds: [await laneNamed('Badge')], pool: null, isPausedByTrouble: false },
      { name: 'Label', queueIds: [await laneNamed('Label'), await laneNamed('Labels')], pool: 'Labels' },
    ])
    expect(lanes[0]?.address).toMatchObject({ driver: 'raw', settings: { password: 'secret of Badge' } })
    expect(await (await station('Packing')).api.lanes(), 'held by the first').toEqual([])
    expect((await andon.call('GET', '/api/workers')).body.data).toContainEqual(
      expect.objectContaining({ name: 'Packing', kind: 'station' }),
    )
  })

  test('is given no passwords when its token is of somebody who may not set them', async () => {
    const packing = await station('Packing', await andon.token('operator', ['station'], 'Packing'))
    const lanes = await packing.api.lanes()
    expect(lanes.map(({ address }) => address.settings)).toEqual([{}, {}])
  })

  test('in a page is given what is behind QZ Tray only', async () => {
    const fields = { name: 'Receipt', driver: 'qz', uri: 'qz:Receipt', settings: {}, station: 'Office' } as const
    await createPrinter(andon.store, fields, TEST)
    const cookie = await sessionCookie()
    const post = (path: string, body: object): Promise<Answer> =>
      andon.call('POST', path, { as: null, body, headers: { cookie } })
    const worker = await post('/api/workers', {
      name: 'page',
      kind: 'station',
      station: 'Office',
      types: ['print.label'],
    })
    const lanes = await post(`/api/workers/${worker.body.worker_id}/lanes`, { lease: worker.body.fence })
    expect(lanes.body.data).toEqual([expect.objectContaining({ name: 'Receipt' })])
    await andon.store.pool.query(`update lane set removed_at = now() where name = 'Receipt'`)
  })

  test('lets go of a printer that was given to another', async () => {
    const [packing, office] = [await station('Packing'), await station('Office')]
    await packing.api.lanes()
    const move = `update printer set station_id = (select id from station where name = $1) where id = $2`
    await andon.store.pool.query(move, ['Office', await laneNamed('Badge')])
    expect((await packing.api.lanes()).map(({ name }) => name)).toEqual(['Label'])
    expect((await office.api.lanes()).map(({ name }) => name)).toEqual(['Badge', 'Laser'])
    expect((await claimLane(packing, await laneNamed('Badge'))).body).toMatchObject({ code: 'forbidden' })
    await andon.store.pool.query(move, ['Packing', await laneNamed('Badge')])
  })

  test('claims from printers that it holds, and from nothing else', async () => {
    const packing = await station('Packing')
    const [badge, label, laser, free] = await Promise.all(['Badge', 'Label', 'Laser', 'Free'].map(laneNamed))
    if (badge === undefined || label === undefined || laser === undefined || free === undefined) throw new Error('none')
    expect((await claimLane(packing, badge)).body, 'not held yet').toMatchObject({ status: 403, code: 'forbidden' })
    await packing.api.lanes()
    const other = await station('Office')
    await other.api.lanes()
    for (const lane of [laser, free, 2_000_000]) {
      expect((await claimLane(packing, lane)).body).toMatchObject({ code: 'forbidden', field: '/lanes/0/lane_id' })
    }
    expect((await claimLane(packing, badge, [badge, label])).body, 'the queue of another').toMatchObject({
      status: 403,
    })
    const first = await print({ printer: 'Badge' })
    await print({ printer: 'Badge' })
    const claimed = (await claimLane(packing, badge)).body.data
    expect(claimed, 'one at a time').toMatchObject([{ job_id: first, lane_id: badge }])
    expect((await claimLane(packing, badge)).body.data).toEqual([])
  })

  test('is no worker of queues, and a worker is no station', async () => {
    const packing = await station('Packing')
    await expect(packing.source.queueLanes(['default'])).rejects.toMatchObject({ code: 'validation_failed' })
    const { body: worker } = await andon.call('POST', '/api/workers', {
      as: 'operator',
      body: { name: 'w', types: [] },
    })
    const path = `/api/workers/${worker.worker_id}`
    const lease = { lease: worker.fence }
    const badge = await laneNamed('Badge')
    for (const lane_id of [badge, await laneNamed('Labels')]) {
      const lanes = [{ lane_id, queue_ids: [lane_id], limit: 1 }]
      const body = { ...lease, lanes, types: ['print.label'], limit: 1 }
      expect((await andon.call('POST', `${path}/claim`, { as: 'operator', body })).body.code).toBe('forbidden')
    }
    const listed = await andon.call('POST', `${path}/lanes`, { as: 'operator', body: lease })
    expect(listed.body.data.every((lane: object) => !('settings' in lane))).toBe(true)
    const report = { ...lease, resumes: [badge] }
    expect((await andon.call('POST', `${path}/printers`, { as: 'operator', body: report })).body.code).toBe('forbidden')
  })
})

describe('what a station says of printers', () => {
  test('is kept: state, trouble that pauses and resumes, and proof', async () => {
    const { api } = await station('Packing')
    await api.lanes()
    const id = await laneNamed('Badge')
    const reason = { reason: 'media-empty', severity: 'error', raw: 'PAPER OUT' } as const
    const status = { ...FINE, state: 'stopped', reasons: [reason] } as const
    await api.report({ reports: [{ printerId: id, status }], pauses: [{ printerId: id, reason }] })
    expect((await andon.call('GET', '/api/printers/Badge')).body).toMatchObject({
      state: 'stopped',
      model: 'ZD421',
      troubles: [{ reason: 'media-empty', raw: 'PAPER OUT' }],
      pause: { by: 'printer', is_by_trouble: true },
    })
    const at = new Date()
    const isWell = { printerId: id, status: { ...FINE, state: 'idle' } } as const
    await api.report({ reports: [isWell], resumes: [id], confirmed: [{ printerId: id, at }] })
    expect((await andon.call('GET', '/api/printers/Badge')).body).toMatchObject({
      state: 'idle',
      pause: null,
      last_confirmed_at: at.toISOString(),
    })
  })

  test('never ends what a person paused', async () => {
    const { api } = await station('Packing')
    await api.lanes()
    await andon.call('POST', '/api/printers/Badge/pause', { body: { reason: 'cleaning' } })
    await api.report({ resumes: [await laneNamed('Badge')] })
    expect((await andon.call('GET', '/api/printers/Badge')).body.pause).toMatchObject({ by: 'admin' })
    await andon.call('POST', '/api/printers/Badge/resume')
  })

  test('is of its own printers only, also in reports on jobs', async () => {
    const packing = await station('Packing')
    await packing.api.lanes()
    const laser = await laneNamed('Laser')
    const status = { ...FINE, state: 'idle' } as const
    await expect(packing.api.report({ reports: [{ printerId: laser, status }] })).rejects.toMatchObject({ status: 403 })
    const badge = await laneNamed('Badge')
    await print({ printer: 'Badge' })
    const [job] = (await claimLane(packing, badge)).body.data
    const token = { jobId: job.job_id, fence: job.fence }
    const lease = packing.source.lease
    if (lease === null) throw new Error('no lease')
    const update = { ...token, printerId: laser }
    await expect(packing.source.progress(lease, [update])).rejects.toMatchObject({ code: 'forbidden' })
    await expect(packing.source.settle(lease, [{ ...update, outcome: 'completed' }])).rejects.toMatchObject({
      status: 403,
    })
    expect(await packing.source.settle(lease, [{ ...token, printerId: badge, outcome: 'completed' }])).toEqual([])
  })
})

test('a station reads the document of a print while it holds it, byte by byte', async () => {
  const bytes = new Uint8Array(2_500_000).map((_, n) => (n * 7) % 251)
  bytes.set(new TextEncoder().encode('%PDF-1.4\n1 0 obj<</Type/Page>>endobj\n'))
  bytes.set(new TextEncoder().encode('\n%%EOF\n'), bytes.length - 7)
  const headers = { 'content-type': 'application/pdf' }
  const document = await andon.call('POST', '/api/documents?name=a.pdf', { raw: bytes, headers })
  expect(document.status, JSON.stringify(document.body)).toBe(201)
  const [packing, office] = [await station('Packing'), await station('Office')]
  await packing.api.lanes()
  const id = await print({ printer: 'Badge', items: undefined, document_id: document.body.id, type: 'print.label' })
  await expect(packing.api.document(id)).rejects.toMatchObject({ code: 'lease_lost' })
  const [job] = (await claimLane(packing, await laneNamed('Badge'))).body.data
  const answer = await packing.api.document(id)
  expect(answer.headers.get('content-type')).toBe('application/pdf')
  const chunks: Buffer[] = []
  for await (const chunk of readDocument(andon.store, document.body.id)) chunks.push(chunk)
  expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.concat(chunks))).toBe(true)
  await expect(office.api.document(id)).rejects.toMatchObject({ code: 'lease_lost' })
  const lease = packing.source.lease
  if (lease === null) throw new Error('no lease')
  await packing.source.settle(lease, [{ jobId: id, fence: job.fence, outcome: 'completed' }])
  await expect(packing.api.document(id)).rejects.toMatchObject({ code: 'lease_lost' })
})

test('the worker of a station prints what its pool has, in order', async () => {
  const source = httpJobSource({ url: andon.url, token, station: 'Packing' })
  const api = new StationApi(source)
  const printed: string[] = []
  await using worker = new Worker({
    source,
    version: 'test',
    kind: 'station',
    lanes: () => api.lanes(),
    handlers: new Map([
      [
        'print.label',
        async (job) => {
          const [item] = await job.items.read(0, 1)
          job.update({ printerId: job.claimed.laneId, substate: 'running', proof: 'sent' })
          await job.flush()
          printed.push(item?.content ?? '')
        },
      ],
    ]),
  })
  await worker.start()
  const labels = ['^XA^FD1^FS^XZ', '^XA^FD2^FS^XZ', '^XA^FD3^FS^XZ']
  for (const zpl of labels) await print({ pool: 'Labels', items: [{ zpl }] })
  await until(() => (printed.length === labels.length ? true : null))
  expect(printed).toEqual(labels)
  await until(async () => {
    const { body } = await andon.call('GET', '/api/jobs?q=state:completed')
    return body.data.length >= labels.length ? body.data : null
  })
  const { body } = await andon.call('GET', '/api/jobs?q=state:completed')
  expect(body.data[0]).toMatchObject({ printer: 'Label', station: 'Packing', proof: 'sent' })
})
