/** Updates of one job are at least this far apart: ten a second. */
export const JOB_INTERVAL_MS = 100

/**
 * Jobs that changed and were not told yet. A job that was told a moment ago waits, so that many changes become one
 * update; what waits holds the sequence number back that clients may resume from.
 */
export class DirtyJobs {
  /** The lowest number of an event about the job that nobody was told of. */
  readonly #firstSeq = new Map<string, number>()
  readonly #toldAt = new Map<string, number>()
  readonly #inFlight = new Map<string, number>()

  get size(): number {
    return this.#firstSeq.size
  }

  add(jobId: string, seq: number): void {
    const known = this.#firstSeq.get(jobId)
    if (known === undefined || seq < known) this.#firstSeq.set(jobId, seq)
  }

  /** Takes out the jobs that may be told now; they stay in flight until `done` or `failed`. */
  takeDue(nowMs: number, limit: number): string[] {
    this.#forgetOld(nowMs)
    const due: string[] = []
    for (const [jobId, seq] of this.#firstSeq) {
      if (due.length >= limit) break
      if (nowMs - (this.#toldAt.get(jobId) ?? Number.NEGATIVE_INFINITY) < JOB_INTERVAL_MS) continue
      due.push(jobId)
      this.#inFlight.set(jobId, seq)
    }
    for (const jobId of due) this.#firstSeq.delete(jobId)
    return due
  }

  done(jobIds: readonly string[], nowMs: number): void {
    for (const jobId of jobIds) {
      this.#inFlight.delete(jobId)
      this.#toldAt.delete(jobId)
      this.#toldAt.set(jobId, nowMs)
    }
  }

  failed(jobIds: readonly string[]): void {
    for (const jobId of jobIds) {
      const seq = this.#inFlight.get(jobId)
      this.#inFlight.delete(jobId)
      if (seq !== undefined) this.add(jobId, seq)
    }
  }

  /** Milliseconds until the next job may be told; null when none waits. */
  waitMs(nowMs: number): number | null {
    let wait: number | null = null
    for (const jobId of this.#firstSeq.keys()) {
      const left = JOB_INTERVAL_MS - (nowMs - (this.#toldAt.get(jobId) ?? Number.NEGATIVE_INFINITY))
      if (left <= 0) return 0
      wait = Math.min(wait ?? left, left)
    }
    return wait
  }

  /** The highest number up to which everybody is told, given up to where the feed has come. */
  toldUpTo(feedSeq: number): number {
    let seq = this.toldAfterFlight(feedSeq)
    for (const first of this.#inFlight.values()) seq = Math.min(seq, first - 1)
    return seq
  }

  /** The same once what is in flight has arrived. */
  toldAfterFlight(feedSeq: number): number {
    let seq = feedSeq
    for (const first of this.#firstSeq.values()) seq = Math.min(seq, first - 1)
    return seq
  }

  #forgetOld(nowMs: number): void {
    for (const [jobId, toldAt] of this.#toldAt) {
      if (nowMs - toldAt < JOB_INTERVAL_MS) return
      this.#toldAt.delete(jobId)
    }
  }
}
