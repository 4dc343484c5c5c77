import { getRouteApi } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useIsAtLeast, useSession } from '../features/session/session.ts'
import { ChooseStation } from '../features/station/choose-station.tsx'
import { DrivenStation } from '../features/station/driven-station.tsx'
import { setMachine, useMachine } from '../features/station/machine.ts'
import { SwitchStation } from '../features/station/switch-station.tsx'
import { useStations } from '../features/stations/stations.ts'
import { Empty, Skeleton } from '../ui/empty.tsx'

const route = getRouteApi('/inside/shell/station')

/** The browser form of a station: this machine drives its printers while the page is open. */
export function StationPage() {
  const { choose } = route.useSearch()
  const { stationId } = useMachine()
  const stations = useStations()
  const session = useSession()
  const mayDrive = useIsAtLeast('operator')
  const wanted = stations?.find(({ name }) => name === choose)
  const chosen = stations?.find(({ id }) => id === stationId)
  const isFirst = wanted !== undefined && chosen === undefined
  useEffect(() => {
    if (isFirst && mayDrive) setMachine({ stationId: wanted.id })
  }, [isFirst, mayDrive, wanted])
  if (stations === undefined || session === undefined || isFirst) return <Skeleton rows={8} />
  if (!mayDrive) {
    return (
      <Empty isPage icon="station" title="You may look, not print">
        A station prints in the name of who is signed in on it, who has to be an operator. Ask an admin for that role,
        or sign in as somebody who has it.
      </Empty>
    )
  }
  if (chosen === undefined) return <ChooseStation stations={stations} />
  if (wanted !== undefined && wanted.id !== chosen.id) return <SwitchStation from={chosen} to={wanted} />
  return <DrivenStation station={chosen} />
}
