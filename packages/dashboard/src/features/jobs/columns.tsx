import type { JobView } from '@andon/core'
import type { ReactNode } from 'react'
import { shortId } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { Lasting, TimeAgo } from '../../ui/time-ago.tsx'
import { JobProgress } from './job-progress.tsx'
import { jobTitle, PROOF_WORDS, waitWords } from './job-words.ts'

/** One column of the jobs table. */
export interface Column {
  readonly id: string
  readonly word: string
  /** A track of `grid-template-columns`. */
  readonly width: string
  readonly isRight?: boolean
  readonly cell: (job: JobView) => ReactNode
}

/** Every column, in the order in which they stand. */
export const COLUMNS: readonly Column[] = [
  { id: 'state', word: 'State', width: '11.25rem', cell: (job) => <StateCell job={job} /> },
  { id: 'job', word: 'Job', width: 'minmax(9rem, 3fr)', cell: (job) => <JobCell job={job} /> },
  { id: 'progress', word: 'Progress', width: 'minmax(11rem, 2fr)', cell: (job) => <JobProgress job={job} /> },
  {
    id: 'where',
    word: 'Printer/queue',
    width: 'minmax(5rem, 1fr)',
    cell: (job) => plain(job.printer ?? job.pool ?? job.queue),
  },
  {
    id: 'proof',
    word: 'Proof',
    width: '10rem',
    cell: (job) => plain(job.proof === null ? '–' : PROOF_WORDS[job.proof]),
  },
  { id: 'priority', word: 'Priority', width: '6.5rem', cell: (job) => <PriorityWord priority={job.priority} /> },
  { id: 'by', word: 'By', width: '5rem', cell: (job) => plain(job.created_by) },
  { id: 'subject', word: 'Subject', width: '8rem', cell: (job) => plain(job.subject === null ? '–' : job.subject.id) },
  { id: 'worker', word: 'Worker', width: '7.5rem', cell: (job) => plain(job.worker ?? '–') },
  {
    id: 'attempt',
    word: 'Attempt',
    width: '5rem',
    isRight: true,
    cell: (job) => plain(`${job.attempt} of ${job.max_attempts}`),
  },
  { id: 'created', word: 'Created', width: '5rem', isRight: true, cell: (job) => <TimeAgo at={job.created_at} /> },
  { id: 'finished', word: 'Finished', width: '5.5rem', isRight: true, cell: (job) => <TimeAgo at={job.finished_at} /> },
  {
    id: 'duration',
    word: 'Duration',
    width: '5.25rem',
    isRight: true,
    cell: (job) => <Lasting from={!isWaiting(job) ? job.started_at : null} to={job.finished_at} />,
  },
]

/** What is shown until a person chooses. */
export const USUAL_COLUMNS: readonly string[] = ['state', 'job', 'progress', 'where', 'by', 'created', 'duration']

/** What is left out first where there is little room, unless a person chose. */
const SPARE_COLUMNS: ReadonlySet<string> = new Set(['by', 'duration'])
const ROOMY_PX = 1280

/** The chosen columns in their order; unknown names are left out. */
export function columnsOf(chosen: readonly string[] | null, windowPx: number): readonly Column[] {
  const usual = windowPx < ROOMY_PX ? USUAL_COLUMNS.filter((id) => !SPARE_COLUMNS.has(id)) : USUAL_COLUMNS
  const wanted = chosen ?? usual
  return COLUMNS.filter((column) => wanted.includes(column.id))
}

/** Whether it is not being worked on, though it may have been before. */
function isWaiting({ state }: JobView): boolean {
  return state === 'pending' || state === 'queued'
}

function plain(text: string): ReactNode {
  return (
    <span className="num block truncate" title={text}>
      {text}
    </span>
  )
}

function StateCell({ job }: { readonly job: JobView }) {
  const why = job.wait_reason === 'unconfirmed' ? '' : waitWords(job.wait_reason)
  return (
    <span className="flex min-w-0 flex-col items-start gap-0.5">
      <StateBadge job={job} />
      {why === '' ? null : <span className="max-w-full truncate pl-2 text-xs text-muted">{why}</span>}
    </span>
  )
}

function JobCell({ job }: { readonly job: JobView }) {
  return (
    <span className="block min-w-0">
      <span className="flex items-center gap-1.5">
        {job.priority === 'urgent' || job.priority === 'high' ? (
          <span title={`Priority ${job.priority}`} className={job.priority === 'urgent' ? 'text-bad' : 'text-warn'}>
            <Icon name="arrowUp" size={15} />
            <span className="sr-only">Priority {job.priority}.</span>
          </span>
        ) : null}
        <span className="truncate font-medium">{jobTitle(job)}</span>
      </span>
      <span className="block truncate text-[0.8125rem] text-muted">
        {job.error === null ? (
          `${job.type} · ${shortId(job.id)}`
        ) : (
          <span className="text-bad">{job.error.message}</span>
        )}
      </span>
    </span>
  )
}

const PRIORITY_TONES = {
  low: 'text-muted',
  normal: '',
  high: 'text-warn font-medium',
  urgent: 'text-bad font-medium',
} as const

function PriorityWord({ priority }: { readonly priority: JobView['priority'] }) {
  return <span className={`capitalize ${PRIORITY_TONES[priority]}`}>{priority}</span>
}
