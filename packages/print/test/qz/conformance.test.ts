import { type PrintLab, printLabMissing, type QzTray, startPrintLab, startQzTray } from '@andon/testing'
import { afterAll, beforeAll, vi } from 'vitest'
import { type QzConnection, QzDriver } from '../../src/qz/index.ts'
import { exerciseDriver, type Peer } from '../conformance.ts'
import { addressOf, connect, untilConnected } from './station.ts'

const missing = printLabMissing()
let lab: PrintLab
let tray: QzTray
let connection: QzConnection

beforeAll(async () => {
  vi.spyOn(console, 'info').mockImplementation(() => undefined)
  if (missing !== null) return
  lab = await startPrintLab()
  tray = await startQzTray({ cupsUri: lab.cupsUri })
  connection = connect(tray)
  await untilConnected(connection)
})

afterAll(async () => {
  if (missing !== null) return
  await connection.close()
  await tray.stop()
  await lab.stop()
})

/** One lab for all cases: what a case has changed is put back before the next. */
async function peerOf(queue: 'Eve_Q' | 'Sim_Q', device: 'eve' | 'sim', format: string): Promise<Peer> {
  const address = addressOf(queue)
  const reset = async (): Promise<void> => {
    await lab[device].setFault(null)
    await lab[device].setPace(1, 0.05)
    await lab.startEve()
    await lab.enable(queue)
    await tray.start()
    await untilConnected(connection)
  }
  await reset()
  const statusNow = async () => {
    const driver = new QzDriver(address, connection)
    const status = await driver.status(AbortSignal.timeout(10_000))
    await driver.close()
    return status
  }
  return {
    address,
    makeDriver: () => new QzDriver(address, connection),
    format,
    printed: () => lab[device].printed(),
    slowDown: async () => {
      await lab[device].setPace(3, 0.3)
      return 3
    },
    // QZ Tray drops reasons that end in -error; the backend says this one as a warning.
    jam: {
      set: () => lab[device].setFault('media-jam-warning'),
      mend: () => lab[device].setFault(null),
      reason: 'media-jam',
    },
    idleJam: {
      set: () => lab.disable(queue),
      mend: async () => {
        await lab.enable(queue)
        // QZ Tray sees it at its next look.
        await vi.waitUntil(async () => (await statusNow()).state === 'idle', { timeout: 20_000 })
      },
      reason: 'paused',
    },
    // What a station can lose is QZ Tray; that a device behind CUPS is off, nobody tells it.
    power: {
      off: () => tray.stop(),
      on: async () => {
        await tray.start()
        await untilConnected(connection)
      },
    },
    refuse: null,
    reattaches: 'printed',
    stop: reset,
  }
}

exerciseDriver({ name: 'QZ Tray, raw queue', lacks: ['refusal'], skipReason: missing }, () =>
  peerOf('Sim_Q', 'sim', 'application/vnd.zebra-zpl'),
)
