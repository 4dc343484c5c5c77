import { HOUR_MS } from '@andon/core'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import { BulkHost } from '../features/bulk/bulk-host.tsx'
import { GroupCard } from '../features/errors/group-card.tsx'
import {
  ERROR_PERIODS,
  type ErrorGroups,
  errorsView,
  type ErrorsSearch,
  sinceOf,
  useErrorGroups,
} from '../features/errors/groups.ts'
import { useIsAtLeast } from '../features/session/session.ts'
import { useNow } from '../live/clock.ts'
import { Button } from '../ui/button.tsx'
import { Empty, Skeleton } from '../ui/empty.tsx'
import { problemWords } from '../ui/problem-words.ts'

const route = getRouteApi('/inside/shell/errors')

/** What failed, by cause: how often, since when, what to do, and all of it again with one act. */
export function ErrorsPage() {
  const search = route.useSearch()
  const view = useMemo(() => errorsView(search), [search])
  const navigate = useNavigate()
  const hour = Math.floor(useNow() / HOUR_MS)
  const since = useMemo(() => sinceOf(view, hour * HOUR_MS), [view, hour])
  const found = useErrorGroups(view, since)
  const canRetry = useIsAtLeast('operator')
  const show = (change: ErrorsSearch) => {
    const kept = Object.entries({ ...search, ...change }).filter(([, value]) => value !== '')
    void navigate({ to: '/errors', search: Object.fromEntries(kept) as ErrorsSearch, resetScroll: false })
  }
  return (
    <div className="mx-auto max-w-[80rem]">
      <header className="mb-4">
        <h1 className="text-2xl">Errors</h1>
        <p className="text-muted">Jobs that failed for the same cause, as one.</p>
      </header>
      <div className="mb-4 flex flex-wrap gap-3">
        <Choice
          label="Period"
          options={ERROR_PERIODS.map(({ id, word }) => ({ id, word }))}
          chosen={view.period.id}
          onChoose={(id) => show({ period: id === ERROR_PERIODS[0].id ? '' : id })}
        />
        <Choice
          label="Which"
          options={WHICH}
          chosen={view.isOpen ? 'open' : 'all'}
          onChoose={(id) => show({ show: id === 'all' ? '' : id })}
        />
      </div>
      <Groups found={found} isOpen={view.isOpen} period={view.period.word}>
        {(groups) => (
          <ul aria-label="Groups of errors, the one seen last first" className="space-y-3">
            {groups.map((group) => (
              <GroupCard
                key={group.fingerprint}
                group={group}
                bucket={found.bucket}
                since={since}
                canRetry={canRetry}
              />
            ))}
          </ul>
        )}
      </Groups>
      {found.more === null ? null : (
        <div className="mt-4 text-center">
          <Button onClick={found.more}>Show more</Button>
        </div>
      )}
      <BulkHost />
    </div>
  )
}

const WHICH = [
  { id: 'all', word: 'All' },
  { id: 'open', word: 'Not retried yet' },
] as const

interface ChoiceProps {
  readonly label: string
  readonly options: readonly { readonly id: string; readonly word: string }[]
  readonly chosen: string
  readonly onChoose: (id: string) => void
}

function Choice({ chosen, label, onChoose, options }: ChoiceProps) {
  return (
    <div role="group" aria-label={label} className="flex flex-wrap gap-1 rounded-xl bg-idle-soft p-1.5">
      {options.map(({ id, word }) => (
        <button
          key={id}
          type="button"
          aria-pressed={chosen === id}
          onClick={() => onChoose(id)}
          className={`inline-flex min-h-11 items-center rounded-lg border px-3 text-sm font-medium whitespace-nowrap ${chosen === id ? 'border-edge bg-surface text-ink shadow-card' : 'border-transparent text-muted hover:text-ink'}`}
        >
          {word}
        </button>
      ))}
    </div>
  )
}

interface GroupsProps {
  readonly found: ErrorGroups
  readonly isOpen: boolean
  /** In words. */
  readonly period: string
  readonly children: (groups: NonNullable<ErrorGroups['groups']>) => ReactNode
}

/** The groups, or why there are none. */
function Groups({ children, found: { error, groups }, isOpen, period }: GroupsProps) {
  if (error !== null) {
    return (
      <div className="card">
        <Empty icon="alert" title={error.title}>
          {problemWords(error)}
        </Empty>
      </div>
    )
  }
  if (groups === undefined) return <Skeleton rows={6} />
  if (groups.length > 0) return children(groups)
  return (
    <div className="card">
      <Empty icon="checkCircle" title={isOpen ? 'Nothing is left to retry' : 'Nothing failed'}>
        {isOpen ? `Whatever failed in the last ${period} was retried.` : `No job failed in the last ${period}.`}
      </Empty>
    </div>
  )
}
