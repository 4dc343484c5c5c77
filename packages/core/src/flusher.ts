/**
 * Gathers calls into sets. While nothing is on its way a call goes out at once (with whatever the same turn of the
 * event loop adds); what comes while a set is on its way goes out together as soon as it is back. So a lone call waits
 * for nobody, and under load the sets grow by themselves.
 */
export class Flusher<In, Out> {
  readonly #flush: (items: readonly In[]) => Promise<readonly Out[]>
  readonly #maxBatch: number
  readonly #maxInFlight: number
  #waiting: Waiting<In, Out>[] = []
  #inFlight = 0
  #isScheduled = false
  #idle: (() => void)[] = []

  /**
   * @param flush writes a set and answers for each item in order
   * @param options at most `maxBatch` (500) items a set, at most `maxInFlight` (1) sets at once
   */
  constructor(
    flush: (items: readonly In[]) => Promise<readonly Out[]>,
    options: { readonly maxBatch?: number; readonly maxInFlight?: number } = {},
  ) {
    this.#flush = flush
    this.#maxBatch = options.maxBatch ?? 500
    this.#maxInFlight = options.maxInFlight ?? 1
  }

  /** Resolves with the item's answer once its set is written; rejects with the error of its set. */
  add(item: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      this.#schedule()
    })
  }

  /** Resolves when nothing waits and nothing is on its way. */
  async drained(): Promise<void> {
    while (this.#inFlight > 0 || this.#waiting.length > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve))
    }
  }

  #schedule(): void {
    if (this.#isScheduled || this.#inFlight >= this.#maxInFlight) return
    this.#isScheduled = true
    void Promise.resolve().then(() => {
      this.#isScheduled = false
      while (this.#waiting.length > 0 && this.#inFlight < this.#maxInFlight) void this.#send()
    })
  }

  async #send(): Promise<void> {
    const batch = this.#waiting.splice(0, this.#maxBatch)
    this.#inFlight += 1
    try {
      const answers = await this.#flush(batch.map((waiting) => waiting.item))
      batch.forEach((waiting, index) => waiting.resolve(answers[index] as Out))
    } catch (error) {
      for (const waiting of batch) waiting.reject(error)
    } finally {
      this.#inFlight -= 1
      if (this.#waiting.length > 0) this.#schedule()
      else if (this.#inFlight === 0) for (const resolve of this.#idle.splice(0)) resolve()
    }
  }
}

interface Waiting<In, Out> {
  readonly item: In
  readonly resolve: (answer: Out) => void
  readonly reject: (error: unknown) => void
}
