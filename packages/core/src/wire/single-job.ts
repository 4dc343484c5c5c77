import { type Static, Type } from 'typebox'
import { WORKER_LIMITS } from '../worker-protocol.ts'
import {
  ItemStateSchema,
  JobId,
  Json,
  Nullable,
  NullableText,
  NullableTime,
  PrioritySchema,
  ProofSchema,
  Text,
  Time,
  Words,
} from './scalars.ts'
import { JobErrorFields } from './worker.ts'

const closed = { additionalProperties: false } as const
const LongText = Type.String({ maxLength: WORKER_LIMITS.textLength })
const Count = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
const Amount = Type.Number({ minimum: 0 })

/** Came with the job; stands for this attempt in every report on it. */
export const LeaseToken = Type.String({ pattern: '^[0-9]{1,10}[.][0-9]{1,18}[.][0-9]{1,10}[.][0-9]{5,6}$' })

/** For workers in any language: each call is about one job. */
export const ClaimSingleJobs = Type.Object(
  {
    worker: Text(200, 'Name of the process; two that run at once need two names, since they share their lease'),
    types: Type.Array(Text(100), { minItems: 1, maxItems: WORKER_LIMITS.set }),
    queues: Type.Optional(
      Type.Array(Text(200), { minItems: 1, maxItems: WORKER_LIMITS.set, description: 'Default: all queues' }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Default: 1' })),
    lease_ms: Type.Optional(
      Type.Integer({
        minimum: 30_000,
        maximum: 600_000,
        description: 'Without a heartbeat for so long the jobs are given to others. Default: 60,000',
      }),
    ),
    wait_ms: Type.Optional(
      Type.Integer({ minimum: 0, maximum: WORKER_LIMITS.waitMs, description: 'How long to wait for a job' }),
    ),
  },
  closed,
)
export type ClaimSingleJobs = Static<typeof ClaimSingleJobs>

export const SingleJobView = Type.Object({
  id: JobId,
  lease_token: Type.String(),
  type: Type.String(),
  attempt: Type.Integer(),
  max_attempts: Type.Integer(),
  priority: PrioritySchema,
  input: Json,
  description: NullableText,
  created_by: Type.String(),
  created_at: Time,
  deadline_at: NullableTime,
  items_total: Nullable(Type.Integer()),
})
export type SingleJobView = Static<typeof SingleJobView>

export const SingleLease = Type.Object({ lease_token: LeaseToken }, closed)

export const SingleHeartbeatView = Type.Object({ cancel_requested: Type.Boolean(), drain: Type.Boolean() })

/** What is left out is unknown: each report says all that is known. */
export const SingleProgress = Type.Object(
  {
    lease_token: LeaseToken,
    percent: Type.Optional(Nullable(Type.Number({ minimum: 0, maximum: 100 }))),
    step: Type.Optional(Nullable(Type.String({ maxLength: 200 }))),
    steps_done: Type.Optional(Nullable(Amount)),
    steps_total: Type.Optional(Nullable(Amount)),
    message: Type.Optional(Nullable(Type.String({ maxLength: 500 }))),
    estimate_seconds: Type.Optional(Nullable(Amount)),
    items_done: Type.Optional(Count),
    items_failed: Type.Optional(Count),
  },
  closed,
)
export type SingleProgress = Static<typeof SingleProgress>

export const SingleLogs = Type.Object(
  {
    lease_token: LeaseToken,
    lines: Type.Array(
      Type.Object(
        {
          message: LongText,
          level: Type.Optional(Words(['debug', 'info', 'warning', 'error'], 'Default: info')),
          step: Type.Optional(Nullable(Type.String({ maxLength: 200 }))),
          at: Type.Optional(Time),
          data: Type.Optional(Json),
        },
        closed,
      ),
      { maxItems: WORKER_LIMITS.set },
    ),
  },
  closed,
)
export type SingleLogs = Static<typeof SingleLogs>

export const SingleItems = Type.Object(
  {
    lease_token: LeaseToken,
    changes: Type.Array(
      Type.Object(
        {
          /** First and last index, inclusive. */
          from: Count,
          to: Count,
          state: ItemStateSchema,
          proof: Type.Optional(ProofSchema),
          external_ref: Type.Optional(Type.String({ maxLength: WORKER_LIMITS.refLength })),
          error: Type.Optional(JobErrorFields),
        },
        closed,
      ),
      { maxItems: WORKER_LIMITS.set },
    ),
  },
  closed,
)
export type SingleItems = Static<typeof SingleItems>

export const CompleteSingleJob = Type.Object(
  {
    lease_token: LeaseToken,
    result: Type.Optional(Json),
    summary: Type.Optional(LongText),
    /** What did not succeed: makes it completed with errors. */
    error: Type.Optional(JobErrorFields),
  },
  closed,
)
export type CompleteSingleJob = Static<typeof CompleteSingleJob>

export const FailSingleJob = Type.Object(
  {
    lease_token: LeaseToken,
    message: LongText,
    code: Type.Optional(Text(100, 'Default: handler_failed')),
    hint: Type.Optional(LongText),
    detail: Type.Optional(LongText),
    traceback: Type.Optional(Type.String({ maxLength: WORKER_LIMITS.tracebackLength })),
    retryable: Type.Optional(Type.Boolean({ description: 'Whether another try is worth it. Default: true' })),
  },
  closed,
)
export type FailSingleJob = Static<typeof FailSingleJob>

export const FailedSingleView = Type.Object({
  /** `retry`: it waits and is tried again. A job that was to be cancelled is cancelled. */
  outcome: Words(['retry', 'failed', 'cancelled']),
  delay_ms: Nullable(Type.Number()),
})
export type FailedSingleView = Static<typeof FailedSingleView>
