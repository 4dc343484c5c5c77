import { isFinal } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { queries } from '../../live/andon.ts'
import { useFollowedJob } from '../../live/followed-job.ts'
import { ProgressBar } from '../../ui/progress-bar.tsx'

/** How far a cleanup is or a month on its way, and what came of it; the lists are read again at its end. */
export function MaintenanceRun({ jobId, label }: { readonly jobId: string; readonly label: string }) {
  const job = useFollowedJob(jobId)
  const isOver = job !== null && isFinal(job.state)
  useEffect(() => {
    if (!isOver) return
    void queries.invalidateQueries({ queryKey: ['retention'] })
    void queries.invalidateQueries({ queryKey: ['history'] })
  }, [isOver])
  const hasFailed = isOver && job.state !== 'completed'
  const words = isOver
    ? (job.summary ?? job.error?.message ?? 'Done')
    : (job?.progress?.message ?? 'It waits for its turn.')
  return (
    <div className="space-y-2 px-5 py-3">
      <ProgressBar
        label={label}
        percent={isOver ? 100 : (job?.progress?.percent ?? null)}
        tone={hasFailed ? 'bad' : isOver ? 'ok' : 'run'}
      />
      <p role="status" className="text-sm">
        {words}.{' '}
        <Link to="/jobs/$jobId" params={{ jobId }} className="font-medium text-accent underline">
          Show the job
        </Link>
      </p>
      {job?.error?.hint == null ? null : <p className="text-sm text-muted">{job.error.hint}</p>}
    </div>
  )
}
