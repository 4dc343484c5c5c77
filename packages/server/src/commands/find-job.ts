import { isUuid, monthWords, problem, uuidTime } from '@andon/core'
import { getJob, jobIdsByPrefix, type JobRow, listMonths, type Store } from '@andon/store'
import type { Actor } from '../policies/actor.ts'
import { visibilityOf } from '../policies/visibility.ts'

/**
 * The job of an id, or of the beginning of one that is unique among the jobs that the actor may see.
 *
 * @throws `job_not_found` for what is not there and what may not be seen, `job_archived` with its `month`;
 *   `ambiguous_id` with `candidates`
 */
export async function requireJob(store: Store, id: string, actor: Actor): Promise<JobRow> {
  const visible = visibilityOf(actor)
  const whole = isUuid(id) ? id.toLowerCase() : await completeId(store, id, actor)
  const row = await getJob(store, whole, visible)
  if (row === null) throw await notThere(store, whole)
  return row
}

/** Nobody looks into the archive: what is known is that its month lies there. */
async function notThere(store: Store, id: string): Promise<Error> {
  const timeMs = uuidTime(id)
  const month = timeMs === null ? '' : new Date(timeMs).toISOString().slice(0, 7).replace('-', '')
  const isArchived = (await listMonths(store)).some((one) => one.month === month && one.isArchived)
  if (!isArchived) return problem('job_not_found', { detail: `There is no job ${id}` })
  return problem('job_archived', {
    detail: `Jobs of ${monthWords(month)} were archived, and ${id} would be one of them`,
    extra: { month },
  })
}

async function completeId(store: Store, prefix: string, actor: Actor): Promise<string> {
  const ids = await jobIdsByPrefix(store, prefix, visibilityOf(actor))
  const [first, second] = ids
  if (first === undefined) throw problem('job_not_found', { detail: `There is no job that begins with ${prefix}` })
  if (second === undefined) return first
  throw problem('ambiguous_id', {
    detail: `Several jobs begin with ${prefix}`,
    field: 'id',
    extra: { candidates: ids },
  })
}
