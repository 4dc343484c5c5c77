import type { ScheduledJob, SchedulePreview, ScheduleView } from '@andon/core'
import { cronWords, nextRuns } from '@andon/engine'
import { getJobs, type JobRow, type Schedule, stateOfRow, type Store } from '@andon/store'
import { type Actor, canReadPayloads } from '../policies/actor.ts'
import { visibilityOf } from '../policies/visibility.ts'

/** Times to come that are shown. */
const SHOWN_RUNS = 5

/** Schedules as the actor sees them: with the state of the last job and the next runs. */
export async function presentSchedules(
  store: Store,
  schedules: readonly Schedule[],
  actor: Actor,
): Promise<ScheduleView[]> {
  const ids = schedules.flatMap(({ lastJobId }) => lastJobId ?? [])
  const jobs = new Map((await getJobs(store, ids, visibilityOf(actor))).map((row) => [row.id, row]))
  const mayReadInput = canReadPayloads(actor)
  return schedules.map((schedule) => ({
    id: schedule.id,
    name: schedule.name,
    cron: schedule.cron,
    time_zone: schedule.timeZone,
    words: cronWords(schedule.cron),
    job: jobOf(schedule.job, mayReadInput),
    is_redacted: !mayReadInput,
    overlap: schedule.overlap,
    next_runs: runsToCome(schedule),
    pause:
      schedule.pausedAt === null || schedule.pausedBy === null
        ? null
        : { at: schedule.pausedAt.toISOString(), by: schedule.pausedBy },
    last_run_at: schedule.lastRunAt?.toISOString() ?? null,
    last_job: lastJobOf(jobs.get(schedule.lastJobId ?? '')),
    missed: countOf(schedule.missed),
    skipped: countOf(schedule.skipped),
    trouble: schedule.trouble,
    created_at: schedule.createdAt.toISOString(),
  }))
}

/**
 * What an expression means, while it is being written.
 *
 * @throws `validation_failed` for what is no expression or time zone
 */
export function previewSchedule(cron: string, timeZone: string): SchedulePreview {
  const runs = nextRuns(cron, timeZone, { after: new Date(), count: SHOWN_RUNS })
  return { words: cronWords(cron), next_runs: runs.map((at) => at.toISOString()) }
}

/** A time that has just come stands first until its job is made. Paused ones, and those that gave up, have none. */
function runsToCome({ cron, nextRunAt, timeZone }: Schedule): string[] {
  if (nextRunAt === null) return []
  return [nextRunAt, ...laterRuns(cron, timeZone, nextRunAt)].map((at) => at.toISOString())
}

/** An expression that another version took must not hide all schedules: what it cannot say is left out. */
function laterRuns(cron: string, timeZone: string, after: Date): Date[] {
  try {
    return nextRuns(cron, timeZone, { after, count: SHOWN_RUNS - 1 })
  } catch {
    return []
  }
}

function lastJobOf(row: JobRow | undefined): ScheduleView['last_job'] {
  return row === undefined ? null : { id: row.id, state: stateOfRow(row) }
}

function countOf(counted: Schedule['missed']): ScheduleView['missed'] {
  return counted === null ? null : { count: counted.count, at: counted.at.toISOString() }
}

/** The job as it was asked for; what it leaves to its type and its queue is left out again. */
function jobOf(job: Schedule['job'], mayReadInput: boolean): ScheduledJob {
  return {
    type: job.type,
    queue: job.queue ?? 'default',
    ...(job.description ? { description: job.description } : {}),
    ...(mayReadInput && job.input !== null && job.input !== undefined ? { input: job.input } : {}),
    ...(job.priority ? { priority: job.priority } : {}),
    ...(job.subject ? { subject: job.subject } : {}),
    ...(job.tags ? { tags: job.tags } : {}),
    ...(job.maxAttempts === undefined ? {} : { max_attempts: job.maxAttempts }),
    ...(job.retry ? { retry: retryOf(job.retry) } : {}),
    ...(typeof job.estimatedMs === 'number' ? { estimated_ms: job.estimatedMs } : {}),
    ...(job.isHeld === true ? { is_held: true } : {}),
    ...(job.items?.length ? { items: job.items.map(itemOf) } : {}),
  }
}

type Items = NonNullable<ScheduledJob['items']>

function itemOf({ data, ref }: NonNullable<Schedule['job']['items']>[number]): Items[number] {
  return { ...(ref ? { ref } : {}), ...(data === undefined ? {} : { data }) }
}

function retryOf(retry: NonNullable<Schedule['job']['retry']>): NonNullable<ScheduledJob['retry']> {
  if (retry.kind === 'fixed') return { kind: 'fixed', delays_ms: [...retry.delaysMs] }
  const { baseMs, capMs, factor, jitter, retries } = retry
  return { kind: 'exponential', base_ms: baseMs, cap_ms: capMs, factor, jitter, retries }
}
