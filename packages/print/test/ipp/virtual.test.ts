import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PrinterAddress } from '@andon/core'
import { afterEach, describe, expect, it } from 'vitest'
import { createDriver, probePrinter } from '../../src/drivers.ts'
import { IppClient } from '../../src/ipp/client.ts'
import { startVirtualPrinter, type VirtualPrinter, type VirtualPrinterOptions } from '../../src/virtual/index.ts'
import { newRequest, print, silentReport } from '../requests.ts'

const ZPL = 'application/vnd.zebra-zpl'
const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

async function setUp(
  options: Partial<VirtualPrinterOptions> = {},
  settings: Record<string, unknown> = {},
): Promise<{ printer: VirtualPrinter; driver: ReturnType<typeof createDriver> }> {
  const printer = await startVirtualPrinter({ name: 'V', speed: 10, ...options })
  const quick = { requestTimeoutMs: 400, confirmTimeoutMs: 400, followIntervalMs: 50, ...settings }
  const driver = createDriver({ ...printer.address, settings: quick })
  open.push(printer, { [Symbol.asyncDispose]: () => driver.close() })
  return { printer, driver }
}

const isRunning = ({ progress }: { progress: readonly { state?: string }[] }): boolean =>
  progress.some(({ state }) => state === 'running')

describe('the virtual printer and its driver', () => {
  it('makes copies of labels, and counts sheets while it does', async () => {
    const { printer, driver } = await setUp()
    const request = newRequest(ZPL)
    const copies = { ...request, items: request.items.map((item) => ({ ...item, copies: 3 })) }
    const watched = print(driver, copies)
    expect(await watched.outcome).toEqual({ kind: 'printed', proof: 'confirmed', sheets: 3 })
    expect(printer.printed).toHaveLength(3)
    expect(new Set(printer.printed.map(({ sha256 }) => sha256)).size).toBe(1)
  })

  it('passes media, sides, orientation and copies of other documents on', async () => {
    const { printer, driver } = await setUp()
    const request = newRequest('text/plain')
    const options = { media: 'iso_a4_210x297mm', sides: 'one-sided', orientation: 'landscape' } as const
    const two = { ...request, options, items: request.items.map((item) => ({ ...item, copies: 2 })) }
    expect(await print(driver, two).outcome).toMatchObject({ kind: 'printed', sheets: 2 })
    expect(printer.jobs.get(1)).toMatchObject({ copies: 2, user: 'anna', name: request.name })
    const many = { ...request, items: request.items.map((item) => ({ ...item, copies: 5_000 })) }
    expect(await print(driver, many).outcome).toMatchObject({ kind: 'failed', code: 'validation_failed' })
  })

  it('is unconfirmed when it dies in the middle of a document', async () => {
    const { printer, driver } = await setUp()
    printer.dieAfterBytes(200)
    const request = newRequest(ZPL)
    const big = { ...request, items: request.items.map((item) => ({ ...item, data: Buffer.alloc(300_000, 'x') })) }
    expect(await print(driver, big).outcome).toMatchObject({ kind: 'unconfirmed', reason: { reason: 'offline' } })
    expect(printer.printed).toEqual([])
  })

  it('tries again when it comes back and never had the document', async () => {
    const { printer, driver } = await setUp({}, { confirmTimeoutMs: 5_000 })
    printer.dieAfterBytes(200)
    const request = newRequest(ZPL)
    const big = { ...request, items: request.items.map((item) => ({ ...item, data: Buffer.alloc(300_000, 'x') })) }
    const watched = print(driver, big)
    await watched.until(({ troubles }) => troubles.length > 0)
    await printer.comeBack()
    watched.cancel.abort()
    expect((await watched.outcome).kind).toMatch(/^(cancelled|retry)$/)
    expect(printer.printed).toEqual([])
  })

  it('is asked again when it vanished with the whole document, and prints it once', async () => {
    const { printer, driver } = await setUp({}, { confirmTimeoutMs: 5_000 })
    printer.dieAfterDocument()
    const watched = print(driver, newRequest(ZPL))
    await watched.until(({ troubles }) => troubles.length > 0)
    await printer.comeBack()
    expect(await watched.outcome).toMatchObject({ kind: 'printed' })
    expect(printer.printed).toHaveLength(1)
  })

  it('is unconfirmed when it comes back and has forgotten its jobs', async () => {
    const { printer, driver } = await setUp({ speed: 60_000 }, { confirmTimeoutMs: 5_000 })
    const watched = print(driver, newRequest(ZPL))
    await watched.until(isRunning)
    await printer.goOffline()
    await watched.until(({ troubles }) => troubles.length > 0)
    await printer.comeBack({ forgets: true })
    expect(await watched.outcome).toMatchObject({ kind: 'unconfirmed' })
  })

  it('does not take the job of another for its own after the numbers began again', async () => {
    const { printer, driver } = await setUp({ speed: 60_000 }, { confirmTimeoutMs: 5_000 })
    const watched = print(driver, newRequest(ZPL))
    await watched.until(isRunning)
    await printer.goOffline()
    await watched.until(({ troubles }) => troubles.length > 0)
    await printer.comeBack({ forgets: true })
    printer.setSpeed(1)
    const other = createDriver(printer.address)
    const [outcome] = await Promise.all([watched.outcome, print(other, newRequest(ZPL)).outcome])
    await other.close()
    expect(outcome).toMatchObject({ kind: 'unconfirmed' })
  })

  it('refuses openly, and the device job does not stay', async () => {
    const { printer, driver } = await setUp()
    printer.refuseDocuments('openly')
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'failed', code: 'document_refused' })
    expect(printer.jobs.get(1)?.state).toBe('canceled')
  })

  it('is tried again when it aborts before a sheet came out, and asked about afterwards', async () => {
    const { printer, driver } = await setUp()
    printer.abortNext()
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({
      kind: 'retry',
      reason: { reason: 'job-aborted' },
    })
  })

  it('tells of a job that was cancelled at the device', async () => {
    const { printer, driver } = await setUp({ speed: 60_000 })
    const watched = print(driver, newRequest(ZPL))
    await watched.until(isRunning)
    printer.cancelAtDevice(1)
    expect(await watched.outcome).toMatchObject({ kind: 'cancelled', reason: expect.stringContaining('device') })
  })

  it('does not print while it is busy, and can be cancelled waiting', async () => {
    const { printer, driver } = await setUp({}, { busyTimeoutMs: 0 })
    printer.setBusy(true)
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({
      kind: 'retry',
      reason: { reason: 'device-busy' },
    })
    const patient = createDriver(printer.address)
    const watched = print(patient, newRequest(ZPL))
    await watched.until(({ progress }) => progress.some(({ state }) => state === 'queued'))
    watched.cancel.abort()
    expect(await watched.outcome).toMatchObject({ kind: 'cancelled' })
    await patient.close()
  })

  it('is not answering when it is wedged, before and after data left', async () => {
    const { printer, driver } = await setUp({ speed: 60_000 })
    const watched = print(driver, newRequest(ZPL))
    await watched.until(isRunning)
    printer.wedge(true)
    expect(await watched.outcome).toMatchObject({ kind: 'unconfirmed', reason: { reason: 'timed-out' } })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({
      kind: 'stop-printer',
      reason: { reason: 'timed-out' },
    })
    expect((await driver.status(AbortSignal.timeout(5_000))).state).toBe('unknown')
  })

  it('tells of a job that stands still without a reason', async () => {
    const { printer, driver } = await setUp({ speed: 60_000 }, { stallTimeoutMs: 300 })
    const watched = print(driver, newRequest(ZPL))
    await watched.until(({ troubles }) => troubles.some(([first]) => first?.reason === 'stalled'))
    printer.setSpeed(1)
    watched.cancel.abort()
    expect(await watched.outcome).toMatchObject({ kind: 'cancelled' })
  })

  it('never claims more than its settings allow', async () => {
    const { driver } = await setUp({}, { confirms: false })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'printed', proof: 'accepted' })
    expect((await driver.status(AbortSignal.timeout(5_000))).capabilities?.proof).toBe('accepted')
  })

  it('knows by the items before that an item was never taken', async () => {
    const { driver } = await setUp()
    const first = newRequest(ZPL)
    await print(driver, first).outcome
    const second = newRequest(ZPL, { job: first.jobId, first: 1 })
    const signal = new AbortController().signal
    expect(await driver.reattach(second, null, silentReport(), signal)).toMatchObject({ kind: 'retry' })
    expect(await driver.reattach(second, 'ipp:99', silentReport(), signal)).toMatchObject({ kind: 'retry' })
    expect(await driver.reattach(first, 'ipp:1', silentReport(), signal)).toMatchObject({ kind: 'printed' })
  })

  it('cannot tell anything about lost work while it is away', async () => {
    const { printer, driver } = await setUp()
    await printer.goOffline()
    const outcome = await driver.reattach(newRequest(ZPL), 'ipp:1', silentReport(), new AbortController().signal)
    expect(outcome).toMatchObject({ kind: 'unconfirmed', reason: { reason: 'offline' } })
  })

  it('answers what it does not know as a printer should', async () => {
    const { printer } = await setUp({ faults: ['media-low-warning'] })
    printer.setSupply('ribbon', 12)
    const client = new IppClient({
      uri: printer.uri,
      username: 'u',
      password: 'p',
      acceptSelfSigned: true,
      timeoutMs: 2_000,
    })
    const ask = async (operation: string, attributes = {}): Promise<string> => {
      const result = await client.send({ operation, operationAttributes: attributes })
      return result.ok ? result.message.status : result.failure.kind
    }
    expect(await ask('Pause-Printer')).toBe('server-error-operation-not-supported')
    expect(await ask('Get-Job-Attributes', { 'job-id': 99 })).toBe('client-error-not-found')
    expect(await ask('Cancel-Job', { 'job-id': 99 })).toBe('client-error-not-found')
    expect(await ask('Send-Document', { 'job-id': 99, 'last-document': true })).toBe('client-error-not-found')
    expect(await ask('Validate-Job', { 'document-format': 'x/y' })).toBe('client-error-document-format-not-supported')
    expect(await ask('Identify-Printer')).toBe('successful-ok')
    expect(printer.identified).toBe(1)
    expect(await ask('Get-Jobs', { 'which-jobs': 'completed' })).toBe('successful-ok')
    // Whoever says nothing of a job gets one all the same, and a job is known by its address as well.
    expect(await ask('Validate-Job')).toBe('successful-ok')
    expect(await ask('Create-Job')).toBe('successful-ok')
    expect(printer.jobs.get(1)).toMatchObject({ name: 'Untitled', user: 'anonymous', copies: 1 })
    expect(await ask('Send-Document', { 'job-id': 1, 'last-document': true })).toBe('successful-ok')
    expect(await ask('Send-Document', { 'job-id': 1, 'last-document': true })).toBe('client-error-not-possible')
    expect(await ask('Get-Jobs')).toBe('successful-ok')
    expect(await ask('Cancel-Job', { 'job-uri': `${printer.uri}/1` })).toMatch(
      /^(successful-ok|client-error-not-possible)$/,
    )
    expect(await ask('Cancel-Job', { 'job-uri': `${printer.uri}/1` })).toBe('client-error-not-possible')
    expect(await ask('Get-Jobs', { 'which-jobs': 'completed' })).toBe('successful-ok')
    expect((await fetch(printer.uri.replace('ipp:', 'http:'))).status).toBe(404)
    const odd = { method: 'POST', headers: { 'content-type': 'application/ipp' }, body: 'no ipp' }
    expect((await fetch(printer.uri.replace('ipp:', 'http:'), odd)).status).toBe(400)
    client.close()
  })
})

describe('a printer that knows Print-Job only', () => {
  it('prints, and is followed by number', async () => {
    const { printer, driver } = await setUp({ hasCreateJob: false })
    const watched = print(driver, newRequest(ZPL))
    expect(await watched.outcome).toMatchObject({ kind: 'printed', proof: 'confirmed' })
    expect(watched.refs).toEqual(['ipp:1'])
    expect(printer.printed).toHaveLength(1)
  })

  it('refuses', async () => {
    const { printer, driver } = await setUp({ hasCreateJob: false })
    printer.refuseDocuments('openly')
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'failed', code: 'document_refused' })
  })

  it('is unconfirmed when it dies with the document', async () => {
    const { printer, driver } = await setUp({ hasCreateJob: false })
    printer.dieAfterDocument()
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'unconfirmed' })
  })

  it('is asked by name when only its answer was lost', async () => {
    const { printer, driver } = await setUp({ hasCreateJob: false })
    await driver.status(AbortSignal.timeout(5_000))
    printer.setAnswerDelay(300)
    const lost = createDriver({ ...printer.address, settings: { requestTimeoutMs: 200 } })
    const watched = print(driver, newRequest(ZPL))
    expect(await watched.outcome).toMatchObject({ kind: 'printed' })
    expect((await lost.status(AbortSignal.timeout(5_000))).state).toBe('unknown')
    await lost.close()
  })
})

describe('an address', () => {
  async function serve(status: number, body: string): Promise<string> {
    const server: Server = createServer((_, outgoing) =>
      outgoing.writeHead(status, { 'content-type': 'text/html' }).end(body),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({ [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) })
    return `ipp://127.0.0.1:${(server.address() as AddressInfo).port}/ipp/print`
  }
  const probe = (uri: string): Promise<unknown> =>
    probePrinter({ driver: 'ipp', uri, settings: {} }, AbortSignal.timeout(10_000))

  it('that is a web page is not a printer', async () => {
    await expect(probe(await serve(200, '<html>'))).rejects.toMatchObject({ code: 'not_a_printer', field: '/uri' })
    await expect(probe(await serve(404, ''))).rejects.toMatchObject({ code: 'not_a_printer' })
  })

  it('that wants a password says so', async () => {
    await expect(probe(await serve(401, ''))).rejects.toMatchObject({ code: 'printer_auth_required' })
  })

  it('where nothing answers is offline', async () => {
    expect(await probe('ipp://127.0.0.1:9/ipp/print')).toMatchObject({
      state: 'offline',
      reasons: [{ reason: 'offline' }],
    })
  })

  it.each([
    [{ driver: 'ipp', uri: 'nonsense', settings: {} }, '/uri'],
    [{ driver: 'raw', uri: 'ipp://host/', settings: {} }, '/uri'],
    [{ driver: 'qz', uri: 'qz:Zebra', settings: {} }, '/driver'],
    [{ driver: 'ipp', uri: 'ipp://host/', settings: { stallTimeoutMs: 'soon' } }, '/settings/stallTimeoutMs'],
    [{ driver: 'ipp', uri: 'ipp://host/', settings: { colour: 1 } }, '/settings/colour'],
    [{ driver: 'raw', uri: 'socket://host', settings: { language: 'pcl' } }, '/settings/language'],
    [{ driver: 'http', uri: 'http://host', settings: { token: 'a\nb' } }, '/settings/token'],
  ] as const)('%j is refused at %s', (address, field) => {
    expect(() => createDriver(address)).toThrow(expect.objectContaining({ code: 'validation_failed', field }))
  })

  it.each(['fax', 'toString'])('of the driver %s, which nobody has, is refused', (driver) => {
    const address = JSON.parse(JSON.stringify({ driver, uri: 'ipp://host/', settings: {} })) as PrinterAddress
    expect(() => createDriver(address)).toThrow(
      expect.objectContaining({ code: 'validation_failed', field: '/driver' }),
    )
  })
})
