import type { JobView } from '@andon/core'
import { useEffect, useState } from 'react'
import { notifyError } from '../ui/notify.ts'
import { andon, jobCache } from './andon.ts'

/** Follows a job to its end; null until it is known. */
export function useFollowedJob(jobId: string): JobView | null {
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
