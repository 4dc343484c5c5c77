import type { AndonError, JobDetail, JobView } from '@andon/core'
import { isProblem } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { andon, jobCache, queries } from '../../live/andon.ts'
import { follow } from '../../live/follow.ts'
import { useJob } from '../../live/jobs.ts'

/** A job with its payloads, as it is now. */
export interface LiveDetail {
  /** Undefined until it is known. */
  readonly detail: JobDetail | undefined
  readonly error: AndonError | null
}

/** Follows one job. What a person may do is asked for again whenever its state changes. */
export function useJobDetail(id: string): LiveDetail {
  const { data, error } = useQuery({
    queryKey: ['job', id],
    queryFn: async ({ signal }) => {
      const detail = await andon.jobs.get(id, { signal })
      jobCache.put([detail])
      return detail
    },
  })
  const fullId = data?.id
  const live = useJob(fullId ?? id)
  useEffect(() => {
    if (fullId === undefined) return
    // What is known may be from before somebody looked at other pages, and of what happened meanwhile nobody told.
    const load = () => void queries.invalidateQueries({ queryKey: ['job', id] })
    return follow({ topic: 'job', jobId: fullId }, { onJobs: (jobs) => void jobCache.put(jobs) }, load)
  }, [fullId, id])
  const phase = live === undefined ? '' : phaseOf(live)
  const known = data === undefined ? '' : phaseOf(data)
  useEffect(() => {
    if (phase !== '' && phase !== known) void queries.invalidateQueries({ queryKey: ['job', id] })
  }, [phase, known, id])
  const isNewer = live !== undefined && data !== undefined && live.version > data.version
  return { detail: isNewer ? { ...data, ...live } : data, error: isProblem(error) ? error : null }
}

/** What decides which acts a job allows. */
function phaseOf(job: JobView): string {
  return [job.state, job.is_cancelling, job.wait_reason, job.retried_by, job.attempt].join(' ')
}

/** Takes in what a command answered with. */
export function tellDetail(detail: JobDetail): void {
  jobCache.put([detail])
  queries.setQueryData(['job', detail.id], detail)
}
