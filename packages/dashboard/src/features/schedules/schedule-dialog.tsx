import { isProblem, PRIORITIES, type ScheduleView } from '@andon/core'
import { useId, useState } from 'react'
import { andon } from '../../live/andon.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { AreaField, SelectField, TextField } from '../../ui/form.tsx'
import { notify } from '../../ui/notify.ts'
import { problemWords } from '../../ui/problem-words.ts'
import { type Draft, draftOf, inputError, PRESETS, requestOf } from './draft.ts'
import { NextRuns } from './next-runs.tsx'
import { type Preview, reloadSchedules, usePreview } from './schedules.ts'

interface Refusal {
  /** Such as `/job/type`; empty when no field is to blame. */
  readonly field: string
  readonly text: string
}

interface ScheduleDialogProps {
  /** Null for a new one. */
  readonly schedule: ScheduleView | null
  readonly onClose: () => void
}

/** Makes or changes a schedule, with the next runs of what is written so far. */
export function ScheduleDialog({ schedule, onClose }: ScheduleDialogProps) {
  const [draft, setDraft] = useState(() => draftOf(schedule))
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const preview = usePreview(draft.cron, draft.timeZone)
  const change = (part: Partial<Draft>) => {
    setRefusal(null)
    setDraft({ ...draft, ...part })
  }
  const submit = async () => {
    setIsBusy(true)
    const failure = await save(draft, schedule)
    setIsBusy(false)
    if (failure === null) onClose()
    else setRefusal(failure)
  }
  const isComplete = draft.name.trim() !== '' && draft.type.trim() !== '' && draft.cron.trim() !== ''
  return (
    <FormDialog
      isWide
      onClose={onClose}
      title={schedule === null ? 'Add a schedule' : `Edit ${schedule.name}`}
      act={schedule === null ? 'Add schedule' : 'Save'}
      leave={schedule === null ? 'Not now' : 'Leave as it is'}
      isBusy={isBusy}
      isComplete={isComplete && inputError(draft) === null}
      refusal={refusal === null || isShown(refusal.field) ? null : refusal.text}
      onSubmit={() => void submit()}
    >
      <TextField
        label="Name"
        value={draft.name}
        maxLength={100}
        required
        placeholder="Morning report"
        error={errorAt(refusal, '/name')}
        onChange={(event) => change({ name: event.target.value })}
      />
      <When draft={draft} preview={preview} refusal={refusal} change={change} />
      <What draft={draft} schedule={schedule} refusal={refusal} change={change} />
    </FormDialog>
  )
}

interface PartProps {
  readonly draft: Draft
  readonly refusal: Refusal | null
  readonly change: (part: Partial<Draft>) => void
}

function When({ draft, preview, refusal, change }: PartProps & { readonly preview: Preview }) {
  const zones = useId()
  const preset = PRESETS.find(({ cron }) => cron === draft.cron.trim())
  return (
    <fieldset className="space-y-4">
      <legend className="mb-2 text-sm font-semibold">When</legend>
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label="Begin with"
          options={[...PRESETS.map(({ cron, word }) => ({ value: cron, label: word })), OWN]}
          value={preset?.cron ?? ''}
          onChange={(event) => (event.target.value === '' ? undefined : change({ cron: event.target.value }))}
        />
        <TextField
          label="Time zone"
          list={zones}
          value={draft.timeZone}
          error={errorAt(refusal, '/time_zone') ?? preview.zoneError}
          spellCheck={false}
          onChange={(event) => change({ timeZone: event.target.value })}
        />
        <datalist id={zones}>
          {['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
      </div>
      <TextField
        label="Expression"
        hint="Minute, hour, day, month, weekday; with seconds first if you need them."
        value={draft.cron}
        maxLength={100}
        required
        spellCheck={false}
        autoComplete="off"
        className="font-mono"
        error={errorAt(refusal, '/cron') ?? preview.cronError}
        onChange={(event) => change({ cron: event.target.value })}
      />
      <section aria-label="Preview" aria-live="polite" className="min-h-40 rounded-xl bg-sunken px-4 py-3">
        {preview.shown === undefined ? (
          <p className="text-sm text-muted">The next runs appear here.</p>
        ) : (
          <>
            <p className="mb-2 font-medium">{preview.shown.words ?? 'The next runs'}</p>
            <NextRuns
              runs={preview.shown.next_runs}
              timeZone={preview.shown.timeZone}
              none="It never comes true again."
            />
          </>
        )}
      </section>
    </fieldset>
  )
}

const OWN = { value: '', label: 'An expression of my own' }

const OVERLAP_OPTIONS = [
  { value: 'start', label: 'Start another one all the same' },
  { value: 'skip', label: 'Skip the run' },
]

function What({ draft, schedule, refusal, change }: PartProps & Pick<ScheduleDialogProps, 'schedule'>) {
  const isRedacted = schedule?.is_redacted === true
  return (
    <fieldset className="space-y-4">
      <legend className="mb-2 text-sm font-semibold">The job that it makes</legend>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Type"
          value={draft.type}
          required
          maxLength={100}
          placeholder="report.pdf"
          spellCheck={false}
          autoComplete="off"
          error={errorAt(refusal, '/job/type')}
          onChange={(event) => change({ type: event.target.value })}
        />
        <TextField
          label="Queue"
          value={draft.queue}
          maxLength={200}
          placeholder="default"
          autoComplete="off"
          error={errorAt(refusal, '/job/queue')}
          onChange={(event) => change({ queue: event.target.value })}
        />
        <TextField
          label="Description"
          value={draft.description}
          maxLength={500}
          placeholder="What people call it in lists"
          onChange={(event) => change({ description: event.target.value })}
        />
        <SelectField
          label="Priority"
          options={PRIORITIES.map((value) => ({ value, label: `${value.charAt(0).toUpperCase()}${value.slice(1)}` }))}
          value={draft.priority}
          onChange={(event) =>
            change({ priority: PRIORITIES.find((known) => known === event.target.value) ?? 'normal' })
          }
        />
      </div>
      <AreaField
        label="Input"
        hint={isRedacted ? 'You may not read the input. It stays unless you write another one.' : 'JSON, or empty.'}
        rows={4}
        value={draft.input}
        spellCheck={false}
        placeholder={'{ "of": "yesterday" }'}
        className="font-mono text-sm"
        error={errorAt(refusal, '/job/input') ?? inputError(draft)}
        onChange={(event) => change({ input: event.target.value })}
      />
      <SelectField
        label="While its last job still waits or runs"
        options={OVERLAP_OPTIONS}
        value={draft.overlap}
        onChange={(event) => change({ overlap: event.target.value === 'skip' ? 'skip' : 'start' })}
      />
    </fieldset>
  )
}

const SHOWN_AT_FIELDS: ReadonlySet<string> = new Set([
  '/name',
  '/time_zone',
  '/cron',
  '/job/type',
  '/job/queue',
  '/job/input',
])

function isShown(field: string): boolean {
  return SHOWN_AT_FIELDS.has(field)
}

function errorAt(refusal: Refusal | null, field: string): string | null {
  return refusal?.field === field ? refusal.text : null
}

/** Null when it is saved. */
async function save(draft: Draft, schedule: ScheduleView | null): Promise<Refusal | null> {
  try {
    const request = requestOf(draft, schedule)
    const saved = await (schedule === null
      ? andon.schedules.add(request)
      : andon.schedules.change(schedule.id, request))
    await reloadSchedules()
    void notify({ level: 'success', title: `${saved.name} is ${schedule === null ? 'added' : 'saved'}` })
    return null
  } catch (error) {
    return isProblem(error)
      ? { field: error.field ?? '', text: problemWords(error) }
      : { field: '', text: String(error) }
  }
}
