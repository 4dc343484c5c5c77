import { BULK_VERBS, isFinal, type JobView } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { andon } from '../../live/andon.ts'
import { useFollowedJob } from '../../live/followed-job.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { tried } from '../../ui/notify.ts'
import { type BarTone, ProgressBar } from '../../ui/progress-bar.tsx'
import type { BulkPlan } from './bulk.ts'

interface BulkRunProps {
  readonly plan: BulkPlan
  readonly jobId: string
  readonly onClose: () => void
}

const TONES: Partial<Record<JobView['state'], BarTone>> = { completed: 'ok', failed: 'bad', cancelled: 'idle' }

const END_TITLES: Partial<Record<JobView['state'], string>> = { failed: 'It failed', cancelled: 'Stopped' }

/** How far it is, and what became of the jobs; closing the window leaves it running. */
export function BulkRun({ plan, jobId, onClose }: BulkRunProps) {
  const job = useFollowedJob(jobId)
  const isOver = job !== null && isFinal(job.state)
  useEffect(() => {
    if (isOver) plan.onEnded?.()
  }, [isOver, plan])
  const words = isOver ? endWords(job) : (job?.progress?.message ?? 'It waits for its turn.')
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={job !== null && isOver ? (END_TITLES[job.state] ?? 'Done') : `${BULK_VERBS[plan.action]} jobs`}
      lead={isOver ? undefined : 'It goes on when you close this; you are told when it has ended.'}
      footer={
        <>
          {isOver ? null : (
            <Button icon="ban" disabled={job?.is_cancelling === true} onClick={() => void stop(jobId)}>
              Stop here
            </Button>
          )}
          <Link to="/jobs/$jobId" params={{ jobId }} className={buttonClass()} onClick={onClose}>
            Show the job
          </Link>
          <Button look="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <div className="space-y-3">
        <ProgressBar
          label="Jobs worked through"
          percent={isOver ? 100 : (job?.progress?.percent ?? null)}
          tone={job === null ? 'run' : (TONES[job.state] ?? 'run')}
        />
        <p role="status" className="num">
          {words}
        </p>
        {job?.error == null || job.error.hint === null ? null : <p className="text-muted">{job.error.hint}</p>}
      </div>
    </Dialog>
  )
}

async function stop(jobId: string): Promise<void> {
  await tried(() => andon.jobs.cancel(jobId))
}

function endWords(job: JobView): string {
  if (job.state === 'completed') return job.summary ?? 'Completed.'
  if (job.state === 'cancelled') return `Stopped on the way. ${job.progress?.message ?? ''}`
  return job.error?.message ?? 'It failed.'
}
