import type { RetryPolicy } from '../retry.ts'
import type { CreateJob } from '../wire/job.ts'
import type { HoldReason, ItemState, LostAction, Priority, Proof, Substate } from '../states.ts'

/**
 * Where a worker gets its jobs and reports on them. Two implementations: the store (near the database) and the
 * sdk (over HTTP); handlers cannot tell which. Reports are collected by the caller and given in sets.
 */
export interface JobSource {
  /** Makes this process known. Its id is new at every start. */
  register(worker: WorkerRegistration): Promise<WorkerLease>
  /**
   * Renews the lease by the database's clock and brings what the worker must know: cancel requests, drain, and
   * whether the lease was already lost (then everything it holds is somebody else's).
   */
  heartbeat(lease: WorkerLease, sample: WorkerSample): Promise<HeartbeatAnswer>
  /**
   * Claims at most `limit` jobs over the given lanes, in order of rank, then age. Empty when there is none: then a
   * worker that subscribed may be handed one job of these lanes, and a claim that meets it on its way is empty too.
   */
  claim(lease: WorkerLease, request: ClaimRequest): Promise<ClaimedJob[]>
  /**
   * Jobs that this worker holds though it does not know them: an answer to a claim that was lost on its way, or work
   * that was handed to it. Nothing is handed to it from then on until its next claim.
   */
  missed(lease: WorkerLease, knownJobIds: readonly string[]): Promise<ClaimedJob[]>
  /** Latest progress and substate of held jobs; stale tokens are returned, not thrown. */
  progress(lease: WorkerLease, updates: readonly ProgressUpdate[]): Promise<StaleToken[]>
  /** Ends attempts: completed, failed, cancelled, retry, snooze, unconfirmed, given back. One statement per set. */
  settle(lease: WorkerLease, reports: readonly SettleReport[]): Promise<StaleToken[]>
  log(lines: readonly LogLine[]): Promise<void>
  /**
   * Makes jobs that hang on a held job and belong to whom it belongs to; their ids in order. An idempotency key is the
   * held job's own: its next attempt finds what the last one made.
   */
  create(lease: WorkerLease, parent: JobToken, jobs: readonly CreateJob[]): Promise<string[]>
  /** Cancel requests for jobs that this worker holds: the poll behind the notifications. */
  cancelled(lease: WorkerLease): Promise<CancelRequest[]>
  /** Gives up the lease after a clean end; nothing may be held any more. */
  unregister(lease: WorkerLease): Promise<void>
  /** Calls back when work may be ready in one of the lanes, or a cancel was asked: a hint, with a poll behind it. */
  subscribe(lease: WorkerLease, onHint: (hint: WorkHint) => void): Promise<AsyncDisposable>
}

export interface WorkerRegistration {
  readonly name: string
  readonly kind: 'server' | 'worker' | 'station'
  readonly host: string
  readonly pid: number
  readonly version: string
  readonly types: readonly string[]
  /** What jobs of a type get from now on when they do not say it themselves; types that are left out keep theirs. */
  readonly declares?: ReadonlyMap<string, TypeDeclaration>
  readonly slots: number
  /** How long the lease lasts without a heartbeat; default 30,000. */
  readonly leaseMs: number
}

/** What a worker says of a type that it has the code for. */
export interface TypeDeclaration {
  /** The first one included. */
  readonly maxAttempts?: number
  readonly retry?: RetryPolicy
}

/** What stands for this worker in every write: stale once rescue took its lease. */
export interface WorkerLease {
  readonly workerId: number
  readonly fence: string
  readonly leaseMs: number
}

/** What a worker costs its machine; null where nobody can know, as in a browser. */
export interface WorkerSample {
  readonly cpuPercent: number | null
  readonly memoryMb: number | null
  readonly running: number
  /** What its machine is short of, so that it starts nothing; left out or null when it is not. */
  readonly waitsFor?: Shortage | null
}

/** What a machine may be short of. */
export type Shortage = (typeof SHORTAGES)[number]

export const SHORTAGES = ['cpu', 'memory'] as const

export interface HeartbeatAnswer {
  /** False: the lease was lost; stop everything and register anew. */
  readonly alive: boolean
  readonly drain: boolean
  readonly cancels: readonly CancelRequest[]
}

export interface ClaimRequest {
  readonly lanes: readonly ClaimLane[]
  /** Types that this worker has handlers for; others are left to others. */
  readonly types: readonly string[]
  readonly limit: number
}

export interface ClaimLane {
  /** The lane that holds the job. */
  readonly laneId: number
  /** Lanes from which it takes: itself, and for a printer its pool. */
  readonly queueIds: readonly number[]
  readonly limit: number
  /** Set for lanes that hold one job at a time (a printer): the place in the lane. Null for many. */
  readonly slot: number | null
}

/** Without this exact token no report on a job is taken. */
export interface JobToken {
  readonly jobId: string
  readonly fence: number
}

export interface ClaimedJob extends JobToken {
  readonly type: string
  readonly laneId: number
  readonly queueId: number
  readonly attempt: number
  readonly maxAttempts: number
  readonly priority: Priority
  /** The same attempt is taken up again: its work may already lie at the executor (`externalRef`). */
  readonly isResumed: boolean
  readonly externalRef: string | null
  readonly input: unknown
  readonly description: string | null
  readonly createdBy: string
  readonly createdAt: Date
  readonly deadlineAt: Date | null
  /** Milliseconds left until then by the source's clock, below 0 when it is over; left out or null without a deadline. */
  readonly deadlineInMs?: number | null
  readonly itemsTotal: number | null
  readonly itemsDone: number | null
  readonly itemsFailed: number | null
  readonly lostAction: LostAction
  readonly retry: unknown
}

export interface ProgressUpdate extends JobToken {
  readonly substate?: Substate
  readonly progress?: JobProgress
  /** What the attempt uses; kept with the progress that it comes with, and lost without one. */
  readonly resources?: ResourceUse
  readonly proof?: Proof
  readonly externalRef?: string
  readonly itemsDone?: number
  readonly itemsFailed?: number
  readonly printerId?: number
}

export interface JobProgress {
  /** 0 to 100; null while unknown. */
  readonly percent: number | null
  readonly step: string | null
  readonly stepsDone: number | null
  readonly stepsTotal: number | null
  readonly message: string | null
  /** The handler's own estimate of the seconds left; null when it gave none. */
  readonly estimateSeconds: number | null
}

/** An error as it is kept and shown. */
export interface JobError {
  readonly code: string
  readonly message: string
  readonly hint: string | null
  readonly detail?: string
  readonly traceback?: string
  readonly retryable: boolean
}

/** What an attempt uses of its machine, all its processes together; null where nobody can know. */
export interface ResourceUse {
  readonly peakMemoryMb: number | null
  /** Of one core, over the attempt's whole time. */
  readonly cpuPercent: number | null
  readonly wallMs: number
  readonly cpuMs: number | null
  /** What it has now; left out once it has ended. */
  readonly memoryMb?: number | null
  /** What it may use; left out or null without a limit. */
  readonly memoryLimitMb?: number | null
  readonly cpuLimitMs?: number | null
  readonly wallLimitMs?: number | null
  /** Processes that it left behind, which were ended; left out where nobody looked. None of it is there any more. */
  readonly processesEnded?: number
  /** Files in its folder, which were removed with it; left out where it had none. */
  readonly filesRemoved?: number
}

export type SettleReport = JobToken &
  SettleOutcome & {
    readonly itemsDone?: number
    readonly itemsFailed?: number
    readonly proof?: Proof
    readonly progress?: JobProgress
    readonly resources?: ResourceUse
    readonly printerId?: number
  }

export type SettleOutcome =
  | { readonly outcome: 'completed'; readonly result?: unknown; readonly summary?: string }
  | {
      readonly outcome: 'completed_with_errors'
      readonly result?: unknown
      readonly summary?: string
      readonly error: JobError
    }
  | { readonly outcome: 'failed'; readonly error: JobError; readonly result?: unknown }
  | { readonly outcome: 'cancelled'; readonly summary?: string; readonly result?: unknown }
  /** Waits `delayMs` and is tried again; counts as an attempt. */
  | { readonly outcome: 'retry'; readonly error: JobError; readonly delayMs: number }
  /** Waits without using up an attempt. */
  | { readonly outcome: 'snooze'; readonly delayMs: number; readonly reason: string | null }
  /** Nobody can know: held until a person says. */
  | { readonly outcome: 'unconfirmed'; readonly error: JobError }
  /** Untouched: back to where it waited, without using up an attempt (the printer stopped, the worker drains). */
  | { readonly outcome: 'returned'; readonly reason: string | null }

/** A report that was refused, with what is true now. */
export interface StaleToken extends JobToken {
  readonly state: string
}

export interface CancelRequest {
  readonly jobId: string
  readonly by: string
  readonly reason: string | null
  readonly kill: boolean
}

export type WorkHint =
  | { readonly kind: 'ready'; readonly laneIds: readonly number[] }
  | { readonly kind: 'cancel'; readonly jobIds: readonly string[] }
  /** Held by this worker from the moment it was made. A job that `missed` brings is not told, and the reverse. */
  | { readonly kind: 'handed'; readonly job: ClaimedJob }
  /** The connection was lost and is back: sweep everything. */
  | { readonly kind: 'sweep' }

export type LogLevel = 'debug' | 'info' | 'warning' | 'error'

export interface LogLine {
  readonly jobId: string
  readonly attempt: number
  readonly at: Date
  readonly level: LogLevel
  readonly step: string | null
  readonly message: string
  readonly data?: unknown
}

/** The state of a run of items, as changed by whoever holds the job. */
export interface ItemChange extends JobToken {
  /** First and last index, inclusive. */
  readonly from: number
  readonly to: number
  readonly state: ItemState
  readonly proof?: Proof
  readonly attempt: number
  readonly externalRef?: string
  readonly error?: JobError
}

export interface StoredItem {
  readonly index: number
  readonly ref: string | null
  readonly state: ItemState
  readonly proof: Proof
  readonly attempt: number | null
  readonly content: string | null
  readonly data: unknown
  readonly externalRef: string | null
}

/** Items of a held job: intent is durable when the promise resolves, before any byte leaves. */
export interface ItemSource {
  /** Items from an index on, in order, at most `limit`. */
  items(jobId: string, from: number, limit: number): Promise<StoredItem[]>
  /** Applied in order, in one transaction with the job's counts; a stale token throws `lease_lost`. */
  change(lease: WorkerLease, changes: readonly ItemChange[]): Promise<void>
}

/** Why a job was put aside, with until when; see `HOLD_REASONS`. */
export interface Hold {
  readonly reason: HoldReason
  readonly until: Date | null
}
