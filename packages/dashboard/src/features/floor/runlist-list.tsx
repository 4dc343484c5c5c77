import type { RunlistSummary } from '@andon/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useDeferredValue } from 'react'
import { andon } from '../../live/andon.ts'
import { useFloorChanges } from '../../live/floor.ts'
import { Button } from '../../ui/button.tsx'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Badge } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { useRecentRunlists } from './floor-data.ts'
import { useHeldOrder } from './held-order.ts'
import { NewRows } from '../../ui/new-rows.tsx'
import { OperationBar } from './operation-bar.tsx'

interface RunlistListProps {
  /** Beginning of the name; empty: those that were touched last. */
  readonly q: string
  readonly onQuery: (q: string) => void
}

/** Runlists with how far they are. */
export function RunlistList({ q, onQuery }: RunlistListProps) {
  return (
    <section aria-label="Runlists" className="card">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 pt-4 pb-2">
        <h2 className="flex-1 text-base whitespace-nowrap">
          {q === '' ? 'Runlists touched last' : 'Runlists by name'}
        </h2>
        <label className="relative w-full sm:w-72">
          <span className="sr-only">Find a runlist by the beginning of its name</span>
          <Icon name="search" className="pointer-events-none absolute top-3.5 left-3 text-muted" />
          <input
            type="search"
            value={q}
            maxLength={200}
            placeholder="Beginning of a name"
            onChange={(event) => onQuery(event.target.value)}
            className="field pl-10"
          />
        </label>
      </div>
      {q === '' ? <Recent /> : <Found q={q} onClear={() => onQuery('')} />}
    </section>
  )
}

function Recent() {
  const { data } = useRecentRunlists()
  const held = useHeldOrder(
    (data ?? []).map((runlist) => runlist.runlist_id),
    'recent',
  )
  if (data === undefined) return <Skeleton rows={6} />
  if (data.length === 0) {
    return (
      <Empty icon="layers" title="No runlists yet">
        They come from the planning software of the shop. What the press prints and what is scanned here marks their
        jobs at once.
      </Empty>
    )
  }
  const known = new Map(data.map((runlist) => [runlist.runlist_id, runlist]))
  return (
    <>
      <NewRows fresh={held.fresh} gone={0} isPaused={false} onUpdate={held.update} />
      <Rows>
        {held.ids.map((id) => {
          const runlist = known.get(id)
          return runlist === undefined ? null : <RunlistRow key={id} runlist={runlist} />
        })}
      </Rows>
    </>
  )
}

function Found({ q, onClear }: { readonly q: string; readonly onClear: () => void }) {
  const wanted = useDeferredValue(q)
  useFloorChanges({ key: ['runlists-named', wanted] })
  const query = useInfiniteQuery({
    queryKey: ['floor', 'runlists-named', wanted],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => andon.floor.runlists({ q: wanted, limit: 25, cursor: pageParam, signal }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })
  if (query.data === undefined) return <Skeleton rows={6} />
  const runlists = query.data.pages.flatMap((page) => page.data)
  if (runlists.length === 0) {
    return (
      <Empty
        icon="search"
        title="No runlist begins so"
        action={
          <Button icon="x" onClick={onClear}>
            Show those touched last
          </Button>
        }
      >
        Write the beginning of its name, as it stands under the barcode.
      </Empty>
    )
  }
  return (
    <>
      <Rows>
        {runlists.map((runlist) => (
          <RunlistRow key={runlist.runlist_id} runlist={runlist} />
        ))}
      </Rows>
      {query.hasNextPage ? (
        <div className="border-t border-line px-5 py-3">
          <Button isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load more
          </Button>
        </div>
      ) : null}
    </>
  )
}

function Rows({ children }: { readonly children: ReactNode }) {
  return <ul className="divide-y divide-line border-t border-line">{children}</ul>
}

function RunlistRow({ runlist }: { readonly runlist: RunlistSummary }) {
  const { conflicts, impositions, jobs, last_activity_at: at, operations, runlist_id: id } = runlist
  const counts = Object.entries(operations)
  const aborted = counts.reduce((sum, [, one]) => sum + one.aborted, 0)
  return (
    <li className="relative grid gap-x-6 gap-y-3 px-5 py-4 hover:bg-ground lg:grid-cols-[minmax(13rem,1fr)_minmax(0,3fr)]">
      {aborted + conflicts > 0 ? (
        <span aria-hidden="true" className="absolute inset-y-0 left-0 w-1.5 bg-bad-solid" />
      ) : null}
      <div className="min-w-0">
        <h3 className="text-[1.0625rem] leading-snug">
          <Link
            to="/floor/runlists/$runlistId"
            params={{ runlistId: id }}
            className="break-words before:absolute before:inset-0 focus-visible:outline-none focus-visible:before:outline-2 focus-visible:before:-outline-offset-2 focus-visible:before:outline-accent"
          >
            {id}
          </Link>
        </h3>
        <p className="num text-sm text-muted">
          {plural(jobs, 'job')} on {plural(impositions, 'imposition')}
        </p>
        <p className="text-sm text-muted">{at === null ? 'Nothing reported yet' : <TimeAgo at={at} />}</p>
        {aborted + conflicts === 0 ? null : (
          <p className="num mt-1.5 flex flex-wrap gap-1.5">
            {aborted === 0 ? null : <Badge look={{ word: `${aborted} aborted`, icon: 'xCircle', tone: 'bad' }} />}
            {conflicts === 0 ? null : (
              <Badge look={{ word: plural(conflicts, 'conflict'), icon: 'alert', tone: 'warn' }} />
            )}
          </p>
        )}
      </div>
      <div className="grid grid-cols-2 gap-x-5 gap-y-3 self-center sm:grid-cols-[repeat(auto-fit,minmax(7rem,1fr))]">
        {counts.map(([type, one]) => (
          <OperationBar key={type} type={type} counts={one} />
        ))}
      </div>
    </li>
  )
}
