import { MINUTE_MS, SECOND_MS, type StationView } from '@andon/core'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { FormDialog, useSubmission } from '../../ui/form-dialog.tsx'
import { TextField } from '../../ui/form.tsx'
import { reloadStations } from './stations.ts'

/** Seconds of a minute. */
const MINUTE_S = MINUTE_MS / SECOND_MS
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
  const { forget, isBusy, refusal, submit } = useSubmission(async () => {
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
        hint="What people call the place: Reception, Packing 2."
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
        min={2}
        step="any"
        value={minutes}
        required
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
