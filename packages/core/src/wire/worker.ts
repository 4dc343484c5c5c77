import { type Static, Type } from 'typebox'
import { SETTLE_OUTCOMES, WORKER_LIMITS } from '../worker-protocol.ts'
import { SHORTAGES } from '../ports/job-source.ts'
import { LOST_ACTIONS, SUBSTATES } from '../states.ts'
import { CreateJob, RetryPolicySchema } from './job.ts'
import {
  DriverKindSchema,
  ItemStateSchema,
  JobId,
  Json,
  Nullable,
  NullableText,
  NullableTime,
  PrinterStateSchema,
  PrioritySchema,
  ProofSchema,
  ResourceUseFields,
  Text,
  Time,
  Words,
} from './scalars.ts'

/** What columns of the database hold: larger numbers are refused here, since there they would fail a whole set. */
const Id = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })
const Count = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
const Attempt = Type.Integer({ minimum: 0, maximum: 32_767 })
const Amount = Type.Number({ minimum: 0 })
const LongText = Type.String({ maxLength: WORKER_LIMITS.textLength })

/** Stands for the worker: from its registration on, until rescue takes its lease. */
export const Lease = Type.String({ pattern: '^[0-9]{1,18}$', description: '`fence` of the registration' })

const closed = { additionalProperties: false } as const
const setOf = <T extends Parameters<typeof Type.Array>[0]>(item: T) => Type.Array(item, { maxItems: WORKER_LIMITS.set })
const WaitMs = Type.Integer({
  minimum: 0,
  maximum: WORKER_LIMITS.waitMs,
  description: 'How long to wait for something to say',
})
const LeaseMs = Type.Integer({ minimum: 1_000, maximum: 600_000, description: 'How long a lease lasts unrenewed' })

/** Makes a process known; a station names itself and may then drive its printers. */
export const RegisterWorker = Type.Object(
  {
    name: Text(200),
    kind: Type.Optional(Words(['worker', 'station'], 'Default: `worker`')),
    station: Type.Optional(
      Type.Union([Id, Text(200)], { description: 'Number or name of the station; for the kind `station` only' }),
    ),
    host: Type.Optional(Type.String({ maxLength: 300 })),
    pid: Type.Optional(Count),
    version: Type.Optional(Text(100)),
    types: setOf(Text(100)),
    declares: Type.Optional(
      Type.Record(
        Type.String({ maxLength: 100 }),
        Type.Object(
          {
            max_attempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
            retry: Type.Optional(RetryPolicySchema),
          },
          closed,
        ),
        { description: 'By type: what its jobs get when they do not say it themselves' },
      ),
    ),
    slots: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'Default: 1' })),
    lease_ms: Type.Optional(LeaseMs),
  },
  closed,
)
export type RegisterWorker = Static<typeof RegisterWorker>

export const RegisteredWorker = Type.Object({
  worker_id: Id,
  fence: Type.String(),
  lease_ms: Type.Integer(),
  /** By which the station is known whatever it is called later; null for other workers. */
  station_id: Nullable(Id),
})
export type RegisteredWorker = Static<typeof RegisteredWorker>

/** For calls that say no more than whose they are. */
export const LeaseOnly = Type.Object({ lease: Lease }, closed)

export const WorkerHeartbeat = Type.Object(
  {
    lease: Lease,
    lease_ms: Type.Optional(LeaseMs),
    sample: Type.Optional(
      Type.Object(
        {
          cpu_percent: Nullable(Amount),
          memory_mb: Nullable(Amount),
          running: Count,
          waits_for: Type.Optional(
            Nullable(Words(SHORTAGES, 'What its machine is short of, so that it starts nothing')),
          ),
        },
        closed,
      ),
    ),
  },
  closed,
)

export const CancelView = Type.Object({ job_id: JobId, by: Type.String(), reason: NullableText, kill: Type.Boolean() })
export type CancelView = Static<typeof CancelView>

export const HeartbeatView = Type.Object({ drain: Type.Boolean(), cancels: Type.Array(CancelView) })
export type HeartbeatView = Static<typeof HeartbeatView>

export const WorkerClaim = Type.Object(
  {
    lease: Lease,
    lanes: setOf(
      Type.Object(
        {
          lane_id: Id,
          /** The lane itself, and for a printer its pool. */
          queue_ids: Type.Array(Id, { minItems: 1, maxItems: 10 }),
          limit: Type.Integer({ minimum: 1, maximum: WORKER_LIMITS.set }),
        },
        closed,
      ),
    ),
    types: setOf(Text(100)),
    limit: Type.Integer({ minimum: 1, maximum: WORKER_LIMITS.set }),
    wait_ms: Type.Optional(WaitMs),
  },
  closed,
)
export type WorkerClaim = Static<typeof WorkerClaim>

/** A job in the hands of a worker. `fence` goes with every report on it. */
export const ClaimedJobView = Type.Object({
  job_id: JobId,
  fence: Type.Integer(),
  type: Type.String(),
  lane_id: Id,
  queue_id: Id,
  attempt: Type.Integer(),
  max_attempts: Type.Integer(),
  priority: PrioritySchema,
  /** The same attempt is taken up again: its work may lie at its executor already, see `external_ref`. */
  is_resumed: Type.Boolean(),
  external_ref: NullableText,
  input: Json,
  description: NullableText,
  created_by: Type.String(),
  created_at: Time,
  deadline_at: NullableTime,
  /** Left until then by the server's clock; below 0 when it is over. */
  deadline_in_ms: Nullable(Type.Number()),
  items_total: Nullable(Type.Integer()),
  items_done: Nullable(Type.Integer()),
  items_failed: Nullable(Type.Integer()),
  lost_action: Words(LOST_ACTIONS),
  retry: Json,
})
export type ClaimedJobView = Static<typeof ClaimedJobView>

export const MissedJobs = Type.Object(
  { lease: Lease, known: Type.Array(JobId, { maxItems: WORKER_LIMITS.known }) },
  closed,
)

const JobProgressFields = Type.Object(
  {
    percent: Nullable(Type.Number({ minimum: 0, maximum: 100 })),
    step: Nullable(Type.String({ maxLength: 200 })),
    steps_done: Nullable(Amount),
    steps_total: Nullable(Amount),
    message: Nullable(Type.String({ maxLength: 500 })),
    estimate_seconds: Nullable(Amount),
  },
  closed,
)

/** An error as a worker tells it. */
export const JobErrorFields = Type.Object(
  {
    code: Text(100),
    message: LongText,
    hint: Nullable(LongText),
    detail: Type.Optional(LongText),
    traceback: Type.Optional(Type.String({ maxLength: WORKER_LIMITS.tracebackLength })),
    retryable: Type.Boolean(),
  },
  closed,
)

const ExternalRef = Type.String({ maxLength: WORKER_LIMITS.refLength })
const token = { job_id: JobId, fence: Count }
const counts = { items_done: Type.Optional(Count), items_failed: Type.Optional(Count) }

const ProgressFields = Type.Object(
  {
    ...token,
    ...counts,
    substate: Type.Optional(Words(SUBSTATES)),
    progress: Type.Optional(JobProgressFields),
    resources: Type.Optional(ResourceUseFields),
    proof: Type.Optional(ProofSchema),
    external_ref: Type.Optional(ExternalRef),
    printer_id: Type.Optional(Id),
  },
  closed,
)
export type ProgressFields = Static<typeof ProgressFields>

export const WorkerProgress = Type.Object({ lease: Lease, updates: setOf(ProgressFields) }, closed)

const SettleFields = Type.Object(
  {
    ...token,
    ...counts,
    outcome: Words(
      SETTLE_OUTCOMES,
      '`error` goes with completed_with_errors, failed, retry and unconfirmed; `delay_ms` with retry and snooze',
    ),
    result: Type.Optional(Json),
    summary: Type.Optional(LongText),
    error: Type.Optional(JobErrorFields),
    delay_ms: Type.Optional(Type.Number({ minimum: 0, maximum: WORKER_LIMITS.delayMs })),
    reason: Type.Optional(Nullable(LongText)),
    proof: Type.Optional(ProofSchema),
    progress: Type.Optional(JobProgressFields),
    resources: Type.Optional(ResourceUseFields),
    printer_id: Type.Optional(Id),
  },
  closed,
)
export type SettleFields = Static<typeof SettleFields>

export const WorkerSettle = Type.Object({ lease: Lease, reports: setOf(SettleFields) }, closed)

/** Reports that were refused, with what is true now. */
export const StaleView = Type.Object({
  stale: Type.Array(Type.Object({ job_id: JobId, fence: Type.Integer(), state: Type.String() })),
})
export type StaleView = Static<typeof StaleView>

const LogFields = Type.Object(
  {
    job_id: JobId,
    attempt: Attempt,
    at: Time,
    level: Words(['debug', 'info', 'warning', 'error']),
    step: Nullable(Type.String({ maxLength: 200 })),
    message: LongText,
    data: Type.Optional(Json),
  },
  closed,
)
export type LogFields = Static<typeof LogFields>

export const WorkerLogs = Type.Object({ lease: Lease, lines: setOf(LogFields) }, closed)

/** Lines about jobs that the worker never had are not kept. */
export const WrittenLogs = Type.Object({ written: Type.Integer() })

/** Jobs that a held job makes. */
export const CreateChildren = Type.Object(
  { lease: Lease, fence: Count, jobs: Type.Array(CreateJob, { minItems: 1, maxItems: WORKER_LIMITS.set }) },
  closed,
)

const ItemChangeFields = Type.Object(
  {
    ...token,
    /** First and last index, inclusive. */
    from: Count,
    to: Count,
    state: ItemStateSchema,
    proof: Type.Optional(ProofSchema),
    attempt: Attempt,
    external_ref: Type.Optional(ExternalRef),
    error: Type.Optional(JobErrorFields),
  },
  closed,
)
export type ItemChangeFields = Static<typeof ItemChangeFields>

export const ChangeItems = Type.Object({ lease: Lease, changes: setOf(ItemChangeFields) }, closed)

export const StoredItemView = Type.Object({
  index: Type.Integer(),
  ref: NullableText,
  state: ItemStateSchema,
  proof: ProofSchema,
  attempt: Nullable(Type.Integer()),
  content: NullableText,
  data: Json,
  external_ref: NullableText,
})
export type StoredItemView = Static<typeof StoredItemView>

/** Waits for hints; everything has a poll behind it. */
export const WaitForHints = Type.Object(
  {
    lease: Lease,
    wait_ms: Type.Optional(WaitMs),
    /** Lanes whose new work is of interest; all when left out. */
    queue_ids: Type.Optional(setOf(Id)),
  },
  closed,
)

export const HintsView = Type.Object({
  ready: Type.Array(Id),
  cancels: Type.Array(JobId),
  /** Something may have been missed: look at everything. */
  sweep: Type.Boolean(),
})
export type HintsView = Static<typeof HintsView>

/** Which lanes a worker wants to claim from; queues that do not exist are made. A station has those of its printers. */
export const AskForLanes = Type.Object(
  { lease: Lease, queues: Type.Optional(Type.Array(Text(200), { minItems: 1, maxItems: WORKER_LIMITS.set })) },
  closed,
)

export const WorkerLaneView = Type.Object({
  lane_id: Id,
  name: Type.String(),
  /** Lanes it takes from: itself, and for a printer its pool. */
  queue_ids: Type.Array(Id),
  /** Jobs of it that may be held at once, by all workers; null without a limit, 1 for a printer. */
  slots: Nullable(Type.Integer()),
  /** Only of printers, like all that follows. */
  driver: Type.Optional(DriverKindSchema),
  uri: Type.Optional(Type.String()),
  /** With their secrets: the station talks to the device. */
  settings: Type.Optional(Type.Record(Type.String(), Json)),
  is_paused_by_trouble: Type.Optional(Type.Boolean()),
  pool: Type.Optional(NullableText),
})
export type WorkerLaneView = Static<typeof WorkerLaneView>

const DeviceText = Type.String({ maxLength: WORKER_LIMITS.textLength })
const DeviceWords = Type.Array(Type.String({ maxLength: 500 }), { maxItems: 2_000 })

const PrinterStatusFields = Type.Object(
  {
    state: PrinterStateSchema,
    reasons: Type.Array(
      Type.Object({ reason: Text(200), severity: Words(['info', 'warning', 'error']), raw: DeviceText }, closed),
      { maxItems: 100 },
    ),
    supplies: Type.Array(
      Type.Object({ name: Type.String({ maxLength: 500 }), level: Nullable(Type.Number()) }, closed),
      { maxItems: 100 },
    ),
    queued_jobs: Nullable(Count),
    message: Nullable(DeviceText),
    capabilities: Nullable(
      Type.Object(
        {
          formats: DeviceWords,
          media: DeviceWords,
          color: Type.Boolean(),
          duplex: Type.Boolean(),
          proof: ProofSchema,
        },
        closed,
      ),
    ),
    model: Nullable(DeviceText),
  },
  closed,
)
export type PrinterStatusFields = Static<typeof PrinterStatusFields>

/** What a station has seen at its printers. */
export const ReportPrinters = Type.Object(
  {
    lease: Lease,
    reports: Type.Optional(setOf(Type.Object({ printer_id: Id, status: PrinterStatusFields }, closed))),
    pauses: Type.Optional(
      setOf(Type.Object({ printer_id: Id, reason: Text(200), raw: Type.Optional(DeviceText) }, closed)),
    ),
    /** Only what trouble paused; what a person paused stays so. */
    resumes: Type.Optional(setOf(Id)),
    confirmed: Type.Optional(setOf(Type.Object({ printer_id: Id, at: Time }, closed))),
  },
  closed,
)
export type ReportPrinters = Static<typeof ReportPrinters>
