import { type Static, Type } from 'typebox'
import { Json, ListParams, Nullable, NullableText, NullableTime, Text, Time, Words } from './scalars.ts'

/** A number that a database of the shop gave; as text, because it may pass 2^53. */
export const FloorNumber = Type.String({ pattern: '^[0-9]{1,18}$', description: 'a whole number, as text' })

/** Where a word about an operation came from: the press, a scanner, or a person who overrode both. */
export const FloorSource = Words(['print_os', 'scanner', 'manual'])
export type FloorSource = Static<typeof FloorSource>

/** Body of `POST /api/process-print-os`; `force`: records that were done are processed again. Default false. */
export const ProcessPrintOs = Type.Object({ force: Type.Optional(Type.Boolean()) }, { additionalProperties: false })
export type ProcessPrintOs = Static<typeof ProcessPrintOs>

/** Answer of `POST /api/process-print-os`. Numbers that may pass 2^53 are texts. */
export const PrintOsProcessed = Type.Object({
  processed_count: Type.Integer(),
  jobs_updated: Type.Integer(),
  last_marker: Type.String(),
})
export type PrintOsProcessed = Static<typeof PrintOsProcessed>

/** Which sources `POST /api/process-status-updates` works off; both when left out. */
export const ProcessStatusUpdates = Type.Object(
  { source: Type.Optional(Words(['both', 'print_os', 'scanner'])), force: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
)
export type ProcessStatusUpdates = Static<typeof ProcessStatusUpdates>

export const StatusUpdatesProcessed = Type.Object({
  print_os_processed: Type.Integer(),
  scanner_processed: Type.Integer(),
  jobs_updated: Type.Integer(),
})
export type StatusUpdatesProcessed = Static<typeof StatusUpdatesProcessed>

/** One line of a job's history. */
export const FloorUpdate = Type.Object({
  update_id: Type.String(),
  version_tag: NullableText,
  operation_type: Type.String(),
  status: Type.String(),
  source_type: FloorSource,
  source_id: NullableText,
  notes: NullableText,
  /** When it happened, not when it was processed. */
  updated_at: Time,
})
export type FloorUpdate = Static<typeof FloorUpdate>

/** Answer of `GET /api/job-status/:jobId`; the history is newest first, at most 500 lines. */
export const FloorJobStatus = Type.Object({
  job_id: Type.String(),
  current_status: Type.Record(Type.String(), Type.Boolean()),
  update_history: Type.Array(FloorUpdate),
})
export type FloorJobStatus = Static<typeof FloorJobStatus>

/** A record as a press sends it. */
export const PressRecord = Type.Object({
  name: Text(1024),
  status: Words(['PRINTED', 'ABORTED']),
  marker: Type.Optional(Nullable(Type.Integer({ minimum: 0 }))),
  job_name: Type.Optional(Nullable(Type.String({ maxLength: 1024 }))),
  item_id: Type.Optional(Nullable(Type.String({ maxLength: 1024 }))),
  job_complete_time: Type.Optional(NullableTime),
  copies: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 2_147_483_647 }))),
  payload: Type.Optional(Json),
})
export type PressRecord = Static<typeof PressRecord>

/** One record or up to 1,000. */
export const PressRecords = Type.Union([PressRecord, Type.Array(PressRecord, { minItems: 1, maxItems: 1000 })])
export type PressRecords = Static<typeof PressRecords>

export const PressRecordsKept = Type.Object({ ids: Type.Array(Type.String()) })
export type PressRecordsKept = Static<typeof PressRecordsKept>

/** A scan. Operations as `{"operations":["coating"]}`, `["op003"]` or `{"coating":true}`. */
export const NewScan = Type.Object(
  {
    code_text: Text(1024),
    machine_id: Type.Optional(Nullable(Text(200))),
    user_id: Type.Optional(Nullable(Text(200))),
    operations: Json,
    metadata: Type.Optional(Json),
  },
  { additionalProperties: false },
)
export type NewScan = Static<typeof NewScan>

/** What a scan was found to be, and what it did. */
export const ScanMatch = Type.Object({
  scan_id: Type.String(),
  code_text: Type.String(),
  matched: Words(['runlist', 'job']),
  /** Null when the scan was of a single job that is in no runlist. */
  runlist_id: NullableText,
  operations: Type.Array(Type.String()),
  impositions: Type.Array(Type.String()),
  jobs: Type.Array(Type.Object({ job_id: Type.String(), version_tag: Type.String() })),
  jobs_updated: Type.Integer(),
})
export type ScanMatch = Static<typeof ScanMatch>

/**
 * One operation of a job or an imposition. `conflict`: a scan says that it was done and the press says otherwise, or a
 * person overrode what both say.
 */
export const FloorCell = Type.Object({
  state: Words(['done', 'partly', 'aborted', 'open']),
  source: Nullable(FloorSource),
  at: NullableTime,
  note: NullableText,
  conflict: NullableText,
})
export type FloorCell = Static<typeof FloorCell>

const Cells = Type.Record(Type.String(), FloorCell, { description: 'by operation' })

/** How many jobs of a runlist are how far in an operation. */
export const FloorCounts = Type.Object({
  done: Type.Integer(),
  partly: Type.Integer(),
  aborted: Type.Integer(),
  open: Type.Integer(),
})
export type FloorCounts = Static<typeof FloorCounts>

const summary = {
  runlist_id: Type.String(),
  impositions: Type.Integer(),
  jobs: Type.Integer(),
  operations: Type.Record(Type.String(), FloorCounts),
  conflicts: Type.Integer(),
  /** When something was last reported of it; null when nothing ever was. */
  last_activity_at: NullableTime,
}

export const RunlistSummary = Type.Object(summary)
export type RunlistSummary = Static<typeof RunlistSummary>

export const FloorImposition = Type.Object({
  imposition_id: Type.String(),
  files: Type.Integer(),
  operations: Cells,
})
export type FloorImposition = Static<typeof FloorImposition>

export const FloorJob = Type.Object({
  job_id: Type.String(),
  version_tag: Type.String(),
  files: Type.Integer(),
  operations: Cells,
})
export type FloorJob = Static<typeof FloorJob>

/** A runlist with everything that a supervisor looks for: what is wrong stands first. */
export const RunlistDetail = Type.Object({
  ...summary,
  /** Names of the shop's operations, in their order. */
  operation_types: Type.Array(Type.String()),
  imposition_list: Type.Array(FloorImposition),
  job_list: Type.Array(FloorJob),
})
export type RunlistDetail = Static<typeof RunlistDetail>

export const ImpositionDetail = Type.Object({
  imposition_id: Type.String(),
  runlists: Type.Array(Type.String()),
  operations: Cells,
  operation_types: Type.Array(Type.String()),
  jobs: Type.Array(FloorJob),
  /** Names that name no one job. */
  unmatched_files: Type.Array(Type.String()),
  /** What the press said of it, newest first, at most 100. */
  records: Type.Array(
    Type.Object({
      id: Type.String(),
      status: Type.String(),
      at: NullableTime,
      copies: Nullable(Type.Integer()),
      reason: NullableText,
    }),
  ),
})
export type ImpositionDetail = Static<typeof ImpositionDetail>

export const FloorOverride = Type.Object({
  override_id: Type.String(),
  job_id: Type.String(),
  operation_type: Type.String(),
  value: Type.Boolean(),
  reason: Type.String(),
  set_by: Type.String(),
  set_at: Time,
  lifted_by: NullableText,
  lifted_at: NullableTime,
})
export type FloorOverride = Static<typeof FloorOverride>

export const NewFloorOverride = Type.Object(
  {
    operation_type: Text(100),
    value: Type.Boolean(),
    reason: Type.String({ maxLength: 500, pattern: '\\S', description: 'why; not blank' }),
  },
  { additionalProperties: false },
)
export type NewFloorOverride = Static<typeof NewFloorOverride>

export const FloorJobDetail = Type.Object({
  job_id: Type.String(),
  current_status: Type.Record(Type.String(), Type.Boolean()),
  operation_types: Type.Array(Type.String()),
  /** One for each version. */
  versions: Type.Array(FloorJob),
  runlists: Type.Array(Type.String()),
  impositions: Type.Array(Type.String()),
  /** Those that stand, newest first. */
  overrides: Type.Array(FloorOverride),
  update_history: Type.Array(FloorUpdate),
})
export type FloorJobDetail = Static<typeof FloorJobDetail>

/** A record or scan that could not be processed, or not wholly. */
export const ProcessingError = Type.Object({
  error_id: Type.String(),
  source_type: Words(['print_os', 'scanner']),
  source_id: Type.String(),
  /** `malformed`, `unknown_imposition`, `unmatched_file`, `missing_job`, `unknown_code`, `ambiguous_code`. */
  reason: Type.String(),
  detail: Type.String(),
  /** Name of the imposition, or the code that was scanned. */
  subject: NullableText,
  attempts: Type.Integer(),
  /** Null: only a person, or a change of the record, has it tried again. */
  next_try_at: NullableTime,
  created_at: Time,
})
export type ProcessingError = Static<typeof ProcessingError>

/** Errors that are to be tried again; all of them when none are named. */
export const RetryProcessingErrors = Type.Object(
  { ids: Type.Optional(Type.Array(FloorNumber, { minItems: 1, maxItems: 1000 })) },
  { additionalProperties: false },
)
export type RetryProcessingErrors = Static<typeof RetryProcessingErrors>

export const ProcessingErrorsRetried = Type.Object({ count: Type.Integer() })
export type ProcessingErrorsRetried = Static<typeof ProcessingErrorsRetried>

export const ProcessingErrorParams = Type.Object({
  ...ListParams,
  source: Type.Optional(Words(['print_os', 'scanner'])),
  reason: Type.Optional(Type.String({ maxLength: 100 })),
})
export type ProcessingErrorParams = Static<typeof ProcessingErrorParams>

/** One source as the floor shows it. */
export const FloorSourceStatus = Type.Object({
  last_marker: Type.String(),
  /** Rows among the newest ones that are still to be processed. */
  waiting: Type.Integer(),
  /** Seconds since the oldest of them was written; null when none waits. */
  lag_s: Nullable(Type.Number()),
  last_processed_at: NullableTime,
})
export type FloorSourceStatus = Static<typeof FloorSourceStatus>

export const FloorStatus = Type.Object({
  print_os: FloorSourceStatus,
  scanner: FloorSourceStatus,
  open_errors: Type.Integer(),
  /** Operations that are overridden. */
  overrides: Type.Integer(),
})
export type FloorStatus = Static<typeof FloorStatus>

export const CatalogueOperation = Type.Object(
  {
    operation_id: Text(100),
    operation_type: Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$', description: 'lower-case words' }),
    position: Type.Integer({ minimum: 0, maximum: 10_000 }),
  },
  { additionalProperties: false },
)
export type CatalogueOperation = Static<typeof CatalogueOperation>

/** The whole catalogue, as it is to be. */
export const FloorOperations = Type.Object(
  { operations: Type.Array(CatalogueOperation, { minItems: 1, maxItems: 500 }) },
  { additionalProperties: false },
)
export type FloorOperations = Static<typeof FloorOperations>

/** One thing that Andon would add to a database of the shop. */
export const FloorAddition = Type.Object({
  database: Words(['jobmanager', 'logs']),
  /** In words: `add the column jobs.operations`. */
  what: Type.String(),
  /** The statements that would run, in order. */
  sql: Type.Array(Type.String()),
})
export type FloorAddition = Static<typeof FloorAddition>

/** `additions` is empty when the shop's databases have all that Andon needs. */
export const FloorMigration = Type.Object({ additions: Type.Array(FloorAddition) })
export type FloorMigration = Static<typeof FloorMigration>

export const RunlistParams = Type.Object({
  ...ListParams,
  /** Beginning of the name; without one (and without a cursor) those that were touched last. */
  q: Type.Optional(Type.String({ maxLength: 200 })),
})
export type RunlistParams = Static<typeof RunlistParams>

/** One difference between the two databases. */
export const FloorDifference = Type.Object({
  job_id: Type.String(),
  operation_type: Type.String(),
  /** What `jobs.operations` says. */
  job_says: Type.Boolean(),
  /** What `job_operations` says. */
  operations_say: Type.Boolean(),
})
export type FloorDifference = Static<typeof FloorDifference>
