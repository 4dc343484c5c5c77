import type { PrintItem, StateReason, StoredItem } from '@andon/core'
import type { IntendedItem, IntendedItems, ItemOutcome, PrintJobPort, QueueProgress } from '@andon/print/queue'
import type { JobContext } from '@andon/worker'
import { ItemBook, type ItemData, runsOf } from './item-book.ts'
import type { Change } from './journal.ts'
import type { ItemLedger } from './ledger.ts'

export interface JobPortOptions {
  readonly job: JobContext
  readonly ledger: ItemLedger
  /** Items of the job as they are known now. */
  readonly items: readonly StoredItem[]
  readonly printerId: number
  readonly copies: number
  readonly dataOf: ItemData
  readonly onTrouble: (reasons: readonly StateReason[]) => void
  /** Called after items were written that the device confirmed. */
  readonly onConfirmed: () => void
}

/** The queue manager's view of one held job, over the worker's. */
export class WorkerJobPort implements PrintJobPort {
  readonly #options: JobPortOptions
  readonly #book: ItemBook

  constructor(options: JobPortOptions) {
    this.#options = options
    this.#book = new ItemBook(options.items)
  }

  async intended(): Promise<IntendedItems | null> {
    const items = this.#book.inState('intended')
    const [first] = items
    if (!first) return null
    return {
      items: await this.#toPrint(items),
      attempt: first.attempt ?? this.#options.job.attempt,
      externalRef: first.externalRef,
    }
  }

  async pending(limit: number): Promise<PrintItem[]> {
    return this.#toPrint(this.#book.inState('pending').slice(0, limit))
  }

  async counts(): Promise<ReturnType<ItemBook['counts']>> {
    return this.#book.counts()
  }

  async intend(items: readonly IntendedItem[]): Promise<void> {
    const { attempt } = this.#options.job
    await this.#change(runsOf(items.map(({ index }) => index)).map((run) => ({ ...run, state: 'intended', attempt })))
    for (const { index } of items) this.#book.intend(index, attempt)
  }

  async refer(indexes: readonly number[], externalRef: string): Promise<void> {
    const { attempt } = this.#options.job
    await this.#change(runsOf(indexes).map((run) => ({ ...run, state: 'intended', attempt, externalRef })))
  }

  async settle(outcomes: readonly ItemOutcome[]): Promise<void> {
    await this.#change(this.#changesOf(outcomes))
    for (const outcome of outcomes) this.#book.settle(outcome)
    if (outcomes.some(({ proof, state }) => state === 'done' && proof === 'confirmed')) this.#options.onConfirmed()
  }

  async cancelPending(): Promise<void> {
    const pending = this.#book.inState('pending')
    await this.settle(pending.map(({ index }) => ({ index, state: 'cancelled', proof: 'none', error: null })))
  }

  progress({ proof, state, itemsDone, message }: QueueProgress): void {
    const { job, printerId } = this.#options
    job.update({ printerId, proof, itemsDone, ...(state === undefined ? {} : { substate: state }) })
    job.progress({ message: message ?? null })
  }

  trouble(reasons: readonly StateReason[]): void {
    this.#options.onTrouble(reasons)
  }

  async #toPrint(items: readonly StoredItem[]): Promise<PrintItem[]> {
    const { copies, dataOf } = this.#options
    return Promise.all(
      items.map(async (item) => ({ index: item.index, ref: item.ref, copies, ...(await dataOf(item)) })),
    )
  }

  /** Outcomes that differ only in their item become one change. */
  #changesOf(outcomes: readonly ItemOutcome[]): Change[] {
    const { attempt } = this.#options.job
    const groups = Map.groupBy(outcomes, ({ state, proof, error }) => JSON.stringify([state, proof, error]))
    return [...groups.values()].flatMap((group) => {
      const [first] = group
      if (!first) return []
      const { state, proof, error } = first
      const facts = { state, proof, attempt, ...(error === null ? {} : { error }) }
      return runsOf(group.map(({ index }) => index)).map((run) => ({ ...run, ...facts }))
    })
  }

  async #change(changes: readonly Change[]): Promise<void> {
    if (changes.length > 0) await this.#options.ledger.write(changes)
  }
}
