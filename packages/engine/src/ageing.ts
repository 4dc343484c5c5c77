import { ageRanks, type Store } from '@andon/store'
import { Service, type ServiceOptions } from './service.ts'

export interface AgeingOptions extends ServiceOptions {
  /** How long a `low` job waits before it is claimed like a `normal` one; default 600,000. */
  readonly afterMs?: number | undefined
}

/** Raises what has waited long, so that strict priority starves nobody. */
export class Ageing extends Service {
  override readonly name = 'ageing'
  protected override readonly everyMs = 30_000
  readonly #store: Store
  readonly #afterMs: number

  constructor(store: Store, { afterMs = 600_000, ...options }: AgeingOptions) {
    super(options)
    this.#store = store
    this.#afterMs = afterMs
  }

  override async runOnce(): Promise<undefined> {
    await ageRanks(this.#store, { afterMs: this.#afterMs })
  }
}
