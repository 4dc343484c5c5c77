import {
  type PrintDriver,
  type PrinterAddress,
  type PrinterStatus,
  type PrintItem,
  type PrintOutcome,
  type PrintReport,
  type PrintRequest,
  pausesQueue,
  problem,
  qzPrinterName,
  reasonOf,
  type StateReason,
} from '@andon/core'
import { readSettings } from '../settings.ts'
import type { QzConnection, QzWatch } from './connection.ts'
import { QZ_FORMATS, qzDocument } from './document.ts'
import { QzJobFollower, type QzFollowed, qzJobId } from './follow.ts'
import { doubt } from './outcome.ts'
import type { QzQueue } from './queue.ts'
import { QZ_SETTINGS, type QzSettings } from './settings.ts'

const NOT_SENT: PrintOutcome = { kind: 'cancelled', reason: 'Cancelled before anything was sent.' }
/** How it stands with QZ Tray itself, which nobody has to be asked for. */
const CONNECTION_REASONS = ['qz-not-running', 'qz-blocked', 'certificate-untrusted'] as const
const CAPABILITIES = { formats: QZ_FORMATS, media: [], color: false, duplex: false, proof: 'confirmed' } as const

/**
 * Drives one printer behind QZ Tray, at the station. Each item is a job of its own, told from others by its name where
 * QZ passes it on and by being new where not.
 */
export class QzDriver implements PrintDriver {
  readonly kind = 'qz'
  readonly batchSize = 1
  readonly shownReasons = CONNECTION_REASONS
  readonly #settings: QzSettings
  readonly #connection: QzConnection
  readonly #printer: string
  #watch: Promise<QzWatch> | null = null

  /**
   * @param address `qz:<name of the printer>`, percent-encoded, with the driver's own settings
   * @param connection that of the station; it stays open when the driver is closed
   * @throws AndonError `validation_failed` naming `/uri` or `/settings/<name>`
   */
  constructor(address: PrinterAddress, connection: QzConnection) {
    const printer = qzPrinterName(address.uri)
    if (printer === null) {
      const detail = `"${address.uri.slice(0, 200)}" is not an address for the driver qz.`
      throw problem('validation_failed', { field: '/uri', detail, allowed: 'an address such as qz:Zebra%20ZD420' })
    }
    this.#printer = printer
    this.#settings = readSettings(QZ_SETTINGS, address.settings)
    this.#connection = connection
  }

  async status(_signal: AbortSignal): Promise<PrinterStatus> {
    const queue = await this.#queue()
    await this.#connection.refresh().catch(() => undefined)
    const trouble = this.#connectionTrouble()
    if (trouble !== null) return statusOf(trouble.reason === 'qz-blocked' ? 'stopped' : 'offline', [trouble])
    if (queue.condition === null) return statusOf('offline', [this.#unknownPrinter()])
    return statusOf(queue.condition.state, queue.condition.reasons)
  }

  async print(request: PrintRequest, report: PrintReport, signal: AbortSignal): Promise<PrintOutcome> {
    const item = onlyItem(request)
    const document = qzDocument(item, request.name, request.options)
    if (document === null) {
      const message = `QZ Tray prints ${QZ_FORMATS.join(', ')}, not ${item.format}.`
      return { kind: 'failed', code: 'unsupported_format', message }
    }
    const queue = await this.#queue()
    return queue.inTurn(async () => {
      if (signal.aborted) return NOT_SENT
      const release = this.#connection.hold()
      try {
        const trouble = await this.#trouble(queue)
        if (signal.aborted) return NOT_SENT
        if (trouble !== null) return { kind: 'stop-printer', reason: trouble }
        const strangers = new Set(queue.jobs.map(({ id }) => id))
        const followed = this.#followed(request, { queue, report, signal, strangers })
        report.progress({ proof: 'none', state: 'sent' })
        const send = (): Promise<void> => this.#connection.print(this.#printer, document)
        return await new QzJobFollower(followed).sendAndFollow(send)
      } finally {
        await release()
      }
    })
  }

  /** Only what this process or page has heard itself can prove anything: QZ Tray keeps no history. */
  async reattach(
    request: PrintRequest,
    externalRef: string | null,
    report: PrintReport,
    signal: AbortSignal,
  ): Promise<PrintOutcome> {
    const queue = await this.#queue()
    const id = qzJobId(externalRef)
    const named = queue.jobs.findLast(({ name }) => name.trim() === request.name)
    const known = named ?? (id === null ? null : queue.job(id))
    if (known === null) {
      const trouble = await this.#trouble(queue)
      report.trouble(trouble === null ? [] : [trouble])
      return doubt(
        'The station was started anew while the printer had it, and QZ Tray keeps no record of what came out.',
      )
    }
    const strangers = new Set(queue.jobs.map((job) => job.id).filter((other) => other !== known.id))
    const release = this.#connection.hold()
    try {
      const followed = this.#followed(request, { queue, report, signal, strangers })
      return await new QzJobFollower(followed, known.id).follow()
    } finally {
      await release()
    }
  }

  /** Stops to listen to the printer. */
  async close(): Promise<void> {
    const watch = this.#watch
    this.#watch = null
    if (watch !== null) await (await watch).release()
  }

  #followed(request: PrintRequest, with_: Pick<QzFollowed, 'queue' | 'report' | 'signal' | 'strangers'>): QzFollowed {
    const isRaw = !/^(image\/|application\/pdf)/.test(onlyItem(request).format)
    const { epoch } = this.#connection
    const expected = { name: request.name, isRaw }
    return { ...with_, connection: this.#connection, settings: this.#settings, expected, epoch }
  }

  async #queue(): Promise<QzQueue> {
    this.#watch ??= this.#connection.watch(this.#printer)
    return (await this.#watch).queue
  }

  /** What keeps the printer from printing now; null when nothing does. */
  async #trouble(queue: QzQueue): Promise<StateReason | null> {
    await this.#connection.refresh().catch(() => undefined)
    const trouble = this.#connectionTrouble()
    if (trouble !== null) return trouble
    if (queue.condition === null) return this.#unknownPrinter()
    return queue.reasons.find((reason) => pausesQueue([reason])) ?? null
  }

  #connectionTrouble(): StateReason | null {
    const { state, reason } = this.#connection.status
    return state === 'connected' ? null : (reason ?? reasonOf('qz-not-running'))
  }

  #unknownPrinter(): StateReason {
    return reasonOf('offline', `QZ Tray tells nothing of a printer "${this.#printer}".`)
  }
}

function statusOf(state: PrinterStatus['state'], reasons: readonly StateReason[]): PrinterStatus {
  const message = reasons[0]?.raw ?? null
  return { state, reasons, supplies: [], queuedJobs: null, message, capabilities: CAPABILITIES, model: null }
}

function onlyItem(request: PrintRequest): PrintItem {
  const [item, ...others] = request.items
  if (item === undefined || others.length > 0) throw new RangeError('A request for QZ Tray carries exactly one item.')
  return item
}
