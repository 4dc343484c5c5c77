import { type PrinterStatus, reasonOf, type StateReason } from '@andon/core'
import { startZebra } from '@andon/testing'
import { describe, expect, test } from 'vitest'
import { createDriver } from '../src/drivers.ts'
import { PrinterFleet } from '../src/fleet/fleet.ts'
import type { FleetPort, FleetPrinter } from '../src/fleet/port.ts'
import { startVirtualPrinter, type VirtualPrinter } from '../src/virtual/index.ts'
import { newRequest, print } from './requests.ts'

/** What a fleet told, and a way to wait for it. */
class Ledger implements FleetPort {
  readonly reports: { id: number; status: PrinterStatus }[] = []
  readonly lane: string[] = []
  /** Reports and changes of lanes in the order in which they came. */
  readonly told: string[] = []
  list: FleetPrinter[] = []
  failure: Error | null = null
  /** Changes of a lane that fail from now on. */
  broken = 0
  #waiting: (() => void)[] = []

  async printers(): Promise<FleetPrinter[]> {
    if (this.failure) throw this.failure
    return this.list
  }

  async report(id: number, status: PrinterStatus): Promise<void> {
    this.reports.push({ id, status })
    this.told.push(`report ${id} ${status.reasons.map(({ reason }) => reason).join()}`)
    this.#tell()
  }

  async pause(id: number, reason: StateReason): Promise<void> {
    this.#change(`pause ${id} ${reason.reason}`)
  }

  async resume(id: number): Promise<void> {
    this.#change(`resume ${id}`)
  }

  #change(line: string): void {
    if (this.broken > 0) {
      this.broken -= 1
      throw new Error('the database is away')
    }
    this.lane.push(line)
    this.told.push(line)
    this.#tell()
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    }
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

const INTERVAL = { statusIntervalMs: 1_000 }

function member(id: number, printer: VirtualPrinter, isPausedByTrouble = false): FleetPrinter {
  return { id, name: printer.name, address: { ...printer.address, settings: INTERVAL }, isPausedByTrouble }
}

function fleetOf(ledger: Ledger, errors: unknown[] = []): PrinterFleet {
  return new PrinterFleet({ port: ledger, createDriver, refreshMs: 50, onError: (error) => errors.push(error) })
}

describe('the fleet', () => {
  test('watches the printers of its list, and lets go of those that leave it', async () => {
    await using one = await startVirtualPrinter({ name: 'One' })
    await using two = await startVirtualPrinter({ name: 'Two' })
    const ledger = new Ledger()
    ledger.list = [member(1, one), member(2, two)]
    await using fleet = fleetOf(ledger)
    await fleet.start()
    await ledger.until(() => new Set(ledger.reports.map(({ id }) => id)).size === 2)
    expect(ledger.reports[0]?.status).toMatchObject({ state: 'idle', reasons: [] })

    ledger.list = [member(2, two)]
    await fleet.refresh()
    expect(fleet.printers.map(({ name }) => name)).toEqual(['Two'])
    expect(fleet.driver(1)).toBeNull()
    expect(fleet.watch(1)).toBeNull()
    expect(await fleet.statusNow(1, AbortSignal.timeout(1_000))).toBeNull()
    expect(await fleet.statusNow(2, AbortSignal.timeout(5_000))).toMatchObject({ state: 'idle' })
  })

  test('pauses a queue for trouble that a person must mend, once, and resumes it when the device is well', async () => {
    await using printer = await startVirtualPrinter({ name: 'One' })
    const ledger = new Ledger()
    ledger.list = [member(1, printer)]
    await using fleet = fleetOf(ledger)
    await fleet.start()
    await ledger.until(() => ledger.reports.length > 0)

    printer.setFault('media-jam')
    await fleet.statusNow(1, AbortSignal.timeout(5_000))
    await fleet.statusNow(1, AbortSignal.timeout(5_000))
    expect(ledger.lane).toEqual(['pause 1 media-jam'])

    printer.clearFault()
    await ledger.until(() => ledger.lane.length === 2)
    expect(ledger.lane[1]).toBe('resume 1')
  })

  test('names the trouble that is left when another one is over', async () => {
    await using printer = await startVirtualPrinter({ name: 'One', faults: ['media-jam'] })
    const ledger = new Ledger()
    ledger.list = [member(1, printer)]
    await using fleet = fleetOf(ledger)
    await fleet.start()
    await ledger.until(() => ledger.lane.length > 0)
    printer.setFault('cover-open')
    printer.clearFault('media-jam')
    await fleet.statusNow(1, AbortSignal.timeout(5_000))
    expect(ledger.lane).toEqual(['pause 1 media-jam', 'pause 1 cover-open'])
  })

  test('pauses and resumes in the end though the database was away', async () => {
    await using printer = await startVirtualPrinter({ name: 'One', faults: ['media-jam'] })
    const ledger = new Ledger()
    ledger.list = [member(1, printer)]
    ledger.broken = 1
    await using fleet = fleetOf(ledger)
    await fleet.start()
    await ledger.until(() => ledger.lane.length === 1)
    ledger.broken = 1
    printer.clearFault()
    await ledger.until(() => ledger.lane.length === 2)
    expect(ledger.broken).toBe(0)
    expect(ledger.lane).toEqual(['pause 1 media-jam', 'resume 1'])
  })

  test('believes a run about what no status shows, while it lasts and for a while after', async () => {
    await using printer = await startVirtualPrinter({ name: 'One' })
    const ledger = new Ledger()
    ledger.list = [member(1, printer)]
    await using fleet = fleetOf(ledger)
    await fleet.start()
    const watch = provided(fleet.watch(1))
    watch.runStarted()
    await watch.troubled([reasonOf('stalled')])
    await fleet.statusNow(1, AbortSignal.timeout(5_000))
    expect(ledger.lane).toEqual(['pause 1 stalled'])
    await watch.troubled([])
    expect(ledger.lane).toEqual(['pause 1 stalled', 'resume 1'])

    await watch.troubled([reasonOf('auth-required')])
    watch.runEnded()
    await fleet.statusNow(1, AbortSignal.timeout(5_000))
    expect(ledger.lane).toEqual(['pause 1 stalled', 'resume 1', 'pause 1 auth-required'])
  })

  test('shows what a run has met before the queue pauses, until a run or the status knows better', async () => {
    await using printer = await startVirtualPrinter({ name: 'One' })
    const ledger = new Ledger()
    ledger.list = [member(1, printer)]
    await using fleet = fleetOf(ledger)
    await fleet.start()
    await ledger.until(() => ledger.reports.length > 0)
    const watch = provided(fleet.watch(1))
    watch.runStarted()
    await watch.troubled([reasonOf('stalled')])
    expect(ledger.told.slice(-2)).toEqual(['report 1 stalled', 'pause 1 stalled'])
    await watch.troubled([])
    expect(ledger.told.slice(-2)).toEqual(['report 1 ', 'resume 1'])
    watch.runEnded()
  })

  test('asks the printers of one driver again when it is told to, however long they are left alone', async () => {
    await using printer = await startVirtualPrinter({ name: 'One' })
    const ledger = new Ledger()
    const address = { ...printer.address, settings: { statusIntervalMs: 600_000 } }
    ledger.list = [{ id: 1, name: 'One', address, isPausedByTrouble: false }]
    await using fleet = fleetOf(ledger)
    await fleet.start()
    await ledger.until(() => ledger.told.includes('report 1 '))
    printer.setFault('media-jam')
    fleet.look('qz')
    expect(ledger.told).toEqual(['report 1 '])
    fleet.look(address.driver)
    await ledger.until(() => ledger.told.includes('report 1 media-jam'))
  })

  test('trusts the status again about trouble that it has shown itself', async () => {
    await using printer = await startVirtualPrinter({ name: 'One', faults: ['media-jam'] })
    const ledger = new Ledger()
    ledger.list = [member(1, printer)]
    await using fleet = fleetOf(ledger)
    await fleet.start()
    const watch = provided(fleet.watch(1))
    watch.runStarted()
    await watch.troubled([reasonOf('media-jam')])
    watch.runEnded()
    await fleet.statusNow(1, AbortSignal.timeout(5_000))
    printer.clearFault()
    await ledger.until(() => ledger.lane.includes('resume 1'))
  })

  test('takes back what a run said of trouble that a status would show, as soon as one shows none', async () => {
    await using printer = await startVirtualPrinter({ name: 'One' })
    const ledger = new Ledger()
    ledger.list = [member(1, printer)]
    const driverOf: typeof createDriver = (address) =>
      Object.assign(createDriver(address), { shownReasons: ['qz-not-running'] })
    await using fleet = new PrinterFleet({ port: ledger, createDriver: driverOf, refreshMs: 50 })
    await fleet.start()
    const watch = provided(fleet.watch(1))
    watch.runStarted()
    await watch.troubled([reasonOf('qz-not-running')])
    watch.runEnded()
    await ledger.until(() => ledger.lane.includes('resume 1'))
    expect(ledger.lane).toEqual(['pause 1 qz-not-running', 'resume 1'])
  })

  test('pauses again when a person resumed a printer that is still in trouble', async () => {
    await using printer = await startVirtualPrinter({ name: 'One', faults: ['media-jam'] })
    const ledger = new Ledger()
    ledger.list = [member(1, printer)]
    await using fleet = fleetOf(ledger)
    await fleet.start()
    await ledger.until(() => ledger.lane.length === 1)
    const watch = provided(fleet.watch(1))
    watch.runStarted()
    await watch.troubled([reasonOf('media-jam')])
    watch.runEnded()
    expect(ledger.lane).toEqual(['pause 1 media-jam', 'pause 1 media-jam'])
  })

  test('leaves the queue alone for what is only worth knowing', async () => {
    await using printer = await startVirtualPrinter({ name: 'One', faults: ['marker-supply-low-warning'] })
    const ledger = new Ledger()
    ledger.list = [member(1, printer)]
    await using fleet = fleetOf(ledger)
    await fleet.start()
    await ledger.until(() => ledger.reports.length > 0)
    expect(ledger.reports[0]?.status.reasons).not.toEqual([])
    expect(ledger.lane).toEqual([])
  })

  test('ends a pause by trouble that an earlier process left', async () => {
    await using printer = await startVirtualPrinter({ name: 'One' })
    const ledger = new Ledger()
    ledger.list = [member(1, printer, true)]
    await using fleet = fleetOf(ledger)
    await fleet.start()
    await ledger.until(() => ledger.lane.length > 0)
    expect(ledger.lane).toEqual(['resume 1'])
  })

  test('says that a printer is offline when nothing answers', async () => {
    const printer = await startVirtualPrinter({ name: 'One' })
    await printer.goOffline()
    const ledger = new Ledger()
    ledger.list = [member(1, printer)]
    await using fleet = fleetOf(ledger)
    await fleet.start()
    await ledger.until(() => ledger.lane.length > 0)
    expect(ledger.reports.at(-1)?.status.state).toBe('offline')
    expect(ledger.lane[0]).toMatch(/^pause 1 /)
  })

  test('gives a printer whose address changed a new driver', async () => {
    await using one = await startVirtualPrinter({ name: 'One' })
    await using other = await startVirtualPrinter({ name: 'One' })
    const ledger = new Ledger()
    ledger.list = [member(1, one)]
    await using fleet = fleetOf(ledger)
    await fleet.start()
    const before = fleet.driver(1)
    await fleet.refresh()
    expect(fleet.driver(1)).toBe(before)
    await one.goOffline()
    const reports = ledger.reports.length
    ledger.list = [member(1, other)]
    await fleet.refresh()
    await ledger.until(() => ledger.reports.slice(reports).some(({ status }) => status.state === 'idle'))
    expect(fleet.driver(1)).not.toBe(before)
  })

  test('does not wait with the others for one whose former driver still prints', async () => {
    await using device = await startZebra({ msPerLabel: 60_000 })
    await using other = await startVirtualPrinter({ name: 'Other' })
    const raw = (batchSize: number): FleetPrinter => {
      const address = { driver: 'raw', uri: device.uri, settings: { batchSize } } as const
      return { id: 1, name: 'Raw', address, isPausedByTrouble: false }
    }
    const ledger = new Ledger()
    ledger.list = [raw(1)]
    await using fleet = fleetOf(ledger)
    await fleet.start()
    await ledger.until(() => ledger.reports.length > 0)
    const before = provided(fleet.driver(1))
    const watched = print(before, newRequest('application/vnd.zebra-zpl'))
    await device.until(({ waiting }) => waiting === 1)

    ledger.list = [raw(2), member(2, other)]
    await fleet.refresh()
    await ledger.until(() => ledger.reports.some(({ id }) => id === 2))
    expect(fleet.driver(1)).toBeNull()
    watched.cancel.abort()
    expect(await watched.outcome).toMatchObject({ kind: 'cancelled' })
    const reports = ledger.reports.length
    await ledger.until(() => ledger.reports.slice(reports).some(({ id }) => id === 1))
    expect(fleet.driver(1)?.batchSize).toBe(2)
  })

  test('tells of a printer that no driver can be made for, and of a list that cannot be read, and goes on', async () => {
    await using printer = await startVirtualPrinter({ name: 'Good' })
    const ledger = new Ledger()
    const address = { driver: 'qz', uri: 'qz:badge', settings: {} } as const
    ledger.list = [{ id: 1, name: 'Bad', address, isPausedByTrouble: false }, member(2, printer)]
    const errors: unknown[] = []
    await using fleet = fleetOf(ledger, errors)
    await fleet.start()
    await ledger.until(() => ledger.reports.some(({ id }) => id === 2))
    expect(errors.length).toBeGreaterThan(0)
    ledger.failure = new Error('the database is away')
    await fleet.refresh()
    expect(errors).toContain(ledger.failure)
    expect(fleet.driver(2)).not.toBeNull()
  })

  test('may be stopped twice, and watches nothing afterwards', async () => {
    await using printer = await startVirtualPrinter({ name: 'One' })
    const ledger = new Ledger()
    ledger.list = [member(1, printer)]
    const fleet = fleetOf(ledger)
    await fleet.start()
    await fleet.start()
    await fleet.stop()
    await fleet.stop()
    expect(fleet.printers).toEqual([])
  })
})

function provided<T>(value: T | null): T {
  if (value === null) throw new Error('The fleet does not drive the printer.')
  return value
}
