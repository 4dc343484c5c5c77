import { type BulkOutcome, JOB_STATES } from '@andon/core'
import { type Actor, writeAudit } from '../../actor.ts'
import type { Store } from '../../pool.ts'
import { wordAt } from '../../rows.ts'
import { removeFinished } from '../remove-finished.ts'
import type { SetOutcomes } from './change.ts'

/** Deletes finished jobs with all that hangs on them but their events and the audit, which says what they were. */
export async function deleteJobs(store: Store, ids: readonly string[], actor: Actor): Promise<SetOutcomes> {
  const gone = await store.counters.use((processId) =>
    store.transaction(async (tx) => {
      const rows = await removeFinished(tx, { processId, ids, before: null })
      await writeAudit(
        tx,
        actor,
        rows.map(({ description, id, state, type }) => ({
          action: 'job.delete',
          target: `job:${id}`,
          before: { type, state: wordAt(JOB_STATES, state), description },
        })),
      )
      return rows.length
    }),
  )
  return new Map<BulkOutcome, number>([
    ['deleted', gone],
    ['not_found', ids.length - gone],
  ])
}
