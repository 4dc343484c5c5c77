import { codeOf, HOUR_MS, isProblem, messageOf, MINUTE_MS } from '@andon/core'
import type { Log } from '@andon/store'
import type { FloorDatabases } from '../floor-databases.ts'
import {
  addDevices,
  holdRequests,
  keepRecords,
  moveOn,
  nextTurnAt,
  postpone,
  setAsideEntries,
  takeTurn,
  type Turn,
} from '../queries/jobmanager/print-beat.ts'
import { type PrintBeatRecord, readPage, type SetAsideEntry } from './attempts.ts'
import { type JobsAnswer, PAGE_SIZE, PrintBeatClient } from './client.ts'
import type { PrintBeatSettings } from './settings.ts'

export interface PrintBeatOptions {
  readonly log: Log
  /** Milliseconds since 1970; default the clock of the machine. */
  readonly now?: () => number
  /** Longest wait for an answer, in milliseconds; default 20,000. Shorter than the pace, so that turns do not overlap. */
  readonly timeoutMs?: number
}

/** Two requests a minute are allowed; a little more than half a minute apart, three never fall into one. */
const PACE_MS = 31_000
/** How often a press is asked for what is new; in between is room for a page of what is gone through again. */
const NEW_EVERY_MS = MINUTE_MS
/** How long after its end everything is gone through again. */
const ALL_EVERY_MS = HOUR_MS
/** Rows of the tables that somebody took away do not make the loop spin. */
const SHORTEST_WAIT_MS = 1_000
const BEGINNING = '0'

/**
 * Fills the shop's press records from HP Print Beat. Each press is followed from the last marker on. When nothing new is
 * waiting, everything is gone through again from the beginning, since a press that begins its markers anew, or delivers
 * late, is not found behind the last marker. What is in the shop's table already is not written again, so any page may
 * be read twice, by one process or by several.
 *
 * Where it stands and when the next request is allowed is kept in the database, and is the same for all processes.
 */
export class PrintBeatConnector {
  readonly name = 'print-beat'
  /** The pause between two passes, in milliseconds. */
  readonly everyMs = PACE_MS
  readonly #databases: FloorDatabases
  readonly #devices: readonly string[]
  readonly #client: PrintBeatClient
  readonly #log: Log
  readonly #now: () => number

  constructor(databases: FloorDatabases, settings: PrintBeatSettings, options: PrintBeatOptions) {
    const { log, now = Date.now, timeoutMs } = options
    this.#databases = databases
    this.#devices = settings.devices
    this.#client = new PrintBeatClient(settings, { now, timeoutMs })
    this.#log = log
    this.#now = now
  }

  /**
   * Asks for one page when that is allowed and something is due.
   *
   * @returns milliseconds after which the next pass is due
   * @throws print_beat_unauthorised, print_beat_rate_limited, print_beat_unavailable, print_beat_unexpected; the next pass
   *   goes on from the same place
   */
  async runOnce(signal: AbortSignal): Promise<number> {
    await this.#databases.ready()
    const { jobmanager } = this.#databases
    await addDevices(jobmanager, this.#devices, { newAt: this.#in(0), allAt: this.#in(ALL_EVERY_MS) })
    const turn = await takeTurn(jobmanager, this.#devices, { now: this.#in(0), nextAt: this.#in(PACE_MS) })
    if (turn !== null) {
      const answer = await this.#client.jobs({ device: turn.device, startMarker: turn.marker, signal })
      if (!answer.ok) throw await this.#refused(turn, answer)
      await this.#keep(turn, answer.attempts)
    }
    const nextAt = await nextTurnAt(jobmanager, this.#devices)
    return Math.max(SHORTEST_WAIT_MS, (nextAt?.getTime() ?? 0) - this.#now())
  }

  async #refused(turn: Turn, { error, holdMs }: JobsAnswer & { readonly ok: false }): Promise<Error> {
    const { jobmanager } = this.#databases
    if (holdMs !== null) await holdRequests(jobmanager, this.#in(holdMs))
    // The other presses have their turn first.
    else await postpone(jobmanager, turn, this.#in(NEW_EVERY_MS))
    return error
  }

  /** The position moves last: whatever stops this, the page is read again. */
  async #keep(turn: Turn, attempts: readonly unknown[]): Promise<void> {
    const { lastMarker, records, setAside } = readPage(attempts)
    const { kept, refused } = await this.#keepRecords(records)
    const unread = await setAsideEntries(this.#databases.jobmanager, turn.device, [...setAside, ...refused])
    const isFull = attempts.length >= PAGE_SIZE
    await moveOn(this.#databases.jobmanager, turn, this.#place(turn, { lastMarker, isFull }))
    const { device, walk } = turn
    if (kept > 0) this.#log.info({ device, walk, kept, known: records.length - kept }, 'press records came in')
    if (unread.length > 0) this.#log.warn({ device, entries: unread }, 'entries of Print Beat were set aside')
  }

  /** Set by set; where the shop's table refuses one, those that it takes are found by halves. */
  async #keepRecords(records: readonly PrintBeatRecord[]): Promise<{ kept: number; refused: SetAsideEntry[] }> {
    const [first] = records
    if (first === undefined) return { kept: 0, refused: [] }
    try {
      const kept = await this.#databases.jobmanager.transaction((tx) => keepRecords(tx, records))
      return { kept, refused: [] }
    } catch (error) {
      if (!isAboutRows(error)) throw error
      if (records.length === 1) return { kept: 0, refused: [refusedRecord(first, error)] }
    }
    const middle = Math.ceil(records.length / 2)
    const before = await this.#keepRecords(records.slice(0, middle))
    const after = await this.#keepRecords(records.slice(middle))
    return { kept: before.kept + after.kept, refused: [...before.refused, ...after.refused] }
  }

  /**
   * Where a walk goes on. Going through everything ends only at a page with nothing new in it, since pages may be smaller
   * than they should be. A page that is full of one marker is stepped over.
   */
  #place({ marker, walk }: Turn, { isFull, lastMarker }: PageEnd): { readonly marker: string; readonly dueAt: Date } {
    const isAhead = lastMarker !== null && BigInt(lastMarker) > BigInt(marker)
    if (walk === 'all' && !isAhead && !isFull) return { marker: BEGINNING, dueAt: this.#in(ALL_EVERY_MS) }
    const next = isFull ? String(BigInt(marker) + 1n) : marker
    const dueAt = this.#in(walk === 'new' && isFull ? 0 : NEW_EVERY_MS)
    return { marker: isAhead ? lastMarker : next, dueAt }
  }

  #in(ms: number): Date {
    return new Date(this.#now() + ms)
  }
}

interface PageEnd {
  readonly lastMarker: string | null
  /** There is more behind it. */
  readonly isFull: boolean
}

/** The database works; it is the values, or the shop's own constraints and triggers, that are in the way. */
function isAboutRows(error: unknown): boolean {
  if (isProblem(error, 'nul_character')) return true
  return /^(22|23|P0)/.test(codeOf(error))
}

function refusedRecord({ marker, payload }: PrintBeatRecord, error: unknown): SetAsideEntry {
  return {
    marker,
    reason: `The table "print OS" refuses it: ${messageOf(error)}`.slice(0, 500),
    entry: JSON.stringify(payload),
  }
}
