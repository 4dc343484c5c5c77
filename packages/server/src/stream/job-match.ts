import { type JobFacets, type JobView, matchesQuery } from '@andon/core'
import { type JobRow, maySee } from '@andon/store'
import type { Audience } from './audience.ts'

/** A job as it is looked at during one flush: fetched once, presented once, written as JSON once. */
export interface FlushedJob {
  readonly row: JobRow
  readonly view: JobView
  readonly json: string
  readonly facets: JobFacets
}

/** Whether the audience is to be told of the job. */
export function isFor(audience: Audience, job: FlushedJob, nowMs: number): boolean {
  const { interest, viewer } = audience
  if (!maySee(job.row, viewer.visibility)) return false
  if (interest.topic === 'job') return interest.jobId === job.view.id
  return interest.query === null || matchesQuery(interest.query, job.facets, nowMs)
}

/** What a query can ask of a job in the stream: all but payloads and references of items, which it does not carry. */
export function facetsOf(view: JobView): JobFacets {
  return {
    id: view.id,
    state: view.state,
    type: view.type,
    queue: view.queue,
    printer: view.printer,
    pool: view.pool,
    station: view.station,
    worker: view.worker,
    createdBy: view.created_by,
    tags: view.tags,
    subject: view.subject,
    description: view.description,
    summary: view.summary,
    errorCode: view.error?.code ?? null,
    errorMessage: view.error?.message ?? null,
    itemRefs: [],
    priority: view.priority,
    proof: view.proof,
    waitReason: view.wait_reason,
    parent: view.parent,
    retryOf: view.retry_of,
    attempt: view.attempt,
    itemsTotal: view.items?.total ?? null,
    itemsDone: view.items?.done ?? null,
    itemsFailed: view.items?.failed ?? null,
    createdAtMs: Date.parse(view.created_at),
    queuedAtMs: timeOf(view.queued_at),
    startedAtMs: timeOf(view.started_at),
    finishedAtMs: timeOf(view.finished_at),
    input: null,
    result: null,
  }
}

function timeOf(time: string | null): number | null {
  return time === null ? null : Date.parse(time)
}
