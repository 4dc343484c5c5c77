import type { JobView } from '@andon/core'
import { useNavigate } from '@tanstack/react-router'
import { jobCache } from '../../live/andon.ts'
import { useKeys } from '../keys/keys.ts'
import { planSelected } from './bulk-bar.tsx'
import { cancelJob, retryJob } from './job-acts.ts'
import { canCancel, canRetry } from './job-words.ts'

/** What the keys of the page act on. */
interface JobKeys {
  readonly selected: readonly JobView[]
  readonly q: string
  readonly isAll: boolean
  readonly canAct: boolean
  readonly clear: () => void
}

/** `r` and `c` act on the selected, otherwise on the row that has the focus; Escape lets go of the selection. */
export function useJobKeys({ canAct, clear, isAll, q, selected }: JobKeys): void {
  const navigate = useNavigate()
  const open = (jobId: string) => void navigate({ to: '/jobs/$jobId', params: { jobId } })
  const atFocus = () => {
    const id = document.activeElement?.closest('[data-job]')?.getAttribute('data-job')
    return id == null ? undefined : jobCache.get(id)
  }
  const act = (action: 'cancel' | 'retry', one: (job: JobView) => Promise<void>, can: (job: JobView) => boolean) => {
    if (!canAct) return false
    if (selected.length > 0) {
      planSelected(action, { jobs: selected, q, isAll, onClear: clear })
      return true
    }
    const job = atFocus()
    if (job === undefined || !can(job)) return false
    void one(job)
    return true
  }
  useKeys({
    r: () => act('retry', (job) => retryJob(job, open), canRetry),
    c: () => act('cancel', cancelJob, canCancel),
    Escape: () => (selected.length > 0 ? clear() : false),
  })
}
