import {
  camelKeys,
  catalogueError,
  type ClaimedJob,
  type ClaimSingleJobs,
  type CompleteSingleJob,
  type FailedSingleView,
  type FailSingleJob,
  type JobError,
  nextRetry,
  problem,
  retryPolicyOf,
  type SettleOutcome,
  type SingleItems,
  type SingleJobView,
  type SingleLogs,
  type SingleProgress,
} from '@andon/core'
import { type HeldJob, heartbeat, heldJob, internQueues, queueLanes, registerWorker, workerOfName } from '@andon/store'
import type { ServerContext } from '../context.ts'
import type { Actor } from '../policies/actor.ts'
import { requireScope, requireWorker, type WorkerCaller } from './access.ts'
import { claimForWorker } from './claim.ts'
import { readLeaseToken, writeLeaseToken } from './lease-token.ts'

/** Marks workers that were made by a claim: those that registered know all that they hold, these do not. */
const HOST = 'http'
const DEFAULT_LEASE_MS = 60_000

/** A job in the hands of a worker of this protocol, checked to be so. */
export interface SingleJob {
  readonly caller: WorkerCaller
  readonly jobId: string
  readonly fence: number
  readonly held: HeldJob
}

/** Claims jobs for a process that is known by its name alone; its lease is renewed by that. */
export async function claimSingleJobs(
  context: ServerContext,
  { actor, claim, gone }: { readonly actor: Actor; readonly claim: ClaimSingleJobs; readonly gone: AbortSignal },
): Promise<SingleJobView[]> {
  requireScope(actor, 'worker')
  const { lease_ms: leaseMs = DEFAULT_LEASE_MS, limit = 1, queues, types, wait_ms: waitMs = 0, worker: name } = claim
  const lease = await leaseOfName(context, actor, { name, leaseMs, types, slots: limit })
  const lanes = await lanesOf(context, queues)
  const caller: WorkerCaller = { lease, name, kind: 'worker', stationId: null }
  const wanted = lanes.map(({ id }) => ({ lane_id: id, queue_ids: [id], limit }))
  const request = { lease: lease.fence, lanes: wanted, types, limit, wait_ms: waitMs }
  const jobs = await claimForWorker(context, { actor, caller, claim: request, gone })
  return jobs.map((job) => singleJobView(job, writeLeaseToken(lease, job.fence)))
}

/**
 * The job that a token stands for.
 *
 * @throws `lease_lost` when it is not held under that token, `worker_not_found` when somebody else claimed it
 */
export async function requireSingleJob(
  { store }: ServerContext,
  actor: Actor,
  { id, token }: { readonly id: string; readonly token: string },
): Promise<SingleJob> {
  const read = readLeaseToken(token)
  if (read === null) throw lost(id)
  const { fence, leaseMs, workerFence, workerId } = read
  const caller = await requireWorker(store, { actor, id: workerId, fence: workerFence, leaseMs })
  const jobId = id.toLowerCase()
  const held = await heldJob(store, workerId, { jobId, fence })
  if (held === null) throw lost(id)
  return { caller, jobId, fence, held }
}

/** Renews the lease of all that its worker holds. */
export async function beatSingleJob(
  { store }: ServerContext,
  { caller, held }: SingleJob,
): Promise<{ cancel_requested: boolean; drain: boolean }> {
  const { alive, drain } = await heartbeat(store, caller.lease, null)
  if (!alive) throw problem('lease_lost')
  return { cancel_requested: held.is_cancelling, drain }
}

/** Keeps how far the job has got. */
export async function progressSingleJob(
  { jobSource }: ServerContext,
  { caller, fence, jobId }: SingleJob,
  { items_done: itemsDone, items_failed: itemsFailed, lease_token: _token, ...told }: SingleProgress,
): Promise<void> {
  const { estimateSeconds = null, message = null, percent = null } = camelKeys(told)
  const { step = null, stepsDone = null, stepsTotal = null } = camelKeys(told)
  const update = {
    jobId,
    fence,
    progress: { percent, step, stepsDone, stepsTotal, message, estimateSeconds },
    ...(itemsDone === undefined ? {} : { itemsDone }),
    ...(itemsFailed === undefined ? {} : { itemsFailed }),
  }
  refuseStale(jobId, await jobSource.progress(caller.lease, [update]))
}

/** Writes lines into the log of the job. */
export async function logSingleJob(
  { jobSource }: ServerContext,
  { held, jobId }: SingleJob,
  { lines }: SingleLogs,
): Promise<void> {
  await jobSource.log(
    lines.map(({ at, level = 'info', step = null, ...line }) => ({
      ...line,
      jobId,
      attempt: held.attempt,
      at: at === undefined ? new Date() : new Date(at),
      level,
      step,
    })),
  )
}

/** Changes items of the job, durably. */
export async function changeSingleItems(
  { jobSource }: ServerContext,
  { caller, fence, held, jobId }: SingleJob,
  { changes }: SingleItems,
): Promise<void> {
  const { attempt } = held
  await jobSource.change(
    caller.lease,
    changes.map((change) => ({ ...camelKeys(change), jobId, fence, attempt })),
  )
}

/** Ends the job well. */
export async function completeSingleJob(
  context: ServerContext,
  job: SingleJob,
  { error, result, summary }: CompleteSingleJob,
): Promise<void> {
  const said = { ...(result === undefined ? {} : { result }), ...(summary === undefined ? {} : { summary }) }
  await settle(
    context,
    job,
    error === undefined ? { outcome: 'completed', ...said } : { outcome: 'completed_with_errors', error, ...said },
  )
}

/** Ends the attempt badly: another follows where error and policy allow one, and a cancelled job is cancelled. */
export async function failSingleJob(
  context: ServerContext,
  job: SingleJob,
  failure: FailSingleJob,
): Promise<FailedSingleView> {
  const { attempt, is_cancelling: isCancelling, max_attempts: maxAttempts } = job.held
  const error = errorOf(failure)
  if (isCancelling) {
    await settle(context, job, { outcome: 'cancelled', summary: error.message })
    return { outcome: 'cancelled', delay_ms: null }
  }
  const mayRetry = error.retryable && attempt < maxAttempts
  const delayMs = mayRetry ? nextRetry(retryPolicyOf(job.held), attempt, Math.random()) : null
  await settle(context, job, delayMs === null ? { outcome: 'failed', error } : { outcome: 'retry', error, delayMs })
  return { outcome: delayMs === null ? 'failed' : 'retry', delay_ms: delayMs }
}

async function settle({ jobSource }: ServerContext, job: SingleJob, outcome: SettleOutcome): Promise<void> {
  const { caller, fence, jobId } = job
  refuseStale(jobId, await jobSource.settle(caller.lease, [{ jobId, fence, ...outcome }]))
}

function errorOf({ code, detail, hint, message, retryable = true, traceback }: FailSingleJob): JobError {
  return {
    ...catalogueError('handler_failed', message),
    ...(code === undefined ? {} : { code, hint: null }),
    ...(hint === undefined ? {} : { hint }),
    ...(detail === undefined ? {} : { detail }),
    ...(traceback === undefined ? {} : { traceback }),
    retryable,
  }
}

interface NamedWorker {
  readonly name: string
  readonly leaseMs: number
  readonly types: readonly string[]
  readonly slots: number
}

async function leaseOfName({ store }: ServerContext, { accountId }: Actor, worker: NamedWorker) {
  const { leaseMs, name } = worker
  const known = await workerOfName(store, accountId, { name, host: HOST })
  if (known !== null) {
    const lease = { workerId: known.id, fence: known.fence, leaseMs }
    if ((await heartbeat(store, lease, null)).alive) return lease
  }
  const about = { ...worker, kind: 'worker', host: HOST, pid: 0, version: '' } as const
  const lease = await registerWorker(store, about, { accountId })
  store.notifier.events()
  return lease
}

async function lanesOf({ store }: ServerContext, names: readonly string[] | undefined) {
  return names === undefined ? queueLanes(store) : [...(await internQueues(store, names)).values()]
}

function singleJobView(job: ClaimedJob, leaseToken: string): SingleJobView {
  return {
    id: job.jobId,
    lease_token: leaseToken,
    type: job.type,
    attempt: job.attempt,
    max_attempts: job.maxAttempts,
    priority: job.priority,
    input: job.input,
    description: job.description,
    created_by: job.createdBy,
    created_at: job.createdAt.toISOString(),
    deadline_at: job.deadlineAt?.toISOString() ?? null,
    items_total: job.itemsTotal,
  }
}

function refuseStale(jobId: string, stale: readonly { readonly state: string }[]): void {
  const [first] = stale
  if (first !== undefined) throw lost(jobId, first.state)
}

function lost(jobId: string, state?: string): Error {
  return problem('lease_lost', {
    detail: `Job ${jobId} is not held under this token`,
    ...(state === undefined ? {} : { extra: { state } }),
  })
}
