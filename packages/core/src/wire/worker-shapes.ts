import { clientProblem } from '../andon-error.ts'
import type {
  ClaimedJob,
  JobError,
  JobProgress,
  LogLine,
  ProgressUpdate,
  ResourceUse,
  SettleOutcome,
  SettleReport,
  TypeDeclaration,
} from '../ports/job-source.ts'
import type { PrinterStatus } from '../ports/print.ts'
import type { RetryPolicy } from '../retry.ts'
import { camelKeys, type SnakeKeys, snakeKeys } from './case.ts'
import type { RetryFields } from './job.ts'
import type {
  ClaimedJobView,
  LogFields,
  PrinterStatusFields,
  ProgressFields,
  RegisterWorker,
  SettleFields,
} from './worker.ts'

/** What a worker says of its types, as it travels. */
export function toDeclareFields(
  declares: ReadonlyMap<string, TypeDeclaration>,
): NonNullable<RegisterWorker['declares']> {
  const fields = [...declares].map(([type, { maxAttempts, retry }]) => [
    type,
    {
      ...(maxAttempts === undefined ? {} : { max_attempts: maxAttempts }),
      ...(retry === undefined ? {} : { retry: toRetryFields(retry) }),
    },
  ])
  return Object.fromEntries(fields)
}

/** What a worker says of its types, as it came. */
export function fromDeclareFields(fields: NonNullable<RegisterWorker['declares']>): Map<string, TypeDeclaration> {
  return new Map(
    Object.entries(fields).map(([type, { max_attempts: maxAttempts, retry }]) => [
      type,
      {
        ...(maxAttempts === undefined ? {} : { maxAttempts }),
        ...(retry === undefined ? {} : { retry: fromRetryFields(retry) }),
      },
    ]),
  )
}

/** A retry policy as it travels. */
export function toRetryFields(retry: RetryPolicy): RetryFields {
  return retry.kind === 'fixed' ? { kind: 'fixed', delays_ms: [...retry.delaysMs] } : snakeKeys(retry)
}

/** A retry policy as it came. */
export function fromRetryFields(retry: RetryFields): RetryPolicy {
  return camelKeys(retry)
}

/** A claimed job as it travels. */
export function toClaimedJobView({ deadlineInMs, ...job }: ClaimedJob): ClaimedJobView {
  return {
    ...snakeKeys(job),
    created_at: job.createdAt.toISOString(),
    deadline_at: job.deadlineAt?.toISOString() ?? null,
    deadline_in_ms: deadlineInMs ?? null,
  }
}

/** A claimed job as it came. */
export function fromClaimedJobView(view: ClaimedJobView): ClaimedJob {
  return {
    ...camelKeys(view),
    createdAt: new Date(view.created_at),
    deadlineAt: view.deadline_at === null ? null : new Date(view.deadline_at),
  }
}

/** A log line as it travels. */
export function toLogFields(line: LogLine): LogFields {
  return { ...snakeKeys(line), at: line.at.toISOString() }
}

/** A log line as it came. */
export function fromLogFields(line: LogFields): LogLine {
  return { ...camelKeys(line), jobId: line.job_id.toLowerCase(), at: new Date(line.at) }
}

/** Progress of a job as it travels. */
export function toProgressFields({ progress, resources, ...update }: ProgressUpdate): ProgressFields {
  return {
    ...snakeKeys(update),
    ...(progress === undefined ? {} : { progress: snakeKeys<JobProgress>(progress) }),
    ...(resources === undefined ? {} : { resources: snakeKeys<ResourceUse>(resources) }),
  }
}

/** Progress of a job as it came. */
export function fromProgressFields({ progress, resources, ...update }: ProgressFields): ProgressUpdate {
  return {
    ...camelKeys(update),
    jobId: update.job_id.toLowerCase(),
    ...(progress === undefined ? {} : { progress: camelKeys(progress) }),
    ...(resources === undefined ? {} : { resources: camelKeys(resources) }),
  }
}

/** The end of an attempt as it travels. */
export function toSettleFields(report: SettleReport): SettleFields {
  const { progress, resources, ...rest } = report
  return {
    ...snakeKeys(rest),
    ...(progress === undefined ? {} : { progress: snakeKeys<JobProgress>(progress) }),
    ...(resources === undefined ? {} : { resources: snakeKeys<ResourceUse>(resources) }),
  }
}

/**
 * The end of an attempt as it came; what does not belong to its outcome is left out.
 *
 * @param field JSON pointer of the report
 * @throws validation_failed when what its outcome needs is missing
 */
export function fromSettleFields(report: SettleFields, field: string): SettleReport {
  const { job_id: jobId, fence, items_done: itemsDone, items_failed: itemsFailed, printer_id: printerId } = report
  const { proof, progress, resources } = report
  return {
    jobId: jobId.toLowerCase(),
    fence,
    ...outcomeOf(report, field),
    ...(itemsDone === undefined ? {} : { itemsDone }),
    ...(itemsFailed === undefined ? {} : { itemsFailed }),
    ...(printerId === undefined ? {} : { printerId }),
    ...(proof === undefined ? {} : { proof }),
    ...(progress === undefined ? {} : { progress: camelKeys(progress) }),
    ...(resources === undefined ? {} : { resources: camelKeys(resources) }),
  }
}

function outcomeOf(report: SettleFields, field: string): SettleOutcome {
  const { outcome, reason = null } = report
  const result = report.result === undefined ? {} : { result: report.result }
  const summary = report.summary === undefined ? {} : { summary: report.summary }
  if (outcome === 'completed' || outcome === 'cancelled') return { outcome, ...result, ...summary }
  if (outcome === 'returned') return { outcome, reason }
  if (outcome === 'snooze') return { outcome, delayMs: delayOf(report, field), reason }
  const error = errorOf(report, field)
  if (outcome === 'retry') return { outcome, error, delayMs: delayOf(report, field) }
  if (outcome === 'completed_with_errors') return { outcome, error, ...result, ...summary }
  return outcome === 'failed' ? { outcome, error, ...result } : { outcome, error }
}

function errorOf({ error, outcome }: SettleFields, field: string): JobError {
  if (error !== undefined) return error
  throw clientProblem('validation_failed', {
    field: `${field}/error`,
    detail: `${field}/error is missing: ${outcome} has one`,
  })
}

function delayOf({ delay_ms: delayMs, outcome }: SettleFields, field: string): number {
  if (delayMs !== undefined) return delayMs
  throw clientProblem('validation_failed', {
    field: `${field}/delay_ms`,
    detail: `${field}/delay_ms is missing: ${outcome} has one`,
  })
}

/** What a printer said, as it travels. */
export function toPrinterStatusFields(status: PrinterStatus): SnakeKeys<PrinterStatus> {
  return snakeKeys(status)
}

/** What a printer said, as it came. */
export function fromPrinterStatusFields(status: PrinterStatusFields): PrinterStatus {
  return camelKeys(status)
}
