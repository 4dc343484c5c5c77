import type { PauseRequest } from '@andon/core'
import { useState } from 'react'
import { FormDialog, useSubmission } from '../../ui/form-dialog.tsx'
import { SelectField, TextField } from '../../ui/form.tsx'

const SPANS = [
  { value: '', label: 'Until somebody resumes it' },
  { value: '15', label: '15 minutes' },
  { value: '60', label: '1 hour' },
  { value: '480', label: '8 hours' },
]

const MINUTE_MS = 60_000

const WORDS = {
  printer: {
    lead: 'What prints now is finished. Nothing new is started, and no job is lost or changed.',
    example: 'Changing to the small roll',
  },
  queue: {
    lead: 'What runs now is finished. Nothing new is started, and no job is lost or changed.',
    example: 'The export server is being updated',
  },
} as const

export interface PauseDialogProps {
  readonly name: string
  readonly what: keyof typeof WORDS
  /** Whether it is paused now. */
  readonly pause: (request: PauseRequest) => Promise<boolean>
  readonly onClose: () => void
}

/** Asks why and for how long. */
export function PauseDialog({ name, what, pause, onClose }: PauseDialogProps) {
  const [reason, setReason] = useState('')
  const [minutes, setMinutes] = useState('')
  const { isBusy, refusal, submit } = useSubmission(async () => {
    const until = minutes === '' ? {} : { until: new Date(Date.now() + Number(minutes) * MINUTE_MS).toISOString() }
    const why = reason.trim() === '' ? {} : { reason: reason.trim() }
    if (await pause({ ...why, ...until })) onClose()
  })
  return (
    <FormDialog
      onClose={onClose}
      title={`Pause ${name}?`}
      lead={WORDS[what].lead}
      act={`Pause ${what}`}
      actIcon="pause"
      isBusy={isBusy}
      refusal={refusal}
      onSubmit={submit}
    >
      <TextField
        label="Reason"
        hint={`Everybody who looks at this ${what} reads it.`}
        placeholder={WORDS[what].example}
        value={reason}
        maxLength={500}
        onChange={(event) => setReason(event.target.value)}
      />
      <SelectField
        label="For how long"
        options={SPANS}
        value={minutes}
        onChange={(event) => setMinutes(event.target.value)}
      />
    </FormDialog>
  )
}
