import { execFile } from 'node:child_process'
import { delimiter } from 'node:path'
import { promisify } from 'node:util'
import {
  makeQzIdentity,
  type PrintLab,
  printLabMissing,
  type QzEvent,
  type QzTray,
  startPrintLab,
  startQzTray,
} from '@andon/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { documentOf } from '../src/qz/document.ts'
import { isSigned, keyOfCertificate, type QzSigned } from '../src/qz/signature.ts'
import { connectQz, emptyPage, type QzClient } from './qz-client.ts'

const identity = makeQzIdentity()
const stranger = makeQzIdentity()
const ZPL = '^XA^FO20,20^FDbox 1^FS^XZ'

const isOfJob = ({ eventType }: QzEvent): boolean => eventType === 'JOB'
const isComplete = ({ statusText }: QzEvent): boolean => statusText === 'COMPLETE'

describe('what is spooled', () => {
  it.each([
    ['plain', ZPL],
    ['base64', Buffer.from(ZPL).toString('base64')],
    ['hex', Buffer.from(ZPL).toString('hex')],
  ])('are the same bytes for the flavor %s', (flavor, data) => {
    const document = documentOf({ data: [{ type: 'raw', format: 'command', flavor, data }] })
    expect(Buffer.from(document.data).toString()).toBe(ZPL)
    expect(document.format).toBe('application/vnd.cups-raw')
  })

  it('are all parts of a call in one job, once for each copy', () => {
    const document = documentOf({ options: { copies: 2, jobName: 'job-raw-1' }, data: ['\u001b@', 'x'] })
    expect(Buffer.from(document.data).toString()).toBe('\u001b@x\u001b@x')
    expect(document.jobName).toBe(' job-raw-1')
  })

  it.each([
    ['nothing', []],
    ['a file', [{ type: 'raw', format: 'command', flavor: 'file', data: 'label.zpl' }]],
    ['an image', [{ type: 'pixel', format: 'image', flavor: 'base64', data: '' }]],
  ])('is refused for %s', (_what, data) => {
    expect(() => documentOf({ data })).toThrow(/print/)
  })
})

describe('a request that was signed', () => {
  const timestamp = Date.now()
  const request: QzSigned = { call: 'printers.find', params: { query: 'Sim' }, timestamp, signAlgorithm: 'SHA512' }
  const hash = 'f'.repeat(64)

  it.each([
    ['without a signature', {}],
    ['with a signature of something else', { signature: identity.sign(hash) }],
    ['with no base64', { signature: '%' }],
    ['by an algorithm that QZ does not know', { signature: identity.sign(hash), signAlgorithm: 'MD5' }],
    ['too long ago', { signature: identity.sign(hash), timestamp: timestamp - 16 * 60_000 }],
  ])('is not believed %s', (_how, change) => {
    const key = keyOfCertificate(identity.certificate)
    expect(key !== null && isSigned(key, { ...request, ...change })).toBe(false)
  })

  it('needs a certificate that is one', () => {
    expect(keyOfCertificate('-----BEGIN CERTIFICATE-----')).toBeNull()
    expect(keyOfCertificate(null)).toBeNull()
  })
})

describe.skipIf(printLabMissing() !== null)('the real client and the stand-in for QZ Tray', () => {
  let lab: PrintLab
  let tray: QzTray
  let client: QzClient
  /** Sheets of Sim_Q before the test. */
  let sheets: number

  beforeAll(async () => {
    lab = await startPrintLab()
    await lab.sim.setPace(1, 0.05)
  })

  beforeEach(async () => {
    tray = await startQzTray({ cupsUri: lab.cupsUri })
    client = await connectQz(tray, identity)
    sheets = (await lab.sim.printed()).length
  })

  afterEach(async () => {
    await lab.sim.setFault(null)
    await lab.eve.setFault(null)
    await client[Symbol.asyncDispose]()
    await tray.stop()
  })

  afterAll(() => lab.stop())

  const print = (from: QzClient, data: unknown = ZPL): Promise<unknown> =>
    from.qz.print(from.qz.configs.create('Sim_Q', { jobName: 'job-raw-1' }), [data])

  /** Whether CUPS has done what was spooled last. */
  const isDone = (events: readonly QzEvent[]): boolean =>
    events.some((event) => isComplete(event) && event.jobId === tray.spooled.at(-1))

  /** Names of what came out in this test, once it is so many. */
  const paper = async (count: number): Promise<string[]> => {
    for (;;) {
      const names = (await lab.sim.printed()).slice(sheets)
      if (names.length >= count) return names
      await new Promise(setImmediate)
    }
  }

  it('lists printers, finds one by a part of its name, and says that there is none', async () => {
    expect(await client.qz.printers.find()).toEqual(['Eve_Q', 'Sim_Q'])
    expect(await client.qz.printers.find('Sim')).toBe('Sim_Q')
    await expect(client.qz.printers.find('Zebra')).rejects.toThrow('Specified printer could not be found.')
    await expect(client.qz.print(client.qz.configs.create('Zebra'), [ZPL])).rejects.toThrow('Cannot find printer')
  })

  it('prints labels, which come out, and tells of each of their jobs', async () => {
    await client.qz.printers.startListening('Sim_Q')
    const base64 = { type: 'raw', format: 'command', flavor: 'base64', data: Buffer.from(ZPL).toString('base64') }
    const hex = { ...base64, flavor: 'hex', data: Buffer.from(ZPL).toString('hex') }
    for (const data of [ZPL, base64, hex]) await print(client, data)
    await client.until((events) => events.filter(isComplete).length === 3)
    expect(await paper(3)).toEqual([' job-raw-1', ' job-raw-1', ' job-raw-1'])
    expect(client.events.filter(isComplete).map(({ jobId }) => jobId)).toEqual(tray.spooled)
    for (const id of tray.spooled) {
      const words = client.events.filter(({ jobId }) => jobId === id).map(({ statusText }) => statusText)
      expect(words).toEqual(expect.arrayContaining(['PAUSED', 'PRINTING', 'COMPLETE']))
    }
  })

  it("prints a PDF under a name that is not the client's", async () => {
    await client.qz.printers.startListening(['Sim_Q'])
    await print(client, { type: 'pixel', format: 'pdf', flavor: 'base64', data: emptyPage() })
    await client.until(isDone)
    expect(await paper(1)).toEqual(['Java Printing'])
  })

  it('tells nothing of printers to which nobody listens', async () => {
    await client.qz.printers.startListening('Eve_Q')
    await print(client)
    await paper(1)
    await client.qz.printers.getStatus()
    expect(client.events.map(({ printerName }) => printerName)).toEqual(['Eve_Q'])
    await client.qz.printers.stopListening()
    await expect(client.qz.printers.getStatus()).rejects.toThrow('No printer listeners started')
  })

  it.each(['SHA1', 'SHA256', 'SHA512'] as const)('takes signatures by %s', async (algorithm) => {
    await using other = await connectQz(tray, identity, { algorithm })
    expect(await other.qz.printers.find('Sim')).toBe('Sim_Q')
  })

  it.each([
    ['missing', (): string => ''],
    ['of another key', (text: string): string => stranger.sign(text)],
    ['by another algorithm than it says', (text: string): string => identity.sign(text, 'SHA256')],
  ])('blocks a request whose signature is %s', async (_how, sign) => {
    await using other = await connectQz(tray, identity, { sign })
    await expect(other.qz.printers.find()).rejects.toThrow('Request blocked')
    await expect(print(other)).rejects.toThrow('Request blocked')
    expect(tray.spooled).toEqual([])
  })

  it('blocks who has no certificate', async () => {
    await expect(connectQz(tray, identity, { certificate: 'none' })).rejects.toThrow('Connection blocked by client')
    await tray.until(({ connections }) => connections === 1)
  })

  it('blocks everybody when its user says so', async () => {
    tray.isBlocked = true
    await expect(print(client)).rejects.toThrow('Request blocked')
    await expect(connectQz(tray, identity)).rejects.toThrow('Connection blocked by client')
    tray.isBlocked = false
    await print(client)
    expect(await paper(1)).toHaveLength(1)
  })

  it('resolves when a job is spooled, without its number and though nothing comes out', async () => {
    await lab.sim.setFault('media-empty-warning')
    await client.qz.printers.startListening('Sim_Q')
    expect(await print(client)).toBeUndefined()
    expect(client.events.filter(isOfJob)).toEqual([])
    await client.until((events) => events.some(({ statusText }) => statusText === 'PAPER_OUT'))
    expect((await lab.sim.printed()).length).toBe(sheets)
    expect(client.events.find(isOfJob)).toMatchObject({
      statusText: 'PAUSED',
      statusCode: 'job-hold-until-specified',
      jobId: tray.spooled[0],
    })
    await lab.sim.setFault(null)
    await client.until(isDone)
  })

  it('tells of no job before it resolves, unless it is told to', async () => {
    await client.qz.printers.startListening('Sim_Q')
    // Long enough to spool that the first event waits for the end of it.
    await print(client, ZPL.repeat(500_000))
    expect(client.events.filter(isOfJob)).toEqual([])
    await client.until(isDone)
  })

  it('may tell of a job before it resolves', async () => {
    tray.traps.eventsBeforeReply = true
    await client.qz.printers.startListening('Sim_Q')
    await print(client)
    expect(client.events.find(isOfJob)?.jobId).toBe(tray.spooled[0])
    await client.until(isDone)
  })

  it.each([
    [true, false],
    [false, true],
  ])('reasons ending in -error, ignored: %s', async (ignoresErrorReasons, isTold) => {
    tray.traps.ignoresErrorReasons = ignoresErrorReasons
    await client.qz.printers.startListening('Sim_Q')
    await lab.sim.setFault('media-empty-error,toner-low-warning')
    await print(client)
    await client.until((events) => events.some(({ statusText }) => statusText === 'TONER_LOW'))
    await client.qz.printers.getStatus()
    expect(client.events.some(({ statusText }) => statusText === 'PAPER_OUT')).toBe(isTold)
    await lab.sim.setFault(null)
    await client.until(isDone)
  })

  it('tells of a jam at an IPP printer, and not that it is mended while the job goes on', async () => {
    await lab.eve.setFault('media-jam')
    await client.qz.printers.startListening('Eve_Q')
    const data = [{ type: 'pixel', format: 'pdf', flavor: 'base64', data: emptyPage() }]
    await client.qz.print(client.qz.configs.create('Eve_Q'), data)
    const jam = ({ statusText }: QzEvent): boolean => statusText === 'PAPER_JAM'
    await client.until((events) => events.some(jam))
    expect(client.events.find(jam)).toMatchObject({ severity: 'FATAL', statusCode: 'media-jam' })
    await lab.eve.setFault(null)
    await client.until(isDone)
    const after = client.events.slice(client.events.findIndex(jam) + 1)
    expect(after.filter(({ statusText }) => statusText === 'PRINTING')).toEqual([])
    expect(await lab.eve.printed()).toContain('Java Printing')
  })

  it('takes the events of a printer from all when one client disconnects', async () => {
    await client.qz.printers.startListening('Sim_Q')
    const other = await connectQz(tray, identity)
    await other.qz.printers.startListening('Sim_Q')
    await other[Symbol.asyncDispose]()
    await tray.until(({ connections }) => connections === 1)
    await print(client)
    await paper(1)
    await client.qz.printers.getStatus()
    expect(client.events).toEqual([])
    await client.qz.printers.startListening('Sim_Q')
    await client.qz.printers.getStatus()
    expect(client.events).not.toEqual([])
  })

  it('leaves them to the others when it is told to', async () => {
    tray.traps.losesOtherListeners = false
    await client.qz.printers.startListening('Sim_Q')
    const other = await connectQz(tray, identity)
    await other.qz.printers.startListening('Sim_Q')
    await other[Symbol.asyncDispose]()
    await tray.until(({ connections }) => connections === 1)
    await print(client)
    await client.until(isDone)
  })

  it('finds a new printer late', async () => {
    const path = `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`
    const lpadmin = (...args: string[]): Promise<unknown> =>
      promisify(execFile)('lpadmin', ['-h', new URL(lab.cupsUri).host, ...args], {
        env: { ...process.env, PATH: path },
      })
    await lpadmin('-p', 'New_Q', '-E', '-v', 'file:/dev/null', '-m', 'raw')
    expect(await client.qz.printers.find()).not.toContain('New_Q')
    tray.traps.listsPrintersLate = false
    expect(await client.qz.printers.find()).toContain('New_Q')
    tray.traps.listsPrintersLate = true
    await tray.findNewPrinters()
    expect(await client.qz.printers.find()).toContain('New_Q')
    await lpadmin('-x', 'New_Q')
  })

  it('ends in the middle of a job, which comes out, and is back at the same port', async () => {
    await lab.sim.setFault('cover-open-warning')
    await client.qz.printers.startListening('Sim_Q')
    await print(client)
    await client.until((events) => events.some(({ statusText }) => statusText === 'DOOR_OPEN'))
    const closed = new Promise<void>((resolve) => client.qz.websocket.setClosedCallbacks(resolve))
    const { port } = tray
    await tray.stop()
    await closed
    await expect(connectQz(tray, identity)).rejects.toThrow('Unable to establish connection')
    await lab.sim.setFault(null)
    expect(await paper(1)).toHaveLength(1)
    await tray.start()
    expect(tray.port).toBe(port)
    await using again = await connectQz(tray, identity)
    await again.qz.printers.startListening('Sim_Q')
    await again.qz.printers.getStatus()
    expect(again.events).not.toEqual([])
  })

  it('ends after it has spooled and before it says so', async () => {
    tray.dieAfterSpooling()
    await expect(print(client)).rejects.toThrow('Connection closed before response received')
    expect(await paper(1)).toHaveLength(1)
    await tray.start()
    await using again = await connectQz(tray, identity)
    expect(await again.qz.printers.getDefault()).toBeUndefined()
  })
})
