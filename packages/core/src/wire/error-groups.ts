import { type Static, Type } from 'typebox'
import { BulkPreview } from './bulk.ts'
import { CreatedJob } from './job.ts'
import { JobId, ListParams, NullableText, pageOf, Text, Time, Words } from './scalars.ts'

const PeriodFields = {
  since: Type.Optional(Type.String({ format: 'date-time', description: 'Default: 7 days before until' })),
  until: Type.Optional(Type.String({ format: 'date-time', description: 'Not in the period itself. Default: now' })),
}

/** Over which time errors are grouped. Whole hours (UTC) are counted: those that the period touches. */
export const ErrorPeriodQuery = Type.Object(PeriodFields)
export type ErrorPeriodQuery = Static<typeof ErrorPeriodQuery>

/** Which groups of errors to list. */
export const ErrorGroupsQuery = Type.Object({
  ...PeriodFields,
  type: Type.Optional(Text(100, 'Only jobs of this type; print.* for all that begin so')),
  open: Type.Optional(Type.Boolean({ description: 'Only groups in which some job was not retried yet' })),
  ...ListParams,
})
export type ErrorGroupsQuery = Static<typeof ErrorGroupsQuery>

/** Jobs that failed, or completed with errors, for the same cause. */
export const ErrorGroupView = Type.Object({
  /** Code and hash; `fingerprint:…` in a query finds its jobs. */
  fingerprint: Type.String(),
  code: Type.String(),
  /** What the catalogue calls it; null for codes of handlers. */
  title: NullableText,
  /** What to do about it; null when nobody said. */
  hint: NullableText,
  /** Of the newest job that the reader may see. */
  message: Type.String(),
  types: Type.Array(Type.String()),
  /** Jobs that ended so in the period. */
  count: Type.Integer(),
  /** Of those: neither retried nor deleted yet. */
  open: Type.Integer(),
  first_seen_at: Time,
  last_seen_at: Time,
  last_job: JobId,
  /** Jobs that ended so in each bucket of the answer. */
  counts: Type.Array(Type.Integer()),
})
export type ErrorGroupView = Static<typeof ErrorGroupView>

const Buckets = {
  /** Hours for periods of up to two days, days (UTC) for longer ones. */
  bucket: Words(['hour', 'day']),
  /** When each bucket begins. */
  starts: Type.Array(Time),
}

/** Groups, the one that was seen last first. */
export const ErrorGroupPage = Type.Interface([pageOf(ErrorGroupView)], Buckets)
export type ErrorGroupPage = Static<typeof ErrorGroupPage>

/** One group. */
export const ErrorGroupDetail = Type.Interface([ErrorGroupView], Buckets)
export type ErrorGroupDetail = Static<typeof ErrorGroupDetail>

/** Retries the jobs of a group that ended in a period and were not retried yet. */
export const RetryErrorGroup = Type.Object(
  { ...PeriodFields, dry_run: Type.Optional(Type.Boolean({ description: 'Only count what would be retried' })) },
  { additionalProperties: false },
)
export type RetryErrorGroup = Static<typeof RetryErrorGroup>

/** The job that does it, or with `dry_run` what it would do. */
export const BulkAnswer = Type.Union([CreatedJob, BulkPreview])
