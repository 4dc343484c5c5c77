import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useRef } from 'react'
import { BulkHost } from '../features/bulk/bulk-host.tsx'
import { BulkBar } from '../features/jobs/bulk-bar.tsx'
import { columnsOf, USUAL_COLUMNS } from '../features/jobs/columns.tsx'
import { ChipsAndTools } from '../features/jobs/tools.tsx'
import { isGroupBy, linesOf } from '../features/jobs/groups.ts'
import { useJobKeys } from '../features/jobs/job-keys.ts'
import { useJobList } from '../features/jobs/job-list.ts'
import { JobsTable } from '../features/jobs/jobs-table.tsx'
import { ListFoot, ListTrouble } from '../features/jobs/list-notes.tsx'
import { QueryBar } from '../features/jobs/query-bar.tsx'
import { useSavedViews } from '../features/jobs/saved-views.tsx'
import { StateTabs } from '../features/jobs/state-tabs.tsx'
import { useSelection } from '../features/jobs/selection.ts'
import { usePreferences } from '../features/preferences/preferences.ts'
import { useIsAtLeast } from '../features/session/session.ts'
import { jobCache } from '../live/andon.ts'
import { Skeleton } from '../ui/empty.tsx'
import { NewRows } from '../ui/new-rows.tsx'
import { useWindowWidth } from '../ui/window-width.ts'

const route = getRouteApi('/inside/shell/jobs')

/** Every job, found by a query that stands in the address. */
export function JobsPage() {
  const { q = '', group: groupWord } = route.useSearch()
  const group = isGroupBy(groupWord) ? groupWord : null
  const navigate = useNavigate()
  const show = useCallback(
    (next: { readonly q?: string; readonly group?: string | undefined }) => {
      const { q: query, group: by } = { q, group: groupWord, ...next }
      const search = { ...(query === '' ? {} : { q: query }), ...(by === undefined ? {} : { group: by }) }
      void navigate({ to: '/jobs', search, replace: query === q })
    },
    [navigate, q, groupWord],
  )
  useDefaultView(q, show)
  const { list, state } = useJobList(q)
  const { columns: chosen, zone } = usePreferences()
  const width = useWindowWidth()
  const columns = useMemo(() => columnsOf(chosen, width), [chosen, width])
  const lines = useMemo(() => linesOf(state.ids, (id) => jobCache.get(id), { group, zone }), [state.ids, group, zone])
  const selection = useSelection(q, lines)
  const selected = selection.ids.size > 0 ? [...selection.ids].flatMap((id) => jobCache.get(id) ?? []) : []
  const canAct = useIsAtLeast('operator')
  useJobKeys({ selected, q, isAll: selection.isAll, canAct, clear: selection.clear })
  const onEnd = useCallback(() => {
    if (list.state.get().searchedUntil === null && list.state.get().error === null) void list.more()
  }, [list])
  const setQuery = (next: string) => show({ q: next })
  return (
    <div className="mx-auto max-w-[110rem]">
      <h1 className="mb-3 text-2xl">Jobs</h1>
      <StateTabs q={q} group={groupWord} />
      <div className="mt-4 space-y-3">
        <QueryBar q={q} onQuery={setQuery} />
        <ChipsAndTools
          q={q}
          group={group}
          total={state.ids.length === 0 ? null : state.total}
          onQuery={setQuery}
          onGroup={(by) => show({ group: by ?? undefined })}
        />
      </div>
      <NewRows
        fresh={state.fresh.length}
        gone={state.gone.size}
        isPaused={selected.length > 0}
        onUpdate={() => list.update()}
      />
      <div className={`card mt-3 ${chosen !== null && chosen.length > USUAL_COLUMNS.length ? 'overflow-x-auto' : ''}`}>
        {state.phase === 'loading' ? (
          <Skeleton rows={8} />
        ) : state.ids.length === 0 ? (
          <ListTrouble state={state} q={q} onClear={() => setQuery('')} onRetry={() => void list.load()} />
        ) : (
          <JobsTable
            lines={lines}
            columns={columns}
            selected={selection.ids}
            gone={state.gone}
            canAct={canAct}
            onSelect={selection.select}
            onSelectAll={selection.selectAll}
            onEnd={onEnd}
          />
        )}
        <ListFoot state={state} onMore={() => void list.more()} />
      </div>
      {selected.length > 0 ? (
        <BulkBar
          jobs={selected}
          q={q}
          total={state.total}
          isAll={selection.isAll}
          canAct={canAct}
          onAll={selection.selectMatching}
          onDeleted={() => void list.reload()}
          onClear={selection.clear}
        />
      ) : null}
      <BulkHost />
    </div>
  )
}

/** The default view is shown when the page is opened without a query, and not again after that was cleared. */
function useDefaultView(q: string, show: (next: { readonly q: string }) => void): void {
  const views = useSavedViews()
  const isOpened = useRef(q !== '')
  const preset = views.find((view) => view.is_default)?.query
  useEffect(() => {
    if (isOpened.current || preset === undefined) return
    isOpened.current = true
    show({ q: preset })
  }, [preset, show])
}
