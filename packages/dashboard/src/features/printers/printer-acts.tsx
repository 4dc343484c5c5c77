import type { PrinterView } from '@andon/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { SelectField, TextField } from '../../ui/form.tsx'
import { useIsAtLeast } from '../session/session.ts'
import { askPrinter, pausePrinter, printTestPage, resumePrinter } from './printer-commands.ts'

/** What may be done with a printer from any page. */
export function PrinterActs({ printer }: { readonly printer: PrinterView }) {
  const [doing, setDoing] = useState<'ask' | 'pause' | 'test' | null>(null)
  const navigate = useNavigate()
  const mayAct = useIsAtLeast('operator')
  const run = async (what: 'ask' | 'test', act: () => Promise<void>) => {
    setDoing(what)
    await act()
    setDoing(null)
  }
  const open = (jobId: string) => void navigate({ to: '/jobs/$jobId', params: { jobId } })
  if (!mayAct) return null
  return (
    <div className="flex flex-wrap gap-2">
      {printer.pause === null ? (
        <Button icon="pause" onClick={() => setDoing('pause')}>
          Pause
        </Button>
      ) : (
        <Button
          icon="play"
          look={printer.pause.is_by_trouble ? 'plain' : 'primary'}
          onClick={() => void resumePrinter(printer)}
        >
          Resume
        </Button>
      )}
      <Button
        icon="printer"
        isBusy={doing === 'test'}
        onClick={() => void run('test', () => printTestPage(printer, open))}
      >
        Test page
      </Button>
      <Button icon="refresh" isBusy={doing === 'ask'} onClick={() => void run('ask', () => askPrinter(printer))}>
        Ask now
      </Button>
      {doing === 'pause' ? <PauseDialog printer={printer} onClose={() => setDoing(null)} /> : null}
    </div>
  )
}

const SPANS = [
  { value: '', label: 'Until somebody resumes it' },
  { value: '15', label: '15 minutes' },
  { value: '60', label: '1 hour' },
  { value: '480', label: '8 hours' },
]

const MINUTE_MS = 60_000

function PauseDialog({ printer, onClose }: { readonly printer: PrinterView; readonly onClose: () => void }) {
  const [reason, setReason] = useState('')
  const [minutes, setMinutes] = useState('')
  const submit = async () => {
    const until = minutes === '' ? {} : { until: new Date(Date.now() + Number(minutes) * MINUTE_MS).toISOString() }
    const why = reason.trim() === '' ? {} : { reason: reason.trim() }
    if (await pausePrinter(printer, { ...why, ...until })) onClose()
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Pause ${printer.name}?`}
      lead="What prints now is finished. Nothing new is started, and no job is lost or changed."
      footer={
        <>
          <Button onClick={onClose}>Leave as it is</Button>
          <Button look="primary" icon="pause" onClick={() => void submit()}>
            Pause printer
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
        <TextField
          label="Reason"
          hint="Everybody who looks at this printer reads it."
          placeholder="Changing to the small roll"
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
      </form>
    </Dialog>
  )
}
