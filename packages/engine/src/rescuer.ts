import { dropShares, rescueWorkers, type Store, sweepParents } from '@andon/store'
import { Service, type ServiceOptions } from './service.ts'

/** Takes the leases of workers that are gone, and frees children whose parents ended while nobody looked. */
export class Rescuer extends Service {
  override readonly name = 'rescuer'
  protected override readonly everyMs = 2_000
  readonly #store: Store

  constructor(store: Store, options: ServiceOptions) {
    super(options)
    this.#store = store
  }

  override async runOnce(): Promise<undefined> {
    const rescued = await rescueWorkers(this.#store)
    if (rescued.length > 0) await dropShares(this.#store)
    await sweepParents(this.#store, 500)
  }
}
