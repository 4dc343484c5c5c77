import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { PrinterAddress } from '@andon/core'
import { startZebra } from '@andon/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { inspectAddress } from '../src/inspect.ts'
import { startVirtualPrinter } from '../src/virtual/index.ts'
import { startDevice } from './ipp/scripted-device.ts'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

const inspect = (uri: string, driver: PrinterAddress['driver'] = 'ipp', signal = AbortSignal.timeout(30_000)) =>
  inspectAddress({ driver, uri, settings: {} }, signal)

async function portOf(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push({
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  })
  return (server.address() as AddressInfo).port
}

describe('looking at who answers at an address', () => {
  it.each(['qz:Zebra', 'no address', 'usb:/dev/usb/lp0'])('sees nothing without a host: %s', async (uri) => {
    expect(await inspect(uri)).toBeNull()
  })

  it.each([
    ['ipp://127.0.0.1/', 631],
    ['ipps://127.0.0.1/', 631],
    ['socket://[::1]', 9100],
    ['https://127.0.0.1:1/', 1],
    ['lpd://127.0.0.1/queue', 80],
  ])('takes the usual port of %s where none is given: %i', async (uri, port) => {
    const found = await inspect(uri, 'raw')
    expect(found).toMatchObject({ host: uri.includes('::') ? '::1' : '127.0.0.1', port, protocol: null })
  })

  it('says that a name is not known, and that nothing listens', async () => {
    const unknown = {
      connection: 'unknown-name',
      ip: null,
      roundTripMs: null,
      words: expect.stringContaining('printer'),
    }
    expect(await inspect('ipp://printer.invalid/ipp/print')).toMatchObject(unknown)
    const server = createServer()
    const port = await portOf(server)
    server.close()
    await once(server, 'close')
    const refused = { connection: 'refused', ip: '127.0.0.1', port, protocol: null, version: null }
    expect(await inspect(`ipp://127.0.0.1:${port}/`)).toMatchObject(refused)
  })

  it('tells an IPP printer, with its highest version, and asks nothing where asking may print', async () => {
    await using printer = await startVirtualPrinter({ name: 'One' })
    expect(await inspect(printer.uri)).toMatchObject({ connection: 'open', protocol: 'ipp', version: '2.0' })
    expect(await inspect(printer.uri, 'virtual')).toMatchObject({ protocol: 'ipp' })
    const raw = await inspect(printer.uri, 'raw')
    expect(raw).toMatchObject({ connection: 'open', protocol: null, version: null })
    expect(raw?.roundTripMs).toBeGreaterThan(0)
  })

  it.each([
    ['refuses to say', { status: 'client-error-forbidden' }],
    ['does not say which version', { printers: [{ 'printer-state': 'idle' }] }],
    ['says nothing of itself', {}],
  ])('tells an IPP printer that %s', async (_what, reply) => {
    await using device = await startDevice({ 'Get-Printer-Attributes': [reply] })
    expect(await inspect(device.uri)).toMatchObject({ protocol: 'ipp', version: null })
  })

  it('tells one that wants a password, and a web server, by the answer to IPP', async () => {
    for (const [status, protocol] of [
      [401, 'ipp'],
      [404, 'http'],
    ] as const) {
      const port = await portOf(createHttpServer((_request, response) => response.writeHead(status).end()))
      expect(await inspect(`ipp://127.0.0.1:${port}/`)).toMatchObject({ protocol, version: null })
    }
  })

  it('tells a label printer though somebody else has its only connection for now', async () => {
    await using zebra = await startZebra()
    const other = connect(zebra.port, '127.0.0.1')
    await once(other, 'connect')
    const found = inspect(`ipp://127.0.0.1:${zebra.port}/`)
    await zebra.until(({ turnedAway }) => turnedAway >= 4)
    other.destroy()
    expect(await found).toMatchObject({ connection: 'open', protocol: 'zpl', version: null })
    expect(zebra.printed).toEqual([])
  })

  it('says that what answers nothing is silent', async () => {
    const port = await portOf(createServer((socket) => socket.on('error', () => undefined).resume()))
    expect(await inspect(`ipp://127.0.0.1:${port}/`)).toMatchObject({ connection: 'open', protocol: 'none' })
  })

  it('gives up what drops every connection when it is to end', async () => {
    const ending = new AbortController()
    const port = await portOf(
      createServer((socket) => {
        socket.on('error', () => undefined)
        socket.once('data', () => {
          ending.abort()
          socket.resetAndDestroy()
        })
      }),
    )
    const found = await inspect(`ipp://127.0.0.1:${port}/`, 'ipp', ending.signal)
    expect(found).toMatchObject({ connection: 'open', protocol: 'none' })
  })
})
