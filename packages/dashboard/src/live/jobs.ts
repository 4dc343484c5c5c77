import type { JobView } from '@andon/core'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { andon, jobCache } from './andon.ts'
import { follow } from './follow.ts'

/** The newest view of a job; the component renders again only when this job changes. */
export function useJob(id: string): JobView | undefined {
  return useSyncExternalStore(
    (listener) => jobCache.subscribe(id, listener),
    () => jobCache.get(id),
  )
}

/** Ids of the jobs that match a query. */
export interface JobSet {
  readonly ids: readonly string[]
  readonly isLoading: boolean
}

const NONE: JobSet = { ids: [], isLoading: true }

/**
 * The jobs that match a query now, followed live, the oldest first: new ones come at the end, so that nothing that
 * is read moves. For small sets such as what is running; long lists have pages.
 */
export function useJobSet(q: string, limit: number): JobSet {
  const [set, setSet] = useState<JobSet>(NONE)
  useEffect(() => {
    const ids = new Set<string>()
    let isOver = false
    const show = () => {
      if (!isOver) setSet({ ids: [...ids].toSorted(), isLoading: false })
    }
    const take = (jobs: readonly JobView[]) => {
      jobCache.put(jobs)
      const before = ids.size
      for (const job of jobs) ids.add(job.id)
      if (ids.size !== before) show()
    }
    const load = () => {
      andon.jobs.list({ q, limit }).then((page) => {
        ids.clear()
        take(page.data)
        show()
      }, show)
    }
    const drop = (gone: readonly string[]) => {
      for (const id of gone) ids.delete(id)
      show()
    }
    const end = follow({ topic: 'jobs', q }, { onJobs: take, onGone: drop }, load)
    return () => {
      isOver = true
      end()
    }
  }, [q, limit])
  return set
}
