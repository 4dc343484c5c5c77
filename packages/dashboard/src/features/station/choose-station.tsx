import type { StationView } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Badge } from '../../ui/state-badge.tsx'
import { useIsAtLeast } from '../session/session.ts'
import { StationDialog } from '../stations/station-dialog.tsx'
import { stationLook } from '../stations/stations.ts'
import { setMachine } from './machine.ts'

/** Asks once which station the machine is; the browser remembers it. */
export function ChooseStation({ stations }: { readonly stations: readonly StationView[] }) {
  const [isAdding, setIsAdding] = useState(false)
  const mayAdd = useIsAtLeast('supervisor')
  const add = mayAdd ? (
    <Button look={stations.length === 0 ? 'primary' : 'plain'} icon="plus" onClick={() => setIsAdding(true)}>
      Add station
    </Button>
  ) : null
  return (
    <div className="mx-auto max-w-2xl">
      <header className="mb-5 space-y-1">
        <h1 className="text-2xl">Which station is this machine?</h1>
        <p className="text-muted">
          This page then prints on the printers at this desk, through QZ Tray. The choice is kept in this browser.
        </p>
      </header>
      {stations.length === 0 ? (
        <div className="card">
          <Empty icon="station" title="No stations yet" action={add}>
            A station is a machine at a desk with printers that only it can reach. Give it the name that people call the
            place by.{mayAdd ? '' : ' A supervisor can add one.'}
          </Empty>
        </div>
      ) : (
        <>
          <ul className="card divide-y divide-line overflow-hidden">
            {stations.map((station) => (
              <li key={station.id}>
                <Choice station={station} />
              </li>
            ))}
          </ul>
          <p className="mt-4 flex flex-wrap items-center justify-between gap-3">
            <Link to="/stations" className={buttonClass('quiet')}>
              <Icon name="arrowLeft" />
              All stations
            </Link>
            {add}
          </p>
        </>
      )}
      {isAdding ? <StationDialog station={null} onClose={() => setIsAdding(false)} /> : null}
    </div>
  )
}

function Choice({ station }: { readonly station: StationView }) {
  const { is_seen: isSeen, name, printers } = station
  const names = printers.map((printer) => printer.name).join(', ')
  return (
    <button
      type="button"
      onClick={() => setMachine({ stationId: station.id })}
      className="flex min-h-18 w-full items-center gap-3 px-5 py-3 text-left -outline-offset-4 hover:bg-ground"
    >
      <Icon name="station" size={24} className="text-muted" />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{name}</span>
        <span className="block truncate text-sm text-muted">
          {isSeen
            ? 'Something drives it now: this page takes what that leaves'
            : printers.length === 0
              ? 'No printers yet'
              : `${plural(printers.length, 'printer')}: ${names}`}
        </span>
      </span>
      <Badge look={stationLook(station)} />
      <Icon name="chevronRight" size={16} className="text-muted" />
    </button>
  )
}
