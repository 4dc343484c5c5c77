import type { SchedulePreview, ScheduleView } from '@andon/core'
import type { Look } from '../../output/look.ts'
import { FIELDS } from '../../output/fields.ts'
import type { RowsSpec } from '../../output/rows.ts'
import { plain } from '../../output/text.ts'

/** How schedules are printed in lists. */
export const SCHEDULE_ROWS: RowsSpec<ScheduleView> = {
  fields: FIELDS.ScheduleView,
  columns: [
    { name: 'id', title: 'ID', align: 'right', drop: 3, value: (schedule) => schedule.id },
    { name: 'name', title: 'NAME', shrink: 12, value: (schedule) => schedule.name },
    {
      name: 'status',
      title: 'STATUS',
      value: statusWord,
      paint: (text, schedule, look) => look.paint(styleOf(schedule), text),
    },
    {
      name: 'cron',
      title: 'WHEN',
      shrink: 14,
      value: (schedule) => schedule.cron,
      cell: (schedule) => schedule.words ?? schedule.cron,
    },
    { name: 'time_zone', title: 'ZONE', drop: 2, value: (schedule) => schedule.time_zone },
    { name: 'type', title: 'JOB', shrink: 10, value: (schedule) => schedule.job.type },
    {
      name: 'next_runs',
      title: 'NEXT RUN',
      value: (schedule) => schedule.next_runs,
      cell: (schedule, look) => look.time(schedule.next_runs[0] ?? null),
    },
    {
      name: 'last_run_at',
      title: 'LAST RUN',
      drop: 1,
      value: (schedule) => schedule.last_run_at,
      cell: (schedule, look) => look.time(schedule.last_run_at),
    },
    {
      name: 'last_state',
      title: 'LAST JOB',
      value: (schedule) => schedule.last_job?.state ?? null,
      paint: (text, schedule, look) => (schedule.last_job?.state === 'failed' ? look.paint('red', text) : text),
    },
  ],
  empty: 'No schedules yet. Make one with: andon schedules add NAME --cron "0 6 * * MON-FRI" --type report.pdf',
  name: (schedule) => schedule.name,
}

/** One schedule for a person. */
export function scheduleLines(schedule: ScheduleView, look: Look): string[] {
  const { job, last_job: lastJob, missed, pause, skipped } = schedule
  const fact = (name: string, text: string | null | undefined) =>
    text ? [`  ${look.paint('dim', name.padEnd(10))} ${plain(text)}`] : []
  const input = schedule.is_redacted ? 'not shown to you' : job.input === undefined ? null : JSON.stringify(job.input)
  const last = lastJob === null ? '' : `, ${lastJob.state} (${lastJob.id})`
  return [
    `${look.paint(styleOf(schedule), statusWord(schedule))}  ${look.paint('bold', plain(schedule.name))}`,
    ...fact('id', String(schedule.id)),
    ...fact('when', `${schedule.words ?? ''} (${schedule.cron}, ${schedule.time_zone})`.trim()),
    ...fact('job', `${job.type} in the queue ${job.queue}`),
    ...fact('input', input),
    ...fact('overlap', schedule.overlap === 'skip' ? 'skips a run while its last job still lives' : null),
    ...fact('paused', pause && `${look.time(pause.at)} by ${pause.by}`),
    ...fact('last run', schedule.last_run_at && `${look.time(schedule.last_run_at)}${last}`),
    ...fact('trouble', schedule.trouble),
    ...fact('missed', missed && `${countOf(missed.count, 'run')}, made up for by one ${look.time(missed.at)}`),
    ...fact('skipped', skipped && `${countOf(skipped.count, 'run')}, the last one ${look.time(skipped.at)}`),
    ...runLines(schedule, schedule.time_zone, look),
  ]
}

/** What an expression means, for a person. */
export function previewLines(preview: SchedulePreview, timeZone: string, look: Look): string[] {
  return [look.paint('bold', preview.words ?? 'No words for it'), ...runLines(preview, timeZone, look)]
}

/** Each with the day and the time that a clock there shows. */
function runLines({ next_runs }: Pick<SchedulePreview, 'next_runs'>, timeZone: string, look: Look): string[] {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'full', timeStyle: 'medium' })
  return next_runs.map((at, index) => {
    const title = look.paint('dim', (index === 0 ? 'next runs' : '').padEnd(10))
    return `  ${title} ${clock.format(new Date(at))}  ${look.paint('dim', look.time(at))}`
  })
}

function countOf(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`
}

function statusWord({ next_runs, pause, trouble }: ScheduleView): string {
  if (pause !== null) return 'paused'
  if (trouble !== null) return 'in trouble'
  return next_runs.length === 0 ? 'over' : 'active'
}

function styleOf(schedule: ScheduleView): 'green' | 'red' | 'yellow' {
  const word = statusWord(schedule)
  if (word === 'in trouble') return 'red'
  return word === 'active' ? 'green' : 'yellow'
}
