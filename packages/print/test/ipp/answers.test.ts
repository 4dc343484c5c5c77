import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { discoverPrinters } from '../../src/discover.ts'
import { createDriver } from '../../src/drivers.ts'
import { probeDevice } from '../../src/ipp/trouble.ts'
import { newRequest, print, silentReport } from '../requests.ts'
import {
  jobOf,
  ORPHAN,
  PRINTED,
  printerOf,
  type Reply,
  type Script,
  type ScriptedDevice,
  startDevice,
  ZPL,
} from './scripted-device.ts'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

async function setUp(
  script: Script = {},
  settings: Record<string, unknown> = {},
): Promise<{ device: ScriptedDevice; driver: ReturnType<typeof createDriver> }> {
  const device = await startDevice(script)
  const quick = { requestTimeoutMs: 300, confirmTimeoutMs: 200, followIntervalMs: 50, busyTimeoutMs: 0, ...settings }
  const driver = createDriver({ driver: 'ipp', uri: device.uri, settings: quick })
  open.push(device, { [Symbol.asyncDispose]: () => driver.close() })
  return { device, driver }
}

const refused = (status: string): Reply => ({ status, message: 'No.' })
const CREATE_UNKNOWN = { 'operations-supported': ['Print-Job', 'Get-Jobs'] }

describe('a device that refuses a document', () => {
  it.each([
    ['client-error-document-format-not-supported', { kind: 'failed', code: 'unsupported_format' }],
    ['client-error-document-format-error', { kind: 'failed', code: 'document_refused' }],
    ['client-error-not-authorized', { kind: 'stop-printer', reason: { reason: 'auth-required' } }],
    ['server-error-not-accepting-jobs', { kind: 'stop-printer', reason: { reason: 'not-accepting-jobs' } }],
    ['server-error-internal-error', { kind: 'retry', reason: { reason: 'device-error' } }],
  ])('with %s keeps no job of ours', async (status, outcome) => {
    const { device, driver } = await setUp({
      'Send-Document': [refused(status)],
      'Get-Job-Attributes': [jobOf('canceled')],
    })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject(outcome)
    expect(device.asked).toContain('Cancel-Job')
  })

  it('and prints it all the same is believed in what it printed', async () => {
    const { driver } = await setUp({ 'Send-Document': [refused('server-error-internal-error')] })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'printed', sheets: 1 })
  })

  it('and goes on with it is followed to the end', async () => {
    const { driver } = await setUp({
      'Send-Document': [refused('server-error-internal-error')],
      'Get-Job-Attributes': [jobOf('processing'), jobOf('processing'), PRINTED],
    })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'printed' })
  })

  it('in one request, too', async () => {
    const { driver } = await setUp({
      'Get-Printer-Attributes': [printerOf(CREATE_UNKNOWN)],
      'Print-Job': [refused('client-error-document-format-not-supported')],
    })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ code: 'unsupported_format' })
  })
})

describe('a device that makes no job', () => {
  it('is to blame, or the document is, as it says', async () => {
    const { driver } = await setUp({ 'Create-Job': [refused('client-error-attributes-or-values-not-supported')] })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'failed', code: 'document_refused' })
    const busy = await setUp({ 'Create-Job': [refused('server-error-busy')] })
    expect(await print(busy.driver, newRequest(ZPL)).outcome).toMatchObject({ reason: { reason: 'device-busy' } })
  })

  it('or none with a number stops its printer, and keeps nothing that waits', async () => {
    const request = newRequest(ZPL)
    const { device, driver } = await setUp({
      'Create-Job': [{}],
      'Get-Jobs': [jobOf('pending-held', { 'job-name': request.name, ...ORPHAN })],
    })
    expect(await print(driver, request).outcome).toMatchObject({
      kind: 'stop-printer',
      reason: { reason: 'not-a-printer' },
    })
    expect(device.asked.slice(-2)).toEqual(['Get-Jobs', 'Cancel-Job'])
    const stubborn = await setUp({
      'Create-Job': [{}],
      'Get-Jobs': [jobOf('pending-held', { 'job-name': request.name, 'number-of-documents': 0 })],
      'Cancel-Job': [{ status: 'client-error-not-possible' }],
    })
    expect(await print(stubborn.driver, request).outcome).toMatchObject({ kind: 'stop-printer' })
    expect(stubborn.device.asked).toContain('Cancel-Job')
  })

  it('and will not list its jobs either is left as it is', async () => {
    const { device, driver } = await setUp({
      'Create-Job': ['silence'],
      'Get-Jobs': [refused('client-error-forbidden')],
    })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ reason: { reason: 'timed-out' } })
    expect(device.asked).not.toContain('Cancel-Job')
  })

  it('before it is cancelled is sent nothing', async () => {
    const { device, driver } = await setUp()
    const request = newRequest(ZPL)
    const cancel = new AbortController()
    const report = { ...silentReport(), ref: async () => cancel.abort() }
    expect(await driver.print(request, report, cancel.signal)).toMatchObject({ kind: 'cancelled' })
    expect(device.asked).not.toContain('Send-Document')
    expect(await driver.print(request, report, cancel.signal)).toMatchObject({ kind: 'cancelled' })
  })
})

describe('a request', () => {
  it('that is cancelled while its printer is asked was never sent', async () => {
    const { device, driver } = await setUp({ 'Get-Printer-Attributes': ['silence'] }, { requestTimeoutMs: 10_000 })
    const watched = print(driver, newRequest(ZPL))
    while (device.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
    watched.cancel.abort()
    expect(await watched.outcome).toMatchObject({ kind: 'cancelled' })
    expect(device.asked).toEqual(['Get-Printer-Attributes'])
  })

  it('of two items is a defect of its caller', async () => {
    const { driver } = await setUp()
    await expect(print(driver, newRequest(ZPL, { count: 2 })).outcome).rejects.toThrow(RangeError)
  })
})

describe('a device that is lost with the document on its way', () => {
  it('and never got it may be tried again', async () => {
    const { driver } = await setUp({
      'Send-Document': ['silence'],
      'Get-Job-Attributes': [jobOf('pending-held', ORPHAN), jobOf('canceled')],
    })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({
      kind: 'retry',
      reason: { reason: 'timed-out' },
    })
  })

  it('and does not say that it is cancelled is followed', async () => {
    const { driver } = await setUp({
      'Send-Document': ['silence'],
      'Get-Job-Attributes': [jobOf('pending-held', ORPHAN), jobOf('pending-held', ORPHAN), PRINTED],
    })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'printed' })
  })

  it.each([
    ['knows it by its name', (name: string) => [jobOf('completed', { 'job-name': name })], 'printed'],
    [
      'knows only the item before',
      (name: string) => [jobOf('completed', { 'job-name': name.replace(/7$/, '6') })],
      'retry',
    ],
    ['knows no such job', () => [jobOf('completed', { 'job-name': 'of another' })], 'unconfirmed'],
    ['knows jobs without names', () => [jobOf('completed')], 'unconfirmed'],
    ['knows jobs without anything', () => [{ jobs: [{ 'job-state-reasons': ['none'] }] }], 'unconfirmed'],
    ['lists none', () => [refused('client-error-forbidden')], 'unconfirmed'],
  ])('in one request, and %s', async (_, jobs, kind) => {
    const request = newRequest(ZPL, { first: 7 })
    const { driver } = await setUp({
      'Get-Printer-Attributes': [printerOf(CREATE_UNKNOWN)],
      'Print-Job': ['silence'],
      'Get-Jobs': jobs(request.name),
    })
    expect(await print(driver, request).outcome).toMatchObject({ kind })
  })

  it('and is taken up again without its document may be tried again', async () => {
    const request = newRequest(ZPL)
    const orphan = jobOf('pending-held', { 'job-name': request.name, ...ORPHAN })
    const { driver } = await setUp({ 'Get-Job-Attributes': [orphan, jobOf('canceled')] })
    const signal = AbortSignal.timeout(5_000)
    expect(await driver.reattach(request, 'ipp:1', silentReport(), signal)).toMatchObject({ kind: 'retry' })
    const stubborn = await setUp({ 'Get-Job-Attributes': [orphan, orphan, PRINTED] })
    expect(await stubborn.driver.reattach(request, 'ipp:1', silentReport(), signal)).toMatchObject({ kind: 'printed' })
  })
})

describe('a job that is followed', () => {
  it.each([
    ['is found by its name', jobOf('completed', { 'job-impressions-completed': 1 }), { kind: 'printed' }],
    ['is not over', jobOf('processing'), { kind: 'unconfirmed' }],
    ['is not listed', refused('client-error-forbidden'), { kind: 'unconfirmed' }],
    ['cannot be asked about', 'silence', { kind: 'unconfirmed', reason: { reason: 'timed-out' } }],
  ] as const)('whose number is not known any more, and %s', async (_, listed, outcome) => {
    const request = newRequest(ZPL)
    const named =
      typeof listed === 'object' && listed.jobs !== undefined
        ? { jobs: listed.jobs.map((job) => ({ ...job, 'job-name': request.name })) }
        : listed
    const { driver } = await setUp({
      'Get-Job-Attributes': [refused('client-error-not-found')],
      'Get-Jobs': [named],
    })
    expect(await print(driver, request).outcome).toMatchObject(outcome)
  })

  it('is in doubt when its device tells of no job, or of another one', async () => {
    const { driver } = await setUp({ 'Get-Job-Attributes': [{}] })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({
      kind: 'unconfirmed',
      reason: { reason: 'not-a-printer' },
    })
    const other = await setUp({ 'Get-Job-Attributes': [jobOf('completed', { 'job-name': 'andon:of:another:1:0' })] })
    expect(await print(other.driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'unconfirmed' })
  })

  it('is confirmed without a count where the device counts nothing, and accepted where it may not confirm', async () => {
    const { driver } = await setUp({ 'Get-Job-Attributes': [jobOf('completed')] })
    expect(await print(driver, newRequest(ZPL)).outcome).toEqual({ kind: 'printed', proof: 'confirmed', sheets: null })
    const shy = await setUp({ 'Get-Job-Attributes': [jobOf('completed')] }, { confirms: false })
    expect(await print(shy.driver, newRequest(ZPL)).outcome).toMatchObject({ proof: 'accepted', sheets: null })
  })

  it('says why its printer stands still, as far as that is known', async () => {
    const { driver } = await setUp(
      {
        'Get-Printer-Attributes': [
          printerOf(),
          'silence',
          printerOf({ 'printer-state': 'stopped' }),
          printerOf({ 'printer-is-accepting-jobs': false }),
          printerOf(),
        ],
        'Get-Job-Attributes': [...Array.from({ length: 8 }, () => jobOf('processing-stopped')), PRINTED],
      },
      { confirmTimeoutMs: 5_000, stallTimeoutMs: 200 },
    )
    const watched = print(driver, newRequest(ZPL))
    expect(await watched.outcome).toMatchObject({ kind: 'printed' })
    expect(watched.troubles.flat().map(({ reason }) => reason)).toContain('needs-attention')
  })
})

describe('what a printer says of itself', () => {
  const outcomeOf = async (reply: Reply, settings = {}) => {
    const { driver } = await setUp({ 'Get-Printer-Attributes': [reply] }, settings)
    const request = newRequest(ZPL)
    const two = { ...request, items: request.items.map((item) => ({ ...item, format: 'text/plain', copies: 2 })) }
    return print(driver, two).outcome
  }

  it.each([
    ['stopped', printerOf({ 'printer-state': 'stopped' }), 'needs-attention'],
    ['closed', printerOf({ 'printer-is-accepting-jobs': false }), 'not-accepting-jobs'],
    [
      'stopped with words',
      printerOf({ 'printer-state': 'stopped', 'printer-state-message': 'Lid.' }),
      'needs-attention',
    ],
    [
      'closed with words',
      printerOf({ 'printer-is-accepting-jobs': false, 'printer-state-message': 'x' }),
      'not-accepting-jobs',
    ],
    ['nothing', { printers: [] }, 'not-a-printer'],
    ['that it will not say', refused('server-error-internal-error'), 'device-error'],
  ])('%s stops it', async (_, reply, reason) => {
    expect(await outcomeOf(reply)).toMatchObject({ kind: 'stop-printer', reason: { reason } })
  })

  it('of formats and copies bounds what it is sent', async () => {
    const plain = { 'document-format-supported': ['text/plain'] }
    expect(await outcomeOf(printerOf())).toMatchObject({ code: 'unsupported_format' })
    expect(await outcomeOf(printerOf({ 'document-format-supported': [] }))).toMatchObject({ kind: 'printed' })
    expect(await outcomeOf(printerOf({ ...plain, 'copies-supported': [[0, 0]] }))).toMatchObject({
      code: 'validation_failed',
    })
    const { 'copies-supported': _, ...silent } = { ...plain, 'copies-supported': 1 }
    expect(await outcomeOf({ printers: [{ 'printer-state': 'idle', ...silent }] })).toMatchObject({
      code: 'validation_failed',
    })
  })
})

/** The codec names no operation of CUPS. */
const CUPS_GET_PRINTERS = ''

describe('looking for printers', () => {
  /** What a cupsd says of its queues, byte by byte: the codec writes no attributes that are CUPS's own. */
  const cupsAnswer = (queues: readonly Readonly<Record<string, string>>[]): Buffer => {
    const text = (tag: number, ...words: string[]): Buffer[] => [
      Buffer.from([tag]),
      ...words.map((word) => Buffer.concat([Buffer.from([0, word.length]), Buffer.from(word)])),
    ]
    const attributes = queues.map((queue) => [
      Buffer.from([0x04]),
      ...Object.entries(queue).flatMap(([name, value]) => text(name === 'device-uri' ? 0x45 : 0x42, name, value)),
    ])
    return Buffer.concat([
      Buffer.from([2, 0, 0, 0, 0, 0, 0, 1, 0x01]),
      ...text(0x47, 'attributes-charset', 'utf-8'),
      ...text(0x48, 'attributes-natural-language', 'en'),
      ...attributes.flat(),
      Buffer.from([0x03]),
    ])
  }

  it('finds queues, and the devices behind them that can be driven', async () => {
    const answer = cupsAnswer([
      { 'printer-name': 'plain' },
      { 'printer-name': 'odd', 'device-uri': 'no address' },
      { 'printer-name': 'usb', 'device-uri': 'usb:/dev/usb/lp0' },
      { 'printer-name': 'lpd', 'device-uri': 'lpd://192.0.2.7/queue' },
      { 'printer-name': 'raw', 'device-uri': 'socket://192.0.2.7:9100' },
      { 'printer-name': 'ipp', 'device-uri': 'ipps://192.0.2.7/ipp/print', 'printer-error-policy': 'retry-job' },
      { 'printer-info': 'without a name' },
    ])
    const server = createServer((_, outgoing) => {
      outgoing.writeHead(200, { 'content-type': 'application/ipp' }).end(answer)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({ [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) })
    const uri = `ipp://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { printers, warnings } = await discoverPrinters(AbortSignal.timeout(5_000), uri)
    expect(printers.map(({ name, driver }) => `${name} ${driver}`)).toEqual([
      'plain ipp',
      'odd ipp',
      'usb ipp',
      'lpd ipp',
      'raw ipp',
      'raw (directly) raw',
      'ipp ipp',
      'ipp (directly) ipp',
    ])
    expect(warnings).toEqual([expect.stringContaining('retry-job')])
  })

  it('says what the answer was, and nothing where there is no queue', async () => {
    for (const [status, warnings] of [
      ['client-error-not-found', 0],
      ['client-error-forbidden', 1],
    ] as const) {
      const device = await startDevice({ [CUPS_GET_PRINTERS]: [{ status }] })
      open.push(device)
      const found = await discoverPrinters(AbortSignal.timeout(5_000), device.uri)
      expect([found.printers, found.warnings.length]).toEqual([[], warnings])
    }
  })

  it('reaches the device behind a queue where that does no harm', async () => {
    const { device } = await setUp()
    const idle = { isQueueIdle: true }
    expect(await probeDevice(device.uri, { isQueueIdle: false })).toBeNull()
    expect(await probeDevice(device.uri.replace('ipp:', 'socket:'), idle)).toBeNull()
    for (const uri of [null, 'no address', 'usb:/dev/usb/lp0', 'lpd://127.0.0.1']) {
      const isAsked = uri === 'lpd://127.0.0.1'
      expect((await probeDevice(uri, { isQueueIdle: isAsked }))?.reason).toBe(isAsked ? 'offline' : undefined)
    }
    expect(await probeDevice('ipp://localhost:9', idle)).toMatchObject({ reason: 'offline' })
  })
})
