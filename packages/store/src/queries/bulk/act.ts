import type { BulkOutcome } from '@andon/core'
import type { Actor } from '../../actor.ts'
import type { Store } from '../../pool.ts'
import { cancelJobs } from '../cancel.ts'
import { changeJobs, type SetOutcomes } from './change.ts'
import type { BulkSet } from './match.ts'
import { type BulkOrder, whyLeft } from './order.ts'
import { deleteJobs } from './remove.ts'
import { retryJobs } from './retry.ts'

/**
 * Does what was ordered to the jobs of one set, audited in the transactions that do it. Jobs that have changed since
 * they were read are judged anew.
 *
 * @returns jobs by outcome
 */
export async function actOnSet(
  store: Store,
  { missing, rows }: BulkSet,
  options: { readonly actor: Actor; readonly order: BulkOrder },
): Promise<SetOutcomes> {
  const outcomes = new Map<BulkOutcome, number>([['not_found', missing]])
  const ids: string[] = []
  for (const row of rows) {
    const why = whyLeft(options.order, row)
    if (why === null) ids.push(row.id)
    else outcomes.set(why, (outcomes.get(why) ?? 0) + 1)
  }
  const done = ids.length === 0 ? new Map<BulkOutcome, number>() : await act(store, ids, options)
  for (const [outcome, count] of done) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count)
  return new Map([...outcomes].filter(([, count]) => count > 0))
}

async function act(
  store: Store,
  jobIds: readonly string[],
  { actor, order }: { readonly actor: Actor; readonly order: BulkOrder },
): Promise<SetOutcomes> {
  const { action, kill, reason } = order
  if (action === 'retry') return retryJobs(store, jobIds, actor)
  if (action === 'delete') return deleteJobs(store, jobIds, actor)
  if (action !== 'cancel') return changeJobs(store, jobIds, { actor, order })
  const results = await cancelJobs(store, { jobIds, actor, reason, kill })
  const counts = new Map<BulkOutcome, number>()
  for (const { result } of results) counts.set(result, (counts.get(result) ?? 0) + 1)
  return counts
}
