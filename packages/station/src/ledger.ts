import { type AndonError, isProblem } from '@andon/core'
import type { JobContext } from '@andon/worker'
import type { Change, PrintJournal } from './journal.ts'

/** Where the port of a job writes what becomes of its items. */
export interface ItemLedger {
  /**
   * Durable when it resolves: at the server, or here when the server is away.
   *
   * @throws lease_lost when somebody else holds the job now: nothing more may be sent
   */
  write(changes: readonly Change[]): Promise<void>
  /** Resolves when the server has everything; throws as `write` does. */
  told(): Promise<void>
}

/** Near the database nothing is kept anywhere else. */
export function directLedger(job: JobContext): ItemLedger {
  return { write: (changes) => job.items.change(changes), told: async () => undefined }
}

/** How long an item waits for a server that does not answer before the machine's own record is enough. */
const PATIENCE_MS = 2_000
const RETRY_MIN_MS = 200
const RETRY_MAX_MS = 5_000
/** Changes in one request. */
const SET_LIMIT = 500

/** Waits; replaced in tests. */
export type Wait = (ms: number) => Promise<void>

/** The job was stopped before the server knew that it would begin: nothing of it was sent. */
export class NotBegunError extends Error {
  constructor() {
    super('The server was away before the first label, so that nothing was sent.')
    this.name = 'NotBegunError'
  }
}

/**
 * Writes to the station's journal first, then to the server in order. While the server is away a job that has begun goes
 * on by the journal alone, and what it owes is told when the server is back. One that has not begun waits: the server
 * gives what was not begun to another printer when the lease runs out, and would not know of this one. A lease that was
 * lost meanwhile ends the run: the job comes back to its printer's lane, and the journal says what is known of it.
 */
export class JournaledLedger implements ItemLedger {
  readonly #job: JobContext
  readonly #journal: PrintJournal
  readonly #wait: Wait
  readonly #owed: { readonly seq: number; readonly change: Change }[] = []
  #telling: Promise<void> | null = null
  #isAway = false
  #lost: Error | null = null
  /** The server has an intent of this run, so that it gives the job to nobody else. */
  #hasBegun = false

  constructor(job: JobContext, journal: PrintJournal, wait: Wait = delay) {
    this.#job = job
    this.#journal = journal
    this.#wait = wait
  }

  /** Throws {@link NotBegunError} besides, when the job is stopped while its first intent waits for the server. */
  async write(changes: readonly Change[]): Promise<void> {
    this.#throwIfLost()
    const isIntent = changes.every(({ state }) => state === 'intended')
    const last = await this.#journal.append(this.#job.id, changes)
    const first = last - changes.length + 1
    this.#owed.push(...changes.map((change, index) => ({ seq: first + index, change })))
    const telling = this.#tell()
    if (isIntent && !this.#hasBegun) await Promise.race([telling, stopped(this.#job.signal)])
    else if (!this.#isAway) await Promise.race([telling, this.#wait(PATIENCE_MS)])
    // What is refused is not sent: to leave its intent here would make a doubt of it.
    if (isIntent && (this.#lost !== null || !this.#hasBegun)) await this.#withdraw(first)
    this.#throwIfLost()
    if (isIntent && !this.#hasBegun) throw new NotBegunError()
  }

  async #withdraw(first: number): Promise<void> {
    await this.#journal.withdraw(this.#job.id, first)
    const kept = this.#owed.filter(({ seq }) => seq < first)
    this.#owed.splice(0, this.#owed.length, ...kept)
  }

  async told(): Promise<void> {
    while (this.#owed.length > 0 && this.#lost === null) await this.#tell()
    this.#throwIfLost()
  }

  /** One at a time, so that changes arrive in their order. Never rejects. */
  #tell(): Promise<void> {
    this.#telling ??= this.#tellAll().finally(() => (this.#telling = null))
    return this.#telling
  }

  async #tellAll(): Promise<void> {
    let delayMs = RETRY_MIN_MS
    while (this.#owed.length > 0 && this.#lost === null) {
      if (await this.#tellSet()) delayMs = RETRY_MIN_MS
      else {
        await this.#wait(delayMs)
        delayMs = Math.min(2 * delayMs, RETRY_MAX_MS)
      }
    }
  }

  /** False when the server is to be asked again later. */
  async #tellSet(): Promise<boolean> {
    const set = this.#owed.slice(0, SET_LIMIT)
    try {
      await this.#job.items.change(set.map(({ change }) => change))
    } catch (error) {
      this.#isAway = true
      if (isProblem(error) && !isPassing(error)) this.#lost = error
      return false
    }
    this.#isAway = false
    if (set.some(({ change }) => change.state === 'intended')) this.#hasBegun = true
    const last = set.at(-1)?.seq ?? 0
    while ((this.#owed[0]?.seq ?? Number.POSITIVE_INFINITY) <= last) this.#owed.shift()
    await this.#journal.told(this.#job.id, last)
    return true
  }

  #throwIfLost(): void {
    if (this.#lost !== null) throw this.#lost
  }
}

/** A server that is away comes back, and a token that is refused may be replaced: both are waited for. */
function isPassing({ retryable, status }: AndonError): boolean {
  return retryable || status === 401 || status === 403
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
