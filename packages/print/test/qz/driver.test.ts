import { type PrintLab, printLabMissing, type QzTray, startPrintLab, startQzTray } from '@andon/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type QzConnection, QzDriver } from '../../src/qz/index.ts'
import { newRequest, print, silentReport, type Watched } from '../requests.ts'
import { addressOf, connect, startStranger, untilConnected } from './station.ts'

const ZPL = 'application/vnd.zebra-zpl'

describe.skipIf(printLabMissing() !== null)('a printer behind QZ Tray', () => {
  let lab: PrintLab
  let tray: QzTray
  let connection: QzConnection
  let driver: QzDriver

  beforeAll(async () => {
    vi.spyOn(console, 'info').mockImplementation(() => undefined)
    lab = await startPrintLab()
    await lab.sim.setPace(1, 0.05)
  })

  beforeEach(async () => {
    tray = await startQzTray({ cupsUri: lab.cupsUri })
    connection = connect(tray)
    await untilConnected(connection)
    driver = new QzDriver(addressOf('Sim_Q'), connection)
  })

  afterEach(async () => {
    await lab.sim.setFault(null)
    await driver.close()
    await connection.close()
    await tray.stop()
  })

  afterAll(() => lab.stop())

  const shows =
    (wanted: string) =>
    ({ troubles }: Watched) =>
      troubles.some((trouble) => trouble.some(({ reason }) => reason === wanted))
  const sheetsOf = async (name: string): Promise<number> =>
    (await lab.sim.printed()).filter((printed) => printed.includes(name)).length

  it.each([true, false])('prints when events come before the answer: %s', async (isBefore) => {
    tray.traps.eventsBeforeReply = isBefore
    const watched = print(driver, newRequest(ZPL))
    expect(await watched.outcome).toMatchObject({ kind: 'printed', proof: 'confirmed' })
    expect(watched.refs).toEqual([`qz:${tray.spooled[0]}`])
    expect(watched.troubles).toEqual([])
  })

  it.each([true, false])('waits for media, with cleared reasons hidden: %s', async (isHidden) => {
    tray.traps.hidesClearedReasons = isHidden
    await lab.sim.setFault('media-empty-warning')
    const watched = print(driver, newRequest(ZPL))
    await watched.until(shows('media-empty'))
    await lab.sim.setFault(null)
    expect(await watched.outcome).toMatchObject({ kind: 'printed', proof: 'confirmed' })
    expect(watched.troubles.at(-1)).toEqual([])
  })

  it('hears the end though another client took its events along', async () => {
    await lab.sim.setFault('cover-open-warning')
    const watched = print(driver, newRequest(ZPL))
    await watched.until(shows('cover-open'))
    const stranger = await startStranger(tray)
    await stranger.listen('Sim_Q')
    const gaps = (await connection.watch('Sim_Q')).queue
    const before = gaps.gaps
    await stranger.leave()
    await vi.waitUntil(() => gaps.gaps > before, { timeout: 20_000 })
    await lab.sim.setFault(null)
    expect(['printed', 'unconfirmed']).toContain((await watched.outcome).kind)
  })

  it('tells its own job from those of others', async () => {
    const stranger = await startStranger(tray)
    await stranger.print('Sim_Q', 'before')
    const request = newRequest(ZPL)
    const watched = print(driver, request)
    await stranger.print('Sim_Q', 'meanwhile')
    expect(await watched.outcome).toMatchObject({ kind: 'printed', proof: 'confirmed' })
    expect(await sheetsOf(request.name)).toBe(1)
    await stranger.leave()
  })

  it('is in doubt when QZ Tray ends after it has spooled, and never sends it again', async () => {
    tray.dieAfterSpooling()
    const request = newRequest(ZPL)
    expect(await print(driver, request).outcome).toMatchObject({ kind: 'unconfirmed' })
    await tray.start()
    await untilConnected(connection)
    const again = await driver.reattach(request, null, silentReport(), new AbortController().signal)
    expect(again.kind).toMatch(/^(unconfirmed|printed)$/)
    expect(tray.spooled).toHaveLength(1)
  })

  it('stops while its user blocks us, and sends nothing', async () => {
    tray.isBlocked = true
    const reason = { reason: 'qz-blocked' }
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'stop-printer', reason })
    expect(tray.spooled).toEqual([])
  })

  it('says that a printer is not there', async () => {
    await using nowhere = {
      driver: new QzDriver(addressOf('Nowhere'), connection),
      [Symbol.asyncDispose]: async () => {},
    }
    expect(await nowhere.driver.status(AbortSignal.timeout(10_000))).toMatchObject({ state: 'offline' })
    expect(await print(nowhere.driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'stop-printer' })
  })

  // Last: the backend that is ended with its job leaves its reason with the queue.
  it('never calls printed what was deleted at the device', async () => {
    await lab.sim.setFault('cover-open-warning')
    const request = newRequest(ZPL)
    const watched = print(driver, request)
    await watched.until(shows('cover-open'))
    const stranger = await startStranger(tray)
    await stranger.cancel('Sim_Q', tray.spooled[0] ?? 0)
    expect((await watched.outcome).kind).toBe('cancelled')
    expect(await sheetsOf(request.name)).toBe(0)
    await stranger.leave()
  })
})
