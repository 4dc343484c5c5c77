import { useState } from 'react'
import { useIsAtLeast } from '../features/session/session.ts'
import { StationCard } from '../features/stations/station-card.tsx'
import { StationDialog } from '../features/stations/station-dialog.tsx'
import { useStations } from '../features/stations/stations.ts'
import { Button } from '../ui/button.tsx'
import { Empty, Skeleton } from '../ui/empty.tsx'
import { plural } from '../ui/format.ts'

/** Machines at desks, whether they are there, and the printers that they drive. */
export function StationsPage() {
  const stations = useStations()
  const [isAdding, setIsAdding] = useState(false)
  const mayAdd = useIsAtLeast('supervisor')
  const add = mayAdd ? (
    <Button look="primary" icon="plus" onClick={() => setIsAdding(true)}>
      Add station
    </Button>
  ) : null
  const lost = stations?.filter(
    ({ is_print_server: prints, is_seen, seen_at }) => prints && seen_at !== null && !is_seen,
  )
  return (
    <div className="mx-auto max-w-[100rem]">
      <header className="mb-5 flex flex-wrap items-center justify-between gap-3">
        <div>
          <h1 className="text-2xl">Stations</h1>
          {stations === undefined || stations.length === 0 ? null : (
            <p className="num text-muted">
              {plural(stations.length, 'station')}
              {lost?.length ? `, ${lost.length} lost` : ', none is lost'}
            </p>
          )}
        </div>
        {add}
      </header>
      {stations === undefined ? (
        <Skeleton />
      ) : stations.length === 0 ? (
        <div className="card">
          <Empty icon="station" title="No stations yet" action={add}>
            A station is a machine at a desk that drives printers which only it can reach: with this page open in its
            browser, or with the agent. Add it by the name that people call the place by.
            {mayAdd ? '' : ' A supervisor can add one.'}
          </Empty>
        </div>
      ) : (
        <div className="grid grid-cols-1 items-start gap-5 md:grid-cols-2 2xl:grid-cols-3">
          {stations.map((station) => (
            <StationCard key={station.id} station={station} />
          ))}
        </div>
      )}
      {isAdding ? <StationDialog station={null} onClose={() => setIsAdding(false)} /> : null}
    </div>
  )
}
