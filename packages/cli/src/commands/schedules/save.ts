import { OVERLAPS, type ScheduledJob, type ScheduleView } from '@andon/core'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { type WorkFlags, workFlags } from '../jobs/create.ts'
import { findSchedule } from './find.ts'
import { printSchedules } from './schedules.ts'

interface TimeFlags {
  readonly overlap?: string
  readonly zone?: string
}

/** Flags of `schedules add`. */
export interface AddFlags extends WorkFlags, TimeFlags {
  readonly cron: string
  readonly type: string
}

/** Flags of `schedules change`. */
export interface ChangeFlags extends WorkFlags, TimeFlags {
  readonly cron?: string
  readonly name?: string
  readonly type?: string
}

/** `andon schedules add` */
export async function addSchedule(session: Session, name: string, flags: AddFlags): Promise<ExitCode> {
  const job = { type: flags.type, ...(await workFlags(session, flags)) }
  const times = timesOf(flags)
  const andon = await session.andon()
  printSchedules(session, [await andon.schedules.add({ name, cron: flags.cron, ...times, job })])
  return EXIT.ok
}

/** `andon schedules change` */
export async function changeSchedule(session: Session, name: string, flags: ChangeFlags): Promise<ExitCode> {
  const work: Partial<ScheduledJob> = {
    ...(await workFlags(session, flags)),
    ...(flags.type === undefined ? {} : { type: flags.type }),
    ...(flags.hold === false ? { is_held: false } : {}),
  }
  const when = {
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags.cron === undefined ? {} : { cron: flags.cron }),
    ...timesOf(flags),
  }
  const hasWork = Object.keys(work).length > 0
  if (!hasWork && Object.keys(when).length === 0) {
    throw new UsageError('Say what to change, such as --cron, --zone, --type or --input.')
  }
  const andon = await session.andon()
  const before = await findSchedule(andon, name)
  const job = hasWork ? { job: { ...before.job, ...work } } : {}
  printSchedules(session, [await andon.schedules.change(before.id, { ...when, ...job })])
  return EXIT.ok
}

function timesOf({ overlap, zone }: TimeFlags): Partial<Pick<ScheduleView, 'overlap' | 'time_zone'>> {
  return {
    ...(zone === undefined ? {} : { time_zone: zone }),
    ...(overlap === undefined ? {} : { overlap: overlapOf(overlap) }),
  }
}

function overlapOf(written: string): ScheduleView['overlap'] {
  const overlap = OVERLAPS.find((known) => known === written)
  if (overlap !== undefined) return overlap
  throw new UsageError(`--overlap does not know "${written}".`, `Choose from: ${OVERLAPS.join(', ')}`)
}
