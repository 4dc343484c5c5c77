import { type Static, type TSchema, Type } from 'typebox'
import { ANALYTICS_BUCKETS, ANALYTICS_GROUPS } from '../analytics.ts'
import { Nullable, NullableText, Time, Words } from './scalars.ts'

const PeriodFields = {
  since: Type.Optional(Type.String({ format: 'date-time', description: 'Default: 7 days before until' })),
  until: Type.Optional(Type.String({ format: 'date-time', description: 'Not in the period itself. Default: now' })),
}

const PrinterField = {
  printer: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Only this printer' })),
}

const JobFields = {
  ...PrinterField,
  type: Type.Optional(
    Type.String({ minLength: 1, maxLength: 100, description: 'Only jobs of this type; print.* for all that begin so' }),
  ),
  user: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Only jobs that this account made' })),
}

/** Figures of printers over a period. */
export const PrinterAnalyticsQuery = Type.Object({ ...PeriodFields, ...PrinterField })
export type PrinterAnalyticsQuery = Static<typeof PrinterAnalyticsQuery>

/** Figures of jobs over a period: of those that ended in it. */
export const JobAnalyticsQuery = Type.Object({ ...PeriodFields, ...JobFields })
export type JobAnalyticsQuery = Static<typeof JobAnalyticsQuery>

/** The same over time, and for each printer, type or user. */
export const BucketAnalyticsQuery = Type.Object({
  ...PeriodFields,
  ...JobFields,
  bucket: Type.Optional(Words(ANALYTICS_BUCKETS, 'Default day. Periods may have 366 days by day, and 31 days by hour')),
  zone: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z][A-Za-z0-9_+/-]*$',
      maxLength: 64,
      description: 'Whose hours and days: an IANA name such as Europe/Berlin. Default UTC',
    }),
  ),
  by: Type.Optional(Words(ANALYTICS_GROUPS, 'What is told apart. Default printer')),
})
export type BucketAnalyticsQuery = Static<typeof BucketAnalyticsQuery>

/** What ended `at` each of the starts, in their order. */
const EachStart = Type.Array(Type.Integer())

/** Null: jobs without a printer. */
const GroupName = { name: NullableText }

const Period = {
  /** First moment of the period. */
  since: Time,
  /** First moment after it. */
  until: Time,
}

const Starts = {
  /** When each hour or day begins; the first one may begin before the period and the last one end after it. */
  starts: Type.Array(Time),
}

/** The figures of the period that was asked for, and of the one of the same length before it. */
const compared = <T extends TSchema>(period: T) => ({ current: period, previous: period })

const Cut = {
  bucket: Words(ANALYTICS_BUCKETS),
  zone: Type.String(),
  by: Words(ANALYTICS_GROUPS),
}

const Amounts = {
  jobs: Type.Integer(),
  /** Items of prints that came out; a print without items is one when it completed. */
  labels: Type.Integer(),
}

export const ThroughputPeriod = Type.Object({
  ...Period,
  ...Amounts,
  ...Starts,
  /** Most labels first. */
  groups: Type.Array(Type.Object({ ...GroupName, ...Amounts, jobs_at: EachStart, labels_at: EachStart })),
})
export type ThroughputPeriod = Static<typeof ThroughputPeriod>

/** Jobs that ended and labels that came out. */
export const ThroughputView = Type.Object({ ...Cut, ...compared(ThroughputPeriod) })
export type ThroughputView = Static<typeof ThroughputView>

const FailureCounts = {
  /** Ended, but for what was cancelled. */
  jobs: Type.Integer(),
  /** Of those: failed, or completed with errors. */
  failed: Type.Integer(),
  /** 0 to 1; null without jobs. */
  rate: Nullable(Type.Number()),
}

export const FailuresPeriod = Type.Object({
  ...Period,
  ...FailureCounts,
  ...Starts,
  jobs_at: EachStart,
  failed_at: EachStart,
  /** Error codes, the most frequent first. `title` is null for codes that the catalogue does not know. */
  reasons: Type.Array(Type.Object({ code: Type.String(), title: NullableText, jobs: Type.Integer() })),
  /** Most failures first. */
  groups: Type.Array(Type.Object({ ...GroupName, ...FailureCounts })),
})
export type FailuresPeriod = Static<typeof FailuresPeriod>

/** How many jobs failed, and why. */
export const FailuresView = Type.Object({ ...Cut, ...compared(FailuresPeriod) })
export type FailuresView = Static<typeof FailuresView>

/** Half of the jobs took at most `p50_s` seconds, 95 of 100 at most `p95_s`; null without jobs. */
export const SpreadView = Type.Object({
  jobs: Type.Integer(),
  p50_s: Nullable(Type.Number()),
  p95_s: Nullable(Type.Number()),
})
export type SpreadView = Static<typeof SpreadView>

const Spreads = {
  /** From when a job could have been taken until it started; of all that started. */
  waiting: SpreadView,
  /** From its start to its end; of those that completed, with errors or without. */
  running: SpreadView,
}

export const WaitsPeriod = Type.Object({
  ...Period,
  ...Spreads,
  ...Starts,
  waiting_at: Type.Array(SpreadView),
  running_at: Type.Array(SpreadView),
  /** Longest wait first. */
  groups: Type.Array(Type.Object({ ...GroupName, ...Spreads })),
})
export type WaitsPeriod = Static<typeof WaitsPeriod>

/** How long jobs waited and ran. */
export const WaitsView = Type.Object({ ...Cut, ...compared(WaitsPeriod) })
export type WaitsView = Static<typeof WaitsView>

const StoppedTime = Type.Object({
  /** Null where the printer gave none. */
  reason: NullableText,
  title: Type.String(),
  seconds: Type.Number(),
})

export const AvailabilityPeriod = Type.Object({
  ...Period,
  /** By name; those that were there in the period. */
  printers: Type.Array(
    Type.Object({
      name: Type.String(),
      /** Seconds in each state; together the time that the printer was there. */
      seconds: Type.Object({
        idle: Type.Number(),
        processing: Type.Number(),
        stopped: Type.Number(),
        offline: Type.Number(),
        /** Nothing was known of it. */
        unknown: Type.Number(),
      }),
      /** Idle or processing, as a part of the time in which its state was known, 0 to 1; null when it never was. */
      available: Nullable(Type.Number()),
      /** Time stopped or offline by its worst reason then, the longest first. */
      stopped: Type.Array(StoppedTime),
    }),
  ),
  /** Of all printers together. */
  available: Nullable(Type.Number()),
  stopped: Type.Array(StoppedTime),
})
export type AvailabilityPeriod = Static<typeof AvailabilityPeriod>

/** How long printers could print, and what stopped them. */
export const AvailabilityView = Type.Object(compared(AvailabilityPeriod))
export type AvailabilityView = Static<typeof AvailabilityView>

const ReprintCounts = {
  /** Prints that ended. */
  jobs: Type.Integer(),
  /** Of those: done again of an earlier one. */
  reprints: Type.Integer(),
  /** Labels that came out of reprints. */
  labels: Type.Integer(),
  /** Reprints of all prints, 0 to 1; null without prints. */
  rate: Nullable(Type.Number()),
}

export const ReprintsPeriod = Type.Object({
  ...Period,
  ...ReprintCounts,
  ...Starts,
  reprints_at: EachStart,
  /** Most reprints first. */
  groups: Type.Array(Type.Object({ ...GroupName, ...ReprintCounts })),
})
export type ReprintsPeriod = Static<typeof ReprintsPeriod>

/** What was printed again. */
export const ReprintsView = Type.Object({ ...Cut, ...compared(ReprintsPeriod) })
export type ReprintsView = Static<typeof ReprintsView>

const MediaAmounts = {
  ...Amounts,
  /** Labels with all their copies and pages. */
  sheets: Type.Integer(),
}

export const MediaPeriod = Type.Object({
  ...Period,
  ...MediaAmounts,
  /** Most sheets first. `media` is a PWG 5101.1 size name; null: the job named none, it went on the printer's own. */
  media: Type.Array(Type.Object({ media: NullableText, ...MediaAmounts })),
})
export type MediaPeriod = Static<typeof MediaPeriod>

/** What prints were made on. */
export const MediaView = Type.Object(compared(MediaPeriod))
export type MediaView = Static<typeof MediaView>
