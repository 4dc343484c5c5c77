import type {
  ClaimedJob,
  CreateJob,
  ItemChange,
  LogLevel,
  ProgressReport,
  ProgressUpdate,
  ResourceUse,
  StoredItem,
} from '@andon/core'

/**
 * The code for one job type. What it returns is the job's result; a `Decision` says something else. What it throws
 * becomes the job's error, and the policy of the type says whether it is tried again. Once its signal is aborted, to
 * throw (or to return nothing, having looked at the signal) is to have stopped; a result is a result all the same.
 */
export type Handler = (job: JobContext) => unknown

/** What a handler sees of its job. */
export interface JobContext {
  readonly id: string
  readonly type: string
  readonly input: unknown
  /** From 1. */
  readonly attempt: number
  /** Everything that was claimed, for handlers that drive an executor. */
  readonly claimed: ClaimedJob
  /** Aborted when the job is cancelled, its lease is lost, or the worker stops: `reason` is a `StopReason`. */
  readonly signal: AbortSignal
  /** Aborted when somebody wants the job ended at once, whatever its handler still has to do. */
  readonly killSignal: AbortSignal
  readonly log: JobLog
  readonly items: JobItems
  /**
   * Makes a job that hangs on this one and belongs to whom this one belongs to; resolves with its id. With an
   * `idempotency_key` the next attempt of this job finds the one that the last attempt made.
   *
   * @throws lease_lost when somebody else holds this job now; validation_failed and what else creation refuses
   */
  create(job: CreateJob): Promise<string>
  /** How many steps there will be. */
  steps(total: number): void
  /**
   * One step further (or `by` steps), now at `name`. A cancellation point: rejects with the signal's reason once the
   * job is to stop, and lets a handler that never waits hear of it.
   */
  step(name: string, options?: { readonly by?: number }): Promise<void>
  /** Says more about the progress: as often as one likes, the latest is written a few times a second. */
  progress(report: ProgressReport): void
  /** Seconds left, when the handler knows better than history. */
  estimate(estimate: { readonly seconds: number }): void
  /** What it uses of the machine now: shown live, and the highest is kept with the attempt. */
  used(use: ResourceUse): void
  /** Substate, proof, counts of items, reference at the executor: written with the next progress. */
  update(update: Omit<ProgressUpdate, 'jobId' | 'fence' | 'progress'>): void
  /**
   * Resolves when everything said so far is written, however long the database is away.
   *
   * @throws StopReason `lease_lost` when somebody else holds the job now
   */
  flush(): Promise<void>
}

/** The items of a batch, for handlers that work them off one by one. */
export interface JobItems {
  /** Items from an index on, in order. */
  read(from: number, limit: number): Promise<StoredItem[]>
  /**
   * Changes runs of items, in order and durably when it resolves.
   *
   * @throws lease_lost when somebody else holds the job now: nothing more may be done for it
   */
  change(changes: readonly Omit<ItemChange, 'jobId' | 'fence'>[]): Promise<void>
}

export type JobLog = { readonly [level in LogLevel]: (message: string, data?: unknown) => void }

/** Why a running job is to stop. */
export class StopReason extends Error {
  readonly kind: 'cancelled' | 'killed' | 'lease_lost' | 'shutdown' | 'deadline' | 'time_limit'

  constructor(kind: StopReason['kind'], message: string) {
    super(message)
    this.name = 'StopReason'
    this.kind = kind
  }
}
