import { failOver, type Store } from '@andon/store'
import { Service, type ServiceOptions } from './service.ts'

const BATCH = 500

/** Gives what waits for a printer in trouble to the printer or pool that its failover setting names. */
export class Failover extends Service {
  override readonly name = 'failover'
  protected override readonly everyMs = 5_000
  readonly #store: Store

  constructor(store: Store, options: ServiceOptions) {
    super(options)
    this.#store = store
  }

  override async runOnce(): Promise<number | undefined> {
    const moved = await failOver(this.#store, BATCH)
    for (const { from, jobs, reason, to } of moved) this.log.warn({ from, to, jobs, reason }, 'jobs were moved')
    return moved.some(({ jobs }) => jobs === BATCH) ? 0 : undefined
  }
}
