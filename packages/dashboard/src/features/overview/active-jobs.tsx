import { Link } from '@tanstack/react-router'
import { useJob, useJobSet } from '../../live/jobs.ts'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { Panel } from '../../ui/panel.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { JobProgress } from '../jobs/job-progress.tsx'
import { jobTitle } from '../jobs/job-words.ts'

/** At most so many rows; the rest is one press away. */
const SHOWN = 12

/** What is being worked on, each with its bar and the time that remains. */
export function ActiveJobs() {
  const { ids, isLoading } = useJobSet('state:running,sent', 200)
  const rest = ids.length - SHOWN
  return (
    <Panel
      title="Active jobs"
      aside={
        <Link
          to="/jobs"
          search={{ q: 'state:running,sent' }}
          className="inline-flex min-h-11 items-center text-sm font-medium text-accent hover:underline"
        >
          {rest > 0 ? `All ${ids.length}` : 'All jobs'}
        </Link>
      }
    >
      {isLoading ? (
        <Skeleton />
      ) : ids.length === 0 ? (
        <Empty icon="activity" title="Nothing is running">
          Jobs appear here as soon as a worker or a printer takes them.
        </Empty>
      ) : (
        <ul className="divide-y divide-line">
          {ids.slice(0, SHOWN).map((id) => (
            <ActiveJob key={id} id={id} />
          ))}
        </ul>
      )}
    </Panel>
  )
}

function ActiveJob({ id }: { readonly id: string }) {
  const job = useJob(id)
  if (job === undefined) return null
  return (
    <li>
      <Link
        to="/jobs/$jobId"
        params={{ jobId: id }}
        className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-2 px-5 py-3 -outline-offset-4 hover:bg-ground sm:grid-cols-[minmax(0,5fr)_minmax(0,7fr)_6.5rem]"
      >
        <span className="min-w-0">
          <span className="block truncate font-medium">{jobTitle(job)}</span>
          <span className="block truncate text-sm text-muted">{[job.printer ?? job.queue, job.type].join(' · ')}</span>
        </span>
        <span className="col-span-2 row-start-2 sm:col-span-1 sm:row-auto">
          <JobProgress job={job} />
        </span>
        <span className="justify-self-end">
          <StateBadge job={job} />
        </span>
      </Link>
    </li>
  )
}
