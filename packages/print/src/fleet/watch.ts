import { type PrintDriver, type PrinterStatus, pausesQueue, type StateReason, troubleshoot } from '@andon/core'
import { pause } from '../pause.ts'
import { splitSettings } from '../printer-settings.ts'
import type { FleetPort, FleetPrinter } from './port.ts'

/** How often a printer is asked how it is. Milliseconds. */
export interface WatchIntervals {
  /** While nothing is the matter and nothing prints. */
  readonly idleMs: number
  /** While it is in trouble or prints: what ends the trouble must be seen soon. */
  readonly troubledMs: number
  /** A status that takes longer counts as no answer. */
  readonly timeoutMs: number
}

/** Print servers are asked for their printers each minute; devices as often as their settings say. */
export function intervalsFor(printer: FleetPrinter): WatchIntervals {
  const { driver, settings } = printer.address
  const idleMs = driver === 'http' ? 60_000 : splitSettings(settings).printer.statusIntervalMs
  return { idleMs, troubledMs: Math.min(1_000, idleMs), timeoutMs: 5_000 }
}

/** Asks one printer how it is, again and again, and pauses and resumes its queue accordingly. */
export class PrinterWatch {
  readonly #printer: FleetPrinter
  readonly #driver: PrintDriver
  readonly #port: FleetPort
  readonly #intervals: WatchIntervals
  readonly #onError: (error: unknown) => void
  readonly #stop = new AbortController()
  #wake = new AbortController()
  #ended: Promise<void> | null = null
  #runs = 0
  #isPaused: boolean
  #last: PrinterStatus | null = null

  constructor(printer: FleetPrinter, driver: PrintDriver, port: FleetPort, onError: (error: unknown) => void) {
    this.#printer = printer
    this.#driver = driver
    this.#port = port
    this.#intervals = intervalsFor(printer)
    this.#isPaused = printer.isPausedByTrouble
    this.#onError = onError
  }

  /** The last answer; null before the first. */
  get last(): PrinterStatus | null {
    return this.#last
  }

  start(): void {
    this.#ended ??= this.#loop()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    this.#wake.abort()
    await this.#ended
  }

  /** Asks now, and tells what it learnt before it returns. */
  async runOnce(signal: AbortSignal = this.#stop.signal): Promise<PrinterStatus> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(this.#intervals.timeoutMs)])
    const status = await this.#driver.status(within)
    this.#last = status
    await this.#port.report(this.#printer.id, status)
    await this.troubled(status.reasons)
    return status
  }

  /** What the driver sees while it prints goes the same way as what a status says. */
  async troubled(reasons: readonly StateReason[]): Promise<void> {
    const stopping = reasons.find(({ reason }) => troubleshoot(reason).pausesQueue)
    if (stopping && !this.#isPaused) {
      this.#isPaused = true
      await this.#port.pause(this.#printer.id, stopping)
      this.#wake.abort()
    }
    if (!stopping && this.#isPaused) {
      this.#isPaused = false
      await this.#port.resume(this.#printer.id)
    }
  }

  /** While a run lasts the device is asked more often; devices that serve one connection are left alone. */
  runStarted(): void {
    this.#runs += 1
    this.#wake.abort()
  }

  runEnded(): void {
    this.#runs -= 1
    this.#wake.abort()
  }

  async #loop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const isBusyLine = this.#runs > 0 && this.#driver.kind === 'raw'
      if (!isBusyLine) await this.runOnce().catch((error) => this.#failed(error))
      this.#wake = new AbortController()
      await pause(this.#delayMs(), AbortSignal.any([this.#stop.signal, this.#wake.signal]))
    }
  }

  #delayMs(): number {
    const isWatched = this.#isPaused || this.#runs > 0 || pausesQueue(this.#last?.reasons ?? [])
    return isWatched && this.#driver.kind !== 'http' ? this.#intervals.troubledMs : this.#intervals.idleMs
  }

  #failed(error: unknown): void {
    if (!this.#stop.signal.aborted) this.#onError(error)
  }
}
