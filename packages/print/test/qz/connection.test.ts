import { type PrintLab, printLabMissing, type QzTray, startPrintLab, startQzTray } from '@andon/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { qzDocument } from '../../src/qz/document.ts'
import type { QzConnection, QzConnectionOptions } from '../../src/qz/index.ts'
import { newRequest } from '../requests.ts'
import { connect, lpadmin, STATION, startStranger, untilConnected, untilStatus } from './station.ts'

const ZPL = 'application/vnd.zebra-zpl'
const HASTY = { heartbeatMs: 30, callTimeoutMs: 300, consentTimeoutMs: 600 }

describe.skipIf(printLabMissing() !== null)('a connection with QZ Tray', () => {
  let lab: PrintLab
  let tray: QzTray
  let connection: QzConnection

  beforeAll(async () => {
    vi.spyOn(console, 'info').mockImplementation(() => undefined)
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    lab = await startPrintLab()
  })

  beforeEach(async () => {
    tray = await startQzTray({ cupsUri: lab.cupsUri })
  })

  afterEach(async () => {
    await connection.close()
    await tray.stop()
  })

  afterAll(() => lab.stop())

  const connected = async (options: Partial<QzConnectionOptions> = {}): Promise<QzConnection> => {
    connection = connect(tray, options)
    await untilConnected(connection)
    return connection
  }

  const document = (): NonNullable<ReturnType<typeof qzDocument>> => {
    const { items, name, options } = newRequest(ZPL)
    const made = items[0] === undefined ? null : qzDocument(items[0], name, options)
    if (made === null) throw new Error('no document')
    return made
  }

  it('stands once QZ Tray lets it in, and says which version it is', async () => {
    await connected()
    expect(connection.status).toEqual({ state: 'connected', reason: null, version: '2.2.6' })
    expect(await connection.printers()).toEqual(['Eve_Q', 'Sim_Q'])
  })

  it('waits for a QZ Tray that does not run, and for one that was ended', async () => {
    await tray.stop()
    connection = connect(tray)
    expect(connection.status).toMatchObject({ state: 'disconnected', reason: { reason: 'qz-not-running' } })
    await tray.start()
    await untilConnected(connection)
    await tray.stop()
    await untilStatus(connection, ({ state }) => state === 'disconnected')
    expect(connection.status.reason?.reason).toBe('qz-not-running')
    await expect(connection.printers()).rejects.toMatchObject({ kind: 'unsent' })
    await tray.start()
    await untilConnected(connection)
  })

  it('says that its user blocks it, until he does no longer', async () => {
    tray.isBlocked = true
    const told: string[] = []
    connection = connect(tray, { onStatus: ({ state, reason }) => told.push(`${state} ${reason?.reason}`) })
    await untilStatus(connection, ({ state }) => state === 'error')
    tray.isBlocked = false
    await untilConnected(connection)
    expect(told).toEqual(['error qz-blocked', 'connected undefined'])
  })

  it('says that it was blocked while it stood', async () => {
    await connected({ heartbeatMs: 1_000 })
    tray.isBlocked = true
    await expect(connection.printers()).rejects.toMatchObject({ kind: 'refused' })
    expect(connection.status).toMatchObject({ state: 'error', reason: { reason: 'qz-blocked' } })
    expect(connection.isUp).toBe(true)
    await connection.refresh()
    expect(connection.status.state, 'what everybody is answered proves nothing').toBe('error')
    tray.isBlocked = false
    await untilConnected(connection)
  })

  it.each([
    ['that cannot be had', (): Promise<string> => Promise.reject(new Error('The server is away.'))],
    ['about which somebody has to decide', (): Promise<string> => new Promise(() => undefined)],
  ])('says that nothing vouches for us: a certificate %s', async (_which, certificate) => {
    connection = connect(tray, { ...HASTY, certificate })
    await untilStatus(connection, ({ reason }) => reason?.reason === 'certificate-untrusted')
    expect(connection.status.state).toBe('error')
  })

  it('gives up a QZ Tray that hangs, and takes it up again', async () => {
    await connected(HASTY)
    tray.isHanging = true
    await untilStatus(connection, ({ state }) => state === 'disconnected')
    expect(connection.isUp).toBe(false)
    await tray.until(({ connections }) => connections > 0)
    tray.isHanging = false
    await untilConnected(connection)
  })

  it('is the only one of its process until it is closed', async () => {
    await connected()
    expect(() => connect(tray)).toThrow('One connection with QZ Tray at a time')
    connection.start()
    await connection.close()
    await connection.close()
    expect(connection.status.state).toBe('disconnected')
    await tray.until(({ connections }) => connections === 0)
    await connected()
  })

  it('lists new printers, late', async () => {
    await connected()
    await lpadmin(lab, '-p', 'New_Q', '-E', '-v', 'file:/dev/null', '-m', 'raw')
    expect(await connection.printers()).not.toContain('New_Q')
    await tray.findNewPrinters()
    expect(await connection.printers()).toContain('New_Q')
    await lpadmin(lab, '-x', 'New_Q')
  })

  it('listens anew when another client has taken its events along', async () => {
    await connected()
    const { queue } = await connection.watch('Sim_Q')
    await connection.refresh()
    expect(queue.condition).toMatchObject({ state: 'idle' })
    const { gaps } = queue
    const stranger = await startStranger(tray)
    await stranger.listen('Sim_Q')
    await stranger.leave()
    await tray.until(({ connections }) => connections === 1)
    await connection.refresh()
    expect(queue.condition).toMatchObject({ state: 'idle' })
    expect(queue.gaps).toBe(gaps + 1)
  })

  it('listens to what is watched when QZ Tray is back', async () => {
    await connected()
    const { queue } = await connection.watch('Sim_Q')
    const { epoch } = connection
    await tray.stop()
    await untilStatus(connection, ({ state }) => state === 'disconnected')
    await tray.start()
    await untilConnected(connection)
    expect(connection.epoch).toBe(epoch + 1)
    await connection.refresh()
    expect(queue.condition).not.toBeNull()
  })

  it('stops to listen to what is watched no longer, once nothing is under way', async () => {
    await connected()
    const [sim, eve] = [await connection.watch('Sim_Q'), await connection.watch('Eve_Q')]
    const heard = async (): Promise<Set<string>> => {
      const before = tray.sent.length
      await connection.refresh()
      return new Set(tray.sent.slice(before).map(({ printerName }) => printerName))
    }
    expect(await heard()).toEqual(new Set(['Eve_Q', 'Sim_Q']))
    const end = connection.hold()
    await eve.release()
    expect(await heard()).toEqual(new Set(['Eve_Q', 'Sim_Q']))
    await end()
    expect(await heard()).toEqual(new Set(['Sim_Q']))
    await sim.release()
    await sim.release()
    expect(await heard()).toEqual(new Set())
  })

  it('says nothing of a printer that is not there', async () => {
    await connected()
    const { queue } = await connection.watch('Nowhere')
    await connection.refresh()
    expect(queue.condition).toBeNull()
  })

  it('hears of all other printers though one is gone that it listened to', async () => {
    await lpadmin(lab, '-p', 'Gone_Q', '-E', '-v', 'file:/dev/null', '-m', 'raw')
    await tray.findNewPrinters()
    tray.traps.refusesUnknownPrinters = true
    await connected()
    const [gone, sim] = [await connection.watch('Gone_Q'), await connection.watch('Sim_Q')]
    await connection.refresh()
    expect([gone, sim].map(({ queue }) => queue.condition?.state)).toEqual(['idle', 'idle'])
    await tray.stop()
    await untilStatus(connection, ({ state }) => state === 'disconnected')
    await lpadmin(lab, '-x', 'Gone_Q')
    await tray.start()
    await untilConnected(connection)
    await connection.refresh()
    expect([gone, sim].map(({ queue }) => queue.condition?.state)).toEqual([undefined, 'idle'])
  })

  it('is there with the sockets of a browser, and gives up what hangs there too', async () => {
    await connected({ ...HASTY, websocket: undefined })
    expect(await connection.printers()).toContain('Sim_Q')
    tray.isHanging = true
    await untilStatus(connection, ({ state }) => state === 'disconnected')
    tray.isHanging = false
    await untilConnected(connection)
  })

  it('looks for QZ Tray where it usually is', async () => {
    const tried: string[] = []
    class Recorder extends WebSocket {
      constructor(address: string) {
        super(address)
        tried.push(address)
      }
    }
    connection = connect(tray, { host: undefined, port: undefined, websocket: Recorder })
    await vi.waitUntil(() => tried.length > 1, { timeout: 20_000 })
    // A page that came over HTTPS begins with the secure ports.
    expect(tried.slice(0, 2)).toEqual(['ws://localhost:8182', 'ws://localhost:8283'])
    expect(connection.status).toMatchObject({ state: 'disconnected', reason: { reason: 'qz-not-running' } })
  })

  it.each([
    ['at once', () => Promise.resolve()],
    ['when the socket stands', () => tray.until(({ connections }) => connections > 0)],
  ])('may be closed while it connects, %s, and tells nothing any more', async (_when, begun) => {
    const told: string[] = []
    connection = connect(tray, { onStatus: ({ state }) => told.push(state) })
    await begun()
    await Promise.all([connection.close(), connection.close()])
    expect(told.filter((state) => state === 'connected')).toEqual([])
    await tray.until(({ connections }) => connections === 0)
    await connected()
  })

  it('sends nothing that nobody signs', async () => {
    await connected({ sign: () => Promise.reject(new Error('The server is away.')) })
    await expect(connection.print('Sim_Q', document())).rejects.toMatchObject({ kind: 'unsent', isDoubtful: false })
    expect(tray.spooled).toEqual([])
  })

  it('sends nothing on the next connection that was signed for the one before', async () => {
    let signLate = (): void => undefined
    const asked = new Promise<void>((resolve) => {
      const sign = (text: string): Promise<string> => {
        resolve()
        return new Promise((signed) => {
          signLate = () => void STATION.sign(text).then(signed)
        })
      }
      connection = connect(tray, { sign })
    })
    await untilConnected(connection)
    const printing = connection.print('Sim_Q', document())
    const refused = expect(printing).rejects.toMatchObject({ kind: 'unsent' })
    await asked
    await tray.stop()
    await refused
    await tray.start()
    await untilConnected(connection)
    signLate()
    await connection.refresh()
    expect(tray.spooled).toEqual([])
  })
})
