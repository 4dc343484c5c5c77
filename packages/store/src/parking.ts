import type { WorkerLease } from '@andon/core'
import type { Queryable } from './pool.ts'
import { park, unpark } from './queries/hand-over.ts'

/**
 * Where a worker with nothing to do waits to be handed a job, as seen from the worker.
 *
 * A job that was handed over is heard of by its notification or by asking for what was missed, and must never be taken
 * twice. So every stay has a ticket, a notification counts only while its ticket is out, and whoever asks takes the
 * ticket back before. A claim takes it back as well: a worker that was handed something has no more room than it knows.
 */
export class Parking {
  readonly #db: Queryable
  readonly #lease: WorkerLease
  #lastTicket = 0
  /** The ticket on which a notification is taken. */
  #ticket: number | null = null
  /** Whether the row may stand, or stood until something was handed over that was not heard of yet. */
  #isOpen = false

  constructor(db: Queryable, lease: WorkerLease) {
    this.#db = db
    this.#lease = lease
  }

  async enter(laneIds: readonly number[]): Promise<void> {
    this.#lastTicket += 1
    this.#ticket = this.#lastTicket
    this.#isOpen = true
    await park(this.#db, this.#lease, { laneIds, ticket: this.#lastTicket })
  }

  /** False when something was handed over that was not heard of yet: then the worker stays as it is. */
  async leave(): Promise<boolean> {
    if (this.#isOpen && !(await unpark(this.#db, this.#lease))) return false
    this.#ticket = null
    this.#isOpen = false
    return true
  }

  /** From the call on no notification is taken; once it resolves, all that was handed over can be read. */
  async close(): Promise<void> {
    this.#ticket = null
    if (this.#isOpen) await unpark(this.#db, this.#lease)
    this.#isOpen = false
  }

  /** Whether a notification with this ticket is taken: once, and only while nobody asked. */
  takes(ticket: number): boolean {
    if (ticket !== this.#ticket) return false
    this.#ticket = null
    this.#isOpen = false
    return true
  }
}
