import type { StationView } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useStats } from '../../live/board.ts'
import { ask } from '../../ui/ask.tsx'
import { Button } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Troubles } from '../printers/trouble.tsx'
import { useSession } from '../session/session.ts'
import { reloadStations } from '../stations/stations.ts'
import { drive, stopDriving, useDriver } from './driver.ts'
import { setMachine, useMachine } from './machine.ts'
import { NowPrinting } from './now-printing.tsx'
import { QzSettings } from './qz-settings.tsx'
import { RecentJobs } from './recent-jobs.tsx'
import { StationHero } from './station-hero.tsx'
import { FoundPrinters, StationPrinters, useStationPrinters } from './station-printers.tsx'
import { stationTroubles } from './station-state.ts'
import { Unconfirmed } from './unconfirmed.tsx'

/** No oftener than so, in milliseconds, however much is printed. */
const FRESH_MS = 500

/** The station of this machine, driven while the tab is open. */
export function DrivenStation({ station }: { readonly station: StationView }) {
  useDriving(station)
  useFreshCounts()
  const state = useDriver()
  const printers = useStationPrinters(station)
  const found = <FoundPrinters station={station} state={state} />
  return (
    <div className="mx-auto max-w-[90rem] space-y-5">
      <header className="flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <Link
            to="/stations"
            className="inline-flex min-h-11 items-center gap-1.5 text-sm font-medium text-muted hover:text-ink"
          >
            <Icon name="arrowLeft" size={16} />
            Stations
          </Link>
          <h1 className="truncate text-2xl sm:text-[1.75rem]">{station.name}</h1>
        </div>
        <Button icon="station" onClick={() => void leave(station)}>
          Change station
        </Button>
      </header>
      <StationHero station={{ ...station, printers: [...printers] }} state={state} />
      <Troubles troubles={stationTroubles(state)} />
      {station.is_print_server ? null : <TakesNoPrints />}
      <Unconfirmed station={station.name} />
      <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="min-w-0 space-y-5">
          <NowPrinting printers={printers} />
          <StationPrinters printers={printers} state={state} />
          {printers.length === 0 ? found : null}
        </div>
        <div className="min-w-0 space-y-5">
          {printers.length === 0 ? null : found}
          <RecentJobs station={station.name} />
          <QzSettings />
        </div>
      </div>
    </div>
  )
}

function TakesNoPrints() {
  return (
    <p className="flex items-start gap-2 rounded-xl border border-warn-solid/50 bg-warn-soft px-4 py-3 text-sm">
      <Icon name="hand" className="text-warn" />
      <span>
        <strong className="block font-semibold text-warn">This station takes no prints</strong>
        Somebody chose "Stop printing here" for it on the page Stations; "Print here" lets it go on.
      </span>
    </p>
  )
}

/** Goes on after the page is left for another one of the dashboard, in the same tab. */
function useDriving({ id, name }: StationView): void {
  const { qzPort } = useMachine()
  const version = useSession()?.version
  useEffect(() => {
    if (version === undefined) return
    drive({ station: { id, name }, url: location.origin, version, qzPort })
  }, [id, name, qzPort, version])
}

/** The counters of the shop change with every job; those of the station are then asked for again, at that pace. */
function useFreshCounts(): void {
  const seq = useStats()?.seq
  const due = useRef<ReturnType<typeof setTimeout> | null>(null)
  useEffect(() => {
    if (seq === undefined) return
    due.current ??= setTimeout(() => {
      due.current = null
      void reloadStations()
    }, FRESH_MS)
  }, [seq])
}

async function leave(station: StationView): Promise<void> {
  const answer = await ask({
    title: `Stop driving ${station.name} here?`,
    lead: 'The label under way is finished. What waits for its printers waits until something drives them again.',
    act: 'Choose another station',
  })
  if (answer === null) return
  stopDriving()
  setMachine({ stationId: null })
}
