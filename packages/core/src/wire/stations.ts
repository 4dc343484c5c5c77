import { type Static, Type } from 'typebox'
import { PrinterView } from './print.ts'
import { Lease } from './worker.ts'
import { JobId, Json, Nullable, NullableText, NullableTime, Text, Time, Words } from './scalars.ts'

/** How a station stands with its QZ Tray, as it says itself; a station that is not heard of is disconnected. */
export const QZ_STATUSES = ['connected', 'disconnected', 'error'] as const
export type QzStatus = (typeof QZ_STATUSES)[number]

/** A machine at a desk with the printers that it drives. */
export const StationView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  is_print_server: Type.Boolean(),
  /** Seconds without a word of it after which a person is asked about what had left for its printers. */
  ask_after: Type.Integer(),
  /** Heard of within two minutes. */
  is_seen: Type.Boolean(),
  seen_at: NullableTime,
  qz_connection_status: Words(QZ_STATUSES),
  qz_last_seen_at: NullableTime,
  version: NullableText,
  /** What it last said of itself that a person should read; null when it said nothing. */
  message: NullableText,
  /** Jobs that wait for one of its printers or for a pool of one. */
  pending_jobs: Type.Integer(),
  printing_jobs: Type.Integer(),
  printers: Type.Array(PrinterView),
})
export type StationView = Static<typeof StationView>

/** Seconds of silence after which a person may be asked; the most is a week. */
export const ASK_AFTER_LIMITS = { least: 120, most: 604_800 } as const

export const CreateStation = Type.Object(
  {
    name: Text(100),
    is_print_server: Type.Optional(Type.Boolean()),
    /** Seconds without a word of it after which a person is asked about what had left for its printers; default 900. */
    ask_after: Type.Optional(Type.Integer({ minimum: ASK_AFTER_LIMITS.least, maximum: ASK_AFTER_LIMITS.most })),
  },
  { additionalProperties: false },
)
export type CreateStation = Static<typeof CreateStation>

export const ChangeStation = Type.Partial(CreateStation, { additionalProperties: false })
export type ChangeStation = Static<typeof ChangeStation>

/** What a station says every 30 s and on each change. */
export const StationHeartbeat = Type.Object(
  {
    /** Number or name of the station. */
    machine_id: Type.Union([Type.Integer({ minimum: 1 }), Text(100)]),
    qz_connected: Type.Boolean(),
    /** Why not, a word of the troubleshooting catalogue such as `qz-blocked`; null when nothing is the matter. */
    qz_reason: Type.Optional(Nullable(Text(100))),
    pending_jobs: Type.Optional(Type.Integer({ minimum: 0 })),
    current_jobs: Type.Optional(Type.Array(Type.Union([JobId, Json]), { maxItems: 100 })),
    /** By name of printer: `online`, or its worst reason. */
    printer_status: Type.Optional(Type.Record(Type.String({ maxLength: 200 }), Type.String({ maxLength: 200 }))),
    last_updated: Type.Optional(Time),
    version: Type.Optional(Text(100)),
    message: Type.Optional(Nullable(Text(500))),
  },
  { additionalProperties: false },
)
export type StationHeartbeat = Static<typeof StationHeartbeat>

export const QzStatusReport = Type.Object(
  {
    status: Words(QZ_STATUSES),
    /** Why, a word of the troubleshooting catalogue such as `qz-blocked`. */
    reason: Type.Optional(Nullable(Text(100))),
    version: Type.Optional(Text(100)),
    message: Type.Optional(Nullable(Text(500))),
  },
  { additionalProperties: false },
)
export type QzStatusReport = Static<typeof QzStatusReport>

/** States of a job in the words that stations use; see `stationStatus`. */
export const STATION_STATUSES = ['pending', 'queued', 'printing', 'printed', 'failed', 'cancelled'] as const
export type StationStatus = (typeof STATION_STATUSES)[number]

/** A job in the words that stations use. */
export const StationJob = Type.Object({
  id: JobId,
  /** Name of the printer; null while a pool has it. */
  printer: NullableText,
  type: Type.String(),
  /** Address of its document; null for labels, which are its items. */
  file: NullableText,
  status: Words(STATION_STATUSES),
  created_at: Time,
  queued_at: NullableTime,
  started_at: NullableTime,
  printed_at: NullableTime,
  failed_at: NullableTime,
  error_message: NullableText,
  /** Attempts after the first. */
  retry_count: Type.Integer(),
  machine_id: Type.Integer(),
  /** PWG 5101.1 media size name; null for the printer's own. */
  paper: NullableText,
  duplex: Type.Boolean(),
  /** 1 urgent, 2 high, 3 normal, 4 low. */
  priority: Type.Integer({ minimum: 1, maximum: 4 }),
})
export type StationJob = Static<typeof StationJob>

export const StationJobs = Type.Object({
  data: Type.Array(StationJob),
  meta: Type.Object({
    total_pending: Type.Integer(),
    total_printing: Type.Integer(),
    /** By name of printer: `online`, or its worst reason such as `media-empty`. */
    printer_status: Type.Record(Type.String(), Type.String()),
  }),
})
export type StationJobs = Static<typeof StationJobs>

/** What a station's printers did in a period. */
export const StationStats = Type.Object({
  since: Time,
  until: Time,
  jobs: Type.Object({
    printed: Type.Integer(),
    failed: Type.Integer(),
    cancelled: Type.Integer(),
    pending: Type.Integer(),
    printing: Type.Integer(),
  }),
  /** Items that came out. */
  labels_printed: Type.Integer(),
  /** Failed of all that ended with an outcome, 0 to 1; null when none did. */
  failure_rate: Nullable(Type.Number()),
  /** Attempts after the first, of the jobs that ended. */
  retries: Type.Integer(),
  last_printed_at: NullableTime,
})
export type StationStats = Static<typeof StationStats>

/** What a station recorded of jobs that it lost while it was away; of each at most as many items as a batch has. */
export const LateWords = Type.Object(
  {
    lease: Lease,
    jobs: Type.Array(
      Type.Object(
        {
          job_id: JobId,
          items: Type.Array(
            Type.Object(
              { index: Type.Integer({ minimum: 0, maximum: 2_147_483_647 }), state: Words(['done', 'failed']) },
              { additionalProperties: false },
            ),
            { maxItems: 500 },
          ),
        },
        { additionalProperties: false },
      ),
      { maxItems: 100 },
    ),
  },
  { additionalProperties: false },
)
export type LateWords = Static<typeof LateWords>

/** Jobs that have ended: what the station says otherwise is in their log, and it need keep nothing of them. */
export const LateWordsView = Type.Object({ ended: Type.Array(JobId) })
export type LateWordsView = Static<typeof LateWordsView>
