import { DAY_MS } from '@andon/core'
import { forgetKeys, forgetSecrets, forgetWorkers, type Store } from '@andon/store'
import { Service, type ServiceOptions } from './service.ts'

const BATCH = 5_000

export interface RetentionOptions extends ServiceOptions {
  /** How long an idempotency key finds its first job; default 7 days. */
  readonly idempotencyMs?: number | undefined
  /** How long workers that ended are listed; default 30 days. */
  readonly workersMs?: number
}

/** Forgets keys, secrets and workers that are kept for a while only. Jobs and what they left are the cleanup's. */
export class Retention extends Service {
  override readonly name = 'retention'
  protected override readonly everyMs = 600_000
  readonly #store: Store
  readonly #idempotencyMs: number
  readonly #workersMs: number

  constructor(store: Store, { idempotencyMs = 7 * DAY_MS, workersMs = 30 * DAY_MS, ...options }: RetentionOptions) {
    super(options)
    this.#store = store
    this.#idempotencyMs = idempotencyMs
    this.#workersMs = workersMs
  }

  override async runOnce(signal: AbortSignal): Promise<undefined> {
    while (!signal.aborted && (await forgetKeys(this.#store, this.#idempotencyMs, BATCH)) === BATCH);
    if (signal.aborted) return
    await forgetWorkers(this.#store, this.#workersMs)
    await forgetSecrets(this.#store)
  }
}
