import {
  endedSince,
  type EventMark,
  hasPassed,
  indexJobs,
  markEvents,
  moveCursor,
  readCursor,
  type Store,
  unindexedBetween,
} from '@andon/store'
import { Service, type ServiceOptions } from './service.ts'

const READER = 'search-indexer'

/** Events read at once; one may stand for hundreds of jobs. */
const EVENTS = 20

/** Jobs that were missed at first, looked for at once. */
const MISSED = 2_000

/** For so many times as long as a full set took, the next one waits: what is to be worked off has the machine meanwhile. */
const YIELDS = 2

/** Further behind than this it waits for nothing. */
const LATE_MS = 20_000

/**
 * Makes finished jobs found by search, a moment behind. New ends are indexed as they are seen; numbers become visible
 * out of order, so the durable cursor moves only over stretches that the transaction horizon has passed, after looking
 * once more at what of them is missing. Several servers may do it at once: indexing twice changes nothing.
 */
export class SearchIndexer extends Service {
  override readonly name = READER
  protected override readonly everyMs = 1_000
  readonly #store: Store
  /** What was seen last, of this process; null before the first pass. */
  #seen: string | null = null
  /** The durable cursor as this process knows it. */
  #cursor = '0'
  #mark: EventMark | null = null

  constructor(store: Store, options: ServiceOptions) {
    super(options)
    this.#store = store
  }

  override async runOnce(signal: AbortSignal): Promise<number | undefined> {
    const startedMs = performance.now()
    if (this.#seen === null) this.#cursor = await readCursor(this.#store, READER)
    const seen = this.#seen ?? this.#cursor
    const ended = await endedSince(this.#store, seen, EVENTS)
    if (ended.jobIds.length > 0) await indexJobs(this.#store, ended.jobIds)
    this.#seen = ended.seq ?? seen
    if (ended.seq !== null) {
      const isBusy = ended.events === EVENTS && ended.ageMs < LATE_MS
      return isBusy ? YIELDS * (performance.now() - startedMs) : 0
    }
    await this.#settle(signal)
    return undefined
  }

  /** Moves the cursor over what can no longer change. */
  async #settle(signal: AbortSignal): Promise<void> {
    if (this.#mark !== null && (await hasPassed(this.#store, this.#mark))) {
      while (!signal.aborted && (await this.#indexMissed(this.#mark)));
      if (signal.aborted) return
      await moveCursor(this.#store, READER, this.#mark.seq)
      this.#cursor = this.#mark.seq
      this.#mark = null
    }
    if (this.#mark === null && this.#seen !== null && BigInt(this.#seen) > BigInt(this.#cursor)) {
      this.#mark = await markEvents(this.#store)
    }
  }

  /** Whether more may be missing. Those that are not indexed now were archived or deleted meanwhile. */
  async #indexMissed(mark: EventMark): Promise<boolean> {
    const range = { after: this.#cursor, upTo: mark.seq, limit: MISSED }
    const missed = await unindexedBetween(this.#store, range)
    return (await indexJobs(this.#store, missed)) > 0 && missed.length === MISSED
  }
}
