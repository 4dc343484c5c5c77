import { FINAL_STATES, isProblem, MOST_DAYS, type RetentionRule, retentionForecastWords } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import { andon, queries } from '../../live/andon.ts'
import { Button } from '../../ui/button.tsx'
import { FormDialog, together, useSubmission } from '../../ui/form-dialog.tsx'
import { SelectField, TextField } from '../../ui/form.tsx'

const STATES = [
  { value: '', label: 'Any state' },
  ...FINAL_STATES.map((state) => ({ value: state, label: state.replaceAll('_', ' ') })),
]

const AFTER = [
  { value: 'archive', label: 'Archived with their month' },
  { value: 'delete', label: 'Deleted for good' },
] as const

interface RetentionDialogProps {
  readonly rules: readonly RetentionRule[]
  /** Null: a new one. */
  readonly rule: RetentionRule | null
  readonly onClose: () => void
}

/** One rule; says what would go by it before it is saved. */
export function RetentionDialog({ onClose, rule, rules }: RetentionDialogProps) {
  const [type, setType] = useState(rule?.type ?? '')
  const [state, setState] = useState<string>(rule?.state ?? '')
  const [keep, setKeep] = useState(String(rule?.keep_days ?? 90))
  const [after, setAfter] = useState<RetentionRule['after']>(rule?.after ?? 'archive')
  const [artifacts, setArtifacts] = useState(rule?.artifact_days == null ? '' : String(rule.artifact_days))
  const draft = draftOf({ type, state, keep, after, artifacts })
  const others = rules.filter((one) => one.type !== rule?.type || one.state !== rule.state)
  const isGeneral = rule?.type === '*' && rule.state === null
  const set = async (wanted: readonly RetentionRule[]) => {
    queries.setQueryData(['retention'], await andon.retention.set(wanted))
    onClose()
  }
  const saving = useSubmission(() => set(draft === null ? others : [...others, draft]))
  const removal = useSubmission(() => set(others))
  const { begin, isBusy, refusal, written } = together(saving, removal)
  return (
    <FormDialog
      onClose={onClose}
      title={rule === null ? 'New rule' : 'Change the rule'}
      act="Save"
      leave="Not now"
      isComplete={draft !== null}
      isBusy={isBusy}
      refusal={refusal}
      onSubmit={begin(saving)}
      {...(rule === null || isGeneral ? {} : { instead: <RemoveRule onPick={begin(removal)} /> })}
    >
      <TextField
        label="Type"
        value={type}
        readOnly={rule !== null}
        maxLength={100}
        autoCapitalize="none"
        placeholder="print.*"
        onChange={written((text) => setType(text.trim()))}
        hint={rule === null ? 'A type of jobs; * stands for anything.' : undefined}
      />
      <SelectField
        label="That ended as"
        options={STATES}
        value={state}
        disabled={rule !== null}
        onChange={written(setState)}
      />
      <TextField
        label="Days in the lists"
        type="number"
        inputMode="numeric"
        min={1}
        max={MOST_DAYS}
        value={keep}
        onChange={written(setKeep)}
        hint="Counted from the end of the job. A month is archived whole, once the last of its jobs may go."
      />
      <SelectField
        label="Then"
        options={AFTER}
        value={after}
        onChange={written((value) => setAfter(value === 'delete' ? 'delete' : 'archive'))}
      />
      <TextField
        label="Days that artifacts are kept"
        type="number"
        inputMode="numeric"
        min={1}
        max={MOST_DAYS}
        value={artifacts}
        placeholder="As long as the job"
        onChange={written(setArtifacts)}
        hint="Labels, logs and documents. What was cleaned cannot be printed again."
      />
      <Forecast rules={draft === null ? null : [...others, draft]} />
    </FormDialog>
  )
}

function RemoveRule({ onPick }: { readonly onPick: () => void }) {
  return (
    <Button look="danger" onClick={onPick}>
      Remove
    </Button>
  )
}

/** What would go by these rules, counted by the server; null while they are not complete. */
function Forecast({ rules }: { readonly rules: readonly RetentionRule[] | null }) {
  const asked = useDeferredValue(rules)
  const { data, error, isFetching } = useQuery({
    queryKey: ['retention', 'forecast', asked],
    queryFn: ({ signal }) => andon.retention.forecast(asked ?? [], { signal }),
    enabled: asked !== null,
    retry: false,
  })
  if (asked === null) return <p className="text-sm text-muted">Fill in the fields to see what would go.</p>
  const words = error !== null ? (isProblem(error) ? error.detail : String(error)) : null
  return (
    <p role="status" className="rounded-xl border border-line bg-sunken p-4">
      {words ?? (data === undefined || isFetching ? 'Counting what would go …' : `${retentionForecastWords(data)}.`)}
    </p>
  )
}

interface Draft {
  readonly type: string
  readonly state: string
  readonly keep: string
  readonly after: RetentionRule['after']
  readonly artifacts: string
}

/** Null while something is missing or no number. */
function draftOf({ after, artifacts, keep, state, type }: Draft): RetentionRule | null {
  const keepDays = daysOf(keep)
  const artifactDays = artifacts === '' ? null : daysOf(artifacts)
  if (!/^[a-z0-9_.*]+$/.test(type) || keepDays === undefined || artifactDays === undefined) return null
  const final = FINAL_STATES.find((one) => one === state) ?? null
  return { type, state: final, keep_days: keepDays, after, artifact_days: artifactDays }
}

function daysOf(written: string): number | undefined {
  const days = Number(written)
  return Number.isInteger(days) && days >= 1 && days <= MOST_DAYS ? days : undefined
}
