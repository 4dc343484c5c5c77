import { DAY_MS } from '@andon/core'
import { dropOldEvents, ensurePartitions, type Store } from '@andon/store'
import { Service, type ServiceOptions } from './service.ts'

export interface PartitionKeeperOptions extends ServiceOptions {
  /** How long events are kept, for timelines and for clients that come back; default 90 days. */
  readonly eventsMs?: number | undefined
}

/** Makes the months ahead, and drops old events. */
export class PartitionKeeper extends Service {
  override readonly name = 'partition-keeper'
  protected override readonly everyMs = 3_600_000
  readonly #store: Store
  readonly #eventsMs: number

  constructor(store: Store, { eventsMs = 90 * DAY_MS, ...options }: PartitionKeeperOptions) {
    super(options)
    this.#store = store
    this.#eventsMs = eventsMs
  }

  override async runOnce(): Promise<undefined> {
    await ensurePartitions(this.#store)
    await dropOldEvents(this.#store, this.#eventsMs)
  }
}
