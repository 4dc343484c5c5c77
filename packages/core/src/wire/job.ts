import { type Static, Type } from 'typebox'
import { ATTEMPT_OUTCOMES } from '../states.ts'
import { CleanedView } from './retention.ts'
import {
  ItemStateSchema,
  JobId,
  JobStateSchema,
  Json,
  ListParams,
  Nullable,
  NullableText,
  NullableTime,
  pageOf,
  PrioritySchema,
  ProofSchema,
  ResourceUseFields,
  Tags,
  Text,
  Time,
  WaitReasonSchema,
  Words,
} from './scalars.ts'

export const JobErrorView = Type.Object({
  code: Type.String(),
  message: Type.String(),
  hint: NullableText,
  detail: Type.Optional(Type.String()),
  traceback: Type.Optional(Type.String()),
  retryable: Type.Boolean(),
})
export type JobErrorView = Static<typeof JobErrorView>

export const ProgressView = Type.Object({
  /** 0 to 100; null while unknown. */
  percent: Nullable(Type.Number()),
  step: NullableText,
  steps_done: Nullable(Type.Integer()),
  steps_total: Nullable(Type.Integer()),
  message: NullableText,
  /** In words: "150 of 200 printed". Null without items or steps. */
  text: NullableText,
  remaining: Nullable(
    Type.Object({
      seconds: Type.Number(),
      /** How it is known. */
      basis: Words(['items', 'history', 'handler']),
    }),
  ),
})
export type ProgressView = Static<typeof ProgressView>

/** A job as everybody sees it in lists, streams and pages. Payloads are in `JobDetail`. */
export const JobView = Type.Object({
  id: JobId,
  type: Type.String(),
  description: NullableText,
  queue: Type.String(),
  state: JobStateSchema,
  /** Cancel was asked and the holder has not confirmed yet. */
  is_cancelling: Type.Boolean(),
  /** Why it waits; null when it does not. */
  wait_reason: Nullable(WaitReasonSchema),
  /** What to do about it, in one sentence. */
  advice: Type.String(),
  priority: PrioritySchema,
  subject: Nullable(Type.Object({ type: Type.String(), id: Type.String() })),
  tags: Tags,
  created_by: Type.String(),
  created_at: Time,
  run_at: Time,
  queued_at: NullableTime,
  sent_at: NullableTime,
  started_at: NullableTime,
  finished_at: NullableTime,
  deadline_at: NullableTime,
  expires_at: NullableTime,
  attempt: Type.Integer(),
  max_attempts: Type.Integer(),
  worker: NullableText,
  printer: NullableText,
  pool: NullableText,
  station: NullableText,
  proof: Nullable(ProofSchema),
  parent: Nullable(JobId),
  retry_of: Nullable(JobId),
  /** The job that retries this one by hand; null when there is none. */
  retried_by: Nullable(JobId),
  items: Nullable(Type.Object({ total: Type.Integer(), done: Type.Integer(), failed: Type.Integer() })),
  progress: Nullable(ProgressView),
  error: Nullable(JobErrorView),
  summary: NullableText,
  /** Rises with each change: of two views of one job the higher is the newer. */
  version: Type.Integer(),
})
export type JobView = Static<typeof JobView>

export const JobDetail = Type.Interface([JobView], {
  /** Null when the reader may not see payloads, see `is_redacted`. */
  input: Json,
  result: Json,
  is_redacted: Type.Boolean(),
  /** Of the attempt that runs, or of the last one; null when nothing was measured. */
  resources: Nullable(ResourceUseFields),
  external_ref: NullableText,
  estimated_ms: Nullable(Type.Number()),
  cancel: Nullable(Type.Object({ by: Type.String(), reason: NullableText, at: NullableTime })),
  children: Type.Array(JobId),
  /** Null: what it left is kept. */
  cleaned: Nullable(CleanedView),
  /** What the reader may do now: the page shows just these. */
  actions: Type.Array(
    Words([
      'cancel',
      'kill',
      'retry',
      'retry_failed',
      'hold',
      'release',
      'confirm',
      'priority',
      'move',
      'front',
      'clone',
    ]),
  ),
})
export type JobDetail = Static<typeof JobDetail>

export const JobPage = pageOf(JobView)
export type JobPage = Static<typeof JobPage>

export const JobListQuery = Type.Object({
  /** The query language; see docs/queries.md. */
  q: Type.Optional(Type.String({ maxLength: 2000 })),
  ...ListParams,
})
export type JobListQuery = Static<typeof JobListQuery>

export const ItemView = Type.Object({
  index: Type.Integer(),
  ref: NullableText,
  state: ItemStateSchema,
  proof: ProofSchema,
  attempt: Nullable(Type.Integer()),
  outcome_at: NullableTime,
  error: Nullable(JobErrorView),
})
export type ItemView = Static<typeof ItemView>

export const AttemptView = Type.Object({
  number: Type.Integer(),
  worker: NullableText,
  started_at: Time,
  ended_at: NullableTime,
  outcome: Nullable(Words(ATTEMPT_OUTCOMES)),
  error: Nullable(JobErrorView),
  external_ref: NullableText,
  /** Null when nothing was measured. */
  resources: Nullable(ResourceUseFields),
})
export type AttemptView = Static<typeof AttemptView>

export const EventView = Type.Object({
  /** Place in the one sequence of all events; null for events derived from the job's own times. */
  seq: Nullable(Type.Integer()),
  at: Time,
  kind: Type.String(),
  actor: NullableText,
  data: Json,
})
export type EventView = Static<typeof EventView>

export const LogView = Type.Object({
  n: Type.Integer(),
  attempt: Type.Integer(),
  at: Time,
  level: Words(['debug', 'info', 'warning', 'error']),
  step: NullableText,
  message: Type.String(),
  data: Json,
})
export type LogView = Static<typeof LogView>

export const JobStats = Type.Object({
  by_state: Type.Record(Type.String(), Type.Integer()),
  by_queue: Type.Array(
    Type.Object({
      queue: Type.String(),
      pending: Type.Integer(),
      queued: Type.Integer(),
      running: Type.Integer(),
      slots: Nullable(Type.Integer()),
      is_paused: Type.Boolean(),
      /** Seconds that the longest-waiting eligible job has waited; null when none waits. */
      oldest_wait_s: Nullable(Type.Number()),
    }),
  ),
  oldest_wait_s: Nullable(Type.Number()),
  needs_confirmation: Type.Integer(),
  /** Ended in the last hour. */
  completed_last_hour: Type.Integer(),
  failed_last_hour: Type.Integer(),
  /** Ended jobs in each of the last 60 minutes, oldest first. */
  throughput: Type.Array(Type.Object({ minute: Time, completed: Type.Integer(), failed: Type.Integer() })),
  /** Of the sequence of events when these were counted. */
  seq: Type.Integer(),
})
export type JobStats = Static<typeof JobStats>

export const RetryPolicySchema = Type.Union([
  Type.Object({
    kind: Type.Literal('fixed'),
    delays_ms: Type.Array(Type.Integer({ minimum: 0, maximum: 604_800_000 }), { maxItems: 50 }),
  }),
  Type.Object({
    kind: Type.Literal('exponential'),
    base_ms: Type.Integer({ minimum: 1 }),
    factor: Type.Number({ minimum: 1, maximum: 10 }),
    cap_ms: Type.Integer({ minimum: 1 }),
    jitter: Type.Number({ minimum: 0, maximum: 1 }),
    retries: Type.Integer({ minimum: 0, maximum: 100 }),
  }),
])
export type RetryFields = Static<typeof RetryPolicySchema>

export const CreateJob = Type.Object(
  {
    type: Type.String({ pattern: '^[a-z0-9_]+([.][a-z0-9_]+)*$', maxLength: 100 }),
    queue: Type.Optional(Text(200, 'Default: `default`')),
    description: Type.Optional(Text(500)),
    input: Type.Optional(Json),
    priority: Type.Optional(PrioritySchema),
    subject: Type.Optional(Type.Object({ type: Text(100), id: Text(200) })),
    tags: Type.Optional(Tags),
    run_at: Type.Optional(Time),
    deadline_at: Type.Optional(Time),
    expires_at: Type.Optional(Time),
    max_attempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    retry: Type.Optional(RetryPolicySchema),
    unique_key: Type.Optional(Text(200)),
    idempotency_key: Type.Optional(Text(200)),
    parents: Type.Optional(Type.Array(JobId, { maxItems: 100 })),
    estimated_ms: Type.Optional(Type.Integer({ minimum: 0 })),
    is_held: Type.Optional(Type.Boolean()),
    items: Type.Optional(
      Type.Array(Type.Object({ ref: Type.Optional(Text(200)), data: Type.Optional(Json) }), {
        minItems: 1,
        maxItems: 10_000,
      }),
    ),
  },
  { additionalProperties: false },
)
export type CreateJob = Static<typeof CreateJob>

/** One job, or many at once: the answer has the same shape as the request. */
export const CreateJobs = Type.Object(
  { jobs: Type.Array(CreateJob, { minItems: 1, maxItems: 1000 }) },
  { additionalProperties: false },
)
export type CreateJobs = Static<typeof CreateJobs>

export const CreatedJob = Type.Object({
  id: JobId,
  /** True when an idempotency or unique key found an earlier job. */
  is_existing: Type.Boolean(),
})
export type CreatedJob = Static<typeof CreatedJob>

export const CancelJob = Type.Object(
  { reason: Type.Optional(Text(500)), kill: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
)
/** `items`: the failed ones, those from an index on, or all. Default: those not done, or all when every one is. */
export const RetryJob = Type.Object(
  {
    items: Type.Optional(
      Type.Union([
        Type.Literal('all'),
        Type.Literal('failed'),
        Type.Object({ from: Type.Integer({ minimum: 0 }) }, { additionalProperties: false }),
      ]),
    ),
  },
  { additionalProperties: false },
)
/** What a person says of a print that nobody can prove. */
export const ConfirmJob = Type.Object(
  {
    printed: Type.Boolean({ description: 'true: it was printed; false: print the rest again, as a new job' }),
    from: Type.Optional(Type.Integer({ minimum: 0, description: 'With printed=false: the first item to print again' })),
    note: Type.Optional(Text(500)),
  },
  { additionalProperties: false },
)
export const HoldJob = Type.Object({ reason: Type.Optional(Text(500)) }, { additionalProperties: false })
export const SnoozeJob = Type.Object({ until: Time }, { additionalProperties: false })
export const PrioritiseJob = Type.Object(
  { priority: Type.Optional(PrioritySchema), front: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
)
export const MoveJob = Type.Object(
  { queue: Type.Optional(Text(200)), printer: Type.Optional(Text(200)) },
  { additionalProperties: false },
)
export type CancelJob = Static<typeof CancelJob>
export type RetryJob = Static<typeof RetryJob>
export type ConfirmJob = Static<typeof ConfirmJob>
export type PrioritiseJob = Static<typeof PrioritiseJob>
export type MoveJob = Static<typeof MoveJob>
