import type { PrinterAddress } from '@andon/core'
import { PrintMachine, type PrintedSheet, type VirtualJob } from './machine.ts'
import { answer, VIRTUAL_FORMATS } from './operations.ts'
import { VirtualServer } from './server.ts'

export type { PrintedSheet } from './machine.ts'

export interface VirtualPrinterOptions {
  readonly name: string
  /** 0 takes a free port of 127.0.0.1. */
  readonly port?: number
  /** Milliseconds for one sheet; default 200. */
  readonly speed?: number
  /** Keywords of `printer-state-reasons` that are set from the start. */
  readonly faults?: readonly string[]
  /** Default: all formats that Andon knows. */
  readonly formats?: readonly string[]
  /** Default: `Andon Virtual Printer`. */
  readonly model?: string
  /** Default: a label size and A4, as PWG names (PWG 5101.1). */
  readonly media?: readonly string[]
  /** False for a simple printer that knows Print-Job only; default true. */
  readonly hasCreateJob?: boolean
  /** Levels in percent by name. */
  readonly supplies?: Readonly<Record<string, number>>
}

/**
 * A real IPP printer on loopback, for the demonstration and for tests, with its trouble at the flick of a switch.
 * Every method may be called at any time.
 */
export class VirtualPrinter implements AsyncDisposable {
  readonly name: string
  readonly #machine: PrintMachine
  readonly #server: VirtualServer
  readonly #supplies: Map<string, number>
  #refuses: 'nothing' | 'openly' | 'silently' = 'nothing'
  #isBusy = false
  #identified = 0

  constructor(options: VirtualPrinterOptions) {
    this.name = options.name
    this.#machine = new PrintMachine(options.speed ?? 200)
    this.#supplies = new Map(Object.entries(options.supplies ?? {}))
    for (const fault of options.faults ?? []) this.#machine.setFault(fault)
    this.#server = new VirtualServer(options.port ?? 0, {
      answer: (request) => answer(this.#context(options), request),
      onDeath: () => this.#machine.switchOff(),
    })
  }

  /** `ipp://127.0.0.1:<port>/ipp/print`; known once it has started. */
  get uri(): string {
    return `ipp://127.0.0.1:${this.#server.port}/ipp/print`
  }

  get port(): number {
    return this.#server.port
  }

  /** What a driver is made from to use this printer. */
  get address(): PrinterAddress {
    return { driver: 'virtual', uri: this.uri, settings: {} }
  }

  /** Sheets that really came out, oldest first. */
  get printed(): readonly PrintedSheet[] {
    return this.#machine.printed
  }

  /** Its device jobs by number, for looking at only. */
  get jobs(): ReadonlyMap<number, Readonly<VirtualJob>> {
    return this.#machine.jobs
  }

  /** Keywords that are set now. */
  get faults(): readonly string[] {
    return this.#machine.reasons
  }

  /** How often somebody asked it to show itself. */
  get identified(): number {
    return this.#identified
  }

  /** Opens its port; again after it went offline. */
  async start(): Promise<void> {
    await this.#server.listen()
  }

  /** Sets a reason such as `media-jam`, `cover-open` or `toner-low-warning`; those that stop a printer stop it. */
  setFault(keyword: string): void {
    this.#machine.setFault(keyword)
  }

  /** Mends one reason, or all. */
  clearFault(keyword?: string): void {
    this.#machine.clearFault(keyword)
  }

  /** Sets the level of a supply in percent; unknown names are added. */
  setSupply(name: string, level: number): void {
    this.#supplies.set(name, level)
  }

  /** Milliseconds for one sheet from the next one on. */
  setSpeed(msPerSheet: number): void {
    this.#machine.msPerSheet = msPerSheet
  }

  /** `openly` answers documents with an error; `silently` takes them, prints nothing and says completed. */
  refuseDocuments(how: 'nothing' | 'openly' | 'silently'): void {
    this.#refuses = how
  }

  /** Answers Create-Job with `server-error-busy`. */
  setBusy(isBusy: boolean): void {
    this.#isBusy = isBusy
  }

  /** Closes its port and stands still, as when it is switched off. */
  async goOffline(): Promise<void> {
    this.#machine.switchOff()
    await this.#server.close()
  }

  /** Switches it on again at the same port; with `forgets` it knows none of its jobs any more. */
  async comeBack(options: { forgets?: boolean } = {}): Promise<void> {
    await this.#server.listen()
    this.#machine.switchOn(options.forgets ?? false)
  }

  /** The next document breaks off after so many bytes, and the printer goes offline. */
  dieAfterBytes(bytes: number): void {
    this.#server.faults.diesAfterBytes = bytes
  }

  /** The next document is taken whole, and the printer goes offline before it answers. */
  dieAfterDocument(): void {
    this.#server.faults.diesAfterDocument = true
  }

  /** Takes connections and answers nothing until it is released. */
  wedge(isWedged: boolean): void {
    this.#server.faults.isWedged = isWedged
  }

  /** Waits so long before each answer. */
  setAnswerDelay(delayMs: number): void {
    this.#server.faults.answerDelayMs = delayMs
  }

  /** The job in the machine ends as aborted with its next sheet. */
  abortNext(): void {
    this.#machine.abortNext()
  }

  /** Cancels a job as somebody at the device's display would; false when it is over. */
  cancelAtDevice(jobId: number): boolean {
    const job = this.#machine.jobs.get(jobId)
    return job !== undefined && this.#machine.cancel(job, 'job-canceled-at-device')
  }

  /** Resolves when `isTrue` holds; it is tried again after each sheet, job and fault. */
  until(isTrue: (printer: this) => boolean): Promise<void> {
    return this.#machine.until(() => isTrue(this))
  }

  /** Ends it for good. May be called twice. */
  async close(): Promise<void> {
    await this.goOffline()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #context(options: VirtualPrinterOptions): Parameters<typeof answer>[0] {
    return {
      machine: this.#machine,
      name: this.name,
      model: options.model ?? 'Andon Virtual Printer',
      uri: this.uri,
      formats: options.formats ?? VIRTUAL_FORMATS,
      media: options.media ?? ['oe_4x6-label_4x6in', 'iso_a4_210x297mm'],
      supplies: this.#supplies,
      refuses: this.#refuses,
      isBusy: this.#isBusy,
      hasCreateJob: options.hasCreateJob ?? true,
      identify: () => {
        this.#identified += 1
      },
    }
  }
}

/** Makes a virtual printer and opens its port. */
export async function startVirtualPrinter(options: VirtualPrinterOptions): Promise<VirtualPrinter> {
  const printer = new VirtualPrinter(options)
  await printer.start()
  return printer
}
