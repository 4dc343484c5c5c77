import type { ChangeSchedule, CreateSchedule } from '@andon/core'
import { nextRun } from '@andon/engine'
import {
  type Actor as AuditActor,
  changeSchedule,
  createSchedule,
  getSchedule,
  type NewSchedule,
  requestedWork,
  resumeSchedule,
  type Schedule,
  type Store,
} from '@andon/store'
import { type Actor, canReadPayloads } from '../policies/actor.ts'
import { refuseUnseenNames } from '@andon/core/requests'

/** Who changes a schedule, as the policies and as the audit know them. */
export interface ChangedBy {
  readonly actor: Actor
  readonly audit: AuditActor
}

/**
 * Makes a schedule; its first run is the next time at which its expression comes true.
 *
 * @throws `validation_failed`, `name_taken`
 */
export function addSchedule(store: Store, body: CreateSchedule, { audit }: ChangedBy): Promise<Schedule> {
  const { cron, name, overlap, time_zone: timeZone = 'UTC' } = body
  refuseUnseenNames(name, '/name')
  const schedule: NewSchedule = {
    name,
    cron,
    timeZone,
    job: requestedWork(body.job, '/job'),
    ...(overlap === undefined ? {} : { overlap }),
    nextRunAt: nextRun(cron, timeZone, new Date()),
  }
  return createSchedule(store, schedule, audit)
}

/**
 * Changes what is named; the rest stays.
 *
 * @throws `schedule_not_found`, `validation_failed`, `name_taken`
 */
export async function changeScheduleOf(
  store: Store,
  id: number,
  { body, by }: { readonly body: ChangeSchedule; readonly by: ChangedBy },
): Promise<Schedule> {
  const before = await getSchedule(store, id)
  const {
    cron = before.cron,
    name = before.name,
    overlap = before.overlap,
    time_zone: timeZone = before.timeZone,
  } = body
  refuseUnseenNames(body.name, '/name')
  const job = body.job === undefined ? before.job : keptInput(before, body.job, by.actor)
  return changeSchedule(
    store,
    id,
    { name, cron, timeZone, job, overlap, nextRunAt: nextRun(cron, timeZone, new Date()) },
    by.audit,
  )
}

/** Lets a schedule go on with the next time to come: what passed during the pause was not missed. */
export async function resumeScheduleOf(store: Store, id: number, audit: AuditActor): Promise<Schedule> {
  const { cron, timeZone } = await getSchedule(store, id)
  return resumeSchedule(store, id, { nextRunAt: nextRun(cron, timeZone, new Date()), actor: audit })
}

/** Whoever was not shown the input cannot send it back. */
function keptInput({ job: before }: Schedule, job: NonNullable<ChangeSchedule['job']>, actor: Actor): Schedule['job'] {
  const work = requestedWork(job, '/job')
  return job.input === undefined && !canReadPayloads(actor) ? { ...work, input: before.input } : work
}
