import type { JobView } from '@andon/core'
import { durationWords, uniquePrefixLength } from '@andon/core/base'
import type { Column } from '../../output/table.ts'
import { paintState, placeText, progressText, stateText, titleText } from './words.ts'

/** The first 13 characters of an id are its millisecond: mostly enough to tell jobs apart. */
const LEAST_ID = 13

/** Columns of job lists. The rows are known beforehand, so that ids are only as long as they need to be. */
export function jobColumns(jobs: readonly JobView[]): readonly Column<JobView>[] {
  const idLength = uniquePrefixLength(
    jobs.map((job) => job.id),
    LEAST_ID,
  )
  return [
    { name: 'id', title: 'ID', value: (job) => job.id, cell: (job) => job.id.slice(0, idLength) },
    {
      name: 'state',
      title: 'STATE',
      value: (job) => job.state,
      cell: stateText,
      paint: paintState,
    },
    { name: 'description', title: 'WHAT', shrink: 10, value: (job) => job.description, cell: titleText },
    { name: 'type', title: 'TYPE', drop: 6, value: (job) => job.type },
    {
      name: 'printer',
      title: 'WHERE',
      drop: 2,
      shrink: 8,
      value: (job) => job.printer ?? job.pool ?? job.queue,
      cell: placeText,
    },
    { name: 'progress', title: 'PROGRESS', drop: 1, value: progressText, cell: progressText },
    {
      name: 'created_at',
      title: 'CREATED',
      drop: 3,
      value: (job) => job.created_at,
      cell: (job, look) => look.time(job.created_at),
    },
    {
      name: 'duration',
      title: 'TOOK',
      align: 'right',
      drop: 5,
      value: (job) => durationMs(job, null),
      cell: (job, look) => {
        const ms = durationMs(job, look.nowMs)
        return ms === null ? '' : durationWords(ms)
      },
    },
    { name: 'created_by', title: 'BY', drop: 4, shrink: 6, value: (job) => job.created_by },
  ]
}

/** Further columns that `--columns` can name. */
export const MORE_JOB_COLUMNS: readonly Column<JobView>[] = [
  { name: 'queue', title: 'QUEUE', value: (job) => job.queue },
  { name: 'priority', title: 'PRIORITY', value: (job) => job.priority },
  { name: 'proof', title: 'PROOF', value: (job) => job.proof },
  { name: 'attempt', title: 'ATTEMPT', align: 'right', value: (job) => job.attempt },
  { name: 'worker', title: 'WORKER', value: (job) => job.worker },
  { name: 'wait_reason', title: 'WAITS FOR', value: (job) => job.wait_reason },
  {
    name: 'error',
    title: 'ERROR',
    shrink: 12,
    value: (job) => job.error?.code ?? null,
    cell: (job) => job.error?.message ?? '',
  },
  {
    name: 'started_at',
    title: 'STARTED',
    value: (job) => job.started_at,
    cell: (job, look) => look.time(job.started_at),
  },
  {
    name: 'finished_at',
    title: 'FINISHED',
    value: (job) => job.finished_at,
    cell: (job, look) => look.time(job.finished_at),
  },
  { name: 'summary', title: 'SUMMARY', shrink: 12, value: (job) => job.summary },
]

/** Milliseconds from start to end, or to now while it runs; null while it waits, and while it runs when now is not given. */
function durationMs(job: JobView, nowMs: number | null): number | null {
  if (job.started_at === null || job.state === 'pending' || job.state === 'queued') return null
  const end = job.finished_at === null ? nowMs : Date.parse(job.finished_at)
  return end === null ? null : end - Date.parse(job.started_at)
}
