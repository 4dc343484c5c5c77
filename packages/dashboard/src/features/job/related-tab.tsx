import type { JobDetail } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { andon, jobCache } from '../../live/andon.ts'
import { useJob } from '../../live/jobs.ts'
import { Empty } from '../../ui/empty.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { jobTitle } from '../jobs/job-words.ts'

/** Jobs that belong to it: what it retries, what retries it, what it waits for, what waits for it. */
export function RelatedTab({ job }: { readonly job: JobDetail }) {
  const relations: readonly { readonly word: string; readonly id: string | null }[] = [
    { word: 'Retries', id: job.retry_of },
    { word: 'Retried by', id: job.retried_by },
    { word: 'Waits for', id: job.parent },
    ...job.children.map((id) => ({ word: 'Is waited for by', id })),
  ]
  const there = relations.flatMap(({ word, id }) => (id === null ? [] : [{ word, id }]))
  if (there.length === 0) {
    return (
      <Empty icon="link" title="It stands alone">
        Retries, and jobs that wait for one another, are listed here.
      </Empty>
    )
  }
  return (
    <ul className="divide-y divide-line">
      {there.map(({ word, id }) => (
        <Related key={id} word={word} id={id} />
      ))}
    </ul>
  )
}

function Related({ word, id }: { readonly word: string; readonly id: string }) {
  const known = useJob(id)
  useQuery({
    queryKey: ['related', id],
    enabled: known === undefined,
    queryFn: async ({ signal }) => {
      const job = await andon.jobs.get(id, { signal })
      jobCache.put([job])
      return job.id
    },
  })
  return (
    <li>
      <Link
        to="/jobs/$jobId"
        params={{ jobId: id }}
        className="flex min-h-14 flex-wrap items-center gap-x-4 gap-y-1 px-5 py-2 -outline-offset-4 hover:bg-ground"
      >
        <span className="w-36 text-sm text-muted">{word}</span>
        <span className="flex-1 font-medium">{known === undefined ? id : jobTitle(known)}</span>
        {known === undefined ? null : (
          <>
            <StateBadge job={known} />
            <span className="text-sm text-muted">
              <TimeAgo at={known.created_at} />
            </span>
          </>
        )}
      </Link>
    </li>
  )
}
