import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, type Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { makeQzIdentity } from '@andon/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { createDriver, probePrinter } from '../../src/drivers.ts'
import { startVirtualPrinter, type VirtualPrinter } from '../../src/virtual/index.ts'
import { newRequest, print, silentReport } from '../requests.ts'
import { jobOf, PRINTED, startDevice, startEventDevice, ZPL } from './scripted-device.ts'

const identity = makeQzIdentity()
const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

const signal = (): AbortSignal => AbortSignal.timeout(20_000)

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push({ [Symbol.asyncDispose]: async () => void server.close() })
  return (server.address() as AddressInfo).port
}

async function startPrinter(): Promise<VirtualPrinter> {
  const printer = await startVirtualPrinter({ name: 'One', speed: 10 })
  open.push(printer)
  return printer
}

function driverOf(uri: string, settings: Readonly<Record<string, unknown>> = {}): ReturnType<typeof createDriver> {
  const quick = { followIntervalMs: 50, ...settings }
  const driver = createDriver({ driver: 'ipp', uri, settings: quick })
  open.push({ [Symbol.asyncDispose]: () => driver.close() })
  return driver
}

describe('a printer that speaks TLS', () => {
  /** The printer behind a certificate that it has made itself, as printers do. */
  async function startSecure(printer: VirtualPrinter): Promise<string> {
    const server = createTlsServer({ key: identity.key, cert: identity.certificate }, (client) => {
      const target = connect(printer.port, '127.0.0.1')
      for (const socket of [client, target]) {
        socket.on('error', () => undefined)
        socket.on('close', () => [client, target].map((other) => other.destroy()))
      }
      client.pipe(target).pipe(client)
    })
    server.on('tlsClientError', () => undefined)
    return `ipps://127.0.0.1:${await portOf(server)}/ipp/print`
  }

  it('prints, though nobody vouches for its certificate', async () => {
    const printer = await startPrinter()
    const driver = driverOf(await startSecure(printer))
    expect(await driver.status(signal())).toMatchObject({ state: 'idle', reasons: [] })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'printed', proof: 'confirmed' })
    expect(printer.printed).toHaveLength(1)
  })

  it('is sent nothing where such certificates are not taken', async () => {
    const printer = await startPrinter()
    const driver = driverOf(await startSecure(printer), { acceptSelfSigned: false })
    expect(await driver.status(signal())).toMatchObject({ message: expect.stringMatching(/certificate/i) })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'stop-printer' })
    expect(printer.jobs.size).toBe(0)
  })
})

it('an answer without end is read no further than any printer says', async () => {
  const chunk = Buffer.alloc(1024 * 1024)
  const server = createHttpServer((_request, outgoing) => {
    outgoing.on('error', () => undefined)
    const more = (): void => {
      while (!outgoing.destroyed && outgoing.write(chunk));
    }
    outgoing.on('drain', more)
    more()
  })
  const uri = `ipp://127.0.0.1:${await portOf(server)}/ipp/print`
  const probing = probePrinter({ driver: 'ipp', uri, settings: {} }, signal())
  await expect(probing).rejects.toMatchObject({ code: 'not_a_printer' })
  server.closeAllConnections()
})

describe('a printer that knows Print-Job only', () => {
  it('and is switched off before the document leaves has not got it', async () => {
    const printer = await startVirtualPrinter({ name: 'Simple', hasCreateJob: false })
    open.push(printer)
    const report = { ...silentReport(), progress: () => void printer.goOffline() }
    const outcome = await driverOf(printer.uri).print(newRequest(ZPL), report, signal())
    expect(outcome).toMatchObject({ kind: 'stop-printer', reason: { reason: 'offline' } })
  })
})

it('a job that its printer does not end when it is cancelled is in doubt', async () => {
  const device = await startDevice({ 'Get-Job-Attributes': [jobOf('processing')] })
  open.push(device)
  const watched = print(driverOf(device.uri), newRequest(ZPL))
  await watched.until(({ progress }) => progress.some(({ state }) => state === 'running'))
  watched.cancel.abort()
  expect(await watched.outcome).toMatchObject({
    kind: 'unconfirmed',
    reason: { raw: expect.stringContaining('did not end the job') },
  })
  expect(device.asked.filter((operation) => operation === 'Cancel-Job')).toHaveLength(1)
})

describe('a device that offers events', () => {
  const refused = { status: 'client-error-too-many-subscriptions' }
  it.each([
    ['makes no subscription', { 'Create-Job-Subscription': [refused] }, false],
    ['names no subscription', {}, false],
    ['tells of none', { 'Get-Notifications': [refused] }, true],
  ] as const)('and %s is asked about the job itself', async (_what, script, subscribes) => {
    const states = [jobOf('processing'), jobOf('processing'), PRINTED]
    const device = await startEventDevice({ ...script, 'Get-Job-Attributes': states }, { subscribes })
    open.push(device)
    expect(await print(driverOf(device.uri), newRequest(ZPL)).outcome).toMatchObject({ kind: 'printed' })
    const asked = (operation: string): number => device.asked.filter((one) => one === operation).length
    expect(asked('Create-Job-Subscription')).toBe(1)
    expect(asked('Get-Notifications')).toBe(subscribes ? 1 : 0)
  })
})

it('a virtual printer may be started twice, and tells its supplies', async () => {
  const printer = await startVirtualPrinter({ name: 'One', supplies: { Black: 40 } })
  open.push(printer)
  const { port } = printer
  await printer.start()
  expect(printer.port).toBe(port)
  expect(await driverOf(printer.uri).status(signal())).toMatchObject({ supplies: [{ name: 'Black', level: 40 }] })
})
