import { PRIORITIES } from '@andon/core'
import {
  type CreatedJob,
  createJobs,
  jobExtras,
  type JobRow,
  type NewItem,
  ownKey,
  readItems,
  requireArtifacts,
} from '@andon/store'
import type { ServerContext } from '../context.ts'
import type { Actor } from '../policies/actor.ts'
import { requestHash } from './request-key.ts'

/** Items of one reading. */
const ITEMS_PER_READ = 1000

export interface CloneOrder {
  readonly job: JobRow
  /** Null: every request makes another one. */
  readonly idempotencyKey: string | null
}

/**
 * Makes a job like another one, in the same place, with the same input and items, for the actor.
 *
 * @throws artifacts_cleaned when items or document are not kept any more
 */
export async function cloneJob(
  { store }: ServerContext,
  actor: Actor,
  { job, idempotencyKey }: CloneOrder,
): Promise<CreatedJob> {
  const extras = await jobExtras(store, job.id)
  await requireArtifacts(store, { id: job.id, input: extras?.input })
  const items = job.items_total === null ? [] : await allItems(store, job)
  const subject =
    job.subject_type === null || job.subject_id === null ? null : { type: job.subject_type, id: job.subject_id }
  const [created] = await createJobs(store, [
    {
      type: job.type,
      laneId: job.queue_id,
      description: job.description,
      priority: PRIORITIES[job.priority] ?? 'normal',
      maxAttempts: job.max_attempts,
      subject,
      tags: job.tags,
      input: extras?.input ?? null,
      estimatedMs: job.estimated_ms === null ? null : Number(job.estimated_ms),
      items,
      idempotencyKey: ownKey(actor, idempotencyKey),
      requestHash: requestHash({ clone: job.id }),
      createdBy: actor.name,
      accountId: actor.accountId,
    },
  ])
  return created ?? { id: '', isExisting: false }
}

async function allItems(store: ServerContext['store'], job: JobRow): Promise<NewItem[]> {
  const items: NewItem[] = []
  while (items.length < (job.items_total ?? 0)) {
    const read = await readItems(store, job.id, { from: items.length, limit: ITEMS_PER_READ })
    if (read.length === 0) break
    items.push(...read.map(({ content, data, ref }) => ({ content, data, ref })))
  }
  return items
}
