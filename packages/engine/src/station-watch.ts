import { askAboutAway, loseStations, type Store, takeUpAgain } from '@andon/store'
import { Service, type ServiceOptions } from './service.ts'

/** A station reports every 30 s: after this it is not there. */
const LOST_AFTER_MS = 120_000

/**
 * Marks the stations that nobody has heard of; their printers are taken from them with their worker's lease. When one
 * stays away, a person is asked about what had left for its printers, until it is back or somebody has decided.
 */
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
    for (const { jobId, station } of await askAboutAway(this.#store)) {
      this.log.warn({ station, jobId }, 'a station stays away: a person is asked what it printed')
    }
    await takeUpAgain(this.#store)
  }
}
