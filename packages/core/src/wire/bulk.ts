import { type Static, Type } from 'typebox'
import { BULK_ACTIONS, BULK_LEFT } from '../bulk.ts'
import { JobView } from './job.ts'
import { JobId, Nullable, PrioritySchema, Text, Words } from './scalars.ts'

/** Type of the jobs that do one thing to many others. */
export const BULK_TYPE = 'jobs.bulk'

/** The queue in which Andon's own administrative work waits. */
export const BULK_QUEUE = 'andon'

/** Jobs that can be named one by one in a bulk operation. */
export const BULK_IDS = 10_000

const BulkParams = {
  reason: Type.Optional(Text(500, 'Of cancel and hold')),
  kill: Type.Optional(Type.Boolean({ description: 'Of cancel: without the time to stop by themselves' })),
  queue: Type.Optional(Text(200, 'Of move: the queue for background jobs')),
  printer: Type.Optional(Text(200, 'Of move: the printer or pool for prints')),
  priority: Type.Optional(PrioritySchema),
}

/** One thing to do to many jobs: those of a query, or those that are named. */
export const BulkJobs = Type.Object(
  {
    action: Words(BULK_ACTIONS),
    query: Type.Optional(
      Type.String({ maxLength: 2000, description: 'The query language; empty is every job. Not together with ids' }),
    ),
    ids: Type.Optional(Type.Array(JobId, { minItems: 1, maxItems: BULK_IDS })),
    ...BulkParams,
    dry_run: Type.Optional(Type.Boolean({ description: 'Only count what would be touched' })),
  },
  { additionalProperties: false },
)
export type BulkJobs = Static<typeof BulkJobs>

/** Input of a job of the type `jobs.bulk`: what was asked, when, and with which rights. */
export const BulkInput = Type.Object({
  action: Words(BULK_ACTIONS),
  query: BulkJobs.properties.query,
  ids: BulkJobs.properties.ids,
  ...BulkParams,
  /** Jobs that were made at this time or later are not touched. */
  asked_at: Type.String(),
  /** Whether the query may look into `input` and `result`. */
  reads_payloads: Type.Boolean(),
})
export type BulkInput = Static<typeof BulkInput>

/** What a bulk operation would do now. */
export const BulkPreview = Type.Object({
  /** Jobs that match. */
  matched: Type.Integer(),
  /** Those that would be touched. */
  count: Type.Integer(),
  /** Those that would be touched, by the state that they are in; states without any are missing. */
  by_state: Type.Record(Type.String(), Type.Integer()),
  /** Those that would be left alone, by the reason; most first. */
  left: Type.Array(Type.Object({ reason: Words(BULK_LEFT), words: Type.String(), count: Type.Integer() })),
  /** The newest of those that would be touched. */
  examples: Type.Array(JobView),
  /** False: there are so many that counting was cut off; at least so many match. */
  is_complete: Type.Boolean(),
  /** What the search index knows when counting was cut off; null where it knows nothing or nothing was cut off. */
  estimate: Nullable(Type.Integer()),
})
export type BulkPreview = Static<typeof BulkPreview>
