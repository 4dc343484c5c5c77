import { durationWords, type PrinterView } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { usePrinters } from '../../live/board.ts'
import { Button } from '../../ui/button.tsx'
import { FormDialog, useSubmission } from '../../ui/form-dialog.tsx'
import { SelectField } from '../../ui/form.tsx'
import { useIsAtLeast } from '../session/session.ts'
import { setFailover } from './printer-commands.ts'

/** In seconds. */
const SPANS = [
  { value: '0', label: 'At once' },
  { value: '60', label: '1 minute' },
  { value: '300', label: '5 minutes' },
  { value: '900', label: '15 minutes' },
  { value: '3600', label: '1 hour' },
]

/** Who gets what waits for the printer when it is in trouble, and a way to change that for who may. */
export function Failover({ printer }: { readonly printer: PrinterView }) {
  const [isOpen, setOpen] = useState(false)
  const mayChange = useIsAtLeast('supervisor')
  return (
    <>
      <span className="flex items-center justify-between gap-3">
        <span className="min-w-0">{failoverWords(printer)}</span>
        {mayChange ? <Button onClick={() => setOpen(true)}>Change</Button> : null}
      </span>
      {isOpen ? <FailoverDialog printer={printer} onClose={() => setOpen(false)} /> : null}
    </>
  )
}

function failoverWords({ failover_after: afterS, failover_to: to }: PrinterView): string {
  if (to === null) return 'Its jobs wait until it is mended'
  return afterS === 0
    ? `Its waiting jobs go to ${to} at once`
    : `Its waiting jobs go to ${to} after ${durationWords(afterS * 1_000)}`
}

function FailoverDialog({ printer, onClose }: { readonly printer: PrinterView; readonly onClose: () => void }) {
  const [to, setTo] = useState(printer.failover_to ?? '')
  const [after, setAfter] = useState(String(printer.failover_after))
  const { isBusy, refusal, submit } = useSubmission(async () => {
    const change = { failover_to: to === '' ? null : to, failover_after: Number(after) }
    if (await setFailover(printer, change)) onClose()
  })
  return (
    <FormDialog
      onClose={onClose}
      title={`When ${printer.name} is in trouble`}
      lead="Jobs that wait can go to another printer that is well and prints their format. A job of which something left for this printer stays here."
      act="Save"
      isBusy={isBusy}
      refusal={refusal}
      onSubmit={submit}
    >
      <SelectField
        label="Its waiting jobs go to"
        options={useTargets(printer)}
        value={to}
        onChange={(event) => setTo(event.target.value)}
      />
      <SelectField
        label="When it has been in trouble for"
        options={spansWith(printer.failover_after)}
        value={after}
        disabled={to === ''}
        onChange={(event) => setAfter(event.target.value)}
        hint="A pause that a person ordered moves nothing."
      />
    </FormDialog>
  )
}

function useTargets(printer: PrinterView): { value: string; label: string }[] {
  const printers = usePrinters() ?? []
  const { data: pools = [] } = useQuery({
    queryKey: ['pools'],
    queryFn: ({ signal }) => andon.pools.list({ signal }),
  })
  return [
    { value: '', label: 'Nobody: they wait' },
    ...printers.filter(({ id }) => id !== printer.id).map(({ name }) => ({ value: name, label: name })),
    ...pools.map(({ name }) => ({ value: name, label: `Pool ${name}` })),
  ]
}

/** One that was set elsewhere stands among them. */
function spansWith(afterS: number): { value: string; label: string }[] {
  const value = String(afterS)
  const isKnown = SPANS.some((span) => span.value === value)
  return isKnown ? SPANS : [...SPANS, { value, label: durationWords(afterS * 1_000) }]
}
