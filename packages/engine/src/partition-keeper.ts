import { DAY_MS } from '@andon/core'
import { archiveMonth, dropOldEvents, ensurePartitions, monthsOver, type Store } from '@andon/store'
import { Service, type ServiceOptions } from './service.ts'

export interface PartitionKeeperOptions extends ServiceOptions {
  /** How long finished jobs stay in history before their month is archived; default 90 days. */
  readonly historyMs?: number | undefined
  /** How long events are kept, for timelines and for clients that come back; default 90 days. */
  readonly eventsMs?: number | undefined
  /** Milliseconds since 1970; default `Date.now`. A month more or less is all that a wrong clock can do. */
  readonly now?: () => number
}

/** Makes the months ahead, archives those that are over, and drops old events. */
export class PartitionKeeper extends Service {
  override readonly name = 'partition-keeper'
  protected override readonly everyMs = 3_600_000
  readonly #store: Store
  readonly #historyMs: number
  readonly #eventsMs: number
  readonly #now: () => number

  constructor(
    store: Store,
    { historyMs = 90 * DAY_MS, eventsMs = 90 * DAY_MS, now = Date.now, ...options }: PartitionKeeperOptions,
  ) {
    super(options)
    this.#store = store
    this.#historyMs = historyMs
    this.#eventsMs = eventsMs
    this.#now = now
  }

  override async runOnce(signal: AbortSignal): Promise<undefined> {
    await ensurePartitions(this.#store)
    for (const month of await monthsOver(this.#store, new Date(this.#now() - this.#historyMs))) {
      if (signal.aborted) return
      await archiveMonth(this.#store, month, { name: 'system:retention' })
      this.log.info({ month }, 'a month of history was archived')
    }
    await dropOldEvents(this.#store, this.#eventsMs)
  }
}
