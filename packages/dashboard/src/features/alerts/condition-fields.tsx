import { usePrinters } from '../../live/board.ts'
import { TextField } from '../../ui/form.tsx'
import { useStations } from '../stations/stations.ts'
import { CONDITION_FIELDS, type ConditionField } from './rule-draft.ts'
import type { DraftProps } from './rule-dialog.tsx'

interface FieldWords {
  readonly label: string
  readonly hint?: string
  readonly placeholder?: string
  /** Numbers have a least one. */
  readonly min?: number
  readonly max?: number
  readonly step?: number
}

const WORDS: Readonly<Record<Exclude<ConditionField, 'subject'>, FieldWords>> = {
  type: { label: 'Type of job', hint: 'Empty: any. * stands for anything.', placeholder: 'print.*' },
  queue: { label: 'Queue or printer', hint: 'Empty: any.' },
  tag: { label: 'Tag', hint: 'Empty: any.', placeholder: 'customer=north' },
  over: { label: 'Longer than (minutes)', min: 0, step: 0.5, max: 43_200 },
  percent: { label: 'More than (percent)', min: 1, max: 100 },
  window: { label: 'Of those that ended within (minutes)', min: 1, max: 1_440 },
  minJobs: { label: 'When at least so many ended', min: 1, max: 100_000 },
  count: { label: 'How many', min: 2, max: 1_000 },
}

const SUBJECTS = {
  printer_down: 'Printer',
  station_down: 'Station',
  worker_lost: 'Worker',
  schedule_missed: 'Schedule',
} as const

/** What a condition asks besides. */
export function ConditionFields({ draft, set }: DraftProps) {
  return CONDITION_FIELDS[draft.on].map((name) => {
    if (name === 'subject') return <SubjectField key={name} draft={draft} set={set} />
    const { hint, label, ...limits } = WORDS[name]
    return (
      <TextField
        key={name}
        label={label}
        {...(hint === undefined ? {} : { hint })}
        {...limits}
        type={limits.min === undefined ? 'text' : 'number'}
        required={limits.min !== undefined}
        value={draft[name]}
        onChange={(event) => set({ [name]: event.target.value })}
      />
    )
  })
}

/** With the names that are there to choose from. */
function SubjectField({ draft, set }: DraftProps) {
  const printers = usePrinters() ?? []
  const stations = useStations() ?? []
  const { on } = draft
  if (!(on in SUBJECTS)) return null
  const word = SUBJECTS[on as keyof typeof SUBJECTS]
  const names = on === 'printer_down' ? printers : on === 'station_down' ? stations : []
  return (
    <>
      <TextField
        label={word}
        hint="Empty: any."
        list="rule-subjects"
        value={draft.subject}
        onChange={(event) => set({ subject: event.target.value })}
      />
      <datalist id="rule-subjects">
        {names.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  )
}
