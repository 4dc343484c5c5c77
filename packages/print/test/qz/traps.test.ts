import type { PrintRequest } from '@andon/core'
import { PDF_PAGE, type PrintLab, printLabMissing, type QzTray, startPrintLab, startQzTray } from '@andon/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type QzConnection, QzDriver } from '../../src/qz/index.ts'
import { newRequest, print } from '../requests.ts'
import { addressOf, connect, untilConnected } from './station.ts'

const ZPL = 'application/vnd.zebra-zpl'

describe.skipIf(printLabMissing() !== null)('what catches clients of QZ Tray out', () => {
  let lab: PrintLab
  let tray: QzTray
  let connection: QzConnection
  const drivers: QzDriver[] = []

  beforeAll(async () => {
    vi.spyOn(console, 'info').mockImplementation(() => undefined)
    lab = await startPrintLab()
    await lab.sim.setPace(1, 0.05)
    await lab.eve.setPace(1, 0.05)
  })

  beforeEach(async () => {
    tray = await startQzTray({ cupsUri: lab.cupsUri })
    connection = connect(tray)
    await untilConnected(connection)
  })

  afterEach(async () => {
    await lab.sim.setFault(null)
    for (const driver of drivers.splice(0)) await driver.close()
    await connection.close()
    await tray.stop()
  })

  afterAll(() => lab.stop())

  const driverOf = (queue: string, settings: Readonly<Record<string, unknown>> = {}): QzDriver => {
    const driver = new QzDriver(addressOf(queue, settings), connection)
    drivers.push(driver)
    return driver
  }
  const sheetsOf = async (name: string): Promise<number> =>
    (await lab.sim.printed()).filter((printed) => printed.includes(name)).length

  it('two printers at a time are told apart', async () => {
    const label = driverOf('Sim_Q')
    const page = driverOf('Eve_Q')
    const prints = [
      print(label, newRequest(ZPL)),
      print(page, pageRequest()),
      print(label, newRequest(ZPL)),
      print(page, pageRequest()),
    ]
    for (const { outcome } of prints) expect(await outcome).toMatchObject({ kind: 'printed', proof: 'confirmed' })
    const refs = prints.flatMap((watched) => watched.refs)
    expect(new Set(refs)).toEqual(new Set(tray.spooled.map((id) => `qz:${id}`)))
    expect(refs).toHaveLength(4)
  })

  it('a reason that QZ Tray keeps to itself is not waited for for ever', async () => {
    await lab.sim.setFault('media-jam-error')
    const request = newRequest(ZPL)
    const watched = print(driverOf('Sim_Q', { stallTimeoutMs: 500 }), request)
    expect(await watched.outcome).toMatchObject({ kind: 'unconfirmed' })
    expect(await sheetsOf(request.name)).toBe(0)
    await lab.sim.setFault(null)
    await vi.waitUntil(async () => (await sheetsOf(request.name)) === 1, { timeout: 20_000 })
    expect(tray.spooled).toHaveLength(1)
  })

  it('a job that cannot be taken out of the queue is never called cancelled while it may come out', async () => {
    tray.canClearQueue = false
    await lab.sim.setFault('cover-open-warning')
    const request = newRequest(ZPL)
    const watched = print(driverOf('Sim_Q'), request)
    await watched.until(({ troubles }) => troubles.length > 0)
    watched.cancel.abort()
    expect(await watched.outcome).toMatchObject({ kind: 'unconfirmed' })
    await lab.sim.setFault(null)
    await vi.waitUntil(async () => (await sheetsOf(request.name)) === 1, { timeout: 20_000 })
  })
})

function pageRequest(): PrintRequest {
  const request = newRequest('application/pdf')
  return { ...request, items: request.items.map((item) => ({ ...item, data: PDF_PAGE })) }
}
