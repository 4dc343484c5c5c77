import { type CancelRequest, EVENT_KINDS, problem, type WorkerLease } from '@andon/core'
import { type Act, type Actor, writeAudit } from '../actor.ts'
import type { Queryable, Store } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { afterEnd } from './end.ts'
import { type Ended, endIdle } from './end-idle.ts'
import { statesOf } from './stale.ts'

const FLAG_CANCEL = statement(
  'flag_cancel',
  `with flagged as (
     update job set cancel_requested_at = coalesce(cancel_requested_at, now()), cancel_by = coalesce(cancel_by, $2),
       cancel_reason = coalesce(cancel_reason, $3), is_kill_requested = is_kill_requested or $4, version = version + 1
     where id = any($1::uuid[]) and phase = 2
     returning id, site_id, version, attempt
   ), told as (
     insert into event (site_id, kind, job_id, version, attempt, actor, data)
     select site_id, $5, id, version, attempt, $2, jsonb_build_object('reason', $3::text, 'kill', $4::boolean)
     from flagged
   )
   select id from flagged`,
)

const CANCELS_OF_WORKER = statement(
  'cancels_of_worker',
  `select id, cancel_by, cancel_reason, is_kill_requested from job
   where worker_id = $1 and cancel_requested_at is not null and phase = 2`,
)

export interface CancelOptions {
  readonly jobIds: readonly string[]
  readonly actor: Actor
  readonly reason?: string | null
  /** End the process at once, without a grace period. */
  readonly kill?: boolean
}

/** What became of one job: ended at once, asked of its worker, over before, or unknown. */
export type CancelResult =
  | { readonly jobId: string; readonly result: 'cancelled' | 'requested' | 'not_found' }
  | { readonly jobId: string; readonly result: 'already_final'; readonly state: string }

/**
 * Cancels jobs, audited in the same transaction: what nobody holds ends at once, what a worker holds gets a flag, which
 * the worker confirms. Results in the order of the ids.
 */
export async function cancelJobs(store: Store, options: CancelOptions): Promise<CancelResult[]> {
  const { ended, flagged, states } = await store.counters.use((processId) =>
    store.transaction((tx) => cancelIn(tx, processId, options)),
  )
  await afterEnd(store, ended)
  if (flagged.size > 0) store.notifier.cancel(flagged)
  const cancelled = new Set(ended.map((job) => job.id))
  return options.jobIds.map((jobId): CancelResult => {
    if (cancelled.has(jobId)) return { jobId, result: 'cancelled' }
    if (flagged.has(jobId)) return { jobId, result: 'requested' }
    const state = states.get(jobId)
    return state === undefined ? { jobId, result: 'not_found' } : { jobId, result: 'already_final', state }
  })
}

/**
 * Cancels one job.
 *
 * @returns whether it ended at once (`cancelled`) or its worker was asked (`requested`)
 * @throws job_not_found, job_already_final
 */
export async function cancelJob(
  store: Store,
  jobId: string,
  options: Omit<CancelOptions, 'jobIds'>,
): Promise<'cancelled' | 'requested'> {
  const result = onlyRow(await cancelJobs(store, { ...options, jobIds: [jobId.toLowerCase()] }))
  if (result.result === 'not_found') throw problem('job_not_found')
  if (result.result === 'already_final') {
    throw problem('job_already_final', {
      detail: `The job is ${result.state}, so there is nothing to cancel`,
      extra: { state: result.state },
    })
  }
  return result.result
}

/** Cancel requests for the jobs that a worker holds. */
export async function cancelRequests(db: Queryable, lease: Pick<WorkerLease, 'workerId'>): Promise<CancelRequest[]> {
  const rows = await db.query<Row>(CANCELS_OF_WORKER, [lease.workerId])
  return rows.map((row) => ({
    jobId: row.id,
    by: row.cancel_by,
    reason: row.cancel_reason,
    kill: row.is_kill_requested,
  }))
}

interface Cancelled {
  readonly ended: readonly Ended[]
  readonly flagged: ReadonlySet<string>
  /** Of the jobs that are neither. */
  readonly states: ReadonlyMap<string, string>
}

/** A job may be claimed or given back between the two statements: such ones are tried again. */
async function cancelIn(tx: Queryable, processId: number, options: CancelOptions): Promise<Cancelled> {
  const { actor, reason = null, kill = false } = options
  const ended: Ended[] = []
  const flagged = new Set<string>()
  let open: readonly string[] = options.jobIds
  let states: ReadonlyMap<string, string> = new Map()
  while (open.length > 0) {
    const end = { state: 'cancelled', kind: 'cancelled', by: actor.name, reason } as const
    const now = await endIdle(tx, processId, { jobIds: open, end })
    ended.push(...now)
    const done = new Set(now.map((job) => job.id))
    const left = open.filter((id) => !done.has(id))
    if (left.length === 0) break
    const rows = await tx.query<{ id: string }>(FLAG_CANCEL, [
      left,
      actor.name,
      reason,
      kill,
      EVENT_KINDS.cancel_requested,
    ])
    for (const row of rows) flagged.add(row.id)
    const unknown = left.filter((id) => !flagged.has(id))
    states = unknown.length === 0 ? states : await statesOf(tx, unknown)
    open = unknown.filter((id) => ['pending', 'queued', 'sent', 'running'].includes(states.get(id) ?? ''))
  }
  const acts = [...ended.map((job) => job.id), ...flagged].map((id): Act => {
    return { action: kill ? 'job.kill' : 'job.cancel', target: `job:${id}`, after: { reason } }
  })
  await writeAudit(tx, actor, acts)
  return { ended, flagged, states }
}

interface Row {
  id: string
  cancel_by: string
  cancel_reason: string | null
  is_kill_requested: boolean
}
