import type { ScheduleView } from '@andon/core'
import { EXIT, type ExitCode } from '../../exit.ts'
import { printDetails, printRows } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { eachOf } from '../each.ts'
import { printCreated } from '../jobs/created.ts'
import { followJobs } from '../jobs/follow.ts'
import { findSchedule } from './find.ts'
import { previewLines, SCHEDULE_ROWS, scheduleLines } from './rows.ts'
import { type Removal, removeEach } from '../remove-each.ts'

/** `andon schedules list` */
export async function listSchedules(session: Session): Promise<ExitCode> {
  const andon = await session.andon()
  printRows(session, await andon.schedules.list(), SCHEDULE_ROWS)
  return EXIT.ok
}

/** `andon schedules show` */
export async function showSchedules(session: Session, names: readonly string[]): Promise<ExitCode> {
  const andon = await session.andon()
  const schedules: ScheduleView[] = []
  const failure = await eachOf(session, names, async (name) => void schedules.push(await findSchedule(andon, name)))
  if (schedules.length > 0) printSchedules(session, schedules)
  return failure
}

/** `andon schedules preview` */
export async function previewSchedule(
  session: Session,
  cron: string,
  { zone = 'UTC' }: { readonly zone?: string },
): Promise<ExitCode> {
  const andon = await session.andon()
  const preview = await andon.schedules.preview(cron, { timeZone: zone })
  printDetails(session, [preview], {
    columns: [
      { name: 'words', title: 'WORDS', value: ({ words }) => words },
      { name: 'next_runs', title: 'NEXT RUNS', value: ({ next_runs }) => next_runs },
    ],
    empty: '',
    name: ({ next_runs }) => next_runs.join('\n'),
    lines: (shown) => previewLines(shown, zone, session.look()),
  })
  return EXIT.ok
}

/** `andon schedules pause` */
export async function pauseSchedules(session: Session, names: readonly string[]): Promise<ExitCode> {
  const andon = await session.andon()
  return changeEach(session, names, async (name) => andon.schedules.pause((await findSchedule(andon, name)).id))
}

/** `andon schedules resume` */
export async function resumeSchedules(session: Session, names: readonly string[]): Promise<ExitCode> {
  const andon = await session.andon()
  return changeEach(session, names, async (name) => andon.schedules.resume((await findSchedule(andon, name)).id))
}

/** `andon schedules run` */
export async function runSchedule(
  session: Session,
  name: string,
  flags: { readonly watch?: boolean },
): Promise<ExitCode> {
  const andon = await session.andon()
  const made = await andon.schedules.run((await findSchedule(andon, name)).id)
  if (made.is_existing) session.note('It skips a run while its last job still lives, which is this one.')
  if (flags.watch === true) return followJobs(session, [made.id])
  printCreated(session, [made.id])
  return EXIT.ok
}

/** `andon schedules remove` */
export function removeSchedules(
  session: Session,
  names: readonly string[],
  flags: Removal['flags'],
): Promise<ExitCode> {
  return removeEach(session, { names, flags, stays: 'The jobs that it made stay.' }, async (andon, name) =>
    andon.schedules.remove((await findSchedule(andon, name)).id),
  )
}

/** Prints schedules with all that is known of them. */
export function printSchedules(session: Session, schedules: readonly ScheduleView[]): void {
  const lines = (schedule: ScheduleView) => scheduleLines(schedule, session.look())
  printDetails(session, schedules, { ...SCHEDULE_ROWS, lines })
}

async function changeEach(
  session: Session,
  names: readonly string[],
  change: (name: string) => Promise<ScheduleView>,
): Promise<ExitCode> {
  const schedules: ScheduleView[] = []
  const failure = await eachOf(session, names, async (name) => void schedules.push(await change(name)))
  printRows(session, schedules, { ...SCHEDULE_ROWS, empty: '' })
  return failure
}
