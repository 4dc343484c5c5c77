import { type JobFacets, type JobView, matchesQuery, type Query } from '@andon/core'
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

/** Whether a query looks at the references of items, which are read apart. */
export function needsItemRefs({ terms, text }: Query): boolean {
  return text.length > 0 || terms.some(({ field }) => field === 'item.ref')
}
