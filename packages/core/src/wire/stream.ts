import { type Static, Type } from 'typebox'
import { JobView, JobStats } from './job.ts'
import { PrinterView } from './print.ts'
import { QueueView } from './lanes.ts'
import { JobId, Text, Words } from './scalars.ts'

/**
 * What a client says on `/ws`. `since` is the last `seq` it saw: it gets what it missed, then the live messages.
 * Server-sent events take the same as parameters of `/api/stream` and `Last-Event-ID`.
 */
export const StreamRequest = Type.Union([
  Type.Object({
    type: Type.Literal('subscribe'),
    /** Chosen by the client; names the subscription in messages. */
    id: Text(100),
    topic: Words(['jobs', 'job', 'printers', 'queues', 'board', 'floor', 'alerts', 'toasts']),
    /** For `jobs`: only those that match this query. */
    q: Type.Optional(Type.String({ maxLength: 2000 })),
    /** For `job`. */
    job_id: Type.Optional(JobId),
    since: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
  Type.Object({ type: Type.Literal('unsubscribe'), id: Text(100) }),
  Type.Object({ type: Type.Literal('ping') }),
])
export type StreamRequest = Static<typeof StreamRequest>

/**
 * What the server says. Every message but `error` has the `seq` up to which the client is told everything.
 * Views replace what the client has when their `version` is higher.
 */
export const StreamMessage = Type.Union([
  Type.Object({ type: Type.Literal('subscribed'), id: Type.String(), seq: Type.Integer() }),
  Type.Object({
    type: Type.Literal('jobs'),
    ids: Type.Array(Type.String()),
    seq: Type.Integer(),
    jobs: Type.Array(JobView),
  }),
  /** Jobs that no longer match or may no longer be seen. */
  Type.Object({
    type: Type.Literal('gone'),
    ids: Type.Array(Type.String()),
    seq: Type.Integer(),
    job_ids: Type.Array(JobId),
  }),
  Type.Object({
    type: Type.Literal('printers'),
    ids: Type.Array(Type.String()),
    seq: Type.Integer(),
    printers: Type.Array(PrinterView),
  }),
  Type.Object({
    type: Type.Literal('queues'),
    ids: Type.Array(Type.String()),
    seq: Type.Integer(),
    queues: Type.Array(QueueView),
  }),
  Type.Object({ type: Type.Literal('board'), ids: Type.Array(Type.String()), seq: Type.Integer(), stats: JobStats }),
  /** Jobs of the floor (`4604_5889`) of which something changed; `more`: others as well, so load anew. */
  Type.Object({
    type: Type.Literal('floor'),
    ids: Type.Array(Type.String()),
    seq: Type.Integer(),
    jobs: Type.Array(Type.String(), { maxItems: 500 }),
    more: Type.Boolean(),
  }),
  /** Alerts or rules changed: how many are open, and how many of them nobody sees to. What is shown is loaded anew. */
  Type.Object({
    type: Type.Literal('alerts'),
    ids: Type.Array(Type.String()),
    seq: Type.Integer(),
    open: Type.Integer(),
    unacknowledged: Type.Integer(),
  }),
  /** A job of the reader ended, or a printer of theirs needs somebody. */
  Type.Object({
    type: Type.Literal('toast'),
    ids: Type.Array(Type.String()),
    seq: Type.Integer(),
    level: Words(['success', 'info', 'warning', 'error']),
    title: Type.String(),
    text: Type.String(),
    job_id: Type.Optional(JobId),
    printer: Type.Optional(Type.String()),
  }),
  /** Too far behind: load anew, then go on from `seq`. */
  Type.Object({ type: Type.Literal('reset'), ids: Type.Array(Type.String()), seq: Type.Integer() }),
  Type.Object({ type: Type.Literal('pong'), seq: Type.Integer() }),
  Type.Object({
    type: Type.Literal('error'),
    id: Type.Optional(Type.String()),
    code: Type.String(),
    detail: Type.String(),
  }),
])
export type StreamMessage = Static<typeof StreamMessage>
