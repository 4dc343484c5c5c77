import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { exactTime, plural } from '../../ui/format.ts'
import { problemWords } from '../../ui/problem-words.ts'
import { usePreferences } from '../preferences/preferences.ts'
import type { JobListState } from './job-list.ts'

interface ListTroubleProps {
  readonly state: JobListState
  readonly q: string
  readonly onClear: () => void
  readonly onRetry: () => void
}

/** Why there are no rows. */
export function ListTrouble({ state, q, onClear, onRetry }: ListTroubleProps) {
  const { error } = state
  if (error !== null && error.code === 'forbidden') {
    return (
      <Empty icon="key" title="Not allowed">
        Your role may not see these jobs. Ask an administrator.
      </Empty>
    )
  }
  if (error !== null) {
    return (
      <Empty
        icon="alert"
        title={error.title}
        action={
          error.code === 'query_invalid' ? (
            <Button icon="x" onClick={onClear}>
              Clear the query
            </Button>
          ) : (
            <Button icon="refresh" onClick={onRetry}>
              Try again
            </Button>
          )
        }
      >
        {problemWords(error)}
      </Empty>
    )
  }
  if (q !== '') {
    return (
      <Empty
        icon="search"
        title="No job matches"
        action={
          <Button icon="x" onClick={onClear}>
            Clear the query
          </Button>
        }
      >
        {state.searchedUntil === null
          ? 'Take a part out of the query, or look at another time.'
          : 'None in what was searched so far.'}
      </Empty>
    )
  }
  return (
    <Empty icon="list" title="No jobs yet">
      Print something, or create a job with <code>andon jobs create</code> or <code>POST /api/jobs</code>. It appears
      here at once.
    </Empty>
  )
}

/** How far the list goes, and the way to the rest. */
export function ListFoot({ state, onMore }: { readonly state: JobListState; readonly onMore: () => void }) {
  const { zone } = usePreferences()
  if (state.phase !== 'ready') return null
  if (state.cursor === null) {
    return state.ids.length === 0 ? null : (
      <p className="num py-4 text-center text-sm text-muted">{plural(state.ids.length, 'job')}, that is all</p>
    )
  }
  const until = state.searchedUntil
  return (
    <div className="flex flex-wrap items-center justify-center gap-3 py-3">
      {until === null ? null : (
        <span className="num text-sm text-muted">Searched back to {exactTime(until, zone)}</span>
      )}
      {state.error === null ? null : <span className="text-sm text-bad">{state.error.detail}</span>}
      <Button isBusy={state.isLoadingMore} onClick={onMore}>
        {until === null ? 'Load more' : 'Continue'}
      </Button>
    </div>
  )
}
