import type { StationView } from '@andon/core'
import { useNavigate } from '@tanstack/react-router'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { setMachine } from './machine.ts'

interface SwitchStationProps {
  readonly from: StationView
  readonly to: StationView
}

/** A machine is one station at a time: asks before it becomes another. */
export function SwitchStation({ from, to }: SwitchStationProps) {
  const navigate = useNavigate()
  const stay = () => void navigate({ to: '/station', replace: true })
  return (
    <Empty
      isPage
      icon="station"
      title={`This machine is ${from.name}`}
      action={
        <span className="flex flex-wrap justify-center gap-2">
          <Button onClick={stay}>Stay {from.name}</Button>
          <Button
            look="primary"
            onClick={() => {
              setMachine({ stationId: to.id })
              stay()
            }}
          >
            Drive {to.name} instead
          </Button>
        </span>
      }
    >
      It drives one station at a time. What {from.name} has under way is finished first; what waits for its printers
      waits until something drives them again.
    </Empty>
  )
}
