import type { PrinterFleet } from '@andon/print'
import { listPrinters, type Store } from '@andon/store'
import type { WorkerLane } from '@andon/worker'

/** How long a list of lanes is good for: pauses and pools are read by the claim itself. */
const FRESH_MS = 2_000

/**
 * The lanes of the printers that this process drives: each holds one job at a time, and takes from its own queue and
 * its pool's.
 */
export function printerLanes(store: Store, fleet: PrinterFleet): () => Promise<WorkerLane[]> {
  let lanes: WorkerLane[] = []
  let readAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (performance.now() - readAt < FRESH_MS) return lanes
    const rows = (await listPrinters(store)).filter(({ id }) => fleet.driver(id) !== null)
    lanes = rows.map(({ id, pool_id }) => ({
      laneId: id,
      queueIds: pool_id === null ? [id] : [id, pool_id],
      slots: 1,
      isExclusive: true,
    }))
    readAt = performance.now()
    return lanes
  }
}
