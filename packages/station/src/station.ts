import {
  isProblem,
  type PrintDriver,
  type PrinterAddress,
  printerWord,
  type QzStatus,
  troubleshoot,
  type WorkerLease,
} from '@andon/core'
import { QzConnection, type QzConnectionOptions, type QzConnectionStatus, QzDriver } from '@andon/print/qz'
import { type FleetPort, type FleetPrinter, PrinterFleet, splitSettings } from '@andon/print/queue'
import { Andon, type HttpJobSource, httpJobSource, type HttpOptions, StationApi, type StationLane } from '@andon/sdk'
import { type Clock, type Handler, Worker, type WorkerLane } from '@andon/worker'
import type { PrintJournal } from './journal.ts'
import { tellLate } from './late.ts'
import { PRINT_TYPES, printHandler } from './print-handler.ts'

export interface StationOptions {
  /** What the worker is called; without `station` also the name by which the server knows the station. */
  readonly name: string
  /** Number of the station, where it is known; its name may change then. */
  readonly station?: number
  /** Its address, and a token with the scope `station`. */
  readonly server: HttpOptions
  readonly version: string
  readonly journal: PrintJournal
  /** The lease of a run of this station that is dead for certain; null when there was none. */
  readonly deadLease: WorkerLease | null
  /** Called with each lease, to be kept for the next run. */
  readonly onLease: (lease: WorkerLease) => void
  /** Makes the drivers of all printers but those behind QZ Tray. */
  readonly createDriver: (address: PrinterAddress) => PrintDriver
  /** How QZ Tray is reached where printers are behind it. */
  readonly qz: Pick<QzConnectionOptions, 'host' | 'port' | 'websocket' | 'reconnectMs'>
  /** Connects with QZ Tray though no printer is behind it yet, to learn which there are. Default: false. */
  readonly needsQz?: boolean
  /** Told when `qz`, `printers` or `jobIds` may have changed. */
  readonly onChange?: () => void
  /** Default 30,000. */
  readonly leaseMs?: number
  /** Times the lease and what is tried again with the server; tests bring their own. Default: the machine's. */
  readonly clock?: Clock
  readonly onError: (error: unknown, doing: string) => void
}

/** How often a station says that it is there. */
const REPORT_MS = 30_000
/** A printer that was just added is driven after so long at the latest. */
const REFRESH_MS = 2_000
/** More printers than this want a second station. */
const PRINTERS_LIMIT = 100

/**
 * A machine that drives its own printers for a server far away. What it did is in its journal first, so that neither a
 * crash nor a server that is away makes it print twice or forget.
 */
export class Station implements AsyncDisposable {
  readonly #options: StationOptions
  readonly #andon: Andon
  readonly #source: HttpJobSource
  readonly #api: StationApi
  readonly #fleet: PrinterFleet
  readonly #worker: Worker
  #lanes: readonly StationLane[] = []
  /** Made with the first printer behind QZ Tray; null without one. */
  #qz: QzConnection | null = null
  #reporting: ReturnType<typeof setInterval> | null = null
  #said: Promise<void> = Promise.resolve()

  constructor(options: StationOptions) {
    const { clock, leaseMs, name, onError, onLease, server, station = name, version } = options
    this.#options = options
    this.#andon = new Andon(server)
    this.#source = httpJobSource({
      ...server,
      station,
      onLease: (lease) => {
        onLease(lease)
        // A new lease comes after a time away: others may have decided meanwhile.
        void this.report()
      },
    })
    this.#api = new StationApi(this.#source)
    this.#fleet = new PrinterFleet({
      port: this.#fleetPort(),
      createDriver: (address) => this.#driver(address),
      refreshMs: REFRESH_MS,
      onError: (error, printer) => onError(error, `printer ${printer}`),
    })
    const print = printHandler({
      fleet: this.#fleet,
      readDocument: ({ jobId }) => this.#document(jobId),
      confirmed: (printerId, at) => this.#api.report({ confirmed: [{ printerId, at }] }),
      journal: options.journal,
    })
    const handler: Handler = (job) => {
      this.#changed()
      return print(job)
    }
    this.#worker = new Worker({
      source: this.#source,
      name,
      kind: 'station',
      version,
      handlers: new Map(PRINT_TYPES.map((type) => [type, handler])),
      lanes: async () => this.#drivenLanes(),
      slots: PRINTERS_LIMIT,
      onError,
      ...(leaseMs === undefined ? {} : { leaseMs }),
      ...(clock === undefined ? {} : { clock }),
    })
  }

  /** Names of its printers and what each is, in one word. */
  get printers(): ReadonlyMap<string, string> {
    return new Map(
      this.#fleet.printers.map(({ id, name }) => {
        const last = this.#fleet.watch(id)?.last ?? null
        return [name, last === null ? 'unknown' : printerWord(last.state, last.reasons)]
      }),
    )
  }

  /** Jobs under way. */
  get jobIds(): string[] {
    return this.#worker.jobIds
  }

  /** How it stands with QZ Tray; null while nothing needs it. */
  get qz(): QzConnectionStatus | null {
    return this.#qz?.status ?? null
  }

  /** Names of the printers that QZ Tray has, added here or not. @throws QzCallError; empty while nothing needs QZ Tray */
  async qzPrinters(): Promise<string[]> {
    return (await this.#qz?.printers()) ?? []
  }

  /**
   * Registers, and drives what it is given.
   *
   * @throws `station_not_found` when the server does not know its name; `unauthenticated`, `forbidden` for a token that
   *   is not good; `server_unreachable` when nobody answers. It may be tried again.
   */
  async start(): Promise<void> {
    await this.#buryDead()
    if (this.#options.needsQz === true) this.#connection()
    await this.#worker.start()
    await this.#fleet.start()
    await this.report()
    this.#reporting ??= setInterval(() => void this.report(), REPORT_MS)
  }

  async stop(): Promise<void> {
    if (this.#reporting !== null) clearInterval(this.#reporting)
    await this.#worker.stop()
    await this.#fleet.stop()
    await this.#qz?.close()
    await this.#said
    this.#andon.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Says how it is, now: on each change, and every 30 s by itself. Never rejects. */
  report(): Promise<void> {
    this.#said = this.#said.then(() => this.#report()).catch((error: unknown) => this.#options.onError(error, 'report'))
    return this.#said
  }

  async #report(): Promise<void> {
    const { name, version } = this.#options
    const { message, qzReason, status } = this.#qzNow()
    await this.#andon.stations.report({
      machine_id: this.#source.station ?? name,
      qz_connected: status === 'connected',
      qz_reason: qzReason,
      current_jobs: this.jobIds,
      printer_status: Object.fromEntries(this.printers),
      last_updated: new Date().toISOString(),
      version,
      message,
    })
    await tellLate({ api: this.#api, journal: this.#options.journal, heldIds: this.jobIds })
  }

  /** A station without printers behind QZ Tray has nothing to say of it. */
  #qzNow(): { readonly status: QzStatus; readonly qzReason: string | null; readonly message: string | null } {
    if (this.#qz === null) return { status: 'disconnected', qzReason: null, message: null }
    const { reason, state } = this.#qz.status
    if (reason === null) return { status: state, qzReason: null, message: null }
    return { status: state, qzReason: reason.reason, message: troubleshoot(reason.reason, reason.raw).title }
  }

  #changed(): void {
    this.#options.onChange?.()
  }

  #driver(address: PrinterAddress): PrintDriver {
    if (address.driver !== 'qz') return this.#options.createDriver(address)
    const settings = splitSettings(address.settings).driver
    return new QzDriver({ ...address, settings }, this.#connection())
  }

  #connection(): QzConnection {
    if (this.#qz !== null) return this.#qz
    const { stations } = this.#andon
    this.#qz = new QzConnection({
      ...this.#options.qz,
      certificate: () => stations.qzCertificate(),
      sign: (text) => stations.qzSign(text),
      onStatus: () => {
        this.#fleet.look('qz')
        this.#changed()
        void this.report()
      },
    })
    this.#qz.start()
    return this.#qz
  }

  /** What the run before held would else wait until its lease runs out. A server that forgot that run is no reason to stop. */
  async #buryDead(): Promise<void> {
    const { deadLease } = this.#options
    if (deadLease === null) return
    try {
      await this.#source.abandon(deadLease)
    } catch (error) {
      if (!isProblem(error, 'worker_not_found')) throw error
    }
  }

  #fleetPort(): FleetPort {
    return {
      printers: async () => {
        this.#lanes = await this.#api.lanes()
        this.#changed()
        return this.#lanes.map(toFleetPrinter)
      },
      report: (printerId, status) => this.#api.report({ reports: [{ printerId, status }] }),
      pause: async (printerId, reason) => {
        await this.#api.report({ pauses: [{ printerId, reason }] })
        void this.report()
      },
      resume: async (printerId) => {
        await this.#api.report({ resumes: [printerId] })
        void this.report()
      },
    }
  }

  #drivenLanes(): WorkerLane[] {
    return this.#lanes.filter(({ laneId }) => this.#fleet.driver(laneId) !== null)
  }

  async #document(jobId: string): Promise<Uint8Array> {
    const response = await this.#api.document(jobId)
    return new Uint8Array(await response.arrayBuffer())
  }
}

function toFleetPrinter({ address, isPausedByTrouble, laneId, name }: StationLane): FleetPrinter {
  return { id: laneId, name, address, isPausedByTrouble }
}
