import { foldCounters, reconcileCounters, sampleThroughput, type Store } from '@andon/store'
import { Service, type ServiceOptions } from './service.ts'

/** Every so many passes the counters are compared with the rows. */
const COMPARE_EVERY = 10

/** Keeps the counters few and true. */
export class Reconciler extends Service {
  override readonly name = 'reconciler'
  protected override readonly everyMs = 60_000
  readonly #store: Store
  #passes = 0

  constructor(store: Store, options: ServiceOptions) {
    super(options)
    this.#store = store
  }

  override async runOnce(): Promise<undefined> {
    await foldCounters(this.#store)
    await sampleThroughput(this.#store)
    this.#passes += 1
    if (this.#passes % COMPARE_EVERY === 1) await this.compare()
  }

  /** Mends counters that differ from the rows; how many did. */
  async compare(): Promise<number> {
    const wrong = await this.#store.transaction((tx) => reconcileCounters(tx))
    if (wrong > 0) this.log.error({ wrong }, 'counters differed from the rows and were mended')
    return wrong
  }
}
