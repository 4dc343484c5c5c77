import type { DriverKind, PrintDriver, PrinterAddress, PrinterStatus } from '@andon/core'
import { pause } from '../pause.ts'
import type { FleetPort, FleetPrinter } from './port.ts'
import { PrinterWatch } from './watch.ts'

export interface FleetOptions {
  readonly port: FleetPort
  readonly createDriver: (address: PrinterAddress) => PrintDriver
  /** How often the list of printers is read when nobody calls `refresh()`. Default 5,000. */
  readonly refreshMs?: number
  readonly onError?: (error: unknown, printer: string) => void
}

interface Member {
  readonly printer: FleetPrinter
  readonly driver: PrintDriver
  readonly watch: PrinterWatch
  readonly addressKey: string
}

/** The printers that this process drives: one driver and one watch for each, kept in step with the list. */
export class PrinterFleet implements AsyncDisposable {
  readonly #options: FleetOptions
  readonly #members = new Map<number, Member>()
  /** Printers whose former driver still has work under way, which may last until somebody brings paper. */
  readonly #leaving = new Map<number, Promise<void>>()
  readonly #stop = new AbortController()
  #loop: Promise<void> | null = null
  #refreshing: Promise<void> = Promise.resolve()

  constructor(options: FleetOptions) {
    this.#options = options
  }

  /** The printers as last read. */
  get printers(): FleetPrinter[] {
    return [...this.#members.values()].map(({ printer }) => printer)
  }

  async start(): Promise<void> {
    if (this.#loop) return
    await this.refresh()
    this.#loop = this.#refreshLoop()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#loop
    await this.#refreshing
    for (const member of this.#members.values()) this.#leave(member)
    await Promise.all(this.#leaving.values())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /**
   * Reads the list anew: new printers are watched, removed ones let go, changed addresses get a new driver. Where work is
   * under way the new driver comes after it, since two would talk to the device at once.
   */
  refresh(): Promise<void> {
    this.#refreshing = this.#refreshing
      .then(() => this.#refreshOnce())
      .catch((error) => this.#failed(error, 'the list'))
    return this.#refreshing
  }

  driver(printerId: number): PrintDriver | null {
    return this.#members.get(printerId)?.driver ?? null
  }

  watch(printerId: number): PrinterWatch | null {
    return this.#members.get(printerId)?.watch ?? null
  }

  /** Asks the printers of a driver soon: what they all depend on has come or gone. */
  look(driver: DriverKind): void {
    for (const { printer, watch } of this.#members.values()) if (printer.address.driver === driver) watch.look()
  }

  /** Asks one printer now; null when this process does not drive it. */
  async statusNow(printerId: number, signal: AbortSignal): Promise<PrinterStatus | null> {
    return (await this.#members.get(printerId)?.watch.runOnce(signal)) ?? null
  }

  async #refreshLoop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await pause(this.#options.refreshMs ?? 5_000, this.#stop.signal)
      if (!this.#stop.signal.aborted) await this.refresh()
    }
  }

  async #refreshOnce(): Promise<void> {
    if (this.#stop.signal.aborted) return
    const printers = await this.#options.port.printers()
    const wanted = new Map(printers.map((printer) => [printer.id, printer]))
    for (const [id, member] of this.#members) {
      const printer = wanted.get(id)
      if (printer && addressKey(printer) === member.addressKey) continue
      this.#leave(member)
    }
    for (const printer of printers) {
      if (!this.#members.has(printer.id) && !this.#leaving.has(printer.id)) this.#join(printer)
    }
  }

  #join(printer: FleetPrinter): void {
    try {
      const driver = this.#options.createDriver(printer.address)
      const watch = new PrinterWatch(printer, driver, this.#options.port, (error) => this.#failed(error, printer.name))
      this.#members.set(printer.id, { printer, driver, watch, addressKey: addressKey(printer) })
      watch.start()
    } catch (error) {
      this.#failed(error, printer.name)
    }
  }

  #leave({ printer, driver, watch }: Member): void {
    this.#members.delete(printer.id)
    const left = watch
      .stop()
      .then(() => driver.close())
      .catch((error) => this.#failed(error, printer.name))
      .then(() => {
        this.#leaving.delete(printer.id)
        void this.refresh()
      })
    this.#leaving.set(printer.id, left)
  }

  #failed(error: unknown, printer: string): void {
    this.#options.onError?.(error, printer)
  }
}

function addressKey({ name, address }: FleetPrinter): string {
  return JSON.stringify([name, address])
}
