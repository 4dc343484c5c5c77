import { BULK_VERBS, isFinal, type JobView } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { andon, jobCache } from '../../live/andon.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { notifyError, tried } from '../../ui/notify.ts'
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
  const job = useFollowed(jobId)
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

function useFollowed(jobId: string): JobView | null {
  const [job, setJob] = useState<JobView | null>(null)
  useEffect(() => {
    const stopping = new AbortController()
    const follow = async () => {
      for await (const view of andon.jobs.watch(jobId, { signal: stopping.signal })) {
        jobCache.put([view])
        setJob(view)
      }
    }
    follow().catch((error: unknown) => (stopping.signal.aborted ? undefined : notifyError(error)))
    return () => stopping.abort()
  }, [jobId])
  return job
}

async function stop(jobId: string): Promise<void> {
  await tried(() => andon.jobs.cancel(jobId))
}

function endWords(job: JobView): string {
  if (job.state === 'completed') return job.summary ?? 'Completed.'
  if (job.state === 'cancelled') return `Stopped on the way. ${job.progress?.message ?? ''}`
  return job.error?.message ?? 'It failed.'
}
