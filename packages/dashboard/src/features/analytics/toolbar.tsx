import { type ReactNode, useId, useState } from 'react'
import { usePrinters } from '../../live/board.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { shortDay } from '../../ui/format.ts'
import { TextField } from '../../ui/form.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Popover } from '../../ui/popover.tsx'
import { type AnalyticsSearch, type AnalyticsView, dayIn, hasLabels, PERIODS, PRINT_TYPES } from './view.ts'

interface ToolbarProps {
  readonly view: AnalyticsView
  readonly search: AnalyticsSearch
  /** Members that are undefined are taken out. */
  readonly onChange: (change: { readonly [K in keyof AnalyticsSearch]: AnalyticsSearch[K] | undefined }) => void
}

/** Which period, of which jobs, and what is told apart: all of it stands in the address. */
export function Toolbar(props: ToolbarProps) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-3">
      <PeriodPicker {...props} />
      <JobPicker {...props} />
      <ByPicker {...props} />
      <Chips {...props} />
    </div>
  )
}

function PeriodPicker({ onChange, search, view }: ToolbarProps) {
  return (
    <div role="group" aria-label="Period" className="flex flex-wrap gap-1 rounded-xl bg-idle-soft p-1.5">
      {PERIODS.map(({ id, word }) => (
        <button
          key={id}
          type="button"
          aria-pressed={view.period === id}
          onClick={() => onChange({ period: id === '7d' ? undefined : id, from: undefined, to: undefined })}
          className={segment(view.period === id)}
        >
          {word}
        </button>
      ))}
      <DaysPicker onChange={onChange} search={search} view={view} />
    </div>
  )
}

function segment(isOn: boolean): string {
  return `inline-flex min-h-11 items-center gap-1.5 rounded-lg border px-3 text-sm font-medium whitespace-nowrap ${isOn ? 'border-edge bg-surface text-ink shadow-card' : 'border-transparent text-muted hover:text-ink'}`
}

function DaysPicker({ onChange, search, view }: ToolbarProps) {
  const [isOpen, setIsOpen] = useState(false)
  const isOn = view.period === null
  const lastDay = dayIn(view.zone, view.until.getTime() - 1)
  const [from, setFrom] = useState(search.from ?? dayIn(view.zone, view.since.getTime()))
  const [to, setTo] = useState(search.to ?? lastDay)
  const error = from !== '' && to !== '' && to < from ? 'The last day is before the first one.' : null
  const words = isOn && search.from && search.to ? `${shortDay(search.from)} – ${shortDay(search.to)}` : 'Any days'
  return (
    <Popover
      title="Days"
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      trigger={
        <button type="button" className={segment(isOn)}>
          {words}
        </button>
      }
    >
      <form
        className="grid grid-cols-2 gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          if (from === '' || to === '' || error !== null) return
          setIsOpen(false)
          onChange({ from, to, period: undefined })
        }}
      >
        <TextField label="From" type="date" required value={from} onChange={(event) => setFrom(event.target.value)} />
        <TextField
          label="Until, with it"
          type="date"
          required
          value={to}
          error={error}
          onChange={(event) => setTo(event.target.value)}
        />
        <Button type="submit" look="primary" className="col-span-2">
          Show these days
        </Button>
      </form>
    </Popover>
  )
}

const TYPES = [
  { value: PRINT_TYPES, label: 'All prints' },
  { value: 'print.label', label: 'Labels' },
  { value: 'print.document', label: 'Documents' },
  { value: '*', label: 'All jobs' },
]

function JobPicker({ onChange, view }: ToolbarProps) {
  const printers = usePrinters() ?? []
  const type = view.type ?? '*'
  const types = TYPES.some(({ value }) => value === type) ? TYPES : [...TYPES, { value: type, label: type }]
  const names = new Set([...printers.map(({ name }) => name), ...(view.printer === null ? [] : [view.printer])])
  return (
    <>
      <Pick label="Of" value={type} onPick={(value) => onChange({ type: value === PRINT_TYPES ? undefined : value })}>
        {types.map(({ label, value }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </Pick>
      <Pick
        label="On"
        value={view.printer ?? ''}
        onPick={(value) => onChange({ printer: value === '' ? undefined : value })}
      >
        <option value="">All printers</option>
        {[...names].toSorted().map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </Pick>
    </>
  )
}

function ByPicker({ onChange, view }: ToolbarProps) {
  return (
    <>
      <Pick label="By" value={view.by} onPick={(value) => onChange({ by: value === 'printer' ? undefined : value })}>
        <option value="printer">Printer</option>
        <option value="type">Type</option>
        <option value="user">User</option>
      </Pick>
      {hasLabels(view.type) ? (
        <Pick
          label="Count"
          value={view.count}
          onPick={(value) => onChange({ count: value === 'labels' ? undefined : value })}
        >
          <option value="labels">Labels</option>
          <option value="jobs">Jobs</option>
        </Pick>
      ) : null}
    </>
  )
}

interface PickProps {
  readonly label: string
  readonly value: string
  readonly onPick: (value: string) => void
  readonly children: ReactNode
}

function Pick({ children, label, onPick, value }: PickProps) {
  const id = useId()
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="text-sm text-muted">
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={(event) => onPick(event.target.value)}
        className="field max-w-40 pr-8 text-sm"
        style={{ width: 'auto' }}
      >
        {children}
      </select>
    </div>
  )
}

/** What was picked in a table and has no field of its own here. */
function Chips({ onChange, view }: ToolbarProps) {
  if (view.user === null) return null
  return (
    <button type="button" onClick={() => onChange({ user: undefined })} className={buttonClass()}>
      Only {view.user}
      <Icon name="x" size={15} className="text-muted" />
      <span className="sr-only">Show everybody</span>
    </button>
  )
}
