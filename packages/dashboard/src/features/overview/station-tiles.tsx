import type { StationView } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { plural } from '../../ui/format.ts'
import { Panel } from '../../ui/panel.tsx'
import { Badge, TILE_EDGES } from '../../ui/state-badge.tsx'
import { stationLook, useStations } from '../stations/stations.ts'

/** Every station at a glance; nothing in a shop that has none. */
export function StationTiles() {
  const stations = useStations() ?? []
  if (stations.length === 0) return null
  return (
    <Panel
      title="Stations"
      aside={
        <Link
          to="/stations"
          className="inline-flex min-h-11 items-center text-sm font-medium text-accent hover:underline"
        >
          All stations
        </Link>
      }
    >
      <ul className="grid gap-2.5 p-4 pt-1 sm:grid-cols-2">
        {stations.map((station) => (
          <StationTile key={station.name} station={station} />
        ))}
      </ul>
    </Panel>
  )
}

function StationTile({ station }: { readonly station: StationView }) {
  const look = stationLook(station)
  const { message, name, pending_jobs: waiting, printing_jobs: printing } = station
  return (
    <li>
      <Link
        to="/stations"
        className={`flex h-full min-h-24 flex-col gap-2 rounded-xl border px-3.5 py-3 hover:shadow-card ${TILE_EDGES[look.tone]}`}
      >
        <span className="flex flex-wrap items-center justify-between gap-x-2 gap-y-1">
          <span className="font-semibold">{name}</span>
          <Badge look={look} />
        </span>
        <span className="mt-auto text-sm text-muted">
          {message === null ? null : <span className="line-clamp-2 text-ink">{message}</span>}
          <span className="num block">
            {plural(station.printers.length, 'printer')} · {workWords(printing, waiting)}
          </span>
        </span>
      </Link>
    </li>
  )
}

function workWords(printing: number, waiting: number): string {
  if (printing === 0 && waiting === 0) return 'nothing waits'
  return [printing > 0 ? `${printing} printing` : '', waiting > 0 ? `${waiting} waiting` : '']
    .filter(Boolean)
    .join(', ')
}
