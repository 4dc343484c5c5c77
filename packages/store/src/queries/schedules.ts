import { EVENT_KINDS, problem } from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import { prepareJobs } from '../new-jobs.ts'
import type { Queryable, Store } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { createInTransaction, type NewJob } from './create.ts'

/** A job that is made again and again. */
export interface Schedule {
  readonly id: number
  readonly siteId: number
  readonly name: string
  /** Five or six fields; see the engine's `nextRun`. */
  readonly cron: string
  readonly timeZone: string
  /** What is made at each run. */
  readonly job: ScheduledJob
  /** Null while it is paused, or when its expression never comes true again. */
  readonly nextRunAt: Date | null
  readonly lastRunAt: Date | null
  readonly lastJobId: string | null
  readonly pausedAt: Date | null
  readonly pausedBy: string | null
  readonly createdAt: Date
}

export type ScheduledJob = Omit<NewJob, 'id' | 'createdBy' | 'runAt' | 'deadlineAt' | 'expiresAt' | 'requestHash'>

export interface NewSchedule {
  readonly name: string
  readonly cron: string
  readonly timeZone: string
  readonly job: ScheduledJob
  readonly nextRunAt: Date | null
}

const LIST = statement('list_schedules', `select * from schedule order by name`)
const FIND = statement('find_schedule', `select * from schedule where id = $1`)
const LOCK = statement('lock_schedule', `select * from schedule where id = $1 for update`)

const CREATE = statement(
  'create_schedule',
  `insert into schedule (name, cron, time_zone, job, next_run_at) values ($1, $2, $3, $4::jsonb, $5)
   on conflict (name) do nothing returning *`,
)

const CHANGE = statement(
  'change_schedule',
  `update schedule set name = $2, cron = $3, time_zone = $4, job = $5::jsonb, next_run_at = $6 where id = $1 returning *`,
)

const REMOVE = statement('remove_schedule', `delete from schedule where id = $1`)

const PAUSE = statement(
  'pause_schedule',
  `update schedule set paused_at = now(), paused_by = $2, next_run_at = null where id = $1 returning *`,
)

const RESUME = statement(
  'resume_schedule',
  `update schedule set paused_at = null, paused_by = null, next_run_at = $2 where id = $1 returning *`,
)

/** With the database's clock, by which everything is due. */
const LOCK_DUE = statement(
  'lock_due_schedules',
  `select *, now() as database_now from schedule where next_run_at <= now() and paused_at is null
   order by next_run_at limit $1 for update skip locked`,
)

const IS_ANY_DUE = statement(
  'is_any_schedule_due',
  `select id from schedule where next_run_at <= now() and paused_at is null limit 1`,
)

const RAN = statement(
  'schedule_ran',
  `update schedule set last_run_at = now(), last_job_id = $2, next_run_at = $3 where id = $1`,
)

const TELL = statement(
  'schedule_event',
  `insert into event (kind, topic, actor, data) values ($1, 'schedule:' || $2::int, $3, $4::jsonb)`,
)

/** All schedules by name. */
export async function listSchedules(db: Queryable): Promise<Schedule[]> {
  return (await db.query<Row>(LIST)).map(fromRow)
}

/** @throws not_found */
export async function getSchedule(db: Queryable, id: number): Promise<Schedule> {
  const [row] = await db.query<Row>(FIND, [id])
  if (row === undefined) throw notFound()
  return fromRow(row)
}

/** @throws name_taken */
export function createSchedule(store: Store, schedule: NewSchedule, actor: Actor): Promise<Schedule> {
  return store.transaction(async (tx) => {
    const [row] = await tx.query<Row>(CREATE, values(schedule))
    if (row === undefined) throw problem('name_taken', { detail: `"${schedule.name}" exists already`, field: '/name' })
    const made = fromRow(row)
    await record(tx, { schedule: made, actor, action: 'create', after: schedule })
    return made
  })
}

/** Replaces what a schedule does; while it is paused it stays paused. */
export function changeSchedule(store: Store, id: number, schedule: NewSchedule, actor: Actor): Promise<Schedule> {
  return store.transaction(async (tx) => {
    const before = await lock(tx, id)
    const next = before.pausedAt === null ? schedule : { ...schedule, nextRunAt: null }
    const row = onlyRow(await tx.query<Row>(CHANGE, [id, ...values(next)]))
    await record(tx, { schedule: before, actor, action: 'change', after: schedule })
    return fromRow(row)
  })
}

export async function removeSchedule(store: Store, id: number, actor: Actor): Promise<void> {
  await store.transaction(async (tx) => {
    const before = await lock(tx, id)
    await tx.query(REMOVE, [id])
    await record(tx, { schedule: before, actor, action: 'remove', after: null })
  })
}

export function pauseSchedule(store: Store, id: number, actor: Actor): Promise<Schedule> {
  return store.transaction(async (tx) => {
    const before = await lock(tx, id)
    if (before.pausedAt !== null) return before
    const row = onlyRow(await tx.query<Row>(PAUSE, [id, actor.name]))
    await record(tx, { schedule: before, actor, action: 'pause', after: null })
    return fromRow(row)
  })
}

/** @param nextRunAt the next time its expression comes true */
export function resumeSchedule(
  store: Store,
  id: number,
  { nextRunAt, actor }: { readonly nextRunAt: Date | null; readonly actor: Actor },
): Promise<Schedule> {
  return store.transaction(async (tx) => {
    const before = await lock(tx, id)
    if (before.pausedAt === null) return before
    const row = onlyRow(await tx.query<Row>(RESUME, [id, nextRunAt]))
    await record(tx, { schedule: before, actor, action: 'resume', after: null })
    return fromRow(row)
  })
}

/** Makes the schedule's job now; its regular times stay. The id of the job. */
export async function runScheduleNow(store: Store, id: number, actor: Actor): Promise<string> {
  const { jobId, queueId } = await store.counters.use((processId) =>
    store.transaction(async (tx) => {
      const schedule = await lock(tx, id)
      const made = await make({ store, tx, processId }, schedule, actor.name)
      await tx.query(RAN, [id, made.jobId, schedule.nextRunAt])
      await record(tx, { schedule, actor, action: 'run', after: { jobId: made.jobId } })
      return made
    }),
  )
  store.notifier.ready([queueId])
  return jobId
}

/** What a due schedule did. */
export interface ScheduleRun {
  readonly schedule: Schedule
  readonly jobId: string
}

/**
 * Makes the jobs of schedules whose time has come, each once however many times were missed, at most `limit`. Job and
 * next time are one transaction, so that several processes make each run once.
 *
 * @param next the first time after `after` at which the expression comes true; null when there is none
 */
export async function runDueSchedules(
  store: Store,
  next: (schedule: Schedule, after: Date) => Date | null,
  limit = 100,
): Promise<ScheduleRun[]> {
  if ((await store.query(IS_ANY_DUE)).length === 0) return []
  const queues = new Set<number>()
  const runs = await store.counters.use((processId) =>
    store.transaction(async (tx) => {
      const done: ScheduleRun[] = []
      for (const row of await tx.query<Row & { database_now: Date }>(LOCK_DUE, [limit])) {
        const schedule = fromRow(row)
        const { jobId, queueId } = await make({ store, tx, processId }, schedule, `schedule:${schedule.name}`)
        await tx.query(RAN, [schedule.id, jobId, next(schedule, row.database_now)])
        await tell(tx, { schedule, kind: 'schedule_ran', actor: 'system:scheduler', data: { jobId } })
        queues.add(queueId)
        done.push({ schedule, jobId })
      }
      return done
    }),
  )
  if (queues.size > 0) store.notifier.ready(queues)
  return runs
}

interface Place {
  readonly store: Store
  readonly tx: Queryable
  readonly processId: number
}

async function make(
  { store, tx, processId }: Place,
  schedule: Schedule,
  createdBy: string,
): Promise<{ jobId: string; queueId: number }> {
  const prepared = onlyRow(await prepareJobs(store, [{ siteId: schedule.siteId, ...schedule.job, createdBy }]))
  const created = onlyRow(await createInTransaction(tx, processId, [prepared]))
  return { jobId: created.id, queueId: prepared.lane.id }
}

async function lock(tx: Queryable, id: number): Promise<Schedule> {
  const [row] = await tx.query<Row>(LOCK, [id])
  if (row === undefined) throw notFound()
  return fromRow(row)
}

interface Recorded {
  readonly schedule: Schedule
  readonly actor: Actor
  readonly action: string
  readonly after: unknown
}

async function record(tx: Queryable, { schedule, actor, action, after }: Recorded): Promise<void> {
  await tell(tx, { schedule, kind: 'schedule_changed', actor: actor.name, data: { action } })
  const before = { name: schedule.name, cron: schedule.cron, timeZone: schedule.timeZone }
  await writeAudit(tx, actor, [{ action: `schedule.${action}`, target: `schedule:${schedule.id}`, before, after }])
}

interface Told {
  readonly schedule: Schedule
  readonly kind: 'schedule_changed' | 'schedule_ran'
  readonly actor: string
  readonly data: object
}

async function tell(tx: Queryable, { schedule, kind, actor, data }: Told): Promise<void> {
  await tx.query(TELL, [EVENT_KINDS[kind], schedule.id, actor, JSON.stringify({ name: schedule.name, ...data })])
}

function values(schedule: NewSchedule): unknown[] {
  return [schedule.name, schedule.cron, schedule.timeZone, JSON.stringify(schedule.job), schedule.nextRunAt]
}

function notFound(): Error {
  return problem('not_found', { detail: 'there is no such schedule' })
}

interface Row {
  id: number
  site_id: number
  name: string
  cron: string
  time_zone: string
  job: ScheduledJob
  next_run_at: Date | null
  last_run_at: Date | null
  last_job_id: string | null
  paused_at: Date | null
  paused_by: string | null
  created_at: Date
}

function fromRow(row: Row): Schedule {
  return {
    id: row.id,
    siteId: row.site_id,
    name: row.name,
    cron: row.cron,
    timeZone: row.time_zone,
    job: row.job,
    nextRunAt: row.next_run_at,
    lastRunAt: row.last_run_at,
    lastJobId: row.last_job_id,
    pausedAt: row.paused_at,
    pausedBy: row.paused_by,
    createdAt: row.created_at,
  }
}
