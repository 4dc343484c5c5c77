import type { ProcessingError } from '@andon/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { useFloorChanges } from '../../live/floor.ts'
import { Button } from '../../ui/button.tsx'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { count } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { NewRows } from '../../ui/new-rows.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { useIsAtLeast } from '../session/session.ts'
import { dismissAll, dismissOne, type ErrorSource, retryAll, retryOne } from './error-acts.ts'
import { reasonWord } from './floor-words.ts'
import { useHeldOrder } from './held-order.ts'

const PAGE = 25
/** A second try that fails again is told by nothing. */
const REFRESH_MS = 5_000

const SOURCES = [
  { source: null, word: 'All' },
  { source: 'scanner', word: 'Scans' },
  { source: 'print_os', word: 'Press records' },
] as const

/** Scans that matched nothing and records that could not be processed, until somebody mends or dismisses them. */
export function FloorErrors({ open }: { readonly open: number }) {
  const [source, setSource] = useState<ErrorSource>(null)
  const { query, errors } = useErrors(source)
  const mayRetry = useIsAtLeast('operator')
  const mayDismiss = useIsAtLeast('supervisor')
  const held = useHeldOrder(
    errors.map((error) => error.error_id),
    source ?? 'all',
  )
  const known = new Map(errors.map((error) => [error.error_id, error]))
  // One that is gone leaves at once: it was mended or dismissed, which is what was waited for.
  const shown = held.ids.flatMap((id) => known.get(id) ?? [])
  return (
    <section aria-label="Set aside" className="card">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 pt-4 pb-3">
        <h2 className="num flex-1 text-base whitespace-nowrap">
          Set aside <span className="font-normal text-muted">{count(open)}</span>
        </h2>
        {shown.length === 0 ? null : (
          <span className="flex flex-wrap gap-2">
            {mayRetry ? (
              <Button icon="retry" onClick={() => void retryAll(source)}>
                Try all again
              </Button>
            ) : null}
            {mayDismiss ? (
              <Button icon="x" onClick={() => void dismissAll(source)}>
                Dismiss all
              </Button>
            ) : null}
          </span>
        )}
      </header>
      {open === 0 && source === null ? null : <Sources chosen={source} onChoose={setSource} />}
      {query.isPending ? (
        <Skeleton />
      ) : shown.length === 0 ? (
        <Empty icon="checkCircle" title={source === null ? 'Nothing stands aside' : 'None of these'}>
          Scans that match nothing and records that cannot be processed appear here with what is wrong.
        </Empty>
      ) : (
        <>
          <NewRows fresh={held.fresh} gone={0} isPaused={false} onUpdate={held.update} />
          <ul className="divide-y divide-line border-t border-line">
            {shown.map((error) => (
              <ErrorRow key={error.error_id} error={error} mayRetry={mayRetry} mayDismiss={mayDismiss} />
            ))}
          </ul>
        </>
      )}
      {query.hasNextPage ? (
        <div className="border-t border-line px-5 py-3">
          <Button
            isBusy={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage().then(() => held.update())}
          >
            Load more
          </Button>
        </div>
      ) : null}
    </section>
  )
}

function useErrors(source: ErrorSource) {
  useFloorChanges({ key: ['errors'] })
  const query = useInfiniteQuery({
    queryKey: ['floor', 'errors', source],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      andon.floor.errors({ limit: PAGE, cursor: pageParam, signal, ...(source === null ? {} : { source }) }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: REFRESH_MS,
  })
  return { query, errors: query.data?.pages.flatMap((page) => page.data) ?? [] }
}

interface SourcesProps {
  readonly chosen: ErrorSource
  readonly onChoose: (source: ErrorSource) => void
}

function Sources({ chosen, onChoose }: SourcesProps) {
  return (
    <div role="group" aria-label="Of which source" className="flex flex-wrap gap-1.5 px-5 pb-3">
      {SOURCES.map(({ source, word }) => (
        <button
          key={word}
          type="button"
          aria-pressed={source === chosen}
          onClick={() => onChoose(source)}
          className="inline-flex min-h-11 items-center rounded-full border border-line px-3.5 text-sm hover:border-edge aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent"
        >
          {word}
        </button>
      ))}
    </div>
  )
}

interface ErrorRowProps {
  readonly error: ProcessingError
  readonly mayRetry: boolean
  readonly mayDismiss: boolean
}

function ErrorRow({ error, mayRetry, mayDismiss }: ErrorRowProps) {
  const isScan = error.source_type === 'scanner'
  const name = error.subject ?? `${isScan ? 'Scan' : 'Record'} ${error.source_id}`
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 px-5 py-3.5 sm:flex-nowrap">
      <Icon name={isScan ? 'barcode' : 'printer'} size={20} className="mt-0.5 text-warn" />
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap gap-x-2">
          <span className="font-semibold break-all">{name}</span>
          <span className="text-warn">{reasonWord(error.reason)}</span>
        </p>
        <p className="text-sm break-words">{error.detail}</p>
        <p className="num text-sm text-muted">
          {isScan ? 'Scanned' : 'Reported'} <TimeAgo at={error.created_at} />
          {error.attempts > 1 ? ` · tried ${error.attempts} times` : ''}
          {error.next_try_at === null ? (
            ''
          ) : (
            <>
              {' '}
              · next try <TimeAgo at={error.next_try_at} />
            </>
          )}
        </p>
      </div>
      <span className="flex gap-2">
        {mayRetry ? (
          <Button icon="retry" aria-label={`Try again: ${name}`} onClick={() => void retryOne(error)}>
            Try again
          </Button>
        ) : null}
        {mayDismiss ? (
          <Button icon="x" aria-label={`Dismiss ${name}`} onClick={() => void dismissOne(error)}>
            Dismiss
          </Button>
        ) : null}
      </span>
    </li>
  )
}
