import { isProblem, type RunlistDetail } from '@andon/core'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState } from 'react'
import { BackToFloor } from '../features/floor/back-to-floor.tsx'
import { useRunlist } from '../features/floor/floor-data.ts'
import { FloorMissing, FloorStale } from '../features/floor/floor-missing.tsx'
import { Matrix, type MatrixHandle } from '../features/floor/matrix.tsx'
import { OperationBar } from '../features/floor/operation-bar.tsx'
import { RunlistAlerts } from '../features/floor/runlist-alerts.tsx'
import {
  isShown,
  rowsOf,
  type RunlistView,
  SHOWS,
  type Show,
  useRunlistLines,
} from '../features/floor/runlist-lines.ts'
import { useKeys } from '../features/keys/keys.ts'
import { Button } from '../ui/button.tsx'
import { Empty, Skeleton } from '../ui/empty.tsx'
import { plural } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { NewRows } from '../ui/new-rows.tsx'
import { TabLink, TabLinks } from '../ui/tabs.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'

const route = getRouteApi('/inside/shell/floor/runlists/$runlistId')

/** One runlist: every job against every operation, what is wrong first. */
export function RunlistPage() {
  const { runlistId } = route.useParams()
  const { data, dataUpdatedAt, error } = useRunlist(runlistId)
  const problem = isProblem(error) ? error : null
  if (data === undefined) {
    return problem === null ? <Skeleton rows={10} /> : <FloorMissing error={problem} kind="runlist" />
  }
  return (
    <div className="mx-auto max-w-[110rem] space-y-4">
      <header>
        <BackToFloor />
        <h1 className="text-2xl break-words sm:text-[1.75rem]">Runlist {data.runlist_id}</h1>
        <p className="num mt-1 text-muted">
          {plural(data.jobs, 'job')} on {plural(data.impositions, 'imposition')}
          {' · '}
          {data.last_activity_at === null ? (
            'nothing reported yet'
          ) : (
            <>
              last reported <TimeAgo at={data.last_activity_at} />
            </>
          )}
        </p>
      </header>
      <FloorStale error={problem} answeredAt={dataUpdatedAt} />
      <RunlistBody runlist={data} />
    </div>
  )
}

function RunlistBody({ runlist }: { readonly runlist: RunlistDetail }) {
  const view = useView()
  const show = useShowView(runlist.runlist_id)
  const table = useRef<MatrixHandle>(null)
  const [wanted, setWanted] = useState<string | null>(null)
  const { expand, fresh, gone, lines, update } = useRunlistLines(runlist, view)
  // The row may have to be brought into the view first.
  useEffect(() => {
    if (wanted === null || !lines.some(({ key }) => key === wanted)) return
    table.current?.goTo(wanted)
    setWanted(null)
  }, [wanted, lines])
  const goTo = (code: string) => {
    const key = `job ${code}`
    if (!lines.some((line) => line.key === key)) show({ rows: 'jobs', show: 'all', q: '' })
    setWanted(key)
  }
  return (
    <>
      <RunlistAlerts runlist={runlist} onShow={goTo} onShowAll={() => show({ rows: 'jobs', show: 'look', q: '' })} />
      <section
        aria-label="Totals"
        className="card grid grid-cols-2 gap-x-5 gap-y-4 sm:gap-x-7 px-5 py-4 sm:grid-cols-[repeat(auto-fit,minmax(10rem,1fr))]"
      >
        {runlist.operation_types.map((type) => {
          const counts = runlist.operations[type]
          return counts === undefined ? null : <OperationBar key={type} type={type} counts={counts} isLarge />
        })}
      </section>
      <section aria-label="Operations" className="card">
        <Tools runlist={runlist} view={view} onShow={show} />
        <NewRows fresh={fresh} gone={gone.size} isPaused={false} onUpdate={update} />
        {lines.length === 0 ? (
          <Empty
            icon={view.show === 'look' && view.q === '' ? 'checkCircle' : 'search'}
            title={view.show === 'look' && view.q === '' ? 'Nothing needs a look' : 'None of these'}
            action={<Button onClick={() => show({ ...view, show: 'all', q: '' })}>Show all</Button>}
          />
        ) : (
          <Matrix
            label={view.rows === 'jobs' ? 'Jobs' : 'Impositions'}
            lines={lines}
            types={runlist.operation_types}
            onExpand={expand}
            handle={table}
          />
        )}
      </section>
    </>
  )
}

const SHOW_WORDS: Record<Show, string> = { all: 'All', look: 'Needs a look', open: 'Open', done: 'Done' }

interface ToolsProps {
  readonly runlist: RunlistDetail
  readonly view: RunlistView
  readonly onShow: (view: RunlistView) => void
}

function Tools({ runlist, view, onShow }: ToolsProps) {
  const rows = useMemo(() => rowsOf(runlist, view.rows), [runlist, view.rows])
  const count = (show: Show) => rows.filter(({ operations }) => isShown(operations, show)).length
  return (
    <div className="flex flex-wrap items-end gap-x-5 gap-y-2 border-b border-line px-4 pt-1 sm:px-5">
      <div className="-mb-px min-w-0">
        <TabLinks label="Which rows">
          {SHOWS.map((show) => (
            <TabLink
              key={show}
              link={{
                to: '/floor/runlists/$runlistId',
                params: { runlistId: runlist.runlist_id },
                search: searchOf({ ...view, show }),
                replace: true,
                resetScroll: false,
              }}
              isCurrent={view.show === show}
              count={count(show)}
            >
              {SHOW_WORDS[show]}
            </TabLink>
          ))}
        </TabLinks>
      </div>
      <div className="flex flex-1 flex-wrap items-center justify-end gap-3 pb-2 sm:pt-1">
        <RowsChoice view={view} runlist={runlist} onShow={onShow} />
        <NameFilter view={view} onShow={onShow} />
      </div>
    </div>
  )
}

function RowsChoice({ runlist, view, onShow }: ToolsProps) {
  return (
    <div role="group" aria-label="What the rows are" className="num flex rounded-[10px] border border-edge/45 p-0.5">
      {(['jobs', 'impositions'] as const).map((rows) => (
        <button
          key={rows}
          type="button"
          aria-pressed={view.rows === rows}
          onClick={() => onShow({ ...view, rows })}
          className="min-h-10 rounded-lg px-3 text-sm font-medium text-muted hover:text-ink aria-pressed:bg-accent-soft aria-pressed:text-accent"
        >
          {rows === 'jobs' ? plural(runlist.jobs, 'job') : plural(runlist.impositions, 'imposition')}
        </button>
      ))}
    </div>
  )
}

function NameFilter({ view, onShow }: Omit<ToolsProps, 'runlist'>) {
  const field = useRef<HTMLInputElement>(null)
  useKeys({ '/': () => field.current?.focus() })
  return (
    <label className="relative w-full sm:w-52">
      <span className="sr-only">Part of a name</span>
      <Icon name="search" className="pointer-events-none absolute top-3.5 left-3 text-muted" />
      <input
        ref={field}
        type="search"
        value={view.q}
        maxLength={200}
        placeholder="Part of a name"
        onChange={(event) => onShow({ ...view, q: event.target.value })}
        className="field pl-10"
      />
    </label>
  )
}

function useView(): RunlistView {
  const { q = '', rows, show } = route.useSearch()
  return { q, rows: rows === 'impositions' ? rows : 'jobs', show: SHOWS.find((one) => one === show) ?? 'all' }
}

function useShowView(runlistId: string): (view: RunlistView) => void {
  const navigate = useNavigate()
  return (view) =>
    void navigate({
      to: '/floor/runlists/$runlistId',
      params: { runlistId },
      search: searchOf(view),
      replace: true,
      resetScroll: false,
    })
}

function searchOf({ q, rows, show }: RunlistView): Partial<Record<keyof RunlistView, string>> {
  return {
    ...(rows === 'jobs' ? {} : { rows }),
    ...(show === 'all' ? {} : { show }),
    ...(q === '' ? {} : { q }),
  }
}
