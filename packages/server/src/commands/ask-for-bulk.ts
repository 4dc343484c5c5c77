import { BULK_QUEUE, BULK_TYPE, BULK_VERBS, type BulkInput, problem, type RetryPolicy } from '@andon/core'
import { type CreatedJob, createJobs, ownKey, writeAudit } from '@andon/store'
import type { FastifyRequest } from 'fastify'
import type { ServerContext } from '../context.ts'
import { type Actor, canReadPayloads } from '../policies/actor.ts'
import { auditActor } from '../sign-in/actors.ts'
import { type BulkFields, bulkOrder, bulkTarget } from './bulk-plan.ts'
import { requestHash } from './request-key.ts'

/** A database that is there again should not wait long for the rest. */
const RETRY: RetryPolicy = { kind: 'fixed', delaysMs: [5_000, 15_000, 60_000, 300_000] }

/** Characters of a query that a description shows. */
const QUERY_SHOWN = 150

/** A bulk operation that somebody asks for. */
export interface BulkRequest {
  readonly fields: BulkFields
  /** Of the header; null: every request is another one. */
  readonly idempotencyKey: string | null
  readonly request: FastifyRequest
}

/**
 * Makes the job that does it, audited.
 *
 * @throws what is wrong with the request, before any job is made
 */
export async function askForBulk(
  { store }: ServerContext,
  actor: Actor,
  { fields, idempotencyKey, request }: BulkRequest,
): Promise<CreatedJob> {
  await bulkOrder(store, fields)
  bulkTarget(fields, actor)
  const input: BulkInput = {
    ...fields,
    asked_at: new Date().toISOString(),
    reads_payloads: canReadPayloads(actor),
  }
  const [created] = await createJobs(store, [
    {
      type: BULK_TYPE,
      queue: BULK_QUEUE,
      description: describe(fields),
      input,
      retry: RETRY,
      idempotencyKey: ownKey(actor, idempotencyKey),
      requestHash: requestHash({ bulk: fields }),
      createdBy: actor.name,
      accountId: actor.accountId,
    },
  ])
  if (created === undefined) throw problem('internal', { detail: 'the bulk job was not made' })
  if (!created.isExisting) {
    const { ids, ...said } = fields
    const after = ids === undefined ? said : { ...said, ids: ids.length }
    await writeAudit(store, auditActor(actor, request), [{ action: 'job.bulk', target: `job:${created.id}`, after }])
  }
  return created
}

function describe({ action, ids, query = '' }: BulkFields): string {
  const verb = BULK_VERBS[action]
  if (ids !== undefined) return `${verb} ${ids.length === 1 ? '1 job' : `${ids.length} jobs`}`
  if (query.trim() === '') return `${verb} all jobs`
  const shown = query.length > QUERY_SHOWN ? `${query.slice(0, QUERY_SHOWN)}…` : query
  return `${verb} jobs that match ${shown}`
}
