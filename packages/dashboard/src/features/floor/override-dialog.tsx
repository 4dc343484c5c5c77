import type { FloorJobDetail } from '@andon/core'
import { useRef, useState } from 'react'
import { andon } from '../../live/andon.ts'
import { askFloorAgain } from '../../live/floor.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { SelectField, TextField } from '../../ui/form.tsx'
import { notify } from '../../ui/notify.ts'
import { failureWords } from '../../ui/problem-words.ts'
import { operationWord } from './floor-words.ts'

interface OverrideDialogProps {
  readonly job: FloorJobDetail
  readonly type: string
  readonly onClose: () => void
}

/** Asks a supervisor for a word that stands over press and scanner, and why. */
export function OverrideDialog({ job, type, onClose }: OverrideDialogProps) {
  const [value, setValue] = useState(job.current_status[type] === true ? 'open' : 'done')
  const [reason, setReason] = useState('')
  const [refusal, setRefusal] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const field = useRef<HTMLButtonElement>(null)
  const word = operationWord(type)
  const submit = async () => {
    if (reason.trim() === '') return setRefusal('Say why: everybody who looks at this job reads it.')
    setIsBusy(true)
    try {
      await andon.floor.override(job.job_id, { operation_type: type, value: value === 'done', reason: reason.trim() })
      await askFloorAgain()
      void notify({
        level: 'success',
        title: `${word} of ${job.job_id} is set by hand`,
        text: 'It stands until it is lifted.',
      })
      onClose()
    } catch (error) {
      setRefusal(failureWords(error))
      setIsBusy(false)
    }
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Set ${word.toLowerCase()} of ${job.job_id} by hand?`}
      lead={
        <p>
          Your word stands over press and scanner, for all versions of this job, until somebody lifts it. Your name and
          the reason are kept in its history and in the audit.
        </p>
      }
      initialFocus={field}
      footer={
        <>
          <Button ref={field} onClick={onClose}>
            Leave as it is
          </Button>
          <Button look="primary" icon="user" isBusy={isBusy} onClick={() => void submit()}>
            {value === 'done' ? 'Set to done' : 'Set to not done'}
          </Button>
        </>
      }
    >
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <SelectField
          label={`${word} is`}
          options={[
            { value: 'done', label: 'Done' },
            { value: 'open', label: 'Not done' },
          ]}
          value={value}
          onChange={(event) => setValue(event.target.value)}
        />
        <TextField
          label="Reason"
          placeholder="Coated on the old machine, which has no scanner"
          value={reason}
          maxLength={500}
          error={refusal}
          onChange={(event) => {
            setRefusal(null)
            setReason(event.target.value)
          }}
        />
      </form>
    </Dialog>
  )
}
