import { loseStations, type Store } from '@andon/store'
import { Service, type ServiceOptions } from './service.ts'

/** A station reports every 30 s: after this it is not there. */
const LOST_AFTER_MS = 120_000

/** Marks the stations that nobody has heard of; their printers are taken from them with their worker's lease. */
export class StationWatch extends Service {
  override readonly name = 'station watch'
  protected override readonly everyMs = 5_000
  readonly #store: Store
  readonly #afterMs: number

  constructor(store: Store, { afterMs = LOST_AFTER_MS, ...options }: ServiceOptions & { readonly afterMs?: number }) {
    super(options)
    this.#store = store
    this.#afterMs = afterMs
  }

  override async runOnce(): Promise<undefined> {
    for (const station of await loseStations(this.#store, this.#afterMs)) {
      this.log.warn({ station }, 'a station is not heard of any more')
    }
  }
}
