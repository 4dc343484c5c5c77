import { type PrintLab, printLabMissing, startPrintLab, startPrintServer, startZebra } from '@andon/testing'
import { afterAll, beforeAll } from 'vitest'
import { startVirtualPrinter } from '../src/virtual/index.ts'
import { exerciseDriver, type Peer, type Trouble } from './conformance.ts'

const ZPL = 'application/vnd.zebra-zpl'
const ESC_POS = 'application/vnd.escpos'
const QUICK = { confirmTimeoutMs: 500, followIntervalMs: 100 }

exerciseDriver({ name: 'virtual printer', lacks: [] }, async (): Promise<Peer> => {
  const printer = await startVirtualPrinter({ name: 'Virtual', speed: 20 })
  const jam: Trouble = {
    set: async () => printer.setFault('media-jam'),
    mend: async () => printer.clearFault(),
    reason: 'media-jam',
  }
  return {
    address: { driver: 'virtual', uri: printer.uri, settings: QUICK },
    format: ZPL,
    printed: () => Promise.resolve(printer.printed.map(({ jobName }) => jobName)),
    slowDown: async () => {
      printer.setSpeed(500)
      return 1
    },
    jam,
    idleJam: jam,
    power: { off: () => printer.goOffline(), on: () => printer.comeBack() },
    refuse: async () => {
      printer.refuseDocuments('silently')
      return ZPL
    },
    reattaches: 'printed',
    stop: () => printer.close(),
  }
})

/** A device on port 9100: `reason` is what its driver can tell of it without media. */
async function rawPeer(device: { language: 'zpl' | 'escpos'; answers: boolean; reason: string }): Promise<Peer> {
  const { language, answers, reason } = device
  const printer = await startZebra({ msPerLabel: 20, answersInTrouble: answers })
  const jam: Trouble = {
    set: async () => printer.setFault('paper-out'),
    mend: async () => printer.clearFault(),
    reason,
  }
  return {
    address: { driver: 'raw', uri: printer.uri, settings: { language, idleCloseMs: 0, statusTimeoutMs: 200 } },
    format: language === 'zpl' ? ZPL : ESC_POS,
    printed: () => Promise.resolve(printer.printed.map(({ data }) => data)),
    slowDown: async () => {
      printer.msPerLabel = 500
      return 1
    },
    jam,
    idleJam: jam,
    power: { off: () => printer.goOffline(), on: () => printer.start() },
    refuse: null,
    reattaches: 'unconfirmed',
    stop: () => printer.goOffline(),
  }
}

exerciseDriver({ name: 'port 9100, ZPL, silent without media', lacks: ['refusal'] }, () =>
  rawPeer({ language: 'zpl', answers: false, reason: 'needs-attention' }),
)

exerciseDriver({ name: 'port 9100, ZPL, answering without media', lacks: ['refusal'] }, () =>
  rawPeer({ language: 'zpl', answers: true, reason: 'media-empty' }),
)

exerciseDriver({ name: 'port 9100, ESC/POS', lacks: ['refusal'] }, () =>
  rawPeer({ language: 'escpos', answers: true, reason: 'media-empty' }),
)

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
    idleJam: null,
    power: { off: () => server.stop(), on: () => server.start() },
    refuse: async () => {
      server.failing = new Set([0])
      return ZPL
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
    await lab.setEveMedia(250)
    await lab.enable('Eve_Q')
    await lab.enable('Sim_Q')
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
    idleJam: null,
    power: null,
    refuse: null,
    reattaches: 'printed',
    stop: reset,
    ...rest,
  }
}

const power = { off: () => lab.endEve(), on: () => lab.startEve() }

/** A queue that a person has stopped at CUPS. */
function stopped(queue: 'Eve_Q' | 'Sim_Q'): Trouble {
  return { set: () => lab.disable(queue), mend: () => lab.enable(queue), reason: 'paused' }
}

exerciseDriver({ name: 'ippeveprinter', lacks: ['refusal'], skipReason: missing }, () => {
  const idleJam = { set: () => lab.setEveMedia(0), mend: () => lab.setEveMedia(250), reason: 'media-empty' }
  return labPeer(() => lab.eveUri, 'eve', ZPL, { power, idleJam })
})

exerciseDriver({ name: 'CUPS, raw queue', lacks: ['power', 'refusal'], skipReason: missing }, () =>
  labPeer(() => lab.queueUri('Sim_Q'), 'sim', ZPL, { idleJam: stopped('Sim_Q') }),
)

exerciseDriver({ name: 'CUPS, IPP Everywhere queue', lacks: [], skipReason: missing }, () =>
  // CUPS takes ZPL for any queue, and the device behind this one refuses it under the name that CUPS gives it.
  labPeer(() => lab.queueUri('Eve_Q'), 'eve', 'text/plain', {
    power,
    idleJam: stopped('Eve_Q'),
    refuse: async () => ZPL,
  }),
)
