import { Link } from '@tanstack/react-router'
import { useJob } from '../../live/jobs.ts'
import { Button } from '../../ui/button.tsx'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { Panel } from '../../ui/panel.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { jobTitle, progressText } from '../jobs/job-words.ts'
import { ofStation, useCollectedJobs } from './station-jobs.ts'

const SHOWN = 10

/** What the station printed last, whatever became of it. */
export function RecentJobs({ station }: { readonly station: string }) {
  const { fresh, ids, isLoading, update } = useCollectedJobs(`${ofStation(station)} state:final`, SHOWN)
  return (
    <Panel
      title="Recent jobs"
      aside={
        <>
          <span role="status">
            {fresh === 0 ? null : (
              <Button look="quiet" icon="arrowUp" onClick={update} className="text-accent">
                {fresh} new
              </Button>
            )}
          </span>
          <Link
            to="/jobs"
            search={{ q: ofStation(station) }}
            className="inline-flex min-h-11 items-center text-sm font-medium text-accent hover:underline"
          >
            All its jobs
          </Link>
        </>
      }
    >
      {isLoading ? (
        <Skeleton />
      ) : ids.length === 0 ? (
        <Empty icon="list" title="Nothing was printed yet">
          Jobs of this station stay here when they are over. A test page is a good first one.
        </Empty>
      ) : (
        <ul className="divide-y divide-line">
          {ids.map((id) => (
            <RecentJob key={id} id={id} />
          ))}
        </ul>
      )}
    </Panel>
  )
}

function RecentJob({ id }: { readonly id: string }) {
  const job = useJob(id)
  if (job === undefined) return null
  const note = [job.printer ?? job.queue, progressText(job)].filter((part) => part !== '').join(' · ')
  return (
    <li>
      <Link to="/jobs/$jobId" params={{ jobId: id }} className="block px-5 py-2.5 -outline-offset-4 hover:bg-ground">
        <span className="flex items-center justify-between gap-3">
          <span className="min-w-0 truncate font-medium">{jobTitle(job)}</span>
          <StateBadge job={job} />
        </span>
        <span className="num block truncate text-sm text-muted">
          <TimeAgo at={job.finished_at ?? job.created_at} /> · {note}
        </span>
      </Link>
    </li>
  )
}
