import { type BulkAction, PRIORITIES } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { andon } from '../../live/andon.ts'
import { usePrinters } from '../../live/board.ts'
import { SelectField, TextField } from '../../ui/form.tsx'
import type { BulkFields } from './bulk.ts'

/** Whether everything is said that the action needs. */
export function isFilled(action: BulkAction, { printer, priority, queue }: BulkFields): boolean {
  if (action === 'priority') return priority !== undefined
  return action !== 'move' || printer !== undefined || queue !== undefined
}

interface BulkFieldsFormProps {
  readonly action: BulkAction
  readonly fields: BulkFields
  readonly onChange: (fields: BulkFields) => void
}

/** What an action wants to know besides which jobs. */
export function BulkFieldsForm({ action, fields, onChange }: BulkFieldsFormProps) {
  if (action === 'move') return <TargetField fields={fields} onChange={onChange} />
  if (action === 'priority') {
    return (
      <SelectField
        label="Priority"
        value={fields.priority ?? ''}
        options={[
          { value: '', label: 'Choose …' },
          ...PRIORITIES.toReversed().map((word) => ({ value: word, label: word })),
        ]}
        onChange={({ target }) => {
          const priority = PRIORITIES.find((word) => word === target.value)
          onChange(priority === undefined ? {} : { priority })
        }}
      />
    )
  }
  if (action !== 'cancel' && action !== 'hold') return null
  return (
    <TextField
      label="Reason"
      maxLength={500}
      value={fields.reason ?? ''}
      hint="Optional. It is kept in the history."
      onChange={({ target }) => onChange(target.value.trim() === '' ? {} : { reason: target.value })}
    />
  )
}

/** Prints go to printers, other work to queues. */
function TargetField({ fields, onChange }: Omit<BulkFieldsFormProps, 'action'>) {
  const printers = usePrinters() ?? []
  const { data: queues = [] } = useQuery({
    queryKey: ['queues'],
    queryFn: ({ signal }) => andon.queues.list({ signal }),
  })
  const value =
    fields.printer === undefined
      ? fields.queue === undefined
        ? ''
        : `queue ${fields.queue}`
      : `printer ${fields.printer}`
  return (
    <SelectField
      label="To"
      value={value}
      options={[
        { value: '', label: 'Choose …' },
        ...printers.map(({ name }) => ({ value: `printer ${name}`, label: `Printer ${name}` })),
        ...queues
          .filter(({ kind }) => kind === 'queue')
          .map(({ name }) => ({ value: `queue ${name}`, label: `Queue ${name}` })),
      ]}
      onChange={({ target }) => {
        const [kind, name] = [target.value.split(' ', 1)[0], target.value.slice(target.value.indexOf(' ') + 1)]
        onChange(kind === 'printer' ? { printer: name } : kind === 'queue' ? { queue: name } : {})
      }}
    />
  )
}
