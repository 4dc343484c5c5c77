import { EVENT_KINDS, isProblem, problem } from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import { type PreparedJob, prepareJobs } from '../new-jobs.ts'
import type { Queryable, Store } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { keptStatement, statement } from '../statement.ts'
import { checkDepths, type CreatedJob, createInTransaction, type NewJob } from './create.ts'

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
  readonly overlap: Overlap
  /** Null while it is paused, or when its expression never comes true again. */
  readonly nextRunAt: Date | null
  /** Of the last run that made a job; runs that were left out do not count. */
  readonly lastRunAt: Date | null
  readonly lastJobId: string | null
  /** Times that had passed when a run stood for them all; null before that ever happened. */
  readonly missed: { readonly count: number; readonly at: Date } | null
  /** Runs that were left out since the job before still lived. */
  readonly skipped: { readonly count: number; readonly at: Date } | null
  /** Why the time that came last made no job; null when it made one. */
  readonly trouble: string | null
  readonly pausedAt: Date | null
  readonly pausedBy: string | null
  readonly createdAt: Date
}

export type ScheduledJob = Omit<NewJob, 'id' | 'createdBy' | 'runAt' | 'deadlineAt' | 'expiresAt' | 'requestHash'>

/** What is done while the job of the run before still waits or runs: start another one, or skip the run. */
export type Overlap = 'start' | 'skip'

export interface NewSchedule {
  readonly name: string
  readonly cron: string
  readonly timeZone: string
  readonly job: ScheduledJob
  /** Default `start`. */
  readonly overlap?: Overlap
  readonly nextRunAt: Date | null
}

const LIST = statement('list_schedules', `select * from schedule order by name`)
const FIND = statement('find_schedule', `select * from schedule where id = $1`)
const LOCK = statement('lock_schedule', `select * from schedule where id = $1 for update`)

const CREATE = statement(
  'create_schedule',
  `insert into schedule (name, cron, time_zone, job, next_run_at, overlap) values ($1, $2, $3, $4::jsonb, $5, $6)
   on conflict (name) do nothing returning *`,
)

const CHANGE = statement(
  'change_schedule',
  `update schedule set name = $2, cron = $3, time_zone = $4, job = $5::jsonb, next_run_at = $6, overlap = $7,
     trouble = null
   where id = $1 and not exists (select from schedule where name = $2 and id <> $1) returning *`,
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

const IS_ANY_DUE = keptStatement(
  'is_any_schedule_due',
  `select id from schedule where next_run_at <= now() and paused_at is null limit 1`,
)

/** Without a job it was skipped, or could not be made (`$5`). */
const RAN = statement(
  'schedule_ran',
  `update schedule set next_run_at = $3, trouble = $5,
     last_run_at = case when $2::uuid is null then last_run_at else now() end, last_job_id = coalesce($2, last_job_id),
     missed = case when $4 > 0 then $4 else missed end, missed_at = case when $4 > 0 then now() else missed_at end,
     skipped = skipped + $6, skipped_at = case when $6 > 0 then now() else skipped_at end
   where id = $1`,
)

const TELL = statement(
  'schedule_event',
  `insert into event (kind, topic, actor, data) values ($1, 'schedule:' || $2::int, $3, $4::jsonb)`,
)

/** All schedules by name. */
export async function listSchedules(db: Queryable): Promise<Schedule[]> {
  return (await db.query<Row>(LIST)).map(fromRow)
}

/** @throws schedule_not_found */
export async function getSchedule(db: Queryable, id: number): Promise<Schedule> {
  const [row] = await db.query<Row>(FIND, [id])
  if (row === undefined) throw notFound()
  return fromRow(row)
}

/** @throws name_taken */
export function createSchedule(store: Store, schedule: NewSchedule, actor: Actor): Promise<Schedule> {
  return store.transaction(async (tx) => {
    const [row] = await tx.query<Row>(CREATE, values(schedule))
    if (row === undefined) throw nameTaken(schedule.name)
    const made = fromRow(row)
    await record(tx, { schedule: made, actor, action: 'create', after: schedule })
    return made
  })
}

/**
 * Replaces what a schedule does; while it is paused it stays paused.
 *
 * @throws schedule_not_found, name_taken
 */
export function changeSchedule(store: Store, id: number, schedule: NewSchedule, actor: Actor): Promise<Schedule> {
  return store.transaction(async (tx) => {
    const before = await lock(tx, id)
    const next = before.pausedAt === null ? schedule : { ...schedule, nextRunAt: null }
    const [row] = await tx.query<Row>(CHANGE, [id, ...values(next)])
    if (row === undefined) throw nameTaken(schedule.name)
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

/** Who wants a job now; with a key the same request makes it once. */
export interface RunRequest extends Pick<NewJob, 'idempotencyKey' | 'requestHash'> {
  readonly actor: Actor
}

/**
 * Makes the schedule's job now, as a job of whoever asked; its regular times stay. `isExisting`: the
 * key was used before, or the job before still lives and the schedule starts no second one.
 */
export async function runScheduleNow(store: Store, id: number, request: RunRequest): Promise<CreatedJob> {
  const { actor, ...key } = request
  const schedule = await getSchedule(store, id)
  const prepared = await prepare(store, schedule, { ...key, createdBy: actor.name, accountId: actor.accountId ?? null })
  const created = await store.counters.use((processId) =>
    store.transaction(async (tx) => {
      const { nextRunAt } = await lock(tx, id)
      const made = onlyRow(await createInTransaction(tx, processId, [prepared]))
      if (!made.isExisting) await tx.query(RAN, [id, made.id, nextRunAt, 0, null, 0])
      await record(tx, { schedule, actor, action: 'run', after: { jobId: made.id } })
      return made
    }),
  )
  store.notifier.ready([prepared.lane.id])
  return created
}

/** What is decided about a schedule whose time has come. */
export interface RunPlan {
  /** The first time to come at which its expression comes true; null when there is none. */
  readonly nextRunAt: Date | null
  /** Times besides this one that have passed since its own: this run stands for them too. */
  readonly missed: number
}

/** What a due schedule did. */
export interface ScheduleRun {
  readonly schedule: Schedule
  /** Null when it made no job: the one before still lives, or it could not be made. */
  readonly jobId: string | null
  /** Why no job could be made; null otherwise. */
  readonly trouble: string | null
}

/**
 * Makes the jobs of schedules whose time has come, each once however many times were missed, at most `limit`. Job and
 * next time are one transaction, so that several processes make each run once. A schedule whose job is refused says so
 * and keeps none of the others from running.
 */
export async function runDueSchedules(
  store: Store,
  plan: (schedule: Schedule, now: Date) => RunPlan,
  limit = 100,
): Promise<ScheduleRun[]> {
  if ((await store.query(IS_ANY_DUE)).length === 0) return []
  const queues = new Set<number>()
  const runs = await store.counters.use((processId) =>
    store.transaction(async (tx) => {
      const done: ScheduleRun[] = []
      for (const row of await tx.query<Row & { database_now: Date }>(LOCK_DUE, [limit])) {
        const due = { schedule: fromRow(row), plan: plan(fromRow(row), row.database_now) }
        done.push(await runDue({ store, tx, processId, queues }, due))
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
  /** Where jobs were made. */
  readonly queues: Set<number>
}

interface Due {
  readonly schedule: Schedule
  readonly plan: RunPlan
}

async function runDue({ store, tx, processId, queues }: Place, { schedule, plan }: Due): Promise<ScheduleRun> {
  const createdBy = `schedule:${schedule.name}`
  const { prepared, trouble } = await prepare(store, schedule, { createdBy, accountId: null }).then(
    (job) => ({ prepared: job, trouble: null }),
    refusalOf,
  )
  const [made] = prepared === null ? [] : await createInTransaction(tx, processId, [prepared])
  const jobId = made === undefined || made.isExisting ? null : made.id
  const skipped = made?.isExisting === true ? 1 : 0
  await tx.query(RAN, [schedule.id, jobId, plan.nextRunAt, plan.missed, trouble, skipped])
  const told = { schedule, actor: 'system:scheduler' }
  await tell(tx, { ...told, kind: 'schedule_ran', data: { jobId, ...(trouble === null ? {} : { trouble }) } })
  if (plan.missed > 0) {
    const data = { jobId, missed: plan.missed, since: schedule.nextRunAt }
    await tell(tx, { ...told, kind: 'schedule_missed', data })
  }
  if (prepared !== null) queues.add(prepared.lane.id)
  return { schedule, jobId, trouble }
}

/** What refuses a job today may let it through tomorrow; what is no refusal is a defect, and nobody hides it. */
function refusalOf(error: unknown): { prepared: null; trouble: string } {
  if (!isProblem(error)) throw error
  return { prepared: null, trouble: error.detail }
}

/**
 * With `skip` the job before is found by a key that only one living job can have.
 *
 * @throws what refuses any job that is made: queue_full, queue_not_found, validation_failed
 */
async function prepare(
  store: Store,
  { id, job, overlap, siteId }: Schedule,
  by: Pick<NewJob, 'accountId' | 'createdBy' | 'idempotencyKey' | 'requestHash'>,
): Promise<PreparedJob> {
  const unique = overlap === 'skip' ? { uniqueKey: `schedule:${id}` } : {}
  const prepared = await prepareJobs(store, [{ siteId, ...job, ...unique, ...by }])
  await checkDepths(store, prepared)
  return onlyRow(prepared)
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
  readonly kind: 'schedule_changed' | 'schedule_missed' | 'schedule_ran'
  readonly actor: string
  readonly data: object
}

async function tell(tx: Queryable, { schedule, kind, actor, data }: Told): Promise<void> {
  await tx.query(TELL, [EVENT_KINDS[kind], schedule.id, actor, JSON.stringify({ name: schedule.name, ...data })])
}

function values(schedule: NewSchedule): unknown[] {
  const { cron, job, name, nextRunAt, overlap = 'start', timeZone } = schedule
  return [name, cron, timeZone, JSON.stringify(job), nextRunAt, overlap]
}

function nameTaken(name: string): Error {
  return problem('name_taken', { detail: `"${name}" exists already`, field: '/name' })
}

function notFound(): Error {
  return problem('schedule_not_found')
}

interface Row {
  id: number
  site_id: number
  name: string
  cron: string
  time_zone: string
  job: ScheduledJob
  overlap: Overlap
  next_run_at: Date | null
  last_run_at: Date | null
  last_job_id: string | null
  missed: number | null
  missed_at: Date | null
  skipped: number
  skipped_at: Date | null
  trouble: string | null
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
    overlap: row.overlap,
    nextRunAt: row.next_run_at,
    lastRunAt: row.last_run_at,
    lastJobId: row.last_job_id,
    missed: countAt(row.missed, row.missed_at),
    skipped: countAt(row.skipped, row.skipped_at),
    trouble: row.trouble,
    pausedAt: row.paused_at,
    pausedBy: row.paused_by,
    createdAt: row.created_at,
  }
}

function countAt(count: number | null, at: Date | null): Schedule['missed'] {
  return count === null || at === null ? null : { count, at }
}
