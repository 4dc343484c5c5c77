import { type PrintLab, printLabMissing, type QzTray, startPrintLab, startQzTray } from '@andon/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type QzConnection, type QzConnectionOptions, QzDriver } from '../../src/qz/index.ts'
import { newRequest, print, silentReport, type Watched } from '../requests.ts'
import { addressOf, connect, lpadmin, startStranger, STATION, untilConnected, untilStatus } from './station.ts'

const ZPL = 'application/vnd.zebra-zpl'
/** Stops the device, and QZ Tray says nothing of it. */
const UNHEARD = 'media-jam-error'

describe.skipIf(printLabMissing() !== null)('a job behind QZ Tray', () => {
  let lab: PrintLab
  let tray: QzTray
  let connection: QzConnection
  const drivers: QzDriver[] = []

  beforeAll(async () => {
    vi.spyOn(console, 'info').mockImplementation(() => undefined)
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    lab = await startPrintLab()
    await lab.setQueueOption('Sim_Q', 'printer-error-policy=abort-job')
  })

  beforeEach(async () => {
    await lab.sim.setPace(1, 0.05)
    tray = await startQzTray({ cupsUri: lab.cupsUri })
  })

  afterEach(async () => {
    await lab.sim.setFault(null)
    for (const driver of drivers.splice(0)) await driver.close()
    await connection.close()
    await tray.stop()
  })

  afterAll(() => lab.stop())

  const driverOf = async (
    settings: Readonly<Record<string, unknown>> = {},
    options: Partial<QzConnectionOptions> = {},
    queue = 'Sim_Q',
  ): Promise<QzDriver> => {
    connection = connect(tray, options)
    await untilConnected(connection)
    const driver = new QzDriver(addressOf(queue, settings), connection)
    drivers.push(driver)
    return driver
  }
  const reasonsOf = ({ troubles }: Watched): string[] => troubles.flat().map(({ reason }) => reason)
  const isSent = ({ progress }: Watched): boolean => progress.some(({ state }) => state === 'sent')
  const isSpooled = ({ progress }: Watched): boolean => progress.some(({ proof }) => proof === 'spooled')
  const sheetsOf = async (name: string): Promise<number> =>
    (await lab.sim.printed()).filter((printed) => printed.includes(name)).length
  /** Until the device has the last job, so that what is said of it from now on is not what CUPS says. */
  const untilPrinting = (): Promise<void> =>
    tray.until(({ sent, spooled }) =>
      sent.some(({ jobId, statusCode }) => jobId === spooled.at(-1) && statusCode === 'job-printing'),
    )
  /** What Windows says of the job that was spooled last. */
  const sayOfJob = (statusText: string, statusCode: number, severity: 'INFO' | 'WARN' | 'ERROR' = 'INFO'): void => {
    const jobId = tray.spooled.at(-1) ?? 0
    tray.say({ printerName: 'Sim_Q', eventType: 'JOB', jobId, jobName: '', severity, statusText, statusCode })
  }

  describe('that has not our name', () => {
    it('is ours once nothing better came, and is known by its number from then on', async () => {
      const driver = await driverOf({ matchTimeoutMs: 100 })
      tray.traps.losesJobNames = true
      await lab.sim.setFault('cover-open-warning')
      const watched = print(driver, newRequest(ZPL))
      await vi.waitUntil(() => watched.refs.length > 0, { timeout: 20_000 })
      expect(watched.refs).toEqual([`qz:${tray.spooled[0]}`])
      const stranger = await startStranger(tray)
      await stranger.print('Sim_Q', 'later')
      await lab.sim.setFault(null)
      expect(await watched.outcome).toMatchObject({ kind: 'printed', proof: 'confirmed' })
      await stranger.leave()
    })

    it('came out when all that are new did', async () => {
      const driver = await driverOf({ matchTimeoutMs: 100 })
      tray.traps.losesJobNames = true
      await lab.sim.setFault('cover-open-warning')
      const stranger = await startStranger(tray)
      const watched = print(driver, newRequest(ZPL))
      await watched.until(isSpooled)
      await stranger.print('Sim_Q', 'meanwhile')
      await lab.sim.setFault(null)
      expect(await watched.outcome).toMatchObject({ kind: 'printed', proof: 'confirmed' })
      await stranger.leave()
    })

    it('is in doubt when another that is new came out, and one was cancelled', async () => {
      let sign: QzConnectionOptions['sign'] = STATION.sign
      const driver = await driverOf({ matchTimeoutMs: 100 }, { sign: (text) => sign(text) })
      await driver.status(AbortSignal.timeout(10_000))
      tray.traps.losesJobNames = true
      await lab.sim.setFault('cover-open-warning')
      const stranger = await startStranger(tray)
      sign = async (text) => {
        sign = STATION.sign
        await stranger.print('Sim_Q', 'just before')
        return STATION.sign(text)
      }
      const watched = print(driver, newRequest(ZPL))
      await watched.until((seen) => isSpooled(seen) && reasonsOf(seen).includes('cover-open'))
      await stranger.cancel('Sim_Q', tray.spooled[1] ?? 0)
      await lab.sim.setFault(null)
      expect(await watched.outcome).toMatchObject({
        kind: 'unconfirmed',
        reason: { raw: expect.stringContaining('Others printed') },
      })
      expect(watched.refs).toEqual([])
      await stranger.leave()
    })

    it('is not taken out of the queue while it may be that of another', async () => {
      const driver = await driverOf({ matchTimeoutMs: 3_000 })
      Object.assign(tray.traps, { losesJobNames: true, eventsBeforeReply: true })
      const before = (await lab.sim.printed()).length
      await lab.sim.setFault('cover-open-warning')
      const stranger = await startStranger(tray)
      const watched = print(driver, newRequest(ZPL))
      await watched.until(isSpooled)
      await stranger.print('Sim_Q', 'meanwhile')
      watched.cancel.abort()
      expect(await watched.outcome).toMatchObject({ kind: 'unconfirmed' })
      await lab.sim.setFault(null)
      await vi.waitUntil(async () => (await lab.sim.printed()).length === before + 2, { timeout: 20_000 })
      await stranger.leave()
    })

    it('is taken up again by its number', async () => {
      const driver = await driverOf({ matchTimeoutMs: 100 })
      tray.traps.losesJobNames = true
      const request = newRequest(ZPL)
      const watched = print(driver, request)
      expect(await watched.outcome).toMatchObject({ kind: 'printed' })
      const again = driver.reattach(request, watched.refs[0] ?? null, silentReport(), new AbortController().signal)
      expect(await again).toMatchObject({ kind: 'printed', proof: 'confirmed' })
      const unknown = driver.reattach(newRequest(ZPL), 'qz:none', silentReport(), new AbortController().signal)
      expect(await unknown).toMatchObject({ kind: 'unconfirmed' })
    })
  })

  describe('that meets trouble of its own', () => {
    it('fails when the queue gives it up, and must not come out later', async () => {
      const driver = await driverOf()
      await lab.sim.failNext()
      const request = newRequest(ZPL)
      expect(await print(driver, request).outcome).toMatchObject({ kind: 'failed', code: 'printer_job_aborted' })
      expect(await sheetsOf(request.name)).toBe(0)
    })

    it('is withdrawn when Windows calls it an error, since it would come out once that is mended', async () => {
      const driver = await driverOf()
      await lab.sim.setFault('cover-open-warning')
      const request = newRequest(ZPL)
      const watched = print(driver, request)
      await untilPrinting()
      sayOfJob('ERROR', 0x2, 'ERROR')
      expect(await watched.outcome).toMatchObject({ kind: 'failed', message: expect.stringContaining('ERROR') })
      await lab.sim.setFault(null)
      // CUPS forgets what the device said once another job has met it, which ours may not while it says so.
      const stranger = await startStranger(tray)
      await stranger.print('Sim_Q', 'next')
      await vi.waitUntil(async () => (await sheetsOf('next')) === 1, { timeout: 20_000 })
      await stranger.leave()
      expect(await sheetsOf(request.name)).toBe(0)
    })

    it('is in doubt when it was deleted', async () => {
      const driver = await driverOf()
      await lab.sim.setFault(UNHEARD)
      const request = newRequest(ZPL)
      const watched = print(driver, request)
      await untilPrinting()
      tray.say({ printerName: 'Sim_Q', eventType: 'JOB_DATA', severity: 'INFO', statusText: 'DELETED', statusCode: 0 })
      sayOfJob('DELETED', 0x100)
      expect(await watched.outcome).toMatchObject({
        kind: 'unconfirmed',
        reason: { raw: expect.stringContaining('deleted') },
      })
      await lab.sim.setFault(null)
      await vi.waitUntil(async () => (await sheetsOf(request.name)) === 1, { timeout: 20_000 })
    })

    it('says at once that a person is needed, and later that it is held', async () => {
      const driver = await driverOf({ pausedGraceMs: 300 })
      await lab.sim.setFault(UNHEARD)
      const watched = print(driver, newRequest(ZPL))
      await untilPrinting()
      sayOfJob('USER_INTERVENTION', 0x40000000, 'WARN')
      await watched.until((seen) => reasonsOf(seen).includes('needs-attention'))
      sayOfJob('PAUSED', 0x1, 'WARN')
      await watched.until((seen) => reasonsOf(seen).includes('paused') || reasonsOf(seen).includes('held'))
      sayOfJob('PRINTING', 0x10)
      await lab.sim.setFault(null)
      expect(await watched.outcome).toMatchObject({ kind: 'printed', proof: 'confirmed' })
      expect(watched.troubles.at(-1)).toEqual([])
    })
  })

  describe('of which QZ Tray does not say all', () => {
    it('is in doubt when its end was missed and the printer has nothing to do', async () => {
      const driver = await driverOf({}, { heartbeatMs: 50 })
      await lab.sim.setFault('cover-open-warning')
      const request = newRequest(ZPL)
      const watched = print(driver, request)
      await watched.until((seen) => reasonsOf(seen).includes('cover-open'))
      tray.isMute = true
      await lab.sim.setFault(null)
      await tray.until(({ missed }) => missed.some(({ statusText }) => statusText === 'COMPLETE'))
      expect(await sheetsOf(request.name)).toBe(1)
      const watch = await connection.watch('Sim_Q')
      await vi.waitUntil(() => watch.queue.condition === null, { timeout: 20_000 })
      tray.isMute = false
      expect(await watched.outcome).toMatchObject({
        kind: 'unconfirmed',
        reason: { raw: expect.stringContaining('missed') },
      })
      await watch.release()
    })

    it.each(['is-silent', 'fails'] as const)('is followed by its name when its answer %s', async (mishap) => {
      const driver = await driverOf({}, { consentTimeoutMs: 1_500 })
      tray.traps.eventsBeforeReply = mishap === 'fails'
      await lab.sim.setFault('cover-open-warning')
      tray.missAfterSpooling(mishap)
      const watched = print(driver, newRequest(ZPL))
      await vi.waitUntil(() => watched.refs.length > 0, { timeout: 20_000 })
      await lab.sim.setFault(null)
      expect((await watched.outcome).kind).toBe('printed')
      expect(tray.spooled).toHaveLength(1)
    })

    it('is in doubt when QZ Tray was started anew while its number was written down', async () => {
      const driver = await driverOf()
      await lab.sim.setFault('cover-open-warning')
      const ref = async (): Promise<void> => {
        await tray.stop()
        await untilStatus(connection, ({ state }) => state === 'disconnected')
        await tray.start()
        await untilConnected(connection)
      }
      const request = newRequest(ZPL)
      const outcome = driver.print(request, { ...silentReport(), ref }, new AbortController().signal)
      expect(await outcome).toMatchObject({ kind: 'unconfirmed', reason: { raw: expect.stringContaining('lost') } })
      expect(connection.status.state).toBe('connected')
      await lab.sim.setFault(null)
      await vi.waitUntil(async () => (await sheetsOf(request.name)) === 1, { timeout: 20_000 })
    })
  })

  describe('that is never sent', () => {
    it('may be tried again: the connection was lost before anybody had signed', async () => {
      let sign: QzConnectionOptions['sign'] = STATION.sign
      const driver = await driverOf({}, { sign: (text) => sign(text) })
      await driver.status(AbortSignal.timeout(10_000))
      const asked = new Promise<void>((resolve) => {
        sign = () => {
          resolve()
          return new Promise(() => undefined)
        }
      })
      const { outcome } = print(driver, newRequest(ZPL))
      await Promise.race([asked, outcome])
      await tray.stop()
      expect(await outcome).toMatchObject({ kind: 'retry', reason: { reason: 'qz-not-running' } })
      expect(tray.spooled).toEqual([])
    })

    it('may be tried again: nobody signs in time', async () => {
      let sign: QzConnectionOptions['sign'] = STATION.sign
      const driver = await driverOf({}, { sign: (text) => sign(text), consentTimeoutMs: 1_500 })
      await driver.status(AbortSignal.timeout(10_000))
      sign = () => new Promise(() => undefined)
      expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({
        kind: 'retry',
        reason: { reason: 'qz-not-running' },
      })
    })

    it('stops its printer: the user has blocked us between the look and the print', async () => {
      let sign: QzConnectionOptions['sign'] = STATION.sign
      const driver = await driverOf({}, { sign: (text) => sign(text) })
      expect(await driver.status(AbortSignal.timeout(10_000))).toMatchObject({ state: 'idle' })
      sign = (text) => {
        tray.isBlocked = true
        return STATION.sign(text)
      }
      const blocked = { reason: 'qz-blocked' }
      expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'stop-printer', reason: blocked })
      expect(await driver.status(AbortSignal.timeout(10_000))).toMatchObject({ state: 'stopped', reasons: [blocked] })
    })

    it('stops its printer: QZ Tray has not noticed it yet', async () => {
      await lpadmin(lab, '-p', 'Fresh_Q', '-E', '-v', 'file:/dev/null', '-m', 'raw')
      const driver = await driverOf({}, {}, 'Fresh_Q')
      // A queue that has just been made is told as paused, and then as enabled.
      await vi.waitUntil(async () => (await driver.status(AbortSignal.timeout(10_000))).state === 'idle', {
        timeout: 20_000,
        interval: 100,
      })
      await vi.waitUntil(
        async () => {
          const outcome = await print(driver, newRequest(ZPL)).outcome
          if (outcome.kind === 'stop-printer' && outcome.reason.reason === 'paused') return false
          expect(outcome).toMatchObject({
            kind: 'stop-printer',
            reason: { reason: 'offline', raw: expect.stringContaining('Cannot find printer') },
          })
          return true
        },
        { timeout: 20_000, interval: 100 },
      )
      await lpadmin(lab, '-x', 'Fresh_Q')
    })

    it('is to blame itself when QZ Tray cannot read it', async () => {
      const driver = await driverOf()
      const options = { media: 'iso_a4_210x297mm', sides: 'two-sided-long-edge', orientation: 'landscape' } as const
      expect(await print(driver, { ...newRequest('image/png'), options }).outcome).toMatchObject({
        kind: 'retry',
        reason: { reason: 'document-refused' },
      })
      expect(await print(driver, newRequest('application/msword')).outcome).toMatchObject({
        kind: 'failed',
        code: 'unsupported_format',
      })
      await expect(print(driver, newRequest(ZPL, { count: 2 })).outcome).rejects.toThrow(RangeError)
    })

    it('is cancelled while it waits for the one before it', async () => {
      const driver = await driverOf()
      await lab.sim.setFault('cover-open-warning')
      const first = print(driver, newRequest(ZPL))
      await first.until(isSent)
      const second = print(driver, newRequest(ZPL))
      second.cancel.abort()
      await first.until((seen) => reasonsOf(seen).includes('cover-open'))
      await lab.sim.setFault(null)
      expect(await first.outcome).toMatchObject({ kind: 'printed' })
      expect(await second.outcome).toMatchObject({ kind: 'cancelled' })
      expect(tray.spooled).toHaveLength(1)
    })
  })

  it('needs an address of QZ Tray', async () => {
    await driverOf()
    const address = { driver: 'qz', uri: 'ipp://127.0.0.1/ipp/print', settings: {} } as const
    expect(() => new QzDriver(address, connection)).toThrow(
      expect.objectContaining({ code: 'validation_failed', field: '/uri' }),
    )
  })
})
