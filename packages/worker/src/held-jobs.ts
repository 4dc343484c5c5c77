import type { ClaimedJob, ClaimLane } from '@andon/core'
import type { JobRun } from './job-run.ts'
import { LaneBook, type Room, type WorkerLane } from './lane-book.ts'
import type { TypeBook, TypePlaces } from './type-book.ts'

/** A job from its claim until its report is taken. */
export interface HeldJob {
  readonly job: ClaimedJob
  /** Null while it waits for a slot. */
  run: JobRun | null
  /** Calls off the watch over its deadline. */
  callOffDeadline: (() => void) | null
}

/** Everything that a worker holds: what waits for a slot, what runs, and what is being reported. */
export class HeldJobs {
  readonly #byId = new Map<string, HeldJob>()
  readonly #waiting: HeldJob[] = []
  readonly #running = new Map<HeldJob, JobRun>()
  readonly #lanes = new LaneBook()
  readonly #types: TypeBook

  constructor(types: TypeBook) {
    this.#types = types
  }

  /** Of the current lease. */
  get ids(): string[] {
    return [...this.#byId.keys()]
  }

  get size(): number {
    return this.#byId.size
  }

  get waitingCount(): number {
    return this.#waiting.length
  }

  /** Of those that wait for a slot; undefined when none does. */
  get waitsLongest(): HeldJob | undefined {
    return this.#waiting[0]
  }

  /** Handlers that have not ended, those of a lost lease among them. */
  get runningCount(): number {
    return this.#running.size
  }

  /** Ended, with the report on its way. */
  get settlingCount(): number {
    return Math.max(0, this.#byId.size - this.#waiting.length - this.#running.size)
  }

  get(jobId: string): HeldJob | undefined {
    return this.#byId.get(jobId)
  }

  /** Takes a claimed job in; null when it is here already. */
  add(job: ClaimedJob): HeldJob | null {
    if (this.#byId.has(job.jobId)) return null
    const held: HeldJob = { job, run: null, callOffDeadline: null }
    this.#byId.set(job.jobId, held)
    this.#waiting.push(held)
    this.#lanes.took(job)
    this.#types.took(job)
    return held
  }

  /** The next one to run. */
  next(): HeldJob | undefined {
    return this.#waiting.shift()
  }

  /** Takes one out of the queue for a slot; false when it does not wait there. */
  withdraw(held: HeldJob): boolean {
    const index = this.#waiting.indexOf(held)
    if (index >= 0) this.#waiting.splice(index, 1)
    return index >= 0
  }

  /** Takes out of the queue for slots all but the first. */
  withdrawBeyond(count: number): HeldJob[] {
    return this.#waiting.splice(Math.max(0, count))
  }

  withdrawAll(): HeldJob[] {
    return this.#waiting.splice(0)
  }

  /** Its handler begins. */
  started(held: HeldJob, run: JobRun): void {
    held.run = run
    this.#running.set(held, run)
  }

  /** Its handler has ended; it stays held until its report is taken. */
  ended(held: HeldJob): void {
    this.#running.delete(held)
  }

  /** It is held no more. */
  release(held: HeldJob): void {
    held.callOffDeadline?.()
    if (this.#byId.get(held.job.jobId) === held) this.#byId.delete(held.job.jobId)
    this.#lanes.left(held.job)
    this.#types.left(held.job)
  }

  /**
   * The lease is lost: what waited is forgotten, and what runs belongs to nobody. A lane stays taken until its handler
   * has ended, so that a printer never has two of them.
   */
  abandon(): void {
    this.#byId.clear()
    for (const held of this.withdrawAll()) this.release(held)
  }

  get runs(): JobRun[] {
    return [...this.#running.values()]
  }

  /**
   * How many to claim when so many may run at once and so many more be held ahead. Claims are few and large: nothing is
   * asked for while half of what may wait still waits, or while more is being reported than may be held.
   */
  room(slots: number, ahead: number): Room {
    const here = this.waitingCount + this.runningCount
    const isPlenty = (ahead > 0 && this.waitingCount > ahead / 2) || this.settlingCount > slots + ahead
    return isPlenty ? { all: 0, startable: 0 } : { all: slots + ahead - here, startable: Math.max(0, slots - here) }
  }

  /** More of its type are here than may be. */
  isTooMany({ job }: HeldJob): boolean {
    return this.#types.isOver(job)
  }

  /** What to claim of which types; `room` is what the worker has in all. */
  typesWithRoom(room: number): TypePlaces[] {
    return this.#types.places(room)
  }

  /** The lanes with places left, as a claim wants them. */
  lanesWithRoom(lanes: readonly WorkerLane[], room: Room): ClaimLane[] {
    return this.#lanes.withRoom(lanes, room)
  }
}
