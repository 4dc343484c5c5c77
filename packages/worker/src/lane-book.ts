import type { ClaimedJob, ClaimLane } from '@andon/core'

/** A lane that this worker may claim from. */
export interface WorkerLane {
  readonly laneId: number
  /** Lanes it takes from: itself, and for a printer its pool. */
  readonly queueIds: readonly number[]
  /** Jobs that this worker may hold of it at once; null is no limit but the worker's slots. */
  readonly slots: number | null
  /** One job at a time, enforced by the database: a printer. */
  readonly isExclusive: boolean
}

/** Jobs that a worker has room for. */
export interface Room {
  /** With those that it holds ahead. */
  readonly all: number
  /** Of them, those that would begin at once. */
  readonly startable: number
}

/** Knows how many jobs are held per lane, and so how many more fit. */
export class LaneBook {
  readonly #held = new Map<number, number>()

  took(job: ClaimedJob): void {
    this.#held.set(job.laneId, this.#heldIn(job.laneId) + 1)
  }

  left(job: ClaimedJob): void {
    const held = this.#heldIn(job.laneId) - 1
    if (held > 0) this.#held.set(job.laneId, held)
    else this.#held.delete(job.laneId)
  }

  /** The lanes with places left, as a claim wants them. Of a limited one nothing is held that others could begin. */
  withRoom(lanes: readonly WorkerLane[], { all, startable }: Room): ClaimLane[] {
    return lanes.flatMap(({ laneId, queueIds, slots, isExclusive }) => {
      const limit = slots === null ? all : Math.min(all, startable, slots - this.#heldIn(laneId))
      return limit > 0 ? [{ laneId, queueIds, limit, slot: isExclusive ? 0 : null }] : []
    })
  }

  #heldIn(laneId: number): number {
    return this.#held.get(laneId) ?? 0
  }
}
