import { BULK_QUEUE, BULK_TYPE, type BulkCounts, type BulkOutcome, bulkSummary } from '@andon/core'
import { planBulk } from '@andon/server'
import { actOnSet, matchingSets, type Store } from '@andon/store'
import { completed, type Handler } from '@andon/worker'
import type { OwnWork } from '../start.ts'

/** Bulk jobs of this process at once: each keeps a connection busy. */
const SLOTS = 2

/** Short of all while the walk goes on, however many it comes to. */
const MOST_PERCENT = 99

/** Does one thing to many jobs. */
export function bulkWork(store: Store): OwnWork {
  return { queue: BULK_QUEUE, slots: SLOTS, handlers: { [BULK_TYPE]: bulkHandler(store) } }
}

/** Works through what matches in sets, and can be stopped between two of them; its result is jobs by outcome. */
function bulkHandler(store: Store): Handler {
  return async (job) => {
    const { id, input } = job
    const { actor, order, target } = await planBulk(store, { id, input, createdAt: job.claimed.createdAt })
    const counts = new Map<BulkOutcome, number>()
    let seen = 0
    let total: number | null = null
    const words = (): string => bulkSummary(Object.fromEntries(counts) as BulkCounts)
    for await (const set of matchingSets(store, target)) {
      if (job.signal.aborted) {
        job.log.info(`Stopped on the way: ${words()}`)
        throw job.signal.reason
      }
      for (const [outcome, count] of await actOnSet(store, set, { actor, order })) {
        counts.set(outcome, (counts.get(outcome) ?? 0) + count)
      }
      seen += set.rows.length + set.missing
      total ??= set.total?.count ?? null
      const of = total !== null && total > seen ? ` of about ${total}` : ''
      job.progress({
        message: `${seen}${of} jobs: ${words()}`,
        ...(total !== null && total > 0 ? { percent: Math.min(MOST_PERCENT, (seen / total) * 100) } : {}),
      })
    }
    return completed(Object.fromEntries(counts), words())
  }
}
