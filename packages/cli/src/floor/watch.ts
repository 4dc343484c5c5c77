import { Service } from '@andon/engine'
import type { ProductionFloor, SourceType } from '@andon/floor'
import { askForPass, PASS_TYPES } from '@andon/server'
import type { Store } from '@andon/store'
import type { Logger } from 'pino'

const SOURCES = Object.keys(PASS_TYPES) as SourceType[]
const ASKER = { name: 'system:floor', accountId: null }

/**
 * Looks at the sources now and then, and makes a pass where there is something for it: one that would find nothing
 * leaves no row in the history. The first look, and one each hour, is over all rows, for those that became visible
 * late.
 */
export class FloorWatch extends Service {
  override readonly name = 'floor'
  protected override readonly everyMs: number
  readonly #floor: ProductionFloor
  readonly #store: Store
  #sweptAtMs = Number.NEGATIVE_INFINITY

  constructor(store: Store, floor: ProductionFloor, log: Logger) {
    super({ log })
    this.#store = store
    this.#floor = floor
    this.everyMs = floor.everyMs
  }

  override async runOnce(): Promise<undefined> {
    const isSweep = performance.now() - this.#sweptAtMs >= this.#floor.sweepEveryMs
    for (const source of SOURCES) {
      if (await this.#floor.hasWork(source, { isSweep })) await askForPass(this.#store, source, { ...ASKER, isSweep })
    }
    if (isSweep) this.#sweptAtMs = performance.now()
  }
}
