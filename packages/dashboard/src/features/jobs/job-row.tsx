import type { JobView } from '@andon/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { memo, useRef } from 'react'
import { useJob } from '../../live/jobs.ts'
import { IconButton } from '../../ui/button.tsx'
import { Tick } from '../../ui/form.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import type { Column } from './columns.tsx'
import { actOf, cancelJob, retryJob } from './job-acts.ts'
import { JobProgress } from './job-progress.tsx'
import { jobTitle } from './job-words.ts'

export interface JobRowProps {
  readonly id: string
  readonly columns: readonly Column[]
  readonly template: string
  /** Its place in the whole table, from 1, for screen readers. */
  readonly rowIndex: number
  readonly isSelected: boolean
  /** While something is selected nothing changes under the hand. */
  readonly isFrozen: boolean
  /** It no longer matches the query. */
  readonly isGone: boolean
  readonly isNarrow: boolean
  readonly canAct: boolean
  readonly onSelect: (id: string, isOn: boolean, isRange: boolean) => void
}

/** One job of the table. It alone is drawn again when the job changes. */
export const JobRow = memo(function JobRow(props: JobRowProps) {
  const newest = useJob(props.id)
  const shown = useRef(newest)
  if (!props.isFrozen || shown.current === undefined) shown.current = newest
  const job = shown.current
  if (job === undefined) return null
  const title = jobTitle(job)
  const className = `absolute inset-0 border-b border-line ${props.isSelected ? 'bg-accent-soft' : 'hover:bg-ground'} ${props.isGone ? 'opacity-55' : ''}`
  if (props.isNarrow) return <NarrowRow {...props} job={job} className={className} />
  return (
    <div
      role="row"
      aria-rowindex={props.rowIndex}
      aria-selected={props.isSelected}
      data-job={job.id}
      className={`grid items-center gap-x-3 pr-2 ${className}`}
      style={{ gridTemplateColumns: props.template }}
    >
      <span role="cell" className="relative z-10">
        <Tick
          label={`Select ${title}`}
          isOn={props.isSelected}
          onChange={(isOn, event) => props.onSelect(job.id, isOn, event.shiftKey)}
        />
      </span>
      {props.columns.map((column) => (
        <span key={column.id} role="cell" className={`min-w-0 text-sm ${column.isRight ? 'text-right' : ''}`}>
          {column.id === 'job' ? <RowLink job={job}>{column.cell(job)}</RowLink> : column.cell(job)}
        </span>
      ))}
      <span role="cell" className="relative z-10">
        {props.canAct ? <RowAct job={job} /> : null}
      </span>
    </div>
  )
})

function RowLink({ job, children }: { readonly job: JobView; readonly children: React.ReactNode }) {
  return (
    <Link
      to="/jobs/$jobId"
      params={{ jobId: job.id }}
      data-row-link
      className="block before:absolute before:inset-0 focus-visible:outline-none focus-visible:before:outline-2 focus-visible:before:-outline-offset-2 focus-visible:before:outline-accent"
    >
      {children}
    </Link>
  )
}

function NarrowRow({
  job,
  isSelected,
  onSelect,
  canAct,
  rowIndex,
  className,
}: JobRowProps & { readonly job: JobView; readonly className: string }) {
  return (
    <div
      role="row"
      aria-rowindex={rowIndex}
      aria-selected={isSelected}
      data-job={job.id}
      className={`flex items-start pt-2 ${className}`}
    >
      <span role="cell" className="relative z-10">
        <Tick
          label={`Select ${jobTitle(job)}`}
          isOn={isSelected}
          onChange={(isOn, event) => onSelect(job.id, isOn, event.shiftKey)}
        />
      </span>
      <span role="cell" className="min-w-0 flex-1 py-1.5">
        <RowLink job={job}>
          <span className="flex items-start gap-2">
            <span className="line-clamp-1 flex-1 font-medium">{jobTitle(job)}</span>
            <StateBadge job={job} />
          </span>
          <span className="mt-0.5 mb-1.5 flex justify-between gap-2 text-[0.8125rem] text-muted">
            <span className="truncate">{job.error?.message ?? `${job.printer ?? job.queue} · ${job.type}`}</span>
            <TimeAgo at={job.created_at} />
          </span>
          <JobProgress job={job} />
        </RowLink>
      </span>
      <span role="cell" className="relative z-10 w-11 shrink-0">
        {canAct ? <RowAct job={job} /> : null}
      </span>
    </div>
  )
}

function RowAct({ job }: { readonly job: JobView }) {
  const navigate = useNavigate()
  const act = actOf(job)
  if (act === null) return null
  if (act === 'cancel') {
    return <IconButton icon="x" label={`Cancel ${jobTitle(job)}`} onClick={() => void cancelJob(job)} />
  }
  const open = (jobId: string) => void navigate({ to: '/jobs/$jobId', params: { jobId } })
  return <IconButton icon="retry" label={`Retry ${jobTitle(job)}`} onClick={() => void retryJob(job, open)} />
}
