import type { JobView } from '@andon/core'
import { useNavigate } from '@tanstack/react-router'
import { jobCache } from '../../live/andon.ts'
import { useKeys } from '../keys/keys.ts'
import { cancelJob, cancelJobs, retryJob, retryJobs } from './job-acts.ts'
import { canCancel, canRetry } from './job-words.ts'

/** `r` and `c` act on the selected, otherwise on the row that has the focus; Escape lets go of the selection. */
export function useJobKeys(selected: readonly JobView[], canAct: boolean, clear: () => void): void {
  const navigate = useNavigate()
  const open = (jobId: string) => void navigate({ to: '/jobs/$jobId', params: { jobId } })
  const atFocus = () => {
    const id = document.activeElement?.closest('[data-job]')?.getAttribute('data-job')
    return id == null ? undefined : jobCache.get(id)
  }
  const act = (
    many: (jobs: readonly JobView[]) => Promise<boolean>,
    one: (job: JobView) => Promise<void>,
    can: (job: JobView) => boolean,
  ) => {
    if (!canAct) return false
    if (selected.length > 0) {
      void many(selected).then((isDone) => (isDone ? clear() : undefined))
      return true
    }
    const job = atFocus()
    if (job === undefined || !can(job)) return false
    void one(job)
    return true
  }
  useKeys({
    r: () => act(retryJobs, (job) => retryJob(job, open), canRetry),
    c: () => act(cancelJobs, cancelJob, canCancel),
    Escape: () => (selected.length > 0 ? clear() : false),
  })
}
