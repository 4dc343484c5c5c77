import { useState } from 'react'
import { Button, buttonClass } from '../../ui/button.tsx'
import { shortDay } from '../../ui/format.ts'
import { TextField } from '../../ui/form.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Menu, MenuCheck, MenuItem, MenuLabel } from '../../ui/menu.tsx'
import { Popover } from '../../ui/popover.tsx'
import { choose, usePreferences } from '../preferences/preferences.ts'
import { COLUMNS, USUAL_COLUMNS } from './columns.tsx'
import { GROUPS, type GroupBy } from './groups.ts'
import { chipsOf, withoutPart, withTerm } from './query-edit.ts'

interface EditProps {
  readonly q: string
  readonly onQuery: (q: string) => void
}

/** The parts of the query, each with a cross. They are the text, not beside it. */
export function Chips({ q, onQuery }: EditProps) {
  const chips = chipsOf(q)
  if (chips.length === 0) return null
  return (
    <ul aria-label="Parts of the query" className="flex flex-wrap items-center gap-1.5">
      {chips.map((chip) => (
        <li key={`${chip.start} ${chip.text}`}>
          <button
            type="button"
            onClick={() => onQuery(withoutPart(q, chip))}
            className={`flex min-h-9 items-center gap-1.5 rounded-full border border-line pr-2 pl-3 text-[0.8125rem] hover:border-edge ${chip.isNegated ? 'bg-bad-soft text-bad' : 'bg-surface'}`}
          >
            <code>{chip.text}</code>
            <Icon name="x" size={14} className="text-muted" />
            <span className="sr-only">Take it out</span>
          </button>
        </li>
      ))}
      <li>
        <button
          type="button"
          onClick={() => onQuery('')}
          className="min-h-9 px-2 text-[0.8125rem] font-medium text-accent hover:underline"
        >
          Clear all
        </button>
      </li>
    </ul>
  )
}

const SPANS = [
  ['1h', 'Last hour'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
] as const

/** When the jobs were created: writes the `created:` part of the query. */
export function DateRange({ q, onQuery }: EditProps) {
  const [isOpen, setIsOpen] = useState(false)
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const set = (value: string | null) => {
    setIsOpen(false)
    onQuery(withTerm(q, 'created', value))
  }
  const now = chipsOf(q).find((chip) => chip.field === 'created')
  const span = SPANS.find(([length]) => now?.text === `created:<${length}`)
  const word = now === undefined ? 'Any time' : (span?.[1] ?? rangeWords(now.text.replace('created:', '')))
  return (
    <Popover
      title="Created"
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      trigger={
        <button type="button" className={buttonClass()}>
          <Icon name="calendar" />
          <span className="max-w-40 truncate">{word}</span>
          <Icon name="chevronDown" size={15} className="text-muted" />
        </button>
      }
    >
      <div className="grid grid-cols-2 gap-2">
        {SPANS.map(([length, text]) => (
          <Button key={length} onClick={() => set(`<${length}`)}>
            {text}
          </Button>
        ))}
        <Button className="col-span-2" onClick={() => set(null)}>
          Any time
        </Button>
      </div>
      <form
        className="mt-4 grid grid-cols-2 gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          if (from !== '' || to !== '') set(`${from}..${to}`)
        }}
      >
        <TextField label="From" type="date" value={from} onChange={(event) => setFrom(event.target.value)} />
        <TextField label="Until" type="date" value={to} onChange={(event) => setTo(event.target.value)} />
        <Button type="submit" look="primary" className="col-span-2" disabled={from === '' && to === ''}>
          Show these days
        </Button>
      </form>
    </Popover>
  )
}

/** `24 Nov – 25 Nov` for days, and what is written for everything else. */
function rangeWords(written: string): string {
  const days = written.split('..')
  if (days.length !== 2 || !days.every((day) => day === '' || /^\d{4}-\d{2}-\d{2}$/.test(day))) return written
  const [from = '', to = ''] = days.map((day) => (day === '' ? '' : shortDay(day)))
  if (from === '') return `Until ${to}`
  if (to === '') return `Since ${from}`
  return from === to ? from : `${from} – ${to}`
}

/** Headings over the loaded rows. */
export function GroupPicker({
  group,
  onGroup,
}: {
  readonly group: GroupBy | null
  readonly onGroup: (group: GroupBy | null) => void
}) {
  return (
    <Menu
      trigger={
        <button type="button" className={buttonClass()}>
          <Icon name="group" />
          {group === null ? 'Group' : `By ${group}`}
        </button>
      }
    >
      <MenuLabel>Group the loaded rows by</MenuLabel>
      <MenuItem icon="x" onPick={() => onGroup(null)}>
        Nothing
      </MenuItem>
      {GROUPS.map(({ id, word }) => (
        <MenuItem key={id} {...(id === group ? { icon: 'check' as const } : {})} onPick={() => onGroup(id)}>
          {word}
        </MenuItem>
      ))}
    </Menu>
  )
}

/** Which columns the table has, kept for this browser. */
export function ColumnPicker() {
  const chosen = usePreferences().columns ?? USUAL_COLUMNS
  return (
    <Menu
      trigger={
        <button type="button" className={`${buttonClass()} max-md:hidden`}>
          <Icon name="columns" />
          Columns
        </button>
      }
    >
      {COLUMNS.map(({ id, word }) => (
        <MenuCheck
          key={id}
          isOn={chosen.includes(id)}
          onChange={(isOn) => choose({ columns: isOn ? [...chosen, id] : chosen.filter((one) => one !== id) })}
        >
          {word}
        </MenuCheck>
      ))}
      <MenuItem icon="retry" onPick={() => choose({ columns: null })}>
        The usual ones
      </MenuItem>
    </Menu>
  )
}
