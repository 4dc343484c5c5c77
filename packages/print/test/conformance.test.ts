import { type PrintLab, printLabMissing, startPrintLab, startPrintServer, startZebra } from '@andon/testing'
import { afterAll, beforeAll } from 'vitest'
import { startVirtualPrinter } from '../src/virtual/index.ts'
import { exerciseDriver, type Peer } from './conformance.ts'

const ZPL = 'application/vnd.zebra-zpl'
const QUICK = { confirmTimeoutMs: 500, followIntervalMs: 100 }

exerciseDriver({ name: 'virtual printer', lacks: [] }, async (): Promise<Peer> => {
  const printer = await startVirtualPrinter({ name: 'Virtual', speed: 20 })
  return {
    address: { driver: 'virtual', uri: printer.uri, settings: QUICK },
    format: ZPL,
    printed: () => Promise.resolve(printer.printed.map(({ jobName }) => jobName)),
    slowDown: async () => {
      printer.setSpeed(500)
      return 1
    },
    jam: {
      set: async () => printer.setFault('media-jam'),
      mend: async () => printer.clearFault(),
      reason: 'media-jam',
    },
    power: { off: () => printer.goOffline(), on: () => printer.comeBack() },
    refuse: async () => printer.refuseDocuments('silently'),
    reattaches: 'printed',
    stop: () => printer.close(),
  }
})

exerciseDriver({ name: 'port 9100, ZPL', lacks: ['refusal'] }, async (): Promise<Peer> => {
  const printer = await startZebra({ msPerLabel: 20 })
  return {
    address: { driver: 'raw', uri: printer.uri, settings: { idleCloseMs: 0, statusTimeoutMs: 200 } },
    format: ZPL,
    printed: () => Promise.resolve(printer.printed.map(({ data }) => data)),
    slowDown: async () => {
      printer.msPerLabel = 500
      return 1
    },
    jam: {
      set: async () => printer.setFault('paper-out'),
      mend: async () => printer.clearFault(),
      reason: 'media-empty',
    },
    power: { off: () => printer.goOffline(), on: () => printer.start() },
    refuse: null,
    reattaches: 'unconfirmed',
    stop: () => printer.goOffline(),
  }
})

exerciseDriver({ name: 'HTTP print server', lacks: ['jam', 'jam while idle'] }, async (): Promise<Peer> => {
  const server = await startPrintServer({ token: 'key', msPerLabel: 20 })
  const settings = { token: 'key', printer: 'Zebra 1', pollIntervalMs: 20, confirmTimeoutMs: 300, batchSize: 2 }
  return {
    address: { driver: 'http', uri: server.uri, settings },
    format: ZPL,
    printed: () => Promise.resolve(server.printed),
    slowDown: async () => {
      server.msPerLabel = 500
      return 1
    },
    jam: null,
    power: { off: () => server.stop(), on: () => server.start() },
    refuse: async () => {
      server.failing = new Set([0])
    },
    reattaches: 'printed',
    stop: () => server.stop(),
  }
})

const missing = printLabMissing()
let lab: PrintLab

beforeAll(async () => {
  if (missing === null) lab = await startPrintLab()
})

afterAll(async () => {
  if (missing === null) await lab.stop()
})

/** One lab for all cases: what a case has changed is put back before the next. */
async function labPeer(uri: () => string, device: 'eve' | 'sim', format: string, rest: Partial<Peer>): Promise<Peer> {
  const reset = async (): Promise<void> => {
    await lab[device].setFault(null)
    await lab[device].setPace(1, 0.05)
    await lab.startEve()
  }
  await reset()
  return {
    address: { driver: 'ipp', uri: uri(), settings: QUICK },
    format,
    printed: () => lab[device].printed(),
    slowDown: async () => {
      await lab[device].setPace(3, 0.3)
      return 3
    },
    jam: {
      set: () => lab[device].setFault('media-jam'),
      mend: () => lab[device].setFault(null),
      reason: 'media-jam',
    },
    power: null,
    refuse: null,
    reattaches: 'printed',
    stop: reset,
    ...rest,
  }
}

const power = { off: () => lab.endEve(), on: () => lab.startEve() }

exerciseDriver({ name: 'ippeveprinter', lacks: ['jam while idle', 'refusal'], skipReason: missing }, () =>
  labPeer(() => lab.eveUri, 'eve', ZPL, { power }),
)

exerciseDriver({ name: 'CUPS, raw queue', lacks: ['jam while idle', 'power', 'refusal'], skipReason: missing }, () =>
  labPeer(() => lab.queueUri('Sim_Q'), 'sim', ZPL, {}),
)

exerciseDriver({ name: 'CUPS, IPP Everywhere queue', lacks: ['jam while idle', 'refusal'], skipReason: missing }, () =>
  labPeer(() => lab.queueUri('Eve_Q'), 'eve', 'text/plain', { power }),
)
