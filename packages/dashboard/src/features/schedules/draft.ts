import { type CreateSchedule, type Priority, PRIORITIES, type ScheduledJob, type ScheduleView } from '@andon/core'

/** A schedule as it is being written. */
export interface Draft {
  readonly name: string
  readonly cron: string
  readonly timeZone: string
  readonly type: string
  readonly queue: string
  readonly description: string
  readonly priority: Priority
  /** JSON, or empty for none. */
  readonly input: string
  readonly overlap: ScheduleView['overlap']
}

/** What many want, as a beginning. */
export const PRESETS = [
  { cron: '0 6 * * MON-FRI', word: 'Weekdays at 06:00' },
  { cron: '0 6 * * *', word: 'Every day at 06:00' },
  { cron: '0 * * * *', word: 'Every hour' },
  { cron: '*/15 * * * *', word: 'Every 15 minutes' },
  { cron: '0 22 * * SUN', word: 'Sundays at 22:00' },
  { cron: '0 5 1 * *', word: 'The first of the month at 05:00' },
] as const

/** The draft of a schedule that is there, or of a new one, in the reader's own time zone. */
export function draftOf(schedule: ScheduleView | null): Draft {
  const job = schedule?.job
  return {
    name: schedule?.name ?? '',
    cron: schedule?.cron ?? PRESETS[0].cron,
    timeZone: schedule?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    type: job?.type ?? '',
    queue: job?.queue ?? '',
    description: job?.description ?? '',
    priority: PRIORITIES.find((known) => known === job?.priority) ?? 'normal',
    input: job?.input === undefined ? '' : JSON.stringify(job.input, null, 2),
    overlap: schedule?.overlap ?? 'start',
  }
}

/** What is wrong with the input as it is written; null when it is JSON, or empty. */
export function inputError({ input }: Draft): string | null {
  if (input.trim() === '') return null
  try {
    JSON.parse(input)
    return null
  } catch (error) {
    return `This is no JSON: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** The request; what the form does not show of the job stays as it is. */
export function requestOf(draft: Draft, before: ScheduleView | null): CreateSchedule {
  const { description: _description, input: _input, queue: _queue, ...kept } = before?.job ?? {}
  const job: ScheduledJob = {
    ...kept,
    type: draft.type.trim(),
    priority: draft.priority,
    ...(draft.queue.trim() === '' ? {} : { queue: draft.queue.trim() }),
    ...(draft.description.trim() === '' ? {} : { description: draft.description.trim() }),
    ...(draft.input.trim() === '' ? {} : { input: JSON.parse(draft.input) as unknown }),
  }
  return {
    name: draft.name.trim(),
    cron: draft.cron.trim(),
    time_zone: draft.timeZone.trim(),
    overlap: draft.overlap,
    job,
  }
}
