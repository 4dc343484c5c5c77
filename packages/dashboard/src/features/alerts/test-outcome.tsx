import { isProblem, type JobView } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { andon, jobCache } from '../../live/andon.ts'
import { reloadAlerts } from '../../live/alerts.ts'
import { follow } from '../../live/follow.ts'
import { useJob } from '../../live/jobs.ts'
import { IconButton, Spinner } from '../../ui/button.tsx'
import { notifyError } from '../../ui/notify.ts'
import { Badge } from '../../ui/state-badge.tsx'
import { isOnItsWay, messageLook } from './alerts.ts'

/** What becomes of a test, live. */
export function TestOutcome({ jobId, onClose }: { readonly jobId: string; readonly onClose: () => void }) {
  useFollowedJob(jobId)
  const job = useJob(jobId)
  const isOver = job !== undefined && (!isOnItsWay(job.state) || job.error !== null)
  useEffect(() => {
    if (isOver) void reloadAlerts()
  }, [isOver])
  return (
    <div role="status" className="flex items-start gap-3 rounded-xl border border-line bg-sunken px-4 py-2 text-sm">
      <div className="min-w-0 flex-1 py-2">
        {job === undefined || !isOver ? (
          <p className="flex items-center gap-2">
            <Spinner /> The test is on its way.
          </p>
        ) : (
          <Outcome job={job} />
        )}
        <Link to="/jobs/$jobId" params={{ jobId }} className="font-medium text-accent hover:underline">
          See the delivery
        </Link>
      </div>
      <IconButton icon="x" label="Hide the test" onClick={onClose} className="-mr-2" />
    </div>
  )
}

function Outcome({ job }: { readonly job: JobView }) {
  return (
    <div className="space-y-1">
      <Badge look={messageLook(job.state, job.error !== null)} />
      <p className="break-words">{job.error?.message ?? job.summary}</p>
      {job.error?.hint ? <p className="text-muted">{job.error.hint}</p> : null}
    </div>
  )
}

function useFollowedJob(jobId: string): void {
  useEffect(() => {
    const load = () => {
      andon.jobs.get(jobId).then(
        (job) => jobCache.put([job]),
        (error: unknown) => {
          if (!isProblem(error, 'job_not_found')) notifyError(error)
        },
      )
    }
    return follow({ topic: 'job', jobId }, { onJobs: (jobs) => jobCache.put(jobs) }, load)
  }, [jobId])
}
