import { type Static, Type } from 'typebox'
import { AFTER_DAYS, MOST_DAYS } from '../retention.ts'
import { FINAL_STATES } from '../states.ts'
import { JobId, Nullable, NullableText, NullableTime, Time, Words } from './scalars.ts'

const Days = Type.Integer({ minimum: 1, maximum: MOST_DAYS })
const strict = { additionalProperties: false } as const

/** For how long jobs are kept, and what they left. Of several rules the most exact one holds for a job. */
export const RetentionRule = Type.Object(
  {
    /** `*` stands for anything: `print.*`. */
    type: Type.String({ pattern: '^[a-z0-9_.*]+$', minLength: 1, maxLength: 100 }),
    /** Null: in any state. */
    state: Nullable(Words(FINAL_STATES)),
    /** Days after its end that a job stays in the history. */
    keep_days: Days,
    /** What happens to it afterwards. */
    after: Words(AFTER_DAYS),
    /** Days after its end that its artifacts are kept; null: as long as the job. */
    artifact_days: Nullable(Days),
  },
  strict,
)
export type RetentionRule = Static<typeof RetentionRule>

/** The rules as they hold, the most exact ones first. */
export const RetentionView = Type.Object({
  rules: Type.Array(Type.Interface([RetentionRule], { words: Type.String() })),
  /** The newest cleanup; null before the first one. */
  last_cleanup: Nullable(Type.Object({ job_id: JobId, finished_at: NullableTime, summary: NullableText })),
})
export type RetentionView = Static<typeof RetentionView>

/** All rules in the place of those that there are. */
export const SetRetention = Type.Object(
  {
    rules: Type.Array(RetentionRule, { minItems: 1, maxItems: 200 }),
    dry_run: Type.Optional(Type.Boolean({ description: 'Only count what would go by these rules now' })),
  },
  strict,
)
export type SetRetention = Static<typeof SetRetention>

/** What would go by rules now. */
export const RetentionForecast = Type.Object({
  /** In the order of the request. */
  rules: Type.Array(
    Type.Object({
      /** Jobs whose artifacts would be cleaned, whether they left any or not. */
      artifacts: Type.Integer(),
      /** Jobs that would be deleted. */
      deleted: Type.Integer(),
    }),
  ),
  /** Months that would be archived, `YYYYMM`. */
  months: Type.Array(Type.String()),
  /** False: there is so much history that counting was cut off; at least so many would go. */
  is_complete: Type.Boolean(),
})
export type RetentionForecast = Static<typeof RetentionForecast>

/** One month of history. */
export const MonthView = Type.Object({
  /** `YYYYMM`, in UTC, of the creation of its jobs. */
  month: Type.String(),
  is_archived: Type.Boolean(),
  /** Jobs, estimated by the database; null when it never counted. */
  jobs: Nullable(Type.Integer()),
  /** Of its jobs, items, attempts, logs and words on the disk. */
  size_bytes: Type.Integer(),
  /** Who brought it back; it stays until somebody archives it. Null: it was never away. */
  restored: Nullable(Type.Object({ at: Time, by: Type.String() })),
})
export type MonthView = Static<typeof MonthView>

/** Input of a job of the type `maintenance.archive`. */
export const ArchiveInput = Type.Object({
  action: Words(['archive', 'restore', 'delete']),
  month: Type.String({ pattern: '^[0-9]{4}(0[1-9]|1[0-2])$' }),
})
export type ArchiveInput = Static<typeof ArchiveInput>

/** That what a job left was cleaned. */
export const CleanedView = Type.Object({
  at: Time,
  /** The rule in words. */
  rule: Type.String(),
  /** Items whose content went, log lines, and documents. */
  items: Type.Integer(),
  log_lines: Type.Integer(),
  documents: Type.Integer(),
})
export type CleanedView = Static<typeof CleanedView>
