import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { AvailabilityPanel } from '../features/analytics/availability-panel.tsx'
import { FailuresPanel } from '../features/analytics/failures-panel.tsx'
import { useFigures } from '../features/analytics/figures.ts'
import { MediaPanel } from '../features/analytics/media-panel.tsx'
import { pickedGroup, type PickGroup } from '../features/analytics/pick.ts'
import { ReprintsPanel } from '../features/analytics/reprints-panel.tsx'
import { ThroughputPanel } from '../features/analytics/throughput-panel.tsx'
import { Tiles } from '../features/analytics/tiles.tsx'
import { Toolbar } from '../features/analytics/toolbar.tsx'
import { type AnalyticsSearch, type AnalyticsView, viewOf, zoneName } from '../features/analytics/view.ts'
import { WaitsPanel } from '../features/analytics/waits-panel.tsx'
import { periodWords } from '../features/analytics/words.ts'
import { usePreferences } from '../features/preferences/preferences.ts'
import { useNow } from '../live/clock.ts'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'

const route = getRouteApi('/inside/shell/analytics')
const STEP_MS = 60_000

/** What was printed in a period, what failed, what it waited for: against the period before. */
export function AnalyticsPage() {
  const search = route.useSearch()
  const navigate = useNavigate()
  const view = useView(search)
  const show = (change: { readonly [K in keyof AnalyticsSearch]: AnalyticsSearch[K] | undefined }) => {
    const kept = Object.entries({ ...search, ...change }).filter(([, value]) => value !== undefined)
    void navigate({ to: '/analytics', search: Object.fromEntries(kept) as AnalyticsSearch, resetScroll: false })
  }
  return (
    <div className="mx-auto max-w-[100rem]">
      <header className="mb-5">
        <h1 className="text-2xl">Analytics</h1>
        <p className="num text-muted">{periodWords(view)}</p>
      </header>
      <Toolbar key={`${search.from} ${search.to}`} view={view} search={search} onChange={show} />
      <AllFigures
        view={view}
        onPick={(by, name) => show(pickedGroup(by, name))}
        onEvery={() => void navigate({ to: '/analytics', search: { period: '30d', type: '*' } })}
      />
    </div>
  )
}

/** Moves on with the clock once a minute at most, so that the rest of the page is left alone. */
function useView(search: AnalyticsSearch): AnalyticsView {
  const { zone } = usePreferences()
  const minute = Math.floor(useNow() / STEP_MS)
  return useMemo(() => viewOf(search, { nowMs: minute * STEP_MS, zone: zoneName(zone) }), [search, minute, zone])
}

interface AllFiguresProps {
  readonly view: AnalyticsView
  readonly onPick: PickGroup
  readonly onEvery: () => void
}

function AllFigures({ onEvery, onPick, view }: AllFiguresProps) {
  const throughput = useFigures('throughput', view)
  const failures = useFigures('failures', view)
  const waits = useFigures('waits', view)
  const availability = useFigures('availability', view)
  const reprints = useFigures('reprints', view)
  const media = useFigures('media', view)
  const { data } = throughput
  const hasJobs = data === undefined || data.current.jobs + data.previous.jobs > 0
  if (throughput.error?.field === 'since' || !hasJobs) {
    return (
      <div className="mt-5 space-y-5">
        <NoFigures detail={throughput.error?.detail ?? null} onEvery={onEvery} />
        {hasJobs ? null : <AvailabilityPanel figures={availability} />}
      </div>
    )
  }
  return (
    <div className="mt-5 space-y-5">
      <Tiles {...{ throughput, failures, waits, availability, reprints }} counted={view.count} />
      <ThroughputPanel figures={throughput} counted={view.count} onPick={onPick} />
      <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-2">
        <FailuresPanel figures={failures} view={view} onPick={onPick} />
        <AvailabilityPanel figures={availability} />
      </div>
      <WaitsPanel figures={waits} onPick={onPick} />
      <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-2">
        <ReprintsPanel figures={reprints} onPick={onPick} />
        <MediaPanel figures={media} />
      </div>
    </div>
  )
}

/** `detail` is why the server refused the period; null when it had nothing to show. */
function NoFigures({ detail, onEvery }: { readonly detail: string | null; readonly onEvery: () => void }) {
  return (
    <div className="card">
      <Empty
        icon="chart"
        title={detail === null ? 'Nothing ended in this period' : 'This period cannot be shown'}
        action={<Button onClick={onEvery}>Show all jobs of 30 days</Button>}
      >
        {detail === null
          ? 'Figures are of jobs that have ended, in the period and in the one before. Take a longer period, or look at all printers and all jobs; a first print is in them as soon as it has ended.'
          : `${detail}.`}
      </Empty>
    </div>
  )
}
