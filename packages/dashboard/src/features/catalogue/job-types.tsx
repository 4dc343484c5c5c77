import type { JobTypeView, WorkerView } from '@andon/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useDeferredValue, useState } from 'react'
import { andon } from '../../live/andon.ts'
import { workersQuery } from '../../live/queues.ts'
import { Button } from '../../ui/button.tsx'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { plural } from '../../ui/format.ts'
import { TextField } from '../../ui/form.tsx'
import { Panel } from '../../ui/panel.tsx'
import { attemptWords, LOST_WORDS } from './type-words.ts'

/** Types of jobs: how often they are tried, and who runs them. */
export function JobTypes() {
  const [prefix, setPrefix] = useState('')
  const asked = useDeferredValue(prefix.trim())
  return (
    <Panel title="Types of jobs">
      <div className="space-y-3 px-5 pt-1 pb-4">
        <p className="text-sm text-muted">
          What the jobs of a type get when they do not say it themselves; a worker that runs a type sets it.
        </p>
        <div className="max-w-xs">
          <TextField
            label="Beginning of the type"
            placeholder="print."
            autoCapitalize="none"
            maxLength={100}
            value={prefix}
            onChange={(event) => setPrefix(event.target.value)}
          />
        </div>
      </div>
      <Types prefix={asked} onClear={() => setPrefix('')} />
    </Panel>
  )
}

function Types({ onClear, prefix }: { readonly prefix: string; readonly onClear: () => void }) {
  const workers = useQuery(workersQuery).data
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['types', prefix],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      andon.jobTypes.list({
        ...(prefix === '' ? {} : { q: prefix }),
        ...(pageParam === null ? {} : { cursor: pageParam }),
        signal,
      }),
    getNextPageParam: (page) => page.next_cursor,
  })
  if (data === undefined) return <Skeleton />
  const types = data.pages.flatMap((page) => page.data)
  if (types.length === 0) return <NoTypes prefix={prefix} onClear={onClear} />
  return (
    <>
      <ul className="divide-y divide-line border-t border-line">
        {types.map((type) => (
          <TypeRow key={type.name} type={type} workers={workers} />
        ))}
      </ul>
      {hasNextPage ? (
        <div className="border-t border-line p-4 text-center">
          <Button isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more types
          </Button>
        </div>
      ) : null}
    </>
  )
}

function NoTypes({ onClear, prefix }: { readonly prefix: string; readonly onClear: () => void }) {
  if (prefix === '') {
    return (
      <Empty icon="layers" title="No types yet">
        The first job of a type makes it: <code>andon jobs create report.pdf</code>
      </Empty>
    )
  }
  return (
    <Empty icon="search" title={`No type begins with ${prefix}`} action={<Button onClick={onClear}>Show all</Button>} />
  )
}

interface TypeRowProps {
  readonly type: JobTypeView
  readonly workers: readonly WorkerView[] | undefined
}

function TypeRow({ type, workers }: TypeRowProps) {
  const { name } = type
  return (
    <li className="flex flex-wrap items-center gap-x-5 gap-y-1 px-5 py-3">
      <div className="min-w-52 flex-1">
        <Link
          to="/jobs"
          search={{ q: `type:${name}` }}
          className="inline-flex min-h-8 max-w-full items-center font-medium hover:underline"
        >
          <code className="truncate">{name}</code>
        </Link>
        <p className="text-sm text-muted">
          {attemptWords(type)} · {LOST_WORDS[type.lost_action]}
        </p>
      </div>
      <p className="text-sm text-muted">{workers === undefined ? '' : runnerWords(name, workers)}</p>
    </li>
  )
}

function runnerWords(name: string, workers: readonly WorkerView[]): string {
  const runners = workers.filter(({ is_alive, types }) => is_alive && (types.includes(name) || types.includes('*')))
  return runners.length === 0 ? 'No worker runs it now' : `Run by ${plural(runners.length, 'worker')}`
}
