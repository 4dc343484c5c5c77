import type { PrinterView, StationView } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { ask } from '../../ui/ask.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { notify, tried } from '../../ui/notify.ts'
import { Badge, printerLook } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { andon } from '../../live/andon.ts'
import { useIsAtLeast } from '../session/session.ts'
import { useMachine } from '../station/machine.ts'
import { StationDialog } from './station-dialog.tsx'
import { qzWord, reloadStations, stationLook } from './stations.ts'

/** One station: whether it is there, its printers, and what waits for it. */
export function StationCard({ station }: { readonly station: StationView }) {
  const mayDrive = useIsAtLeast('operator')
  const isHere = useMachine().stationId === station.id
  return (
    <article aria-label={station.name} className="card flex flex-col gap-4 p-5">
      <header className="flex items-start justify-between gap-x-3">
        <div className="min-w-0">
          <h2 className="truncate text-lg leading-tight">{station.name}</h2>
          <p className="truncate text-sm text-muted">
            {isHere ? <strong className="font-medium text-ink">This machine · </strong> : null}
            {station.seen_at === null ? (
              'Nothing has driven it yet'
            ) : (
              <>
                Seen <TimeAgo at={station.seen_at} />
                {station.version === null ? '' : ` · ${station.version}`}
              </>
            )}
          </p>
        </div>
        <Badge look={stationLook(station)} />
      </header>
      {station.message === null ? null : (
        <p className="flex items-start gap-2 rounded-xl border border-warn-solid/50 bg-warn-soft px-4 py-3 text-sm">
          <Icon name="alert" className="text-warn" />
          {station.message}
        </p>
      )}
      <Printers printers={station.printers} />
      <dl className="num mt-auto grid grid-cols-3 gap-4 border-t border-line pt-3 text-sm">
        <Fact word="QZ Tray">{qzWord(station)}</Fact>
        <Fact word="Printing">{station.printing_jobs === 0 ? 'Nothing' : plural(station.printing_jobs, 'job')}</Fact>
        <Fact word="Waiting">{station.pending_jobs === 0 ? 'Nothing' : plural(station.pending_jobs, 'job')}</Fact>
      </dl>
      {mayDrive ? <Acts station={station} isHere={isHere} /> : null}
    </article>
  )
}

function Fact({ word, children }: { readonly word: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt className="text-muted">{word}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  )
}

function Printers({ printers }: { readonly printers: readonly PrinterView[] }) {
  if (printers.length === 0) {
    return (
      <p className="text-sm text-muted">
        No printers yet. Drive it from its machine to see those that QZ Tray has, or add one under{' '}
        <Link to="/printers" className="font-medium text-accent hover:underline">
          Printers
        </Link>{' '}
        and choose this station.
      </p>
    )
  }
  return (
    <ul className="divide-y divide-line">
      {printers.map((printer) => (
        <li key={printer.name} className="flex min-h-11 items-center justify-between gap-3 py-1.5">
          <div className="min-w-0">
            <Link to="/printers/$name" params={{ name: printer.name }} className="font-medium hover:underline">
              {printer.name}
            </Link>
            {printer.troubles[0] === undefined ? null : (
              <p className="truncate text-sm text-muted">{printer.troubles[0].title}</p>
            )}
          </div>
          <Badge look={printerLook(printer)} />
        </li>
      ))}
    </ul>
  )
}

function Acts({ station, isHere }: { readonly station: StationView; readonly isHere: boolean }) {
  const mayManage = useIsAtLeast('supervisor')
  const isPrinting = station.is_print_server
  const [isChanging, setIsChanging] = useState(false)
  const remove = async () => {
    const answer = await ask({
      title: `Remove ${station.name}?`,
      lead: 'Its history stays. A station of the same name can be added again.',
      act: 'Remove',
    })
    if (answer === null || (await tried(() => andon.stations.remove(station.id).then(() => true))) === null) return
    await reloadStations()
  }
  return (
    <div className="flex flex-wrap gap-2">
      <Link to="/station" search={isHere ? {} : { choose: station.name }} className={buttonClass()}>
        <Icon name="station" />
        {isHere ? 'Open the station page' : 'Drive this station from here'}
      </Link>
      {mayManage ? (
        <Button icon={isPrinting ? 'hand' : 'play'} onClick={() => void setPrinting(station, !isPrinting)}>
          {isPrinting ? 'Stop printing here' : 'Print here'}
        </Button>
      ) : null}
      {mayManage ? (
        <Button icon="settings" aria-label={`Change ${station.name}`} onClick={() => setIsChanging(true)}>
          Change
        </Button>
      ) : null}
      {isChanging ? <StationDialog station={station} onClose={() => setIsChanging(false)} /> : null}
      {mayManage && station.printers.length === 0 ? (
        <Button icon="x" onClick={() => void remove()}>
          Remove
        </Button>
      ) : null}
    </div>
  )
}

/** Can be undone. */
async function setPrinting({ id, name }: StationView, isPrinting: boolean): Promise<void> {
  const changed = await tried(() => andon.stations.change(id, { is_print_server: isPrinting }))
  if (changed === null) return
  await reloadStations()
  const title = isPrinting ? `${name} prints` : `${name} takes no more prints`
  const waits =
    changed.pending_jobs === 0 ? 'No job waits.' : `${plural(changed.pending_jobs, 'job waits', 'jobs wait')}.`
  const undo = { label: 'Undo', onPick: () => void setPrinting(changed, !isPrinting) }
  void notify({ level: 'info', title, text: waits, action: undo })
}
