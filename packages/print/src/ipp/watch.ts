import type { IppDevice } from './device.ts'

/** An unused answer is not trusted for longer: events may be lost, and reasons may change without one. */
const BLIND_MS = 1_000

/**
 * Tells whether it is worth asking for a job again: by events where the device offers them, otherwise always.
 * CUPS has no waiting Get-Notifications, so events are fetched; that is cheaper for it than reading a job.
 */
export class EventWatch {
  readonly #device: IppDevice
  #subscriptionId: number | null = null
  /** Whether the device answers about the subscription; it is polled otherwise. */
  #isHeard = true
  #next = 1
  #lastNewsAt = 0

  constructor(device: IppDevice) {
    this.#device = device
  }

  /** Subscribes to the events of a job. A device that refuses is polled instead. */
  async start(jobId: number, user: string): Promise<void> {
    const answer = await this.#device.subscribe(jobId, user)
    if (answer.ok) this.#subscriptionId = answer.value
  }

  /** Whether something may have happened since the last call. */
  async hasNews(): Promise<boolean> {
    if (this.#subscriptionId === null || !this.#isHeard) return true
    const answer = await this.#device.events(this.#subscriptionId, this.#next)
    if (!answer.ok) {
      this.#isHeard = false
      return true
    }
    const last = Math.max(0, ...answer.value)
    if (last < this.#next && Date.now() - this.#lastNewsAt < BLIND_MS) return false
    this.#next = Math.max(this.#next, last + 1)
    this.#lastNewsAt = Date.now()
    return true
  }
  /** Ends the subscription; nothing is asked of a device that has none. */
  async stop(user: string): Promise<void> {
    const id = this.#subscriptionId
    this.#subscriptionId = null
    if (id !== null) await this.#device.unsubscribe(id, user)
  }
}
