import { EVENT_KINDS, HOLD_REASONS, type HoldReason, PRIORITIES, type Priority, problem } from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import type { Queryable, Store } from '../pool.ts'
import { onlyRow, wordAt } from '../rows.ts'
import { type Statement, statement } from '../statement.ts'
import { type Lane, lanesById } from './lanes.ts'
import { statesOf } from './stale.ts'

/** Locks a job that nobody holds, or says in which phase it is. */
const LOCK_JOB = statement(
  'lock_job',
  `select id, site_id, queue_id, phase, hold, priority, rank, version, attempt, run_at, is_resumed from job
   where id = $1 for update`,
)

const HOLD_JOB = statement('hold_job', `update job set phase = 0, hold = 3, version = version + 1 where id = $1`)

const RELEASE_JOB = statement(
  'release_job',
  `update job set phase = 1, hold = null, run_at = now(), queued_at = now(), moves = 0, version = version + 1
   where id = $1`,
)

const CUT_PARENTS = statement('cut_parents', `delete from job_parent where job_id = $1`)

const SNOOZE_JOB = statement(
  'snooze_job',
  `update job set phase = 0, hold = 0, run_at = $2, version = version + 1 where id = $1`,
)

const PRIORITISE_JOB = statement(
  'prioritise_job',
  `update job set priority = $2, rank = $3, version = version + 1 where id = $1`,
)

const TOP_RANK = statement(
  'top_rank',
  `select coalesce(max(rank), 0)::int as rank from (
     select rank from job where phase = 1 and queue_id = $1 order by rank desc limit 1) top`,
)

const MOVE_JOB = statement(
  'move_job',
  `update job set queue_id = $2, printer_id = $3, station_id = $4, version = version + 1 where id = $1`,
)

/** Moves jobs between queues and states in the counters; each queue and state once. */
export const COUNT_CHANGE: Statement = statement(
  'count_change',
  `insert into counter as c (process_id, queue_id, state, n)
   select $1::int, d.queue_id, d.state, d.n from unnest($2::int[], $3::smallint[], $4::int[]) as d (queue_id, state, n)
   where d.n <> 0 order by 2, 3
   on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n`,
)

const JOB_EVENT = statement(
  'job_event',
  `insert into event (site_id, kind, job_id, version, attempt, actor, data) values ($1, $2, $3, $4, $5, $6, $7::jsonb)`,
)

/** A job that a command is about to change. */
export interface LockedJob {
  readonly id: string
  readonly siteId: number
  readonly queueId: number
  /** 0 waiting, 1 ready. */
  readonly phase: number
  /** Null when it is ready. */
  readonly hold: HoldReason | null
  readonly priority: number
  readonly rank: number
  readonly version: number
  readonly attempt: number
  readonly isResumed: boolean
}

/** Puts a job aside until somebody releases it. */
export async function holdJob(
  store: Store,
  jobId: string,
  { actor, reason = null }: { readonly actor: Actor; readonly reason?: string | null },
): Promise<void> {
  await command(store, { jobId, actor, name: 'hold' }, async (tx, job) => {
    refuse(job, ['unconfirmed', 'parent'])
    await tx.query(HOLD_JOB, [job.id])
    return { kind: 'held', data: { reason }, phase: 0, queueId: job.queueId }
  })
}

/** Lets a job run now that was held, scheduled, snoozed, waits for a retry or for its parents. */
export async function releaseJob(store: Store, jobId: string, { actor }: { readonly actor: Actor }): Promise<void> {
  await command(store, { jobId, actor, name: 'release' }, async (tx, job) => {
    refuse(job, ['unconfirmed'])
    if (job.phase === 1)
      throw problem('state_conflict', { detail: 'it does not wait for anything that could be ended' })
    await tx.query(RELEASE_JOB, [job.id])
    await tx.query(CUT_PARENTS, [job.id])
    return { kind: 'released', data: { from: job.hold }, phase: 1, queueId: job.queueId }
  })
}

/** Puts a job off until a time. */
export async function snoozeJob(
  store: Store,
  jobId: string,
  { actor, until }: { readonly actor: Actor; readonly until: Date },
): Promise<void> {
  await command(store, { jobId, actor, name: 'snooze' }, async (tx, job) => {
    refuse(job, ['unconfirmed', 'parent'])
    await tx.query(SNOOZE_JOB, [job.id, until])
    return { kind: 'snoozed', data: { reason: null, until: until.toISOString() }, phase: 0, queueId: job.queueId }
  })
}

/** Gives a job another priority, or puts it before everything that waits in its lane. */
export async function prioritiseJob(
  store: Store,
  jobId: string,
  options: { readonly actor: Actor; readonly priority?: Priority; readonly front?: boolean },
): Promise<void> {
  const { actor, front = false } = options
  await command(store, { jobId, actor, name: 'priority' }, async (tx, job) => {
    const priority = options.priority === undefined ? job.priority : PRIORITIES.indexOf(options.priority)
    const top = onlyRow(await tx.query<{ rank: number }>(TOP_RANK, [job.queueId]))
    // One more than what is claimed first now; bounded, since smallint ends somewhere.
    const rank = front ? Math.min(32_000, Math.max(PRIORITIES.length, top.rank) + 1) : priority
    await tx.query(PRIORITISE_JOB, [job.id, priority, rank])
    const data = { from: PRIORITIES[job.priority], to: PRIORITIES[priority], front }
    return { kind: 'priority_changed', data, phase: job.phase, queueId: job.queueId }
  })
}

/**
 * Moves a waiting job to another queue, printer or pool.
 *
 * @throws queue_not_found, queue_full when that lane drains
 */
export async function moveJob(
  store: Store,
  jobId: string,
  { actor, laneId }: { readonly actor: Actor; readonly laneId: number },
): Promise<void> {
  const lanes = await lanesById(store, [laneId])
  const to = lanes.get(laneId)
  if (to === undefined) throw problem('queue_not_found')
  if (to.isDraining) throw problem('queue_full', { detail: `"${to.name}" drains and takes no new jobs` })
  await command(store, { jobId, actor, name: 'move' }, async (tx, job) => {
    // Work that lies at one executor cannot be taken up at another.
    if (job.isResumed) throw problem('state_conflict', { detail: 'its work may already lie at its printer' })
    refuse(job, ['unconfirmed'])
    const from = (await lanesById(store, [job.queueId])).get(job.queueId)
    await tx.query(MOVE_JOB, [job.id, to.id, to.kind === 'printer' ? to.id : null, to.stationId])
    return { kind: 'moved', data: { from: nameOf(from), to: to.name }, phase: job.phase, queueId: to.id }
  })
}

type CommandKind = 'held' | 'released' | 'snoozed' | 'priority_changed' | 'moved'

interface Command {
  readonly jobId: string
  readonly actor: Actor
  readonly name: string
}

interface Outcome {
  readonly kind: CommandKind
  readonly data: object
  /** Where it is afterwards. */
  readonly phase: number
  readonly queueId: number
}

/** Locks the job, lets `work` change it, and keeps counters, event and audit in step, in one transaction. */
async function command(
  store: Store,
  { jobId, actor, name }: Command,
  work: (tx: Queryable, job: LockedJob) => Promise<Outcome>,
): Promise<void> {
  const outcome = await store.counters.use((processId) =>
    store.transaction(async (tx) => {
      const job = await lockIdle(tx, jobId)
      const done = await work(tx, job)
      await tx.query(COUNT_CHANGE, [processId, ...countChange(job, done)])
      await tellJob(tx, { job, kind: done.kind, actor, data: done.data })
      await writeAudit(tx, actor, [{ action: `job.${name}`, target: `job:${job.id}`, after: done.data }])
      return done
    }),
  )
  store.notifier.ready(outcome.phase === 1 ? [outcome.queueId] : [])
}

/**
 * Locks a job that nobody holds.
 *
 * @throws job_not_found, job_already_final, state_conflict while a worker has it
 */
export async function lockIdle(tx: Queryable, jobId: string): Promise<LockedJob> {
  const [row] = await tx.query<Row>(LOCK_JOB, [jobId])
  if (row === undefined) {
    const state = (await statesOf(tx, [jobId])).get(jobId.toLowerCase())
    if (state === undefined) throw problem('job_not_found')
    throw problem('job_already_final', { detail: `The job is ${state}`, extra: { state } })
  }
  if (row.phase === 2) {
    const state = (await statesOf(tx, [jobId])).get(row.id)
    throw problem('state_conflict', { detail: `The job is ${state}, and a worker has it`, extra: { state } })
  }
  return {
    id: row.id,
    siteId: row.site_id,
    queueId: row.queue_id,
    phase: row.phase,
    hold: row.hold === null ? null : wordAt(HOLD_REASONS, row.hold),
    priority: row.priority,
    rank: row.rank,
    version: row.version,
    attempt: row.attempt,
    isResumed: row.is_resumed,
  }
}

interface Told {
  readonly job: LockedJob
  readonly kind: keyof typeof EVENT_KINDS
  readonly actor: Actor
  readonly data: object
}

/** Writes one event of a job that was just changed once. */
export async function tellJob(tx: Queryable, { job, kind, actor, data }: Told): Promise<void> {
  await tx.query(JOB_EVENT, [
    job.siteId,
    EVENT_KINDS[kind],
    job.id,
    job.version + 1,
    job.attempt,
    actor.name,
    JSON.stringify(data),
  ])
}

function refuse({ hold }: LockedJob, holds: readonly HoldReason[]): void {
  if (hold === null || !holds.includes(hold)) return
  const detail = hold === 'unconfirmed' ? 'somebody must say first whether it was printed' : 'it waits for other jobs'
  throw problem('state_conflict', { detail, extra: { state: 'pending', wait_reason: hold } })
}

function countChange(job: LockedJob, done: Outcome): [number[], number[], number[]] {
  return [
    [job.queueId, done.queueId],
    [job.phase * 2, done.phase * 2],
    job.queueId === done.queueId && job.phase === done.phase ? [0, 0] : [-1, 1],
  ]
}

function nameOf(lane: Lane | undefined): string {
  return lane?.name ?? '?'
}

interface Row {
  id: string
  site_id: number
  queue_id: number
  phase: number
  hold: number | null
  priority: number
  rank: number
  version: number
  attempt: number
  run_at: Date
  is_resumed: boolean
}
