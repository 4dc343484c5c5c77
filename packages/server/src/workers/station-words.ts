import {
  catalogueError,
  errorEntry,
  isErrorCode,
  isKnownReason,
  type JobError,
  nextRetry,
  problem,
  retryPolicyOf,
  type SettleOutcome,
  type SettleReport,
  type StationFailed,
  type StationPrinted,
  type StationPrinting,
  troubleshoot,
} from '@andon/core'
import {
  confirmPrint,
  endedItems,
  hadAmong,
  hasEndedAttempt,
  hearStation,
  heartbeat,
  type HeldJob,
  heldJob,
  openItems,
  printPlace,
} from '@andon/store'
import type { ServerContext } from '../context.ts'
import type { Actor } from '../policies/actor.ts'
import { findWorker, type WorkerCaller } from './access.ts'
import { readLeaseToken } from './lease-token.ts'
import { changesOf, type ItemsTold } from './station-items.ts'

/** What an outsider's word proves of a label: the device took it. More needs what the device said. */
const WORD = 'accepted'

/** A print in the hands of a station, under the token that came with the report. */
interface StationHold {
  readonly caller: WorkerCaller
  readonly jobId: string
  readonly fence: number
  /** Null when it is held no longer. */
  readonly held: HeldJob | null
}

/** Which job a report is on, and who makes it. */
export interface StationReportOn {
  readonly actor: Actor
  readonly jobId: string
  readonly token: string
}

/**
 * The station prints; which label is on its way is durable when this resolves.
 *
 * @returns whether somebody wants the job cancelled
 * @throws `lease_lost` when it is held no longer; `worker_not_found` for a token of another account
 */
export async function stationPrints(
  context: ServerContext,
  on: StationReportOn,
  { item, message, percent }: StationPrinting,
): Promise<{ readonly isCancelling: boolean }> {
  const hold = await holdOf(context, on)
  const { held } = hold
  if (held === null) throw await refused(context, hold, null)
  await tellItems(context, { ...hold, held }, { current: item ?? null, proof: WORD, rest: 'intended' })
  const unknown = { percent: null, step: null, stepsDone: null, stepsTotal: null, message: null, estimateSeconds: null }
  const progress = {
    ...unknown,
    ...(percent === undefined ? {} : { percent }),
    ...(message === undefined ? {} : { message }),
  }
  const { caller, fence, jobId } = hold
  const stale = await context.jobSource.progress(caller.lease, [{ jobId, fence, substate: 'running', progress }])
  if (stale.length > 0) throw lost(jobId)
  return { isCancelling: held.is_cancelling }
}

/**
 * Everything came out. Said again it changes nothing.
 *
 * @throws `lease_lost` when another attempt may have begun: the word is kept in the log; `validation_failed` for a
 *   proof that nothing stands behind
 */
export async function stationPrinted(
  context: ServerContext,
  on: StationReportOn,
  { evidence, proof = WORD }: StationPrinted,
): Promise<void> {
  if (proof === 'confirmed' && evidence === undefined) {
    throw problem('validation_failed', {
      field: '/evidence',
      detail: 'A confirmed print says what the device itself reported',
    })
  }
  const hold = await holdOf(context, on)
  const { held, jobId } = hold
  const result = evidence === undefined ? null : { evidence }
  if (held === null) return repeated(context, hold, { outcome: 'completed', result, proof })
  await tellItems(context, { ...hold, held }, { current: Infinity, proof, rest: null })
  const { done, failed, total } = await endedItems(context.store, jobId)
  const summary = `${done} of ${total} printed${proof === 'confirmed' ? '' : ` (${proof}, not confirmed)`}`
  const facts = { itemsDone: done, itemsFailed: failed, proof, result, summary }
  const error = catalogueError('printer_job_aborted', `${failed} of ${total} items failed in an earlier attempt.`)
  const outcome =
    failed === 0 ? ({ outcome: 'completed' } as const) : ({ outcome: 'completed_with_errors', error } as const)
  const laneId = proof === 'confirmed' ? ((await printPlace(context.store, jobId))?.lane_id ?? null) : null
  await end(context, hold, { ...outcome, ...facts })
  if (laneId !== null) await confirmPrint(context.store, laneId, new Date())
}

/**
 * The attempt failed. Another follows where error and policy allow one; a job that is to be cancelled is cancelled.
 * What came out before stays so.
 *
 * @throws as {@link stationPrinted}
 */
export async function stationFailed(context: ServerContext, on: StationReportOn, said: StationFailed): Promise<void> {
  const hold = await holdOf(context, on)
  const { held, jobId } = hold
  const error = errorOf(said)
  if (held === null) return repeated(context, hold, { outcome: 'failed', error })
  const mayRetry = error.retryable && held.attempt < held.max_attempts && !held.is_cancelling
  const delayMs = mayRetry ? nextRetry(retryPolicyOf(held), held.attempt, Math.random()) : null
  const rest = delayMs !== null || held.is_cancelling ? 'pending' : 'failed'
  await tellItems(context, { ...hold, held }, { current: said.item ?? null, proof: WORD, rest })
  const { done, failed } = await endedItems(context.store, jobId)
  const facts = { itemsDone: done, itemsFailed: failed }
  await end(context, hold, { ...outcomeOf({ held, error, delayMs, done }), ...facts })
}

interface Failure {
  readonly held: HeldJob
  readonly error: JobError
  readonly delayMs: number | null
  readonly done: number
}

function outcomeOf({ delayMs, done, error, held }: Failure): SettleOutcome {
  if (held.is_cancelling) return { outcome: 'cancelled', summary: error.message }
  if (delayMs !== null) return { outcome: 'retry', error, delayMs }
  return { outcome: done > 0 ? 'completed_with_errors' : 'failed', error }
}

/** @throws `worker_not_found` for a token of another account */
async function holdOf({ store }: ServerContext, { actor, jobId, token }: StationReportOn): Promise<StationHold> {
  const read = readLeaseToken(token)
  if (read === null) throw lost(jobId)
  const { fence, leaseMs, workerFence, workerId } = read
  const { caller, isCurrent } = await findWorker(store, { actor, id: workerId, fence: workerFence, leaseMs })
  if (!isCurrent) return { caller, jobId, fence, held: null }
  await heartbeat(store, caller.lease, null)
  if (caller.stationId !== null) await hearStation(store, caller.stationId, {})
  return { caller, jobId, fence, held: await heldJob(store, workerId, { jobId, fence }) }
}

async function tellItems(
  { jobSource, store }: ServerContext,
  { caller, fence, held, jobId }: StationHold & { readonly held: HeldJob },
  told: ItemsTold,
): Promise<void> {
  const changes = changesOf(await openItems(store, jobId), told)
  if (changes.length === 0) return
  const { attempt } = held
  await jobSource.change(
    caller.lease,
    changes.map((change) => ({ ...change, jobId, fence, attempt })),
  )
}

type Said = SettleOutcome & Partial<Pick<SettleReport, 'itemsDone' | 'itemsFailed' | 'proof'>>

async function end({ jobSource }: ServerContext, hold: StationHold, said: Said): Promise<void> {
  const { caller, fence, jobId } = hold
  const stale = await jobSource.settle(caller.lease, [{ jobId, fence, ...said }])
  if (stale.length > 0) throw lost(jobId)
}

/** Nothing to do when the same worker ended this attempt in the same way; otherwise the word is refused. */
async function repeated(context: ServerContext, hold: StationHold, said: Said): Promise<void> {
  const { caller, fence, jobId } = hold
  const hasEnded = await hasEndedAttempt(context.store, caller.lease.workerId, { jobId, fence })
  const isSame = hasEnded && (await isPrinted(context, jobId)) === (said.outcome === 'completed')
  if (!isSame) throw await refused(context, hold, said)
}

async function isPrinted({ store }: ServerContext, jobId: string): Promise<boolean> {
  const { done, total } = await endedItems(store, jobId)
  return done === total && (await printPlace(store, jobId)) === null
}

/** What comes too late is kept in the log of the job, for the person who has to say what came out. */
async function refused({ jobSource, store }: ServerContext, hold: StationHold, said: Said | null): Promise<Error> {
  const { caller, fence, jobId } = hold
  const had = await hadAmong(store, caller.lease.workerId, [jobId])
  if (said !== null && had.has(jobId)) await jobSource.settle(caller.lease, [{ jobId, fence, ...said }])
  return lost(jobId)
}

function lost(jobId: string): Error {
  return problem('lease_lost', { detail: `Job ${jobId} is not held under this token` })
}

/** The catalogues say what a code is worth; a code of nobody's stands as it is. */
function errorOf({ code = 'handler_failed', hint, message, retryable }: StationFailed): JobError {
  const isReason = isKnownReason(code)
  const known = isErrorCode(code) ? code : isReason ? 'printer_stopped' : 'handler_failed'
  const words = isReason ? `${troubleshoot(code, message).title}: ${message}` : message
  const error = catalogueError(known, words)
  return {
    ...error,
    code: isReason ? known : code,
    hint: hint ?? (isReason ? (troubleshoot(code, message).steps[0] ?? null) : (errorEntry(code)?.hint ?? null)),
    retryable: retryable ?? (isErrorCode(code) ? error.retryable : true),
  }
}
