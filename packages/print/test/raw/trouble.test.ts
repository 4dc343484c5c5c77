import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { startZebra, type ZebraPrinter } from '@andon/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { createDriver } from '../../src/drivers.ts'
import { newRequest, print, type Watched } from '../requests.ts'

const ZPL = 'application/vnd.zebra-zpl'
const QUICK = { statusTimeoutMs: 150, connectTimeoutMs: 1_000, idleCloseMs: 0 }
/** More than the buffers of two sockets hold. */
const LARGE = Buffer.alloc(64 * 1024 * 1024, ' ')
const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

function driverOf(uri: string, settings: Readonly<Record<string, unknown>> = {}): ReturnType<typeof createDriver> {
  const driver = createDriver({ driver: 'raw', uri, settings: { ...QUICK, ...settings } })
  open.push({ [Symbol.asyncDispose]: () => driver.close() })
  return driver
}

const needsAttention = ({ troubles }: Watched): boolean =>
  troubles.some((trouble) => trouble.some(({ reason }) => reason === 'needs-attention'))

/** A device that says it is well, takes the beginning of a label, and then no byte more. */
async function startStuck(): Promise<{ uri: string; sockets: Socket[] }> {
  const idle =
    '\u0002030,0,0,1245,000,0,0,0,000,0,0,0\u0003\r\n\u0002001,0,0,0,1,2,6,0,00000000,1,000\u0003\r\n\u00021234,0\u0003\r\n'
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      if (chunk.includes('~HS')) socket.write(idle, 'latin1')
      else socket.pause()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push({
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  })
  return { uri: `socket://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets }
}

function largeRequest(): ReturnType<typeof newRequest> {
  const request = newRequest(ZPL)
  return { ...request, items: request.items.map((item) => ({ ...item, data: LARGE })) }
}

describe('a device that takes no more bytes', () => {
  it('needs attention, and is in doubt when it breaks the connection at last', async () => {
    const device = await startStuck()
    const watched = print(driverOf(device.uri), largeRequest())
    await watched.until(needsAttention)
    device.sockets[0]?.resetAndDestroy()
    expect(await watched.outcome).toMatchObject({
      kind: 'unconfirmed',
      reason: { raw: expect.stringContaining('broke after data had left') },
    })
  })

  it('takes no word to cancel either: the connection is given up, and the label in doubt', async () => {
    const device = await startStuck()
    const watched = print(driverOf(device.uri), largeRequest())
    await watched.until(needsAttention)
    watched.cancel.abort()
    expect(await watched.outcome).toMatchObject({ kind: 'unconfirmed' })
  })
})

describe('a device that prints labels of others', () => {
  async function busy(): Promise<ZebraPrinter> {
    const printer = await startZebra({ msPerLabel: 60_000 })
    open.push(printer)
    const other = driverOf(printer.uri, { confirms: false })
    await print(other, newRequest(ZPL)).outcome
    await other.close()
    return printer
  }

  it('is not waited for by what is cancelled meanwhile', async () => {
    const printer = await busy()
    const watched = print(driverOf(printer.uri), newRequest(ZPL))
    await printer.until(({ asked }) => asked > 0)
    watched.cancel.abort()
    expect(await watched.outcome).toMatchObject({ kind: 'cancelled' })
    expect(printer.waiting).toBe(1)
  })

  it('is tried again when it breaks the connection before anything of ours was sent', async () => {
    const printer = await busy()
    const watched = print(driverOf(printer.uri), newRequest(ZPL))
    await printer.until(({ asked }) => asked > 0)
    printer.hangUp()
    expect(await watched.outcome).toMatchObject({ kind: 'retry' })
    expect(printer.waiting).toBe(1)
  })
})

it('a device that broke the connection and is silent afterwards needs attention, and its label is in doubt', async () => {
  const printer = await startZebra({ msPerLabel: 60_000 })
  open.push(printer)
  const watched = print(driverOf(printer.uri), newRequest(ZPL))
  await watched.until(({ progress }) => progress.some(({ state }) => state === 'running'))
  printer.setFault('silent')
  printer.hangUp()
  expect(await watched.outcome).toMatchObject({
    kind: 'unconfirmed',
    reason: { raw: expect.stringContaining('does not answer') },
  })
  expect(needsAttention(watched)).toBe(true)
})
