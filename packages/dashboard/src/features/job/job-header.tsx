import type { JobDetail } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { Icon } from '../../ui/icon.tsx'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { toneOf } from '../jobs/job-progress.tsx'
import { jobTitle, progressText, remainingWords, waitWords } from '../jobs/job-words.ts'
import { JobActions } from './job-actions.tsx'
import type { OpenJob } from './job-commands.ts'
import { useStoppingTroubles } from './printer-trouble.tsx'

interface JobHeaderProps {
  readonly job: JobDetail
  readonly open: OpenJob
}

/** What it is, how it is, how far it is, and what may be done. */
export function JobHeader({ job, open }: JobHeaderProps) {
  const isStopped = useStoppingTroubles(job).length > 0
  return (
    <header className="space-y-4">
      <Link
        to="/jobs"
        className="inline-flex min-h-11 items-center gap-1.5 text-sm font-medium text-muted hover:text-ink"
      >
        <Icon name="arrowLeft" size={16} />
        Jobs
      </Link>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="min-w-0 flex-1 basis-80">
          <h1 className="text-2xl break-words sm:text-[1.75rem]">{jobTitle(job)}</h1>
          <p className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1.5">
            <span aria-live="polite">
              <StateBadge job={job} isLarge />
            </span>
            <span className="text-muted">
              {isStopped ? 'It goes on when its printer is well again.' : adviceOf(job)}
            </span>
          </p>
          <WaitLine job={job} />
          <Lineage job={job} />
        </div>
        <JobActions job={job} open={open} />
      </div>
      <BigProgress job={job} isStopped={isStopped} />
    </header>
  )
}

function WaitLine({ job }: { readonly job: JobDetail }) {
  if (job.is_cancelling && job.cancel !== null) {
    return (
      <p className="mt-2 text-sm">
        {job.cancel.by} asked for its end <TimeAgo at={job.cancel.at} />
        {job.cancel.reason === null ? '' : `: ${job.cancel.reason}`}. It stops within seconds; if not, it can be killed.
      </p>
    )
  }
  if (job.wait_reason === 'retry' || job.wait_reason === 'scheduled' || job.wait_reason === 'snooze') {
    return (
      <p className="mt-2 text-sm">
        {job.wait_reason === 'retry' ? 'Tries again' : 'Starts'} <TimeAgo at={job.run_at} />
        {job.wait_reason === 'retry' ? `, attempt ${job.attempt + 1} of ${job.max_attempts}` : ''}.
      </p>
    )
  }
  const why = waitWords(job.wait_reason)
  return why === '' || job.wait_reason === 'unconfirmed' ? null : (
    <p className="mt-2 text-sm text-muted">Why it waits: {why}.</p>
  )
}

/** Where it comes from and where it goes on, each a press away. */
function Lineage({ job }: { readonly job: JobDetail }) {
  const links = [
    { words: 'Done again as', name: 'a new job', id: job.retried_by },
    { words: 'A retry of', name: 'an earlier job', id: job.retry_of },
  ]
  return links.map(({ words, name, id }) =>
    id === null ? null : (
      <p key={words} className="mt-2 text-sm">
        {words}{' '}
        <Link to="/jobs/$jobId" params={{ jobId: id }} className="font-medium text-accent underline">
          {name}
        </Link>
      </p>
    ),
  )
}

/** What to do; empty where the error below says it. */
function adviceOf(job: JobDetail): string {
  return job.advice === job.error?.hint ? '' : job.advice
}

function BigProgress({ job, isStopped }: { readonly job: JobDetail; readonly isStopped: boolean }) {
  const { items, progress } = job
  const failed = items?.failed ?? 0
  const percent = items !== null && items.total > 0 ? ((items.done + failed) / items.total) * 100 : percentOf(job)
  const remaining = isStopped ? null : remainingWords(progress)
  const isPrint = job.type.startsWith('print.')
  if (progress === null && items === null && job.state !== 'running') return null
  return (
    <div className="card p-5">
      <div className="num mb-3 flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <p className="text-[1.75rem] leading-tight font-semibold tracking-tight">
          {progressText(job) || (percent === null ? 'Working' : `${Math.round(percent)} %`)}
          {failed > 0 ? <span className="ml-3 text-lg font-medium text-bad">{failed} failed</span> : null}
        </p>
        <p className="text-muted">
          {percent === null ? null : <span className="mr-3 font-medium text-ink">{Math.floor(percent)} %</span>}
          {remaining === null
            ? job.state === 'running' && !isStopped
              ? 'Time remaining unknown'
              : ''
            : `${remaining.text}, ${remaining.basis}`}
        </p>
      </div>
      <ProgressBar
        percent={percent}
        failedPercent={items === null || items.total === 0 ? 0 : (failed / items.total) * 100}
        tone={toneOf(job)}
        height="thick"
        label="Progress"
      />
      {job.state === 'running' && !isStopped && (progress?.step || progress?.message) ? (
        <p className="mt-2.5 text-sm text-muted">
          {isPrint ? 'The printer says: ' : ''}
          {[progress.step, progress.message].filter(Boolean).join(' · ')}
        </p>
      ) : null}
      {job.summary === null || job.summary === progressText(job) ? null : (
        <p className="mt-2.5 font-medium">{job.summary}</p>
      )}
    </div>
  )
}

function percentOf(job: JobDetail): number | null {
  if (job.state === 'completed') return 100
  return job.progress?.percent ?? (job.state === 'running' ? null : 0)
}
