import { type Static, Type } from 'typebox'
import {
  DriverKindSchema,
  JobId,
  Json,
  Nullable,
  NullableText,
  NullableTime,
  PrinterKindSchema,
  PrinterStateSchema,
  PrioritySchema,
  ProofSchema,
  Tags,
  Text,
  Time,
  Words,
} from './scalars.ts'
import { JobView } from './job.ts'

/** One thing that is the matter, with what to do: an entry of the troubleshooting catalogue. */
export const TroubleView = Type.Object({
  reason: Type.String(),
  severity: Words(['info', 'warning', 'error']),
  title: Type.String(),
  what: Type.String(),
  steps: Type.Array(Type.String()),
  /** The device's own words. */
  raw: Type.String(),
})
export type TroubleView = Static<typeof TroubleView>

export const PauseView = Type.Object({
  at: Time,
  by: Type.String(),
  reason: NullableText,
  until: NullableTime,
  /** The device's trouble paused it: it goes on by itself when the device is well. */
  is_by_trouble: Type.Boolean(),
})
export type PauseView = Static<typeof PauseView>

export const PrinterView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  driver: DriverKindSchema,
  uri: Type.String(),
  kind: PrinterKindSchema,
  location: NullableText,
  pool: NullableText,
  station: NullableText,
  /** The printer or pool that gets what waits here when it is in trouble for too long; null leaves it waiting. */
  failover_to: NullableText,
  /** Seconds in trouble before that. */
  failover_after: Type.Integer(),
  is_demo: Type.Boolean(),
  state: PrinterStateSchema,
  /** In words: Online, Offline, Needs attention, Paused, Unknown. */
  status_text: Type.String(),
  state_since: Time,
  /** Worst first. */
  troubles: Type.Array(TroubleView),
  message: NullableText,
  model: NullableText,
  supplies: Type.Array(Type.Object({ name: Type.String(), level: Nullable(Type.Number()) })),
  capabilities: Nullable(
    Type.Object({
      formats: Type.Array(Type.String()),
      media: Type.Array(Type.String()),
      color: Type.Boolean(),
      duplex: Type.Boolean(),
      proof: ProofSchema,
    }),
  ),
  pause: Nullable(PauseView),
  is_draining: Type.Boolean(),
  jobs_waiting: Type.Integer(),
  current_job: Nullable(JobView),
  last_confirmed_at: NullableTime,
  answered_at: NullableTime,
  settings: Json,
})
export type PrinterView = Static<typeof PrinterView>

/** A week: what waits longer than that has an owner who knows. */
const FAILOVER_AFTER_MAX_S = 604_800

const Failover = {
  /** A printer or pool that gets what waits here when this printer is in trouble for too long; null for none. */
  failover_to: Type.Optional(Nullable(Text(100))),
  /** Seconds in trouble before that; default 300. */
  failover_after: Type.Optional(Type.Integer({ minimum: 0, maximum: FAILOVER_AFTER_MAX_S })),
} as const

export const CreatePrinter = Type.Object(
  {
    name: Text(100),
    driver: DriverKindSchema,
    uri: Text(500, 'ipp://host/ipp/print, ipps://…, socket://host:9100, http://host:port'),
    kind: Type.Optional(PrinterKindSchema),
    location: Type.Optional(Text(200)),
    pool: Type.Optional(Text(100)),
    /** The station that drives it; without one the server does. */
    station: Type.Optional(Text(100)),
    ...Failover,
    settings: Type.Optional(Type.Record(Type.String(), Json)),
    /** Add it though it does not answer now. */
    is_unchecked: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export type CreatePrinter = Static<typeof CreatePrinter>

export const ChangePrinter = Type.Object(
  {
    name: Type.Optional(Text(100)),
    uri: Type.Optional(Text(500)),
    kind: Type.Optional(PrinterKindSchema),
    location: Type.Optional(Nullable(Text(200))),
    pool: Type.Optional(Nullable(Text(100))),
    station: Type.Optional(Nullable(Text(100))),
    ...Failover,
    settings: Type.Optional(Type.Record(Type.String(), Json)),
  },
  { additionalProperties: false },
)
export type ChangePrinter = Static<typeof ChangePrinter>

export const DiscoveredPrinterView = Type.Object({
  name: Type.String(),
  uri: Type.String(),
  driver: DriverKindSchema,
  model: NullableText,
  location: NullableText,
  device_uri: NullableText,
  /** Already added under this name; null when it is new. */
  added_as: NullableText,
  warning: NullableText,
})
export type DiscoveredPrinterView = Static<typeof DiscoveredPrinterView>

export const PauseRequest = Type.Object(
  { reason: Type.Optional(Text(500)), until: Type.Optional(Time) },
  { additionalProperties: false },
)
export type PauseRequest = Static<typeof PauseRequest>

export const PrintOptionsSchema = Type.Object(
  {
    media: Type.Optional(Text(100, 'PWG 5101.1 media size name')),
    sides: Type.Optional(Words(['one-sided', 'two-sided-long-edge', 'two-sided-short-edge'])),
    orientation: Type.Optional(Words(['portrait', 'landscape'])),
  },
  { additionalProperties: false },
)

/** A print job: a document, or a batch of 1 to 500 labels. */
export const CreatePrint = Type.Object(
  {
    printer: Type.Optional(Text(100)),
    pool: Type.Optional(Text(100)),
    /** An uploaded document; its pages are printed as one piece, or as the template of the items' data. */
    document_id: Type.Optional(JobId),
    /** Fetched by the server: public addresses only. */
    document_url: Type.Optional(Text(2000)),
    items: Type.Optional(
      Type.Array(
        Type.Object(
          {
            zpl: Type.Optional(Type.String({ minLength: 1, maxLength: 1_048_576 })),
            data: Type.Optional(
              Type.Record(
                Type.String({ maxLength: 100 }),
                Type.Union([Type.String({ maxLength: 10_000 }), Type.Number()]),
              ),
            ),
            ref: Type.Optional(Text(200)),
          },
          { additionalProperties: false },
        ),
        { description: '1 to 500' },
      ),
    ),
    copies: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    options: Type.Optional(PrintOptionsSchema),
    type: Type.Optional(Words(['print.label', 'print.document'])),
    description: Type.Optional(Text(500)),
    priority: Type.Optional(PrioritySchema),
    subject: Type.Optional(Type.Object({ type: Text(100), id: Text(200) })),
    tags: Type.Optional(Tags),
    run_at: Type.Optional(Time),
    /** Seconds after which a print that did not start is cancelled as expired. */
    expires_after: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_536_000 })),
    idempotency_key: Type.Optional(Text(200)),
    is_held: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export type CreatePrint = Static<typeof CreatePrint>

/** What the `input` of a print job holds. */
/** One step on the way to paper, and how it is. */
export const DiagnosisCheck = Type.Object({
  /** Word for the step, such as `connection`; of what a device reports, the reason. */
  name: Type.String(),
  status: Words(['ok', 'warning', 'error']),
  /** Word of the troubleshooting catalogue; null when nothing is the matter. */
  reason: NullableText,
  /** The trouble in a few words; null when nothing is the matter. */
  title: NullableText,
  /** What was found. */
  detail: Type.String(),
  /** What to do, in order. */
  steps: Type.Array(Type.String()),
})
export type DiagnosisCheck = Static<typeof DiagnosisCheck>

/** Everything between Andon and paper, step by step. */
export const PrinterDiagnosis = Type.Object({
  checks: Type.Array(DiagnosisCheck),
  /** What answered, such as IPP 2.0; null when nothing did, or a station asks. */
  protocol: Nullable(Type.Object({ name: Type.String(), version: NullableText })),
  /** Milliseconds to its answer; null when there was none. */
  round_trip_ms: Nullable(Type.Number()),
  /** The last changes of its state, newest first. */
  events: Type.Array(
    Type.Object({
      at: Time,
      state: PrinterStateSchema,
      reasons: Type.Array(Type.Object({ reason: Type.String(), severity: Type.String(), raw: Type.String() })),
    }),
  ),
  /** Whether a test page would get anywhere now. */
  test_page: Type.Object({ is_offered: Type.Boolean(), why_not: NullableText }),
})
export type PrinterDiagnosis = Static<typeof PrinterDiagnosis>

export const PrintInput = Type.Object({
  document_id: Nullable(JobId),
  /** MIME type of the document, or of the items' own content. */
  format: Type.String(),
  copies: Type.Integer(),
  options: PrintOptionsSchema,
  /** Name asked for: a printer's or a pool's. */
  printer: NullableText,
  pool: NullableText,
})
export type PrintInput = Static<typeof PrintInput>

export const DocumentView = Type.Object({
  id: JobId,
  name: Type.String(),
  content_type: Type.String(),
  size_bytes: Type.Integer(),
  sha256: Type.String(),
  pages: Nullable(Type.Integer()),
  created_by: Type.String(),
  created_at: Time,
})
export type DocumentView = Static<typeof DocumentView>

export const PoolView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  printers: Type.Array(Type.String()),
  jobs_waiting: Type.Integer(),
  pause: Nullable(PauseView),
})
export type PoolView = Static<typeof PoolView>
