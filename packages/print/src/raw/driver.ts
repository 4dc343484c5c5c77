import {
  type PrintDriver,
  type PrinterAddress,
  type PrinterStatus,
  type PrintOutcome,
  type PrintReport,
  type PrintRequest,
  pausesQueue,
  reasonOf,
  type StateReason,
} from '@andon/core'
import { countSheets } from '../document/sheets.ts'
import { networkReason, silentStatus } from '../ipp/trouble.ts'
import { pause } from '../pause.ts'
import { sameReasons } from '../reasons.ts'
import { readSettings } from '../settings.ts'
import { RawConnection } from './connection.ts'
import { RAW_LANGUAGES, type RawAnswer, type RawLanguage } from './language.ts'
import { RAW_SETTINGS, type RawSettings } from './settings.ts'

const DEFAULT_PORT = 9100
const FIRST_POLL_MS = 10
const LONGEST_POLL_MS = 250
/** How long a device may take to notice that a connection has ended. */
const REOPEN_AFTER_MS = 200
/** Between the two answers that have to say that nothing is left. */
const SETTLE_MS = 40
/** How long a cancelled label may take to leave the device. */
const CANCEL_WAIT_MS = 5_000
/** How long the device may take to end a connection that carried data and cannot be asked. */
const END_WAIT_MS = 2_000

/** Drives devices that print whatever comes to port 9100, and asks them between the items on the same connection. */
export class RawDriver implements PrintDriver {
  readonly kind = 'raw'
  readonly batchSize: number
  readonly #settings: RawSettings
  readonly #language: RawLanguage
  readonly #host: string
  readonly #port: number
  #connection: RawConnection | null = null
  #idleTimer: NodeJS.Timeout | null = null
  #lastStatus: PrinterStatus | null = null
  /** Uses of the device one after the other: it may serve a single connection. */
  #turn: Promise<unknown> = Promise.resolve()
  #isPrinting = false

  constructor(address: PrinterAddress) {
    this.#settings = readSettings(RAW_SETTINGS, address.settings)
    this.#language = RAW_LANGUAGES[this.#settings.language]
    this.batchSize = this.#settings.batchSize
    const url = new URL(address.uri)
    this.#host = url.hostname.replace(/^\[|\]$/g, '')
    this.#port = url.port === '' ? DEFAULT_PORT : Number(url.port)
  }

  /** While a job is printed this is what was last seen, since the device answers on one connection only. */
  async status(_signal: AbortSignal): Promise<PrinterStatus> {
    if (this.#isPrinting && this.#lastStatus !== null) return this.#lastStatus
    return this.#inTurn(async () => {
      const connection = await this.#open()
      if (typeof connection === 'string') return this.#note(silentStatus(networkReason(connection)))
      const answer = await this.#ask(connection)
      if (answer === null && isForeign(connection.received))
        return this.#note(silentStatus(foreign(connection.received)))
      return this.#note(this.#statusOf(answer))
    })
  }

  async print(request: PrintRequest, report: PrintReport, signal: AbortSignal): Promise<PrintOutcome> {
    const wrong = request.items.find((item) => !this.#language.formats.includes(item.format))
    if (wrong !== undefined) {
      const message = `The printer takes ${this.#language.formats.join(' and ')}, not ${wrong.format}.`
      return { kind: 'failed', code: 'unsupported_format', message }
    }
    return this.#inTurn(async () => {
      this.#isPrinting = true
      try {
        return await new RawPrint(this.#device(), request, { report, signal }).run()
      } finally {
        this.#isPrinting = false
      }
    })
  }

  /** A raw device does not know what it printed: what was sent by an attempt that is gone stays in doubt. */
  async reattach(
    _request: PrintRequest,
    _externalRef: string | null,
    report: PrintReport,
    signal: AbortSignal,
  ): Promise<PrintOutcome> {
    const status = await this.status(signal)
    const stopping = status.reasons.filter((entry) => pausesQueue([entry]))
    report.trouble(stopping)
    const words = stopping[0] === undefined ? 'The device answers, and cannot tell what it printed.' : stopping[0].raw
    return { kind: 'unconfirmed', reason: reasonOf('unconfirmed', words) }
  }

  async close(): Promise<void> {
    await this.#turn
    this.#drop()
  }

  #device(): RawDevice {
    return {
      settings: this.#settings,
      language: this.#language,
      open: () => this.#open(),
      drop: () => this.#drop(),
      ask: async (connection, awaitsTrailer) => {
        const answer = await this.#ask(connection, awaitsTrailer)
        this.#note(this.#statusOf(answer))
        return answer
      },
    }
  }

  #ask(connection: RawConnection, awaitsTrailer = false): Promise<RawAnswer | null> {
    if (!this.#settings.confirms) return Promise.resolve({ reasons: [], isIdle: true, remaining: null })
    return this.#language.ask(connection, { timeoutMs: this.#settings.statusTimeoutMs, awaitsTrailer })
  }

  #statusOf(answer: RawAnswer | null): PrinterStatus {
    const capabilities = {
      formats: this.#language.formats,
      media: [],
      color: false,
      duplex: false,
      proof: this.#settings.confirms ? ('confirmed' as const) : ('sent' as const),
    }
    const base = { supplies: [], queuedJobs: null, message: null, capabilities, model: null }
    if (answer === null) return { ...base, state: 'stopped', reasons: [silence()] }
    const isStopped = pausesQueue(answer.reasons)
    return { ...base, state: isStopped ? 'stopped' : answer.isIdle ? 'idle' : 'processing', reasons: answer.reasons }
  }

  #note(status: PrinterStatus): PrinterStatus {
    this.#lastStatus = status
    return status
  }

  async #open(): Promise<RawConnection | string> {
    if (this.#connection !== null && this.#connection.error === null) return this.#connection
    const address = { host: this.#host, port: this.#port, timeoutMs: this.#settings.connectTimeoutMs }
    let opened = await RawConnection.open(address)
    if (typeof opened === 'string' && opened.includes('ECONNRESET')) {
      // A device with a single connection turns us away until it has noticed the end of the one before.
      await pause(REOPEN_AFTER_MS)
      opened = await RawConnection.open(address)
    }
    this.#connection = typeof opened === 'string' ? null : opened
    return opened
  }

  #drop(): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer)
    this.#idleTimer = null
    this.#connection?.close()
    this.#connection = null
  }

  #inTurn<T>(use: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => {
      if (this.#idleTimer !== null) clearTimeout(this.#idleTimer)
      return use()
    })
    this.#turn = result.then(
      () => this.#releaseLater(),
      () => this.#drop(),
    )
    return result
  }

  #releaseLater(): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer)
    this.#idleTimer = setTimeout(() => this.#drop(), this.#settings.idleCloseMs)
  }
}

/** What one print needs of its driver. */
interface RawDevice {
  readonly settings: RawSettings
  readonly language: RawLanguage
  open(): Promise<RawConnection | string>
  drop(): void
  ask(connection: RawConnection, awaitsTrailer: boolean): Promise<RawAnswer | null>
}

/** One request on its way to a raw device. */
class RawPrint {
  readonly #device: RawDevice
  readonly #request: PrintRequest
  readonly #report: PrintReport
  readonly #signal: AbortSignal
  #trouble: readonly StateReason[] = []
  #remaining: number | null = null
  #hasBegun = false

  constructor(device: RawDevice, request: PrintRequest, with_: { report: PrintReport; signal: AbortSignal }) {
    this.#device = device
    this.#request = request
    this.#report = with_.report
    this.#signal = with_.signal
  }

  async run(): Promise<PrintOutcome> {
    if (this.#signal.aborted) return { kind: 'cancelled', reason: 'Cancelled before anything was sent.' }
    const connection = await this.#device.open()
    if (typeof connection === 'string') return { kind: 'stop-printer', reason: networkReason(connection) }
    const notReady = await this.#waitForTurn(connection)
    if (notReady !== null) return notReady
    this.#report.progress({ proof: 'none', state: 'sent' })
    const isSent = await this.#send(connection)
    if (!isSent) return this.#lost(connection)
    this.#report.progress({ proof: 'sent', state: 'queued' })
    const outcome = this.#device.settings.confirms
      ? await this.#confirm(connection)
      : await this.#finishUnasked(connection)
    this.#tell([])
    return outcome
  }

  /** Asks until the device is well and has nothing left of others; null when it is our turn. */
  async #waitForTurn(connection: RawConnection): Promise<PrintOutcome | null> {
    const startedAt = Date.now()
    for (;;) {
      if (this.#signal.aborted) return { kind: 'cancelled', reason: 'Cancelled before anything was sent.' }
      const answer = await this.#device.ask(connection, false)
      if (connection.error !== null) return { kind: 'retry', reason: networkReason(connection.error) }
      if (answer === null) {
        // A late answer must not be taken for one to a later question.
        this.#device.drop()
        return { kind: 'stop-printer', reason: silence() }
      }
      const stopping = answer.reasons.find((entry) => pausesQueue([entry]))
      if (stopping !== undefined) return { kind: 'stop-printer', reason: stopping }
      if (answer.isIdle) return null
      if (Date.now() - startedAt >= this.#device.settings.busyTimeoutMs) {
        return { kind: 'retry', reason: reasonOf('device-busy', 'The device prints labels that are not ours.') }
      }
      await pause(LONGEST_POLL_MS, this.#signal)
    }
  }

  #send(connection: RawConnection): Promise<boolean> {
    const copies = this.#request.items.flatMap((item) => Array.from({ length: item.copies }, () => item.data))
    const trailer = this.#device.settings.confirms ? this.#device.language.trailer : new Uint8Array()
    const stuckMs = this.#device.settings.statusTimeoutMs
    const onStuck = (): void => {
      this.#tell([silence()])
      // A device that takes no bytes takes no command to cancel either.
      if (this.#signal.aborted) connection.close()
    }
    return connection.write(Buffer.concat([...copies, trailer]), { stuckMs, onStuck })
  }

  /** Follows the labels until the device has none left. */
  async #confirm(connection: RawConnection): Promise<PrintOutcome> {
    let idleAnswers = 0
    let pollMs = FIRST_POLL_MS
    while (idleAnswers < this.#device.language.idleAnswers) {
      if (this.#signal.aborted) return this.#cancel(connection)
      await pause(pollMs, this.#signal)
      const answer = await this.#device.ask(connection, true)
      if (connection.error !== null) return this.#lost(connection)
      const isQuiet = answer !== null && answer.remaining === this.#remaining
      idleAnswers = answer?.isIdle === true ? idleAnswers + 1 : 0
      // Asked in quick succession while labels move, so that a short label does not wait for the next question.
      if (idleAnswers > 0) pollMs = SETTLE_MS
      else pollMs = !isQuiet ? FIRST_POLL_MS : Math.min(LONGEST_POLL_MS, pollMs * 1.5)
      this.#look(answer)
    }
    return { kind: 'printed', proof: 'confirmed', sheets: this.#sheets() }
  }

  #look(answer: RawAnswer | null): void {
    if (answer === null) return this.#tell([silence()])
    this.#tell(answer.reasons.filter((entry) => pausesQueue([entry])))
    if (this.#hasBegun && answer.remaining === this.#remaining) return
    this.#hasBegun = true
    this.#remaining = answer.remaining
    const sheets = answer.remaining === null ? {} : { sheets: Math.max(0, this.#sheets() - answer.remaining) }
    this.#report.progress({ proof: 'sent', state: 'running', ...sheets })
  }

  /** Without a status the end of the connection is all there is: a device that broke it may have lost the data. */
  async #finishUnasked(connection: RawConnection): Promise<PrintOutcome> {
    await connection.end(END_WAIT_MS)
    this.#device.drop()
    return { kind: 'printed', proof: 'sent', sheets: null }
  }

  async #lost(connection: RawConnection): Promise<PrintOutcome> {
    const broken = networkReason(connection.error ?? 'The connection was lost.')
    this.#device.drop()
    this.#tell([broken])
    const again = await this.#device.open()
    const answer = typeof again === 'string' ? null : await this.#device.ask(again, false)
    const now = typeof again === 'string' ? networkReason(again) : answer === null ? silence() : answer.reasons[0]
    this.#tell(now === undefined ? [] : [now])
    const words = `The connection broke after data had left (${broken.raw}). ${now === undefined ? 'The device answers again, and cannot tell what it printed.' : now.raw}`
    return { kind: 'unconfirmed', reason: reasonOf('unconfirmed', words) }
  }

  /** Only what the device still held is known not to have come out. */
  async #cancel(connection: RawConnection): Promise<PrintOutcome> {
    const before = await this.#device.ask(connection, true)
    const heldAll = before !== null && before.remaining !== null && before.remaining >= this.#sheets()
    void connection.write(this.#device.language.cancel)
    const deadline = Date.now() + CANCEL_WAIT_MS
    while (Date.now() < deadline && connection.error === null) {
      const answer = await this.#device.ask(connection, false)
      if (answer?.isIdle === true) {
        if (heldAll) return { kind: 'cancelled', reason: 'The device was told to forget what it had not printed.' }
        break
      }
      await pause(FIRST_POLL_MS)
    }
    this.#device.drop()
    return { kind: 'unconfirmed', reason: reasonOf('unconfirmed', 'Cancelled while it was printed.') }
  }

  #sheets(): number {
    return this.#request.items.reduce((sum, item) => sum + countSheets(item.data, item.format) * item.copies, 0)
  }

  #tell(reasons: readonly StateReason[]): void {
    if (sameReasons(reasons, this.#trouble)) return
    this.#trouble = reasons
    this.#report.trouble(reasons)
  }
}

/** Fact of such devices: out of media or ribbon, head open or too hot, many take connections and answer nothing. */
function silence(): StateReason {
  return reasonOf(
    'needs-attention',
    'The device takes connections and does not answer: look for media, ribbon, an open head.',
  )
}

/** Servers of other protocols greet or complain in words; no status of a printer begins with several letters. */
function isForeign(received: string): boolean {
  return /^[\x20-\x7e]{4}/.test(received)
}

function foreign(received: string): StateReason {
  const words = received.replace(/[\r\n].*$/s, '').slice(0, 80)
  return reasonOf('not-a-printer', `It answered "${words}", which no label or receipt printer says.`)
}
