import { type PrintLab, printLabMissing, startPrintLab } from '@andon/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { discoverPrinters } from '../../src/discover.ts'
import { createDriver, probePrinter } from '../../src/drivers.ts'
import { IppClient } from '../../src/ipp/client.ts'
import { IppDevice } from '../../src/ipp/device.ts'
import { IPP_SETTINGS } from '../../src/ipp/settings.ts'
import { readSettings } from '../../src/settings.ts'
import { newRequest, print } from '../requests.ts'

const ZPL = 'application/vnd.zebra-zpl'
const missing = printLabMissing()

describe.skipIf(missing !== null)('CUPS and ippeveprinter as they are', () => {
  let lab: PrintLab

  beforeAll(async () => {
    lab = await startPrintLab()
  })

  afterAll(() => lab.stop())

  afterEach(async () => {
    await lab.eve.setPace(1, 0.05)
    await lab.sim.setPace(1, 0.05)
  })

  const driverFor = (uri: string, settings: Record<string, unknown> = {}): ReturnType<typeof createDriver> =>
    createDriver({ driver: 'ipp', uri, settings: { followIntervalMs: 100, ...settings } })

  /** Subscriptions for events that cupsd keeps. */
  const subscriptions = async (): Promise<number> => {
    const options = { username: '', password: '', acceptSelfSigned: true, timeoutMs: 10_000 }
    const client = new IppClient({ uri: lab.cupsUri, ...options })
    const operationAttributes = { 'printer-uri': client.printerUri }
    const answer = await client.send({ operation: 'Get-Subscriptions', operationAttributes })
    client.close()
    if (!answer.ok) throw new Error(answer.failure.message)
    return answer.message.subscriptions.length
  }

  it('does not believe "completed" for a document that the device refused, and frees the device', async () => {
    const queue = driverFor(lab.queueUri('Eve_Q'))
    const refused = newRequest(ZPL)
    expect(await print(queue, refused).outcome).toMatchObject({ kind: 'failed', code: 'document_refused' })
    expect((await lab.eve.printed()).filter((name) => name === refused.name)).toEqual([])
    const direct = driverFor(lab.eveUri, { busyTimeoutMs: 0 })
    expect(await print(direct, newRequest(ZPL)).outcome).toMatchObject({ kind: 'printed', proof: 'confirmed' })
    await queue.close()
    await direct.close()
  })

  it('does not believe "completed" for a document that the device had when its plug was pulled', async () => {
    await lab.eve.setPace(3, 0.3)
    const driver = driverFor(lab.queueUri('Eve_Q'))
    const request = newRequest('text/plain')
    const { outcome } = print(driver, request)
    while (!(await lab.eve.printed()).includes(request.name)) await new Promise(setImmediate)
    await lab.endEve()
    await lab.startEve()
    expect(await outcome).toMatchObject({ kind: 'unconfirmed' })
    expect((await lab.eve.printed()).filter((name) => name === request.name).length).toBeLessThan(3)
    expect(await print(driver, newRequest('text/plain')).outcome).toMatchObject({ kind: 'printed' })
    await driver.close()
  })

  it('cancels a job of ours that waits for its document for ever and blocks the device', async () => {
    const device = new IppDevice(lab.eveUri, readSettings(IPP_SETTINGS, {}))
    const orphan = { name: 'andon:gone:1:0', user: 'anna', format: ZPL, template: {}, data: new Uint8Array() }
    expect((await device.createJob(orphan, new AbortController().signal)).ok).toBe(true)
    const driver = driverFor(lab.eveUri)
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'printed' })
    await driver.close()
    device.close()
  })

  it('leaves the waiting job of somebody else alone, and tries again later', async () => {
    const device = new IppDevice(lab.eveUri, readSettings(IPP_SETTINGS, {}))
    const other = { name: 'holiday.pdf', user: 'bob', format: ZPL, template: {}, data: new Uint8Array() }
    const created = await device.createJob(other, new AbortController().signal)
    const driver = driverFor(lab.eveUri, { busyTimeoutMs: 700 })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({
      kind: 'retry',
      reason: { reason: 'device-busy' },
    })
    if (created.ok) await device.cancelJob(created.value, 'bob')
    await driver.close()
    device.close()
  })

  it('says that nobody can know when the device gives up after some sheets', async () => {
    await lab.eve.setPace(3, 0.2)
    const driver = driverFor(lab.eveUri)
    const watched = print(driver, newRequest(ZPL))
    await watched.until(({ progress }) => progress.some(({ sheets }) => sheets === 1))
    await lab.eve.failNext()
    expect(await watched.outcome).toMatchObject({ kind: 'unconfirmed' })
    await driver.close()
  })

  it('does not send again what a backend of CUPS failed on', async () => {
    await lab.setQueueOption('Sim_Q', 'printer-error-policy=abort-job')
    await lab.sim.failNext(1)
    const driver = driverFor(lab.queueUri('Sim_Q'))
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'unconfirmed' })
    await driver.close()
    await lab.setQueueOption('Sim_Q', 'printer-error-policy=stop-printer')
  })

  it('tells of a queue that has stopped, and goes on when it is enabled', async () => {
    await lab.sim.failNext(4)
    const driver = driverFor(lab.queueUri('Sim_Q'))
    const request = newRequest(ZPL)
    const watched = print(driver, request)
    await watched.until(({ troubles }) => troubles.some((trouble) => trouble.length > 0))
    await lab.enable('Sim_Q')
    expect(await watched.outcome).toMatchObject({ kind: 'printed' })
    expect((await lab.sim.printed()).filter((name) => name === request.name)).toHaveLength(1)
    await driver.close()
  })

  it('says what a job of CUPS waits for that is held for a password', async () => {
    await lab.sim.failNext(2)
    const driver = driverFor(lab.queueUri('Sim_Q'))
    const watched = print(driver, newRequest(ZPL))
    await watched.until(({ troubles }) => troubles.some(([first]) => first?.reason === 'auth-required'))
    watched.cancel.abort()
    expect(await watched.outcome).toMatchObject({ kind: 'cancelled' })
    await driver.close()
  })

  it('says so when a job of CUPS is held for a person, and in time that nothing moves', async () => {
    await lab.sim.failNext(3)
    const driver = driverFor(lab.queueUri('Sim_Q'), { stallTimeoutMs: 500 })
    const watched = print(driver, newRequest(ZPL))
    await watched.until(({ progress }) => progress.some(({ message }) => message?.startsWith('Held') === true))
    await watched.until(({ troubles }) => troubles.some(([first]) => first?.reason === 'stalled'))
    watched.cancel.abort()
    expect(await watched.outcome).toMatchObject({ kind: 'cancelled' })
    await driver.close()
  })

  it.each([
    ['cancelled by its backend', 5, 'cancelled', 0],
    ['tried again by CUPS after a while', 6, 'printed', 1],
    ['tried again by CUPS at once', 7, 'printed', 1],
  ] as const)('knows a job that is %s', async (_how, exitCode, kind, sheets) => {
    await lab.sim.failNext(exitCode)
    const driver = driverFor(lab.queueUri('Sim_Q'))
    const request = newRequest(ZPL)
    expect(await print(driver, request).outcome).toMatchObject({ kind })
    expect((await lab.sim.printed()).filter((name) => name === request.name)).toHaveLength(sheets)
    await driver.close()
  })

  it('leaves no subscription behind, of which CUPS takes only so many', async () => {
    const driver = driverFor(lab.queueUri('Sim_Q'))
    const before = await subscriptions()
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'printed' })
    await driver.close()
    expect(await subscriptions()).toBe(before)
  })

  it('lists the queues and the devices behind them, and warns of queues that print again', async () => {
    await lab.setQueueOption('Sim_Q', 'printer-error-policy=retry-job')
    const found = await discoverPrinters(AbortSignal.timeout(10_000), lab.cupsUri)
    await lab.setQueueOption('Sim_Q', 'printer-error-policy=stop-printer')
    expect(found.printers.map(({ name }) => name).toSorted()).toEqual(['Eve_Q', 'Eve_Q (directly)', 'Sim_Q'])
    expect(found.printers.find(({ name }) => name === 'Eve_Q (directly)')).toMatchObject({
      driver: 'ipp',
      uri: lab.eveUri,
    })
    expect(found.warnings).toEqual([expect.stringContaining('retry-job')])
    for (const printer of found.printers.filter(({ name }) => !name.includes('directly'))) {
      const status = await probePrinter({ ...printer, settings: {} }, AbortSignal.timeout(10_000))
      expect(status.state).toBe('idle')
    }
  })
})

describe('looking for printers where there is no CUPS', () => {
  it('says so', async () => {
    const found = await discoverPrinters(AbortSignal.timeout(10_000), 'ipp://127.0.0.1:9/')
    expect(found).toEqual({ printers: [], warnings: [expect.stringContaining('No CUPS answers')] })
  })
})
