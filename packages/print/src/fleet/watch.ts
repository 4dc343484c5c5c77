import { type PrintDriver, type PrinterStatus, pausesQueue, type StateReason, worstFirst } from '@andon/core'
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

/**
 * How long trouble that only printing shows keeps the queue after a run, in milliseconds. A printer that says it is well
 * and refuses every order would otherwise be tried without a pause.
 */
const HIDDEN_TROUBLE_MS = 30_000

/** Why something is written: the printer has answered, or a run has met trouble. */
interface News {
  readonly isAnswer?: boolean
  readonly isTrouble?: boolean
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
  /** The reason for which the queue was paused here; null while it was not. */
  #pausedFor: string | null
  #last: PrinterStatus | null = null
  /** What the last status showed; a run that has seen the end of trouble since knows better. */
  #seen: readonly StateReason[] = []
  /** What runs have seen, which a status need not show: a job that stands still, an order that is refused. */
  #told: readonly StateReason[] = []
  #toldUntil = 0
  /** The reasons that were reported last. */
  #reported = ''
  /** Changes of the queue one after the other, so that the last to be seen is the last to be written. */
  #writing: Promise<void> = Promise.resolve()

  constructor(printer: FleetPrinter, driver: PrintDriver, port: FleetPort, onError: (error: unknown) => void) {
    this.#printer = printer
    this.#driver = driver
    this.#port = port
    this.#intervals = intervalsFor(printer)
    this.#pausedFor = printer.isPausedByTrouble ? '' : null
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
    this.#seen = status.reasons
    if (this.#runs === 0) this.#told = this.#stillTold(status)
    await this.#write({ isAnswer: true })
    return status
  }

  /**
   * Takes what a run sees; an empty list is the end of it. Its trouble pauses the queue even if it stood paused before:
   * a person may have resumed it.
   */
  troubled(reasons: readonly StateReason[]): Promise<void> {
    this.#told = reasons
    if (reasons.length === 0) this.#seen = []
    return this.#write({ isTrouble: pausesQueue(reasons) })
  }

  /** Asks soon, since something has happened that the next answer may show. */
  look(): void {
    this.#wake.abort()
  }

  /** While a run lasts the device is asked more often; devices that serve one connection are left alone. */
  runStarted(): void {
    this.#runs += 1
    this.#told = []
    this.look()
  }

  runEnded(): void {
    this.#runs -= 1
    this.#toldUntil = Date.now() + HIDDEN_TROUBLE_MS
    this.look()
  }

  /** What runs have seen and a status does not disprove. */
  #stillTold(status: PrinterStatus): readonly StateReason[] {
    if (pausesQueue(status.reasons) || Date.now() >= this.#toldUntil) return []
    return this.#told.filter(({ reason }) => !this.#driver.shownReasons?.includes(reason))
  }

  #write(news: News): Promise<void> {
    const written = this.#writing.then(() => this.#writeNow(news))
    this.#writing = written.catch(() => undefined)
    return written
  }

  /** Reasons first: whoever sees the pause finds the steps that end it. */
  async #writeNow({ isAnswer = false, isTrouble = false }: News): Promise<void> {
    const reasons = worstFirst([...this.#told, ...this.#seen])
    const stopping = reasons.find((entry) => pausesQueue([entry]))
    await this.#report(reasons, isAnswer)
    if (stopping !== undefined && (isTrouble || stopping.reason !== this.#pausedFor)) {
      await this.#port.pause(this.#printer.id, stopping)
      this.#pausedFor = stopping.reason
      this.look()
    }
    if (stopping === undefined && this.#pausedFor !== null) {
      await this.#port.resume(this.#printer.id)
      this.#pausedFor = null
    }
  }

  /** What runs have seen counts as the printer's own word; told again only when it differs. */
  async #report(reasons: readonly StateReason[], isAnswer: boolean): Promise<void> {
    const words = reasons.map(({ reason }) => reason).join()
    if (this.#last === null || (!isAnswer && words === this.#reported)) return
    this.#reported = words
    await this.#port.report(this.#printer.id, { ...this.#last, reasons })
  }

  async #loop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      // From here on: what happens while the answer is under way may not be in it.
      this.#wake = new AbortController()
      const isBusyLine = this.#runs > 0 && this.#driver.kind === 'raw'
      if (!isBusyLine) await this.runOnce().catch((error) => this.#failed(error))
      await pause(this.#delayMs(), AbortSignal.any([this.#stop.signal, this.#wake.signal]))
    }
  }

  #delayMs(): number {
    const isWatched = this.#pausedFor !== null || this.#runs > 0 || pausesQueue(this.#last?.reasons ?? [])
    return isWatched && this.#driver.kind !== 'http' ? this.#intervals.troubledMs : this.#intervals.idleMs
  }

  #failed(error: unknown): void {
    if (!this.#stop.signal.aborted) this.#onError(error)
  }
}
