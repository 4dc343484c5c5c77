import { ASK_AFTER_LIMITS, MINUTE_MS, SECOND_MS, type StationView } from '@andon/core'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { FormDialog, useSubmission } from '../../ui/form-dialog.tsx'
import { count } from '../../ui/format.ts'
import { TextField } from '../../ui/form.tsx'
import { reloadStations } from './stations.ts'

/** Seconds of a minute. */
const MINUTE_S = MINUTE_MS / SECOND_MS
const LEAST_MINUTES = ASK_AFTER_LIMITS.least / MINUTE_S
const MOST_MINUTES = ASK_AFTER_LIMITS.most / MINUTE_S
/** What the server takes where nothing is said. */
const USUAL_MINUTES = '15'

export interface StationDialogProps {
  /** Null: a new one. */
  readonly station: StationView | null
  readonly onClose: () => void
}

/** Makes a station known and says how it is started, or changes what is kept of one. */
export function StationDialog({ onClose, station }: StationDialogProps) {
  const [name, setName] = useState(station?.name ?? '')
  const [minutes, setMinutes] = useState(station === null ? USUAL_MINUTES : String(station.ask_after / MINUTE_S))
  const [isTried, setIsTried] = useState(false)
  const minutesError = minutesErrorOf(minutes)
  const { forget, isBusy, refusal, submit } = useSubmission(async () => {
    setIsTried(true)
    if (minutesError !== null) return
    const wanted = { name: name.trim(), ask_after: Math.round(Number(minutes) * MINUTE_S) }
    await (station === null ? andon.stations.add(wanted) : andon.stations.change(station.id, wanted))
    await reloadStations()
    onClose()
  })
  return (
    <FormDialog
      onClose={onClose}
      title={station === null ? 'Add a station' : `Change ${station.name}`}
      act={station === null ? 'Add station' : 'Save'}
      isComplete={name.trim() !== '' && minutes !== ''}
      isBusy={isBusy}
      refusal={refusal}
      onSubmit={submit}
    >
      <TextField
        label="Name"
        hint={
          station === null || name.trim() === station.name ? (
            'What people call the place: Reception, Packing 2.'
          ) : (
            <Renamed from={station.name} to={name.trim() || 'NAME'} />
          )
        }
        value={name}
        required
        maxLength={100}
        onChange={(event) => {
          forget()
          setName(event.target.value)
        }}
      />
      <TextField
        label="Ask about its prints after (minutes)"
        type="number"
        inputMode="decimal"
        min={LEAST_MINUTES}
        max={MOST_MINUTES}
        step="any"
        value={minutes}
        required
        error={isTried ? minutesError : null}
        onChange={(event) => {
          forget()
          setMinutes(event.target.value)
        }}
        hint="When it is away for so long, somebody is asked of each print that had left for it whether it came out. If it comes back before that, it says so itself."
      />
      {station === null ? <Start name={name.trim() || 'NAME'} /> : null}
    </FormDialog>
  )
}

function minutesErrorOf(written: string): string | null {
  const minutes = Number(written)
  if (minutes >= LEAST_MINUTES && minutes <= MOST_MINUTES) return null
  return `From ${LEAST_MINUTES} to ${count(MOST_MINUTES)} minutes, which is a week.`
}

/** What runs knows the station by its number, and only a start asks for its name. */
function Renamed({ from, to }: { readonly from: string; readonly to: string }) {
  return (
    <>
      What drives it now goes on. An agent that is started with <NameFlag name={from} /> has to be started with{' '}
      <NameFlag name={to} /> from now on: change its service, too.
    </>
  )
}

function NameFlag({ name }: { readonly name: string }) {
  return (
    <code className="break-words">
      <span className="whitespace-nowrap">--name</span> {JSON.stringify(name)}
    </code>
  )
}

function Start({ name }: { readonly name: string }) {
  const quoted = JSON.stringify(name)
  return (
    <p className="text-sm text-muted">
      Then open this dashboard on its machine and choose “Drive this station from here”, or start the agent there:{' '}
      <code className="break-words">andon station --name {quoted}</code>, with a token for this station from Settings,
      or of <code className="break-words">andon tokens create NAME --station {quoted}</code>
    </p>
  )
}
