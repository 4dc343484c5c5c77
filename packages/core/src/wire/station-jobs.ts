import { type Static, Type } from 'typebox'
import { WORKER_LIMITS } from '../worker-protocol.ts'
import { NullableText, NullableTime, ProofSchema, Text, Words } from './scalars.ts'
import { LeaseToken } from './single-job.ts'
import { StationJob } from './stations.ts'

const closed = { additionalProperties: false } as const
const LongText = Type.String({ maxLength: WORKER_LIMITS.textLength })
const ItemIndex = Type.Integer({
  minimum: 0,
  maximum: 499,
  description: 'Index of the label that is printed now, from 0; those before it have come out',
})

/** A station takes a job of one of its printers. */
export const TakeStationJob = Type.Object(
  {
    /** Number or name of the station. */
    machine_id: Type.Union([Type.Integer({ minimum: 1 }), Text(100)]),
    printer: Type.Optional(Text(200, 'For a job of a pool: which printer. Default: one of the station that is free')),
    lease_ms: Type.Optional(
      Type.Integer({
        minimum: 30_000,
        maximum: 600_000,
        description: 'Without a word or a heartbeat of the station for so long it is lost. Default: 120,000',
      }),
    ),
  },
  closed,
)
export type TakeStationJob = Static<typeof TakeStationJob>

/** The job that a station took, with what it needs to print it. */
export const TakenStationJob = Type.Object({
  job: StationJob,
  /** Stands for this attempt in every report on it. */
  lease_token: Type.String(),
  /** Index of the first label to print: those before it have come out in an earlier attempt. */
  item: Type.Integer(),
  copies: Type.Integer(),
  /** Content type of the document, or of the labels. */
  format: Type.String(),
  /** Address of its labels, each with its data. */
  items: Type.String(),
  /** Address of its document; null for labels that are whole by themselves. */
  document: NullableText,
  /** To be sent with a request for `items` or `document`. */
  headers: Type.Record(Type.String(), Type.String()),
})
export type TakenStationJob = Static<typeof TakenStationJob>

export const StationPrinting = Type.Object(
  {
    lease_token: LeaseToken,
    item: Type.Optional(ItemIndex),
    percent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
    message: Type.Optional(Text(500)),
  },
  closed,
)
export type StationPrinting = Static<typeof StationPrinting>

export const StationPrinted = Type.Object(
  {
    lease_token: LeaseToken,
    proof: Type.Optional(
      Words(['spooled', 'sent', 'accepted', 'confirmed'], 'Default: accepted. confirmed needs evidence'),
    ),
    evidence: Type.Optional(Text(500, 'What the device itself said, such as its counter of pages')),
  },
  closed,
)
export type StationPrinted = Static<typeof StationPrinted>

export const StationFailed = Type.Object(
  {
    lease_token: LeaseToken,
    message: Text(WORKER_LIMITS.textLength),
    code: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9_.-]{1,100}$',
        description: 'A code of the error catalogue, or a reason of the troubleshooting catalogue such as media-empty',
      }),
    ),
    hint: Type.Optional(LongText),
    item: Type.Optional(ItemIndex),
    retryable: Type.Optional(
      Type.Boolean({ description: 'Whether another try is worth it. Default: what the code says, otherwise true' }),
    ),
  },
  closed,
)
export type StationFailed = Static<typeof StationFailed>

/** What became of a report of a station. */
export const StationJobAnswer = Type.Object({
  job: StationJob,
  proof: Type.Union([ProofSchema, Type.Null()]),
  /** Somebody wants it cancelled: stop, and say `failed`. */
  cancel_requested: Type.Boolean(),
  /** When it is tried again; null when it is not, or runs. */
  retry_at: NullableTime,
})
export type StationJobAnswer = Static<typeof StationJobAnswer>
