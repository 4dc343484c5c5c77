import {
  type AndonError,
  isProblem,
  type PrintDriver,
  type PrinterAddress,
  problem,
  type WorkerLease,
} from '@andon/core'
import { Station } from '../station.ts'
import { IndexedJournal } from './indexed-journal.ts'
import type { DrivingState, PageOrder, PageProblem, PageState } from './page-state.ts'

const LEASE = 'lease'
const RETRY_MIN_MS = 500
const RETRY_MAX_MS = 15_000

/**
 * A station that a page drives, or a worker of the page, where timers keep their pace while nobody looks at it. One page
 * of a browser at a time: the others wait for it to be closed. Whoever holds the lock knows that the page before is
 * dead, so that what it held is taken up at once, by the journal that it left.
 */
export class PageStation {
  readonly #order: PageOrder
  readonly #onState: (state: PageState) => void
  readonly #stopping = new AbortController()
  #told = ''
  #running: Promise<void> | null = null

  constructor(order: PageOrder, onState: (state: PageState) => void) {
    this.#order = order
    this.#onState = onState
  }

  /** Begins, and begins again what fails for a while, until it is stopped. May be called twice. */
  start(): void {
    this.#running ??= this.#run().catch((error: unknown) => this.#tell(ended(error)))
  }

  /** Finishes the item under way, begins nothing new, and resolves when nothing runs any more. */
  async stop(): Promise<void> {
    if (this.#running === null) return
    if (!this.#stopping.signal.aborted) this.#tell({ phase: 'stopping' })
    this.#stopping.abort()
    await this.#running
    this.#tell({ phase: 'stopped' })
  }

  async #run(): Promise<void> {
    const locks = Reflect.get(navigator, 'locks') as LockManager | undefined
    if (locks === undefined) return this.#tell({ phase: 'unable', problem: null })
    const name = `andon.station.${this.#order.station.id}`
    const { signal } = this.#stopping
    const isFree = await locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock !== null) await this.#drive(name)
      return lock !== null
    })
    if (isFree || signal.aborted) return
    this.#tell({ phase: 'aside' })
    await locks
      .request(name, { signal }, () => this.#drive(name))
      .catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
  }

  /** While the lock is held. */
  async #drive(name: string): Promise<void> {
    this.#tell({ phase: 'starting', problem: null })
    const journal = await IndexedJournal.open(name)
    try {
      const kept = await journal.recall(LEASE)
      const deadLease = kept === null ? null : (JSON.parse(kept) as WorkerLease)
      const driving = { journal, deadLease, onState: (state: PageState) => this.#tell(state) }
      await new DrivenStation(this.#order, driving).run(this.#stopping.signal)
    } finally {
      journal.close()
    }
  }

  /** Each state once, however often it is found to be the same. */
  #tell(state: PageState): void {
    const words = JSON.stringify(state)
    if (words === this.#told) return
    if (this.#stopping.signal.aborted && state.phase !== 'stopping' && state.phase !== 'stopped') return
    this.#told = words
    this.#onState(state)
  }
}

interface Driving {
  readonly journal: IndexedJournal
  readonly deadLease: WorkerLease | null
  readonly onState: (state: PageState) => void
}

/** One run of the station, from its registration to its end. */
class DrivenStation {
  readonly #station: Station
  readonly #onState: (state: PageState) => void
  #isUp = false
  #problem: PageProblem | null = null
  #qzPrinters: readonly string[] | null = null
  #qzState: string | null = null

  constructor(order: PageOrder, { deadLease, journal, onState }: Driving) {
    this.#onState = onState
    this.#station = new Station({
      name: order.station.name,
      station: order.station.id,
      server: { url: order.url, fetch: (input, init) => this.#fetch(input, init) },
      version: order.version,
      journal,
      deadLease,
      onLease: (lease) => {
        void journal.keep(LEASE, JSON.stringify(lease)).catch((error: unknown) => this.#failed(error))
      },
      createDriver: refuseDriver,
      needsQz: true,
      qz: portOf(order),
      onChange: () => this.#changed(),
      onError: (error) => this.#failed(error),
    })
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      this.#isUp = await this.#startPatiently(signal)
      this.#changed()
      await untilAborted(signal)
    } finally {
      await this.#station.stop()
    }
  }

  /** A server that is away comes back; what it refuses for good is thrown. False when it was stopped meanwhile. */
  async #startPatiently(signal: AbortSignal): Promise<boolean> {
    for (let delayMs = RETRY_MIN_MS; !signal.aborted; delayMs = Math.min(2 * delayMs, RETRY_MAX_MS)) {
      try {
        await this.#station.start()
        return true
      } catch (error) {
        if (!isProblem(error) || !isPassing(error)) throw error
        this.#onState({ phase: 'starting', problem: pageProblem(error) })
      }
      await pause(delayMs, signal)
    }
    return false
  }

  /** Whatever the server answers with success ends a problem with it. */
  async #fetch(...request: Parameters<typeof globalThis.fetch>): Promise<Response> {
    const response = await globalThis.fetch(...request)
    if (response.ok && this.#problem !== null) {
      this.#problem = null
      this.#changed()
    }
    return response
  }

  #failed(error: unknown): void {
    // What a printer's driver cannot do is told at the printer, and QZ Tray has a state of its own.
    if (!isProblem(error) || error.code === 'validation_failed' || error.code === 'lease_lost') return
    this.#problem = pageProblem(error)
    this.#changed()
  }

  #changed(): void {
    if (!this.#isUp) return
    const state = this.#station.qz?.state ?? null
    if (state !== this.#qzState) {
      this.#qzState = state
      void this.#listQzPrinters(state)
    }
    this.#onState(this.#state())
  }

  #state(): DrivingState {
    const { jobIds, printers, qz } = this.#station
    return {
      phase: 'driving',
      qz,
      printers: [...printers.keys()],
      qzPrinters: this.#qzPrinters,
      jobIds,
      problem: this.#problem,
    }
  }

  async #listQzPrinters(state: string | null): Promise<void> {
    this.#qzPrinters = state === 'connected' ? await this.#station.qzPrinters().catch(() => null) : null
    this.#onState(this.#state())
  }
}

/** A page has no sockets but those to QZ Tray. */
function refuseDriver({ driver }: PrinterAddress): PrintDriver {
  throw problem('validation_failed', {
    field: '/driver',
    detail: `A page in a browser reaches printers through QZ Tray only, and this one has the driver ${driver}.`,
    hint: 'Add it again as a printer behind QZ Tray, or drive the station with: andon station',
  })
}

function portOf({ qzPort }: PageOrder): { port?: { secure: number[]; insecure: number[] } } {
  if (qzPort === null) return {}
  const { isSecure, port } = qzPort
  return { port: isSecure ? { secure: [port], insecure: [] } : { secure: [], insecure: [port] } }
}

function ended(error: unknown): PageState {
  const known = isProblem(error) ? error : problem('internal', { detail: String(error), cause: error })
  const phase = known.code === 'journal_unavailable' ? 'unable' : 'refused'
  return { phase, problem: pageProblem(known) }
}

function isPassing({ retryable }: AndonError): boolean {
  return retryable
}

function pageProblem({ code, detail, hint, title }: AndonError): PageProblem {
  return { code, detail, hint, title }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
