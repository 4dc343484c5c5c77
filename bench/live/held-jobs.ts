import { setTimeout as pause } from 'node:timers/promises'
import type { ClaimedJob, WorkerLease } from '../../packages/core/src/index.ts'
import {
  createJobs,
  internQueues,
  type Store,
  type StoreJobSource,
  storeJobSource,
} from '../../packages/store/src/index.ts'
import { nowMs } from '../figure.ts'

const BATCH = 500
const LEASE_MS = 600_000
/** Updates are reported in so many sets a second, as a worker gathers them. */
const SETS_PER_SECOND = 50

/** Jobs that a worker holds and reports progress of, so that clients have something to hear. */
export class HeldJobs {
  readonly #source: StoreJobSource
  readonly #lease: WorkerLease
  readonly #jobs: readonly ClaimedJob[]

  /** Makes and claims so many jobs, dealt out to these queues. */
  static async hold(store: Store, count: number, queues: readonly string[]): Promise<HeldJobs> {
    for (let made = 0; made < count; made += BATCH) {
      const set = Array.from({ length: Math.min(BATCH, count - made) }, (_, n) => ({
        type: 'live.work',
        queue: queues[(made + n) % queues.length] ?? '',
        createdBy: 'bench',
      }))
      await createJobs(store, set)
    }
    const lanes = [...(await internQueues(store, queues)).values()].map(({ id }) => ({
      laneId: id,
      queueIds: [id],
      limit: BATCH,
      slot: null,
    }))
    const source = storeJobSource(store)
    const types = ['live.work']
    const worker = { name: 'bench', kind: 'worker', host: 'bench', pid: process.pid, version: 'bench' } as const
    const lease = await source.register({ ...worker, types, slots: count, leaseMs: LEASE_MS })
    const jobs: ClaimedJob[] = []
    while (jobs.length < count) jobs.push(...(await source.claim(lease, { lanes, types, limit: BATCH })))
    return new HeldJobs(source, lease, jobs)
  }

  private constructor(source: StoreJobSource, lease: WorkerLease, jobs: readonly ClaimedJob[]) {
    this.#source = source
    this.#lease = lease
    this.#jobs = jobs
  }

  get ids(): readonly string[] {
    return this.#jobs.map(({ jobId }) => jobId)
  }

  /**
   * Reports progress of one job after the other, so many times a second; each update says when it was made (see
   * {@link agesIn}). How many were reported: fewer than asked when the database does not keep up.
   */
  async update({ perSecond, seconds }: { readonly perSecond: number; readonly seconds: number }): Promise<number> {
    const startedMs = performance.now()
    let reported = 0
    for (let set = 1; set <= seconds * SETS_PER_SECOND; set += 1) {
      const due = Math.floor((set * perSecond) / SETS_PER_SECOND) - reported
      const updates = Array.from({ length: due }, (_, n) => this.#jobs[(reported + n) % this.#jobs.length])
      await this.#source.progress(
        this.#lease,
        updates.flatMap((job) => (job === undefined ? [] : updateOf(job))),
      )
      reported += due
      const waitMs = startedMs + (set * 1_000) / SETS_PER_SECOND - performance.now()
      if (waitMs > 0) await pause(waitMs)
      else if (performance.now() - startedMs > seconds * 1_000) break
    }
    return reported
  }

  /** Completes them all, so that none is left to be rescued. */
  async finish(): Promise<void> {
    for (let at = 0; at < this.#jobs.length; at += BATCH) {
      const reports = this.#jobs
        .slice(at, at + BATCH)
        .map(({ fence, jobId }) => ({ jobId, fence, outcome: 'completed' }) as const)
      await this.#source.settle(this.#lease, reports)
    }
    await this.#source.unregister(this.#lease)
  }
}

function updateOf({ fence, jobId }: ClaimedJob) {
  const progress = { percent: null, step: null, stepsDone: null, stepsTotal: null, estimateSeconds: null }
  return { jobId, fence, progress: { ...progress, message: stampedMessage() } }
}

/** A text that says when it was made, on the clock that all processes of the machine share. */
export function stampedMessage(): string {
  return `made at ${nowMs().toFixed(3)}.`
}

/** How old the stamped texts of a message are, in milliseconds. */
export function agesIn(message: string): number[] {
  const at = nowMs()
  return [...message.matchAll(/made at (\d+\.\d+)\./g)].map(([, made]) => at - Number(made))
}
