import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { DiagnosisCheck, PrinterDiagnosis } from '@andon/core'
import { startVirtualPrinter } from '@andon/print/virtual'
import { startZebra } from '@andon/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { httpJobSource, StationApi } from '../../sdk/src/index.ts'
import { startTestServer, type TestServer } from './harness.ts'
import { expireLease } from './remote-shop.ts'

let andon: TestServer
let station: string
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  andon = stack.use(await startTestServer())
  station = await andon.token('supervisor', ['station'])
})
afterAll(() => stack.disposeAsync())

let added = 0
async function add(printer: object): Promise<string> {
  added += 1
  const name = `Printer ${added}`
  const body = { name, driver: 'ipp', kind: 'label', is_unchecked: true, ...printer }
  const made = await andon.call('POST', '/api/printers', { body })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  return name
}

async function diagnose(name: string): Promise<PrinterDiagnosis> {
  const { body, status } = await andon.call('POST', `/api/printers/${encodeURIComponent(name)}/diagnose`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}

/** What is broken, by step; nobody drives the printers of these tests. */
function broken({ checks }: PrinterDiagnosis): Record<string, string | null> {
  const lines = checks.filter(({ name, status }) => status === 'error' && name !== 'driver')
  return Object.fromEntries(lines.map(({ name, reason }) => [name, reason]))
}

function line({ checks }: PrinterDiagnosis, name: string): DiagnosisCheck {
  const found = checks.find((check) => check.name === name)
  if (found === undefined) throw new Error(`no line ${name}`)
  return found
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Takes connections and never says anything. */
async function startSilence(): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).resume()
  })
  stack.defer(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return listen(server)
}

async function startWebServer(): Promise<number> {
  const server = createHttpServer((_request, response) => response.writeHead(404).end('<h1>Not here</h1>'))
  stack.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return listen(server)
}

async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  server.close()
  await once(server, 'close')
  return port
}

describe('a printer that the server reaches', () => {
  test('refuses: the machine is on, and nothing listens', async () => {
    const found = await diagnose(await add({ uri: `ipp://127.0.0.1:${await closedPort()}/ipp/print` }))
    expect(broken(found)).toEqual({ connection: 'connection-refused' })
    expect(line(found, 'connection')).toMatchObject({
      title: 'Connection is refused',
      detail: expect.stringContaining('nothing listens'),
      steps: expect.arrayContaining([expect.stringContaining('631 is usual for IPP')]),
    })
    expect(found).toMatchObject({
      protocol: null,
      test_page: { is_offered: false, why_not: 'Connection is refused' },
    })
  })

  test('is off, or its name leads nowhere', async () => {
    const found = await diagnose(await add({ uri: 'ipp://printer.invalid/ipp/print' }))
    expect(broken(found)).toEqual({ name: 'unreachable' })
    expect(line(found, 'name').detail).toContain('printer.invalid is not known')
  })

  test('is silent: takes connections and never answers, over IPP and at a raw port', async () => {
    const port = await startSilence()
    const ipp = await diagnose(await add({ uri: `ipp://127.0.0.1:${port}/ipp/print` }))
    expect(broken(ipp)).toEqual({ protocol: 'timed-out' })
    expect(line(ipp, 'connection').status).toBe('ok')
    expect(line(ipp, 'protocol').detail).toContain('takes connections and says nothing')
    const raw = await diagnose(await add({ driver: 'raw', uri: `socket://127.0.0.1:${port}` }))
    expect(broken(raw)).toEqual({ 'needs-attention': 'needs-attention' })
    expect(line(raw, 'needs-attention').detail).toContain('does not answer')
  })

  test('is a web server at an address of IPP', async () => {
    const found = await diagnose(await add({ uri: `ipp://127.0.0.1:${await startWebServer()}/ipp/print` }))
    expect(broken(found)).toEqual({ protocol: 'wrong-protocol' })
    expect(line(found, 'protocol')).toMatchObject({
      detail: expect.stringContaining('A web server answers, not IPP'),
      steps: expect.arrayContaining([expect.stringContaining('/ipp/print')]),
    })
    expect(found.protocol).toEqual({ name: 'HTTP', version: null })
  })

  test('is a label printer of a raw port at an address of IPP, and is not printed on by that', async () => {
    const zebra = stack.use(await startZebra())
    const { port } = zebra
    const found = await diagnose(await add({ uri: `ipp://127.0.0.1:${port}/ipp/print` }))
    expect(broken(found)).toEqual({ protocol: 'wrong-protocol' })
    expect(line(found, 'protocol').steps[0]).toBe(`Set driver raw and the address socket://127.0.0.1:${port}`)
    expect(found.protocol).toEqual({ name: 'ZPL at a raw port', version: null })
    expect(zebra.printed).toEqual([])
  })

  test('is known as one although somebody else has its only connection for now', async () => {
    const zebra = stack.use(await startZebra())
    const other = connect(zebra.port, '127.0.0.1')
    await once(other, 'connect')
    const found = diagnose(await add({ uri: `ipp://127.0.0.1:${zebra.port}/ipp/print` }))
    await zebra.until(() => zebra.turnedAway >= 4)
    other.destroy()
    expect(broken(await found)).toEqual({ protocol: 'wrong-protocol' })
  })

  test('speaks IPP at a raw address', async () => {
    const device = await startVirtualPrinter({ name: 'Mixed up' })
    stack.defer(() => device.close())
    const port = new URL(device.uri.replace('ipp:', 'http:')).port
    const found = await diagnose(await add({ driver: 'raw', uri: `socket://127.0.0.1:${port}` }))
    expect(broken(found)).toEqual({ protocol: 'wrong-protocol' })
    expect(line(found, 'protocol').steps[0]).toContain(`Set driver ipp and the address ipp://127.0.0.1:${port}`)
  })

  test('takes no labels', async () => {
    const device = await startVirtualPrinter({ name: 'Paper', formats: ['application/pdf', 'image/pwg-raster'] })
    stack.defer(() => device.close())
    const found = await diagnose(await add({ uri: device.uri }))
    expect(broken(found)).toEqual({ format: 'unsupported-format' })
    expect(line(found, 'format').detail).toContain('It takes application/pdf, image/pwg-raster')
    const paper = await diagnose(await add({ uri: device.uri, kind: 'document' }))
    expect(broken(paper)).toEqual({})
  })

  test('is well: with its language, how quickly it answered, and what it went through', async () => {
    const device = await startVirtualPrinter({ name: 'Well' })
    stack.defer(() => device.close())
    const name = await add({ uri: device.uri })
    device.setFault('media-jam')
    expect(broken(await diagnose(name))).toEqual({ 'media-jam': 'media-jam' })
    device.clearFault()
    const found = await diagnose(name)
    expect(broken(found)).toEqual({})
    expect(found.protocol).toEqual({ name: 'IPP', version: expect.stringMatching(/^[12]\.\d$/) })
    expect(found.round_trip_ms).toBeGreaterThan(0)
    expect(found.events.map(({ reasons }) => reasons.map(({ reason }) => reason))).toContainEqual(['media-jam'])
    expect(line(found, 'driver'), 'of these tests').toMatchObject({ status: 'error', reason: 'not-driven' })
    expect(found.test_page).toEqual({ is_offered: false, why_not: 'No process drives the printer' })
  })
})

describe('a printer at a station', () => {
  const post = (path: string, body: unknown) => andon.call('POST', path, { body, as: station })

  async function desk(name: string, driver: 'qz' | 'raw'): Promise<string> {
    expect((await andon.call('POST', '/api/machines', { body: { name } })).status).toBe(201)
    const uri = driver === 'qz' ? 'qz:Zebra' : 'socket://127.0.0.1:9'
    return add({ driver, uri, station: name })
  }

  const beat = (machine: string, more: object) =>
    post('/api/machines/status', { machine_id: machine, qz_connected: false, pending_jobs: 0, ...more })

  test.each([
    { reason: 'qz-not-running', title: 'QZ Tray is not running' },
    { reason: 'qz-blocked', title: 'QZ Tray blocks us' },
    { reason: 'certificate-untrusted', title: 'Certificate is not trusted' },
  ])('whose QZ Tray says $reason', async ({ reason, title }) => {
    const name = await desk(`Desk ${reason}`, 'qz')
    await beat(`Desk ${reason}`, { qz_reason: reason })
    const found = await diagnose(name)
    expect(broken(found)).toEqual({ qz: reason })
    expect(line(found, 'qz').title).toBe(title)
    expect(line(found, 'qz').steps.length).toBeGreaterThan(0)
    await beat(`Desk ${reason}`, { qz_connected: true })
    expect(line(await diagnose(name), 'qz')).toMatchObject({ status: 'ok' })
  })

  test('that was never heard of, or sleeps', async () => {
    const name = await desk('Desk asleep', 'raw')
    expect(broken(await diagnose(name))).toEqual({ station: 'station-asleep' })
    await beat('Desk asleep', {})
    expect(broken(await diagnose(name))).toEqual({})
    await andon.store.pool.query(`update station set lost_at = now() where name = 'Desk asleep'`)
    const asleep = await diagnose(name)
    expect(broken(asleep)).toEqual({ station: 'station-asleep' })
    expect(line(asleep, 'station').steps).toContain('Wake the machine up.')
  })

  test('is what its station says of it, whatever the server finds at its address', async () => {
    const name = await desk('Desk away', 'raw')
    const source = httpJobSource({ url: andon.url, token: station, station: 'Desk away' })
    const about = { name: 'x', kind: 'station', host: 'h', pid: 1, version: 'v', types: [], slots: 1 } as const
    const { workerId } = await source.register({ ...about, leaseMs: 60_000 })
    const api = new StationApi(source)
    const [lane] = await api.lanes()
    const status = { supplies: [], queuedJobs: 0, message: null, capabilities: null, model: null } as const
    const reason = { reason: 'media-empty', severity: 'error', raw: 'PAPER_OUT' } as const
    const printerId = lane?.laneId ?? 0
    await api.report({ reports: [{ printerId, status: { ...status, state: 'stopped', reasons: [reason] } }] })
    await beat('Desk away', {})
    const found = await diagnose(name)
    expect(broken(found)).toEqual({ 'media-empty': 'media-empty' })
    expect(line(found, 'driver')).toMatchObject({ status: 'ok' })
    await andon.call('POST', `/api/printers/${encodeURIComponent(name)}/status`)
    expect(broken(await diagnose(name)), 'not asked from here').toEqual({ 'media-empty': 'media-empty' })
    await expireLease(andon.store, workerId)
    expect(line(await diagnose(name), 'driver')).toMatchObject({ reason: 'not-driven' })
  })
})
