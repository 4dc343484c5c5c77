import { nextDueMs, resumeDueLanes, type Store, stageDue } from '@andon/store'
import { Service, type ServiceOptions } from './service.ts'

const BATCH = 1_000

/** Makes jobs claimable whose time has come, and ends the pauses whose time is over. */
export class Stager extends Service {
  override readonly name = 'stager'
  protected override readonly everyMs = 1_000
  readonly #store: Store

  constructor(store: Store, options: ServiceOptions) {
    super(options)
    this.#store = store
  }

  override async runOnce(signal: AbortSignal): Promise<number | undefined> {
    await resumeDueLanes(this.#store)
    let waitMs = await nextDueMs(this.#store)
    while (waitMs === 0 && !signal.aborted) {
      const staged = await stageDue(this.#store, BATCH)
      // None although one is due: another process stages it.
      if (staged < BATCH) break
      waitMs = await nextDueMs(this.#store)
    }
    return waitMs === null || waitMs === 0 ? undefined : Math.max(waitMs, 10)
  }
}
