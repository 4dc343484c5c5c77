import { isProblem } from '@andon/core'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/form.tsx'
import { problemWords } from '../../ui/problem-words.ts'
import { reloadStations } from './stations.ts'

/** Makes a station known, and says how it is started. */
export function AddStation({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('')
  const [refusal, setRefusal] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const submit = async () => {
    setIsBusy(true)
    try {
      await andon.stations.add({ name: name.trim() })
      await reloadStations()
      onClose()
    } catch (error) {
      setRefusal(isProblem(error) ? problemWords(error) : String(error))
    }
    setIsBusy(false)
  }
  return (
    <Dialog isOpen onClose={onClose} title="Add a station">
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <TextField
          label="Name"
          hint="What people call the place: Reception, Packing 2."
          value={name}
          required
          maxLength={100}
          error={refusal}
          onChange={(event) => {
            setRefusal(null)
            setName(event.target.value)
          }}
        />
        <p className="text-sm text-muted">
          Then open this dashboard on its machine and choose “Drive this station from here”, or start the agent there:{' '}
          <code className="break-words">andon station --name {JSON.stringify(name.trim() || 'NAME')}</code>, with a
          token for this station from Settings, or of{' '}
          <code className="break-words">
            andon tokens create NAME --station {JSON.stringify(name.trim() || 'NAME')}
          </code>
        </p>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" disabled={isBusy || name.trim() === ''}>
            Add station
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
