import { expireJobs, type Store, stopOverdue } from '@andon/store'
import { Service, type ServiceOptions } from './service.ts'

const BATCH = 1_000

/** Cancels jobs that were not started in time, and asks for the end of those that are past their deadline. */
export class Expirer extends Service {
  override readonly name = 'expirer'
  protected override readonly everyMs = 2_000
  readonly #store: Store

  constructor(store: Store, options: ServiceOptions) {
    super(options)
    this.#store = store
  }

  override async runOnce(): Promise<number | undefined> {
    const expired = await expireJobs(this.#store, BATCH)
    const overdue = await stopOverdue(this.#store, BATCH)
    return expired.length === BATCH || overdue.length === BATCH ? 0 : undefined
  }
}
