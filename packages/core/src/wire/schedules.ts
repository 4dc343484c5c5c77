import { type Static, Type } from 'typebox'
import { CreateJob } from './job.ts'
import { JobId, JobStateSchema, Nullable, NullableText, NullableTime, Text, Time, Words } from './scalars.ts'

const { description, estimated_ms, input, is_held, items, max_attempts, priority, queue, retry, subject, tags, type } =
  CreateJob.properties

/** The job that a schedule makes: what a job is made of, but for what belongs to a single one. */
export const ScheduledJob = Type.Object(
  { description, estimated_ms, input, is_held, items, max_attempts, priority, queue, retry, subject, tags, type },
  { additionalProperties: false },
)
export type ScheduledJob = Static<typeof ScheduledJob>

const Cron = Text(100, 'minute hour day month weekday, or with seconds first: `0 6 * * MON-FRI`')
const TimeZone = Text(100, 'A name of the time zone database, such as Europe/Berlin')

export const OVERLAPS = ['start', 'skip'] as const
const OverlapSchema = Words(OVERLAPS, 'While the job of the run before still lives: start another one, or skip the run')

export const CreateSchedule = Type.Object(
  {
    name: Text(100),
    cron: Cron,
    /** Default UTC. */
    time_zone: Type.Optional(TimeZone),
    job: ScheduledJob,
    overlap: Type.Optional(OverlapSchema),
  },
  { additionalProperties: false },
)
export type CreateSchedule = Static<typeof CreateSchedule>

/** `job` replaces the whole job; the input stays for whoever may not read it and leaves it out. */
export const ChangeSchedule = Type.Object(
  {
    name: Type.Optional(Text(100)),
    cron: Type.Optional(Cron),
    time_zone: Type.Optional(TimeZone),
    job: Type.Optional(ScheduledJob),
    overlap: Type.Optional(OverlapSchema),
  },
  { additionalProperties: false },
)
export type ChangeSchedule = Static<typeof ChangeSchedule>

export const PreviewQuery = Type.Object({ cron: Cron, time_zone: Type.Optional(TimeZone) })
export type PreviewQuery = Static<typeof PreviewQuery>

export const SchedulePreview = Type.Object({
  /** In words: "At 06:00, Monday through Friday". Null where there are none. */
  words: NullableText,
  /** The next five; fewer, or none, when it never comes true again. */
  next_runs: Type.Array(Time),
})
export type SchedulePreview = Static<typeof SchedulePreview>

const CountAt = Nullable(Type.Object({ count: Type.Integer(), at: Time }))

export const ScheduleView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  cron: Type.String(),
  time_zone: Type.String(),
  /** The expression in words; null where there are none. */
  words: NullableText,
  job: ScheduledJob,
  /** The reader may not see the input of the job. */
  is_redacted: Type.Boolean(),
  overlap: OverlapSchema,
  /** None while it is paused, or when it never comes true again. */
  next_runs: Type.Array(Time),
  pause: Nullable(Type.Object({ at: Time, by: Type.String() })),
  last_run_at: NullableTime,
  /** Null before the first run, and when the reader may not see the job. */
  last_job: Nullable(Type.Object({ id: JobId, state: JobStateSchema })),
  /** Times that passed without a job of their own, when one run made up for them; at most 100 are counted. */
  missed: CountAt,
  /** Runs that were left out, since it was made, because the job before still lived. */
  skipped: CountAt,
  /** Why the time that came last made no job; null when it made one. */
  trouble: NullableText,
  created_at: Time,
})
export type ScheduleView = Static<typeof ScheduleView>
