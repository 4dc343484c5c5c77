import { type Static, Type } from 'typebox'
import { PauseView } from './print.ts'
import { JobId, Nullable, NullableText, NullableTime, Time, Words } from './scalars.ts'

/** Why ready jobs of a queue are not taken. */
export const QUEUE_WAITS = ['paused', 'no_worker', 'workers_full', 'cpu', 'memory', 'slots', 'rate'] as const

export const QueueWait = Type.Object({
  reason: Words(QUEUE_WAITS),
  /** In words: "No worker runs report.pdf." */
  text: Type.String(),
  /** What to do about it. */
  advice: Type.String(),
})
export type QueueWait = Static<typeof QueueWait>

export const QueueView = Type.Object({
  name: Type.String(),
  kind: Words(['queue', 'printer', 'pool']),
  slots: Nullable(Type.Integer()),
  depth_limit: Nullable(Type.Integer()),
  rate_limit: Nullable(Type.Integer()),
  rate_per_ms: Nullable(Type.Integer()),
  is_draining: Type.Boolean(),
  pause: Nullable(PauseView),
  pending: Type.Integer(),
  queued: Type.Integer(),
  running: Type.Integer(),
  oldest_wait_s: Nullable(Type.Number()),
  /** Why its ready jobs wait, what weighs most first; empty when none does, or when they are about to start. */
  waits: Type.Array(QueueWait),
})
export type QueueView = Static<typeof QueueView>

/** Which of two is meant when a queue and a printer or pool have the same name. Default: the queue. */
export const QueueKindQuery = Type.Object({ kind: Type.Optional(QueueView.properties.kind) })
export type QueueKindQuery = Static<typeof QueueKindQuery>

/** Null lifts a limit; what is left out stays. */
export const QueueLimits = Type.Object(
  {
    slots: Type.Optional(Nullable(Type.Integer({ minimum: 1, maximum: 10_000 }))),
    depth_limit: Type.Optional(Nullable(Type.Integer({ minimum: 1 }))),
    rate_limit: Type.Optional(Nullable(Type.Integer({ minimum: 1 }))),
    rate_per_ms: Type.Optional(Nullable(Type.Integer({ minimum: 1 }))),
  },
  { additionalProperties: false },
)
export type QueueLimits = Static<typeof QueueLimits>

export const WorkerView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  kind: Words(['server', 'worker', 'station']),
  host: Type.String(),
  pid: Type.Integer(),
  version: Type.String(),
  types: Type.Array(Type.String()),
  slots: Type.Integer(),
  running: Type.Integer(),
  jobs: Type.Array(JobId),
  started_at: Time,
  heartbeat_at: Time,
  is_alive: Type.Boolean(),
  /** It was not heard any more and did not say that it stops, and nothing of its name was started since. */
  is_lost: Type.Boolean(),
  is_draining: Type.Boolean(),
  /** When it said that it stops, or when it was noticed that it is lost. */
  stopped_at: NullableTime,
  cpu_percent: Nullable(Type.Number()),
  memory_mb: Nullable(Type.Number()),
  /** What its machine is short of, so that it starts nothing new; null while it does. */
  waits_for: Nullable(Words(['cpu', 'memory'])),
})
export type WorkerView = Static<typeof WorkerView>

/** One reason why the shop needs somebody: cause, what to do, and the button. */
export const AttentionView = Type.Object({
  kind: Words(['printer', 'job', 'worker', 'station', 'queue', 'floor']),
  id: Type.String(),
  severity: Words(['warning', 'error']),
  title: Type.String(),
  what: NullableText,
  steps: Type.Array(Type.String()),
  since: Time,
  jobs_waiting: Type.Integer(),
})
export type AttentionView = Static<typeof AttentionView>

export const HealthView = Type.Object({
  status: Words(['ok', 'degraded', 'down']),
  checks: Type.Array(
    Type.Object({
      /** Never changes its meaning. */
      name: Type.String(),
      status: Words(['ok', 'degraded', 'down']),
      /** What is wrong; null when all is well. */
      detail: NullableText,
      /** What to do; null when all is well, or when nothing can be done from here. */
      hint: NullableText,
    }),
  ),
  version: Type.String(),
})
export type HealthView = Static<typeof HealthView>
