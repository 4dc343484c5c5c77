import { type Static, Type } from 'typebox'
import { CHANNEL_KINDS, type ConditionKind, GROUPINGS, LEVELS, QUIET_MINUTES } from '../rules/kinds.ts'
import { JobErrorView } from './job.ts'
import { JobId, JobStateSchema, Nullable, NullableText, NullableTime, Text, Time, Words } from './scalars.ts'

const DAY_S = 86_400

/** `*` stands for anything: `print.*`. */
const TypePattern = Type.String({ pattern: '^[a-z0-9_.*]+$', minLength: 1, maxLength: 100 })

/** Which jobs; what is left out does not matter. */
const JobFilter = {
  type: Type.Optional(TypePattern),
  /** Name of a queue, printer or pool. */
  queue: Type.Optional(Text(200)),
  /** `key`, or `key=value`. */
  tag: Type.Optional(Text(600)),
}
const Seconds = (minimum: number) => Type.Integer({ minimum, maximum: 30 * DAY_S })
const strict = { additionalProperties: false } as const
const on = <K extends ConditionKind>(kind: K) => Type.Literal(kind)

/** What a rule watches. */
export const RuleCondition = Type.Union([
  Type.Object({ on: on('job_failed'), ...JobFilter }, strict),
  Type.Object({ on: on('job_completed'), ...JobFilter }, strict),
  /** A job runs longer than so many seconds. */
  Type.Object({ on: on('job_slow'), ...JobFilter, over_s: Seconds(1) }, strict),
  /** The oldest job of a queue waits longer than so many seconds; without a name any queue, printer or pool. */
  Type.Object({ on: on('queue_waiting'), queue: Type.Optional(Text(200)), over_s: Seconds(1) }, strict),
  /** More than `percent` of those that ended within the window failed, and at least `min_jobs` ended. */
  Type.Object(
    {
      on: on('failure_rate'),
      ...JobFilter,
      percent: Type.Integer({ minimum: 1, maximum: 100 }),
      window_s: Type.Integer({ minimum: 60, maximum: DAY_S }),
      min_jobs: Type.Integer({ minimum: 1, maximum: 100_000 }),
    },
    strict,
  ),
  /** So many jobs of one type failed one after the other. */
  Type.Object(
    {
      on: on('failures_in_row'),
      type: Type.Optional(TypePattern),
      count: Type.Integer({ minimum: 2, maximum: 1000 }),
    },
    strict,
  ),
  /** A printer is offline, stopped or in trouble for so many seconds (60); without a name any. */
  Type.Object(
    {
      on: on('printer_down'),
      printer: Type.Optional(Text(200)),
      over_s: Type.Optional(Type.Integer({ minimum: 0, maximum: DAY_S })),
    },
    strict,
  ),
  /** A station that prints is not heard of, or its QZ Tray refuses; without a name any. */
  Type.Object({ on: on('station_down'), station: Type.Optional(Text(100)) }, strict),
  /** A worker stopped without saying so; without a name any. */
  Type.Object({ on: on('worker_lost'), worker: Type.Optional(Text(200)) }, strict),
  /** A schedule did not run at its time; without a name any. */
  Type.Object({ on: on('schedule_missed'), schedule: Type.Optional(Text(200)) }, strict),
])
export type RuleCondition = Static<typeof RuleCondition>

/** The condition of one kind. */
export type ConditionOf<K extends ConditionKind> = Extract<RuleCondition, { on: K }>

const Url = Type.String({ minLength: 8, maxLength: 2000, description: 'https://… or http://…' })

/** How a rule tells. */
export const RuleChannel = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('email'),
      to: Type.Array(Type.String({ pattern: '^[^\\s@<>,;"]+@[^\\s@<>,;"]+$', maxLength: 320 }), {
        minItems: 1,
        maxItems: 20,
      }),
    },
    strict,
  ),
  /** Signed by the convention of https://www.standardwebhooks.com. */
  Type.Object({ kind: Type.Literal('webhook'), url: Url }, strict),
  Type.Object({ kind: Type.Literal('slack'), url: Url }, strict),
  Type.Object({ kind: Type.Literal('teams'), url: Url }, strict),
])
export type RuleChannel = Static<typeof RuleChannel>

const HourOfDay = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'HH:MM' })

/** When a rule is silent: what happens meanwhile is counted, and told in one message afterwards. */
export const QuietTime = Type.Object(
  {
    /** Minutes after a message in which an equal alert is not told again; 0: each is told at once. */
    minutes: Type.Integer({ minimum: 0, maximum: 10_080 }),
    /** Hours of the day; may run over midnight. Null: none. */
    hours: Nullable(Type.Object({ from: HourOfDay, to: HourOfDay, zone: Text(100) }, strict)),
  },
  strict,
)
export type QuietTime = Static<typeof QuietTime>

/** What a rule has when it does not say otherwise. */
export const DEFAULT_QUIET: QuietTime = { minutes: QUIET_MINUTES, hours: null }

export const CreateRule = Type.Object(
  {
    name: Text(100),
    condition: RuleCondition,
    channel: RuleChannel,
    quiet: Type.Optional(QuietTime),
    grouping: Type.Optional(Words(GROUPINGS)),
  },
  strict,
)
export type CreateRule = Static<typeof CreateRule>

export const ChangeRule = Type.Object(
  {
    name: Type.Optional(Text(100)),
    condition: Type.Optional(RuleCondition),
    channel: Type.Optional(RuleChannel),
    quiet: Type.Optional(QuietTime),
    grouping: Type.Optional(Words(GROUPINGS)),
    /** Gives the webhook another secret, which is in the answer. */
    new_secret: Type.Optional(Type.Boolean()),
  },
  strict,
)
export type ChangeRule = Static<typeof ChangeRule>

/** Where a rule tells, without what of its address is secret. */
const ChannelView = Type.Object({
  kind: Words(CHANNEL_KINDS),
  /** Addresses of mail, or the address of the webhook without its secret part. */
  target: Type.String(),
  /** Only of mail. */
  to: Nullable(Type.Array(Type.String())),
})

/** What to watch for, and how to tell. */
export const RuleView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  condition: RuleCondition,
  /** The condition in words. */
  watches: Type.String(),
  channel: ChannelView,
  quiet: QuietTime,
  grouping: Words(GROUPINGS),
  pause: Nullable(Type.Object({ at: Time, by: Type.String() })),
  open_alerts: Type.Integer(),
  /** The newest message; null when there was none. */
  last_notification: Nullable(
    Type.Object({ at: Time, job_id: JobId, state: Nullable(JobStateSchema), is_test: Type.Boolean() }),
  ),
  created_at: Time,
  created_by: Type.String(),
})
export type RuleView = Static<typeof RuleView>

/** A rule that was made or changed; `secret` is shown this once, and null where none was made. */
export const SavedRule = Type.Object({ rule: RuleView, secret: NullableText })
export type SavedRule = Static<typeof SavedRule>

/** That a rule's condition came true. */
export const AlertView = Type.Object({
  id: Type.String(),
  rule_id: Type.Integer(),
  rule: Type.String(),
  level: Words(LEVELS),
  title: Type.String(),
  /** What happened; null when nothing more is known, or it is about a job that the reader may not see. */
  what: NullableText,
  hint: NullableText,
  /** Times that it happened. */
  count: Type.Integer(),
  opened_at: Time,
  seen_at: Time,
  /** Null: nobody was told yet. */
  told_at: NullableTime,
  acknowledged_at: NullableTime,
  acknowledged_by: NullableText,
  /** Null while it is open. */
  closed_at: NullableTime,
  job_id: Nullable(JobId),
  /** Where the dashboard shows its cause, such as `/printers/Zebra`. */
  path: Type.String(),
})
export type AlertView = Static<typeof AlertView>

/** That somebody was told, and what became of it. */
export const NotificationView = Type.Object({
  id: Type.String(),
  rule_id: Type.Integer(),
  rule: Type.String(),
  /** Null for a test. */
  alert_id: NullableText,
  job_id: JobId,
  channel: Words(CHANNEL_KINDS),
  target: Type.String(),
  title: Type.String(),
  times: Type.Integer(),
  is_test: Type.Boolean(),
  created_by: Type.String(),
  created_at: Time,
  /** State of the delivery's job; null when that is not kept any more. */
  state: Nullable(JobStateSchema),
  attempt: Type.Integer(),
  max_attempts: Type.Integer(),
  finished_at: NullableTime,
  summary: NullableText,
  error: Nullable(JobErrorView),
})
export type NotificationView = Static<typeof NotificationView>
