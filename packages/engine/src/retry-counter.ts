import { countRetries, type Store } from '@andon/store'
import { Service, type ServiceOptions } from './service.ts'

const BATCH = 2_000

/** Tells the groups of errors which of their jobs were retried, a moment behind. Several servers may do it at once. */
export class RetryCounter extends Service {
  override readonly name = 'retry-counter'
  protected override readonly everyMs = 1_000
  readonly #store: Store

  constructor(store: Store, options: ServiceOptions) {
    super(options)
    this.#store = store
  }

  override async runOnce(): Promise<number | undefined> {
    // A full batch may have more behind it.
    return (await countRetries(this.#store, BATCH)) === BATCH ? 0 : undefined
  }
}
