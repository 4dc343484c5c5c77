import { createServer, type AddressInfo } from 'node:net'
import { startZebra, type ZebraPrinter } from '@andon/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { createDriver, probePrinter } from '../../src/drivers.ts'
import { newRequest, print, silentReport } from '../requests.ts'

const ZPL = 'application/vnd.zebra-zpl'
const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

async function setUp(
  settings: Record<string, unknown> = {},
  msPerLabel = 10,
  device: { answersInTrouble?: boolean } = {},
): Promise<{ printer: ZebraPrinter; driver: ReturnType<typeof createDriver> }> {
  const printer = await startZebra({ msPerLabel, ...device })
  const quick = { statusTimeoutMs: 150, connectTimeoutMs: 1_000, ...settings }
  const driver = createDriver({ driver: 'raw', uri: printer.uri, settings: quick })
  open.push(printer, { [Symbol.asyncDispose]: () => driver.close() })
  return { printer, driver }
}

const signal = (): AbortSignal => AbortSignal.timeout(10_000)
const isRunning = ({ progress }: { progress: readonly { state?: string }[] }): boolean =>
  progress.some(({ state }) => state === 'running')

describe('a ZPL printer on port 9100', () => {
  it('prints batches of labels on one connection, and counts down', async () => {
    const { printer, driver } = await setUp({ batchSize: 10 }, 40)
    const request = newRequest(ZPL, { count: 5 })
    const watched = print(driver, request)
    expect(await watched.outcome).toEqual({ kind: 'printed', proof: 'confirmed', sheets: 5 })
    expect(printer.printed).toHaveLength(5)
    const sheets = watched.progress.flatMap((update) => update.sheets ?? [])
    expect(sheets.length).toBeGreaterThan(1)
    expect(sheets).toEqual(sheets.toSorted((a, b) => a - b))
    expect(printer.turnedAway).toBe(0)
  })

  it('needs attention when it takes connections and is silent, and is sent nothing', async () => {
    const { printer, driver } = await setUp()
    printer.setFault('paper-out')
    expect(await driver.status(signal())).toMatchObject({ state: 'stopped', reasons: [{ reason: 'needs-attention' }] })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({
      kind: 'stop-printer',
      reason: { reason: 'needs-attention' },
    })
    printer.clearFault()
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'printed' })
    expect(printer.printed).toHaveLength(1)
  })

  it('falls silent while it prints, and is waited for', async () => {
    const { printer, driver } = await setUp({}, 200, { answersInTrouble: true })
    const watched = print(driver, newRequest(ZPL))
    await watched.until(isRunning)
    printer.setFault('silent')
    printer.setFault('ribbon-out')
    await watched.until(({ troubles }) => troubles.some(([first]) => first?.reason === 'needs-attention'))
    printer.clearFault('silent')
    await watched.until(({ troubles }) => troubles.some(([first]) => first?.reason === 'ribbon-empty'))
    printer.clearFault()
    expect(await watched.outcome).toMatchObject({ kind: 'printed', proof: 'confirmed' })
    expect(printer.printed).toHaveLength(1)
  })

  it.each([
    ['pause', 'paused'],
    ['head-up', 'cover-open'],
  ] as const)('stops for %s', async (fault, reason) => {
    const { printer, driver } = await setUp({}, 10, { answersInTrouble: true })
    printer.setFault(fault)
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'stop-printer', reason: { reason } })
  })

  it('is unconfirmed when it dies after some bytes, and nothing is sent again', async () => {
    const { printer, driver } = await setUp()
    printer.dieAfterBytes(20)
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({
      kind: 'unconfirmed',
      reason: { reason: 'unconfirmed' },
    })
    expect(printer.printed).toEqual([])
  })

  it('is unconfirmed when only the connection breaks, though the label comes out', async () => {
    const { printer, driver } = await setUp({}, 200)
    const watched = print(driver, newRequest(ZPL))
    await watched.until(isRunning)
    printer.hangUp()
    expect(await watched.outcome).toMatchObject({ kind: 'unconfirmed' })
    await printer.until(({ printed }) => printed.length === 1)
  })

  it('is tried again later when it prints labels of others', async () => {
    const { printer, driver } = await setUp({ busyTimeoutMs: 0, idleCloseMs: 0 }, 60_000)
    const other = createDriver({ driver: 'raw', uri: printer.uri, settings: { confirms: false } })
    await print(other, newRequest(ZPL)).outcome
    await other.close()
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({
      kind: 'retry',
      reason: { reason: 'device-busy' },
    })
    expect(printer.printed).toEqual([])
  })

  it('is sent, not confirmed, where it cannot be asked', async () => {
    const { printer, driver } = await setUp({ confirms: false })
    printer.setFault('silent')
    expect((await driver.status(signal())).capabilities?.proof).toBe('sent')
    expect(await print(driver, newRequest(ZPL)).outcome).toEqual({ kind: 'printed', proof: 'sent', sheets: null })
    await printer.until(({ printed }) => printed.length === 1)
  })

  it('forgets what is cancelled before it came out', async () => {
    const { printer, driver } = await setUp({}, 60_000)
    const watched = print(driver, newRequest(ZPL))
    await watched.until(isRunning)
    watched.cancel.abort()
    expect(await watched.outcome).toMatchObject({ kind: 'cancelled' })
    expect(printer.waiting).toBe(0)
  })

  it('serves one connection: a status asked for meanwhile is what was last seen', async () => {
    const { printer, driver } = await setUp({}, 200)
    const watched = print(driver, newRequest(ZPL))
    await watched.until(isRunning)
    expect((await driver.status(signal())).state).toBe('processing')
    await watched.outcome
    expect(printer.turnedAway).toBe(0)
  })

  it('cannot say what it printed for an attempt that is gone, and says what is the matter with it', async () => {
    const { printer, driver } = await setUp({}, 10, { answersInTrouble: true })
    printer.setFault('paper-out')
    const outcome = await driver.reattach(newRequest(ZPL), null, silentReport(), signal())
    expect(outcome).toMatchObject({ kind: 'unconfirmed', reason: { raw: '~HS paper out' } })
  })

  it('takes no other format', async () => {
    const { driver } = await setUp()
    expect(await print(driver, newRequest('application/pdf')).outcome).toMatchObject({
      kind: 'failed',
      code: 'unsupported_format',
    })
  })

  it('survives whatever it answers', async () => {
    const answers = [
      ['\u0002\u0003', 'stopped'],
      ['\u0002a,b\u0003\r\n\u0002\u0003\u0002\u0003', 'stopped'],
      ['\u0002'.repeat(99), 'stopped'],
      // Words are no status: whatever this is, it is no printer.
      ['x'.repeat(20_000), 'unknown'],
    ] as const
    for (const [answer, state] of answers) {
      const server = createServer((socket) => {
        socket.on('error', () => socket.destroy()).on('data', () => socket.write(answer, 'latin1'))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const uri = `socket://127.0.0.1:${(server.address() as AddressInfo).port}`
      const driver = createDriver({ driver: 'raw', uri, settings: { statusTimeoutMs: 100 } })
      expect((await driver.status(signal())).state).toBe(state)
      await driver.close()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    }
  })
})

describe('an ESC/POS printer on port 9100', () => {
  const escpos = { language: 'escpos' }

  it('prints receipts and proves it by the answer that comes after them', async () => {
    const { printer, driver } = await setUp(escpos, 100)
    const watched = print(driver, newRequest('application/vnd.escpos'))
    expect(await watched.outcome).toMatchObject({ kind: 'printed', proof: 'confirmed' })
    expect(printer.printed).toHaveLength(1)
    expect(await driver.status(signal())).toMatchObject({ state: 'idle', reasons: [] })
  })

  it('takes plain text', async () => {
    const { printer, driver } = await setUp(escpos)
    expect(await print(driver, newRequest('text/plain')).outcome).toMatchObject({ kind: 'printed' })
    expect(printer.printed).toHaveLength(1)
  })

  it('tells of paper and cover, before and while it prints', async () => {
    const { printer, driver } = await setUp(escpos, 300)
    printer.setFault('head-up')
    expect(await print(driver, newRequest('text/plain')).outcome).toMatchObject({
      kind: 'stop-printer',
      reason: { reason: 'cover-open' },
    })
    printer.clearFault()
    const watched = print(driver, newRequest('text/plain'))
    await printer.until(({ waiting }) => waiting > 0)
    printer.setFault('paper-out')
    await watched.until(({ troubles }) =>
      troubles.some((trouble) => trouble.some(({ reason }) => reason === 'media-empty')),
    )
    printer.clearFault()
    expect(await watched.outcome).toMatchObject({ kind: 'printed' })
    expect(printer.printed).toHaveLength(1)
  })

  it('is in doubt when it is cancelled under way', async () => {
    const { driver, printer } = await setUp(escpos, 60_000)
    const watched = print(driver, newRequest('text/plain'))
    await printer.until(({ waiting }) => waiting > 0)
    watched.cancel.abort()
    expect(await watched.outcome).toMatchObject({ kind: 'unconfirmed' })
  })

  it('is in doubt when it falls silent for good and the job is cancelled', async () => {
    const { driver, printer } = await setUp(escpos, 60_000)
    const watched = print(driver, newRequest('text/plain'))
    await printer.until(({ waiting }) => waiting > 0)
    printer.setFault('silent')
    await watched.until(({ troubles }) => troubles.some((trouble) => trouble.length > 0))
    await printer.goOffline()
    expect(await watched.outcome).toMatchObject({ kind: 'unconfirmed' })
  })
})

describe('what answers and is no printer', () => {
  it('is told from one that is silent', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n'))
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    open.push({ [Symbol.asyncDispose]: async () => void server.close() })
    const { port } = server.address() as AddressInfo
    const address = { driver: 'raw', uri: `socket://127.0.0.1:${port}`, settings: {} } as const
    await expect(probePrinter(address, signal())).rejects.toMatchObject({ code: 'not_a_printer', field: '/uri' })
  })
})
