import { JOB_STATES, type JobFacets, PRIORITIES, PROOFS, REF_LIMIT } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { wordAt } from '../rows.ts'
import { statement } from '../statement.ts'
import { type JobRow, waitReasonOf } from './job-row.ts'

/** What queries can ask for besides the row; read only for queries that do. */
export interface FacetExtras {
  readonly itemRefs: readonly string[]
  readonly input: unknown
  readonly result: unknown
}

/** Which extras a reader needs. */
export interface FacetNeeds {
  readonly itemRefs: boolean
  /** False as well where the reader may not see payloads. */
  readonly payloads: boolean
}

const NO_EXTRAS: FacetExtras = { itemRefs: [], input: null, result: null }

const ITEM_REFS = statement(
  'item_refs',
  `select job_id, array_agg(ref order by idx) as refs from item
   where job_id = any($1::uuid[]) and ref is not null and idx < $2 group by job_id`,
)

const PAYLOADS = statement('job_payloads', `select id, input, result from job_any where id = any($1::uuid[])`)

/** The extras of jobs by id; jobs without any are missing. */
export async function facetExtras(
  db: Queryable,
  ids: readonly string[],
  needs: FacetNeeds,
): Promise<ReadonlyMap<string, FacetExtras>> {
  const extras = new Map<string, FacetExtras>()
  if (ids.length === 0) return extras
  if (needs.itemRefs) {
    const rows = await db.query<{ job_id: string; refs: string[] }>(ITEM_REFS, [ids, REF_LIMIT])
    for (const row of rows) extras.set(row.job_id, { ...NO_EXTRAS, itemRefs: row.refs })
  }
  if (needs.payloads) {
    const rows = await db.query<{ id: string; input: unknown; result: unknown }>(PAYLOADS, [ids])
    for (const { id, input, result } of rows) extras.set(id, { ...(extras.get(id) ?? NO_EXTRAS), input, result })
  }
  return extras
}

/** A job as queries see it. */
export function toFacets(row: JobRow, extras: FacetExtras = NO_EXTRAS): JobFacets {
  const { subject_type: subjectType, subject_id: subjectId } = row
  return {
    id: row.id,
    state: wordAt(JOB_STATES, row.state),
    type: row.type,
    queue: row.queue,
    printer: row.printer,
    pool: row.queue_kind === 'pool' ? row.queue : null,
    station: row.station,
    worker: row.worker,
    createdBy: row.created_by,
    tags: row.tags ?? {},
    subject: subjectType === null || subjectId === null ? null : { type: subjectType, id: subjectId },
    description: row.description,
    summary: row.summary,
    errorCode: row.error?.code ?? null,
    errorMessage: row.error?.message ?? null,
    fingerprint: row.fingerprint,
    itemRefs: extras.itemRefs,
    priority: wordAt(PRIORITIES, row.priority),
    proof: row.proof === null ? null : wordAt(PROOFS, row.proof),
    waitReason: waitReasonOf(row),
    parent: row.parent_id,
    retryOf: row.retry_of,
    attempt: row.attempt,
    itemsTotal: row.items_total,
    itemsDone: row.items_done,
    itemsFailed: row.items_failed,
    createdAtMs: row.created_at.getTime(),
    queuedAtMs: row.queued_at?.getTime() ?? null,
    startedAtMs: row.started_at?.getTime() ?? null,
    finishedAtMs: row.finished_at?.getTime() ?? null,
    input: extras.input,
    result: extras.result,
  }
}
