import { type ItemState, type ItemView, type JobDetail } from '@andon/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useEffect, useState } from 'react'
import { andon, queries } from '../../live/andon.ts'
import { Button } from '../../ui/button.tsx'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { count } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { CleanedNote } from './cleaned-note.tsx'
import { ItemDialog } from './item-dialog.tsx'
import { ITEM_LOOKS, itemWord } from './item-looks.ts'
import type { OpenJob } from './job-commands.ts'

const PAGE = 500
/** The items of a running job are asked for so often. */
const REFRESH_MS = 1_000

interface ItemsTabProps {
  readonly job: JobDetail
  readonly open: OpenJob
}

/** Every label with its outcome; press one to see it. */
export function ItemsTab({ job, open }: ItemsTabProps) {
  const [state, setState] = useState<ItemState | null>(null)
  const [shown, setShown] = useState<ItemView | null>(null)
  const query = useItems(job, state)
  const items = query.data?.pages.flatMap((page) => page.data) ?? []
  const counts = useCounts(job)
  if (query.isPending) return <Skeleton rows={6} />
  if (items.length === 0 && state === null) return <NotKept />
  return (
    <>
      <CleanedNote job={job} of="items" />
      <div className="space-y-4 p-5">
        <Filter job={job} counts={counts} state={state} onState={setState} />
        {items.length === 0 ? (
          <Empty icon="grid" title="None of these" action={<Button onClick={() => setState(null)}>Show all</Button>} />
        ) : (
          <Grid job={job} items={items} onShow={setShown} />
        )}
        {query.hasNextPage ? (
          <Button isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load more
          </Button>
        ) : null}
        {shown === null ? null : <ItemDialog job={job} item={shown} open={open} onClose={() => setShown(null)} />}
      </div>
    </>
  )
}

function NotKept() {
  return (
    <Empty icon="grid" title="Its items are not kept one by one">
      Only their numbers are known: the job comes from another system, or is older than what is kept.
    </Empty>
  )
}

function useItems(job: JobDetail, state: ItemState | null) {
  const phase = `${job.state} ${job.wait_reason}`
  // What was asked for before the last step is a moment old.
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ['items', job.id] })
  }, [phase, job.id])
  return useInfiniteQuery({
    queryKey: ['items', job.id, state],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      andon.jobs.items(job.id, { limit: PAGE, cursor: pageParam, signal, ...(state === null ? {} : { state }) }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: job.state === 'running' || job.state === 'sent' ? REFRESH_MS : false,
  })
}

/** How many items are in each state; a state is missing while its number is unknown. */
type Counts = Partial<Record<ItemState, number>>

/** Counted when all are loaded, which those of a print are; otherwise what the job itself says. */
function useCounts(job: JobDetail): Counts {
  const { data, hasNextPage } = useItems(job, null)
  if (data === undefined || hasNextPage) return { done: job.items?.done ?? 0, failed: job.items?.failed ?? 0 }
  const counts: Counts = { done: 0, failed: 0, unconfirmed: 0, pending: 0, cancelled: 0 }
  for (const { state } of data.pages.flatMap((page) => page.data)) counts[state] = (counts[state] ?? 0) + 1
  return counts
}

const FILTERS = ['done', 'failed', 'unconfirmed', 'pending', 'cancelled'] as const

interface FilterProps {
  readonly job: JobDetail
  readonly counts: Counts
  readonly state: ItemState | null
  readonly onState: (state: ItemState | null) => void
}

/** States that no item has are left out. */
function Filter({ job, counts, state, onState }: FilterProps) {
  const states = [null, ...FILTERS.filter((one) => one === state || counts[one] !== 0)]
  return (
    <div role="group" aria-label="Which items" className="flex flex-wrap gap-1.5">
      {states.map((one) => (
        <button
          key={one ?? 'all'}
          type="button"
          aria-pressed={state === one}
          onClick={() => onState(one)}
          className="num inline-flex min-h-11 items-center gap-1.5 rounded-full border border-line px-3.5 text-sm hover:border-edge aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent"
        >
          {one === null ? 'All' : itemWord(one, job)}{' '}
          {one === null ? count(job.items?.total ?? 0) : counts[one] === undefined ? '' : count(counts[one])}
        </button>
      ))}
    </div>
  )
}

interface GridProps {
  readonly job: JobDetail
  readonly items: readonly ItemView[]
  readonly onShow: (item: ItemView) => void
}

function Grid({ job, items, onShow }: GridProps) {
  const [at, setAt] = useState(0)
  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>) => {
    const row = columnsIn(event.currentTarget)
    const steps: Record<string, number> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: row,
      ArrowUp: -row,
      Home: -at,
      End: items.length - 1 - at,
    }
    const step = steps[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = Math.max(0, Math.min(items.length - 1, at + step))
    setAt(next)
    event.currentTarget.querySelectorAll('button')[next]?.focus()
  }
  return (
    <ul
      aria-label="Items. Arrow keys move."
      onKeyDown={onKeyDown}
      className="grid grid-cols-[repeat(auto-fill,minmax(44px,1fr))] gap-1"
    >
      {items.map((item, index) => {
        const look = ITEM_LOOKS[item.state]
        const label = `${item.index + 1}${item.ref === null ? '' : `, ${item.ref}`}: ${itemWord(item.state, job)}`
        return (
          <li key={item.index}>
            <button
              type="button"
              tabIndex={index === Math.min(at, items.length - 1) ? 0 : -1}
              aria-label={label}
              title={label}
              onClick={() => {
                setAt(index)
                onShow(item)
              }}
              className={`num relative flex h-11 w-full flex-col items-center justify-center rounded-lg border text-[0.8125rem] leading-none font-medium hover:brightness-95 ${look.tone}`}
            >
              {look.icon === null ? null : <Icon name={look.icon} size={13} className="mb-0.5" />}
              {item.index + 1}
            </button>
          </li>
        )
      })}
    </ul>
  )
}

function columnsIn(list: HTMLElement): number {
  return getComputedStyle(list).gridTemplateColumns.split(' ').length
}
