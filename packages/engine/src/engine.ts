import { type Log, SILENT, type Store } from '@andon/store'
import { Ageing } from './ageing.ts'
import { Expirer } from './expirer.ts'
import { Failover } from './failover.ts'
import { PartitionKeeper } from './partition-keeper.ts'
import { Reconciler } from './reconciler.ts'
import { Rescuer } from './rescuer.ts'
import { Retention } from './retention.ts'
import { RetryCounter } from './retry-counter.ts'
import { RuleWatch } from './rule-watch.ts'
import { Scheduler } from './scheduler.ts'
import { SearchIndexer } from './search-indexer.ts'
import type { Service, Startable } from './service.ts'
import { StationWatch } from './station-watch.ts'
import { Stager } from './stager.ts'
import { Upkeep } from './upkeep.ts'

export interface EngineOptions {
  readonly store: Store
  readonly log?: Log
  /** How long events are kept; default 90 days. */
  readonly eventsMs?: number
  /** How long an idempotency key finds its first job; default 7 days. */
  readonly idempotencyMs?: number
  /** How long a `low` job waits before it is claimed like a `normal` one; default 10 minutes. */
  readonly ageAfterMs?: number
}

/**
 * All loops of a server as one thing to start and stop. Every server of an installation runs them: each change is
 * safe to race, so that nobody has to be the leader.
 */
export function createEngine(options: EngineOptions): Startable {
  return new Engine(options)
}

class Engine implements Startable {
  readonly #store: Store
  readonly #loops: readonly Service[]
  readonly #indexer: SearchIndexer
  readonly #stager: Stager
  #listening: AsyncDisposable | null = null

  constructor({ store, log = SILENT, eventsMs, idempotencyMs, ageAfterMs }: EngineOptions) {
    this.#store = store
    this.#indexer = new SearchIndexer(store, { log })
    this.#stager = new Stager(store, { log })
    this.#loops = [
      this.#stager,
      new Rescuer(store, { log }),
      new Expirer(store, { log }),
      new Failover(store, { log }),
      new Ageing(store, { log, afterMs: ageAfterMs }),
      new Scheduler(store, { log }),
      new Retention(store, { log, idempotencyMs }),
      new PartitionKeeper(store, { log, eventsMs }),
      new Upkeep(store, { log }),
      new Reconciler(store, { log }),
      new StationWatch(store, { log }),
      new RetryCounter(store, { log }),
      new RuleWatch(store, { log }),
      this.#indexer,
    ]
  }

  start(): void {
    if (this.#listening !== null) return
    this.#listening = this.#store.listen((notification) => {
      if (notification.kind !== 'sweep') return
      // The connection was lost: whatever happened meanwhile is looked at now.
      this.#stager.wake()
      this.#indexer.wake()
    })
    for (const loop of this.#loops) loop.start()
  }

  async stop(): Promise<void> {
    const listening = this.#listening
    this.#listening = null
    await Promise.all(this.#loops.map((loop) => loop.stop()))
    await listening?.[Symbol.asyncDispose]()
  }
}
