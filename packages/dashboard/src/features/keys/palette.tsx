import { Dialog as Base } from '@base-ui/react/dialog'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useDeferredValue, useId, useState } from 'react'
import { andon } from '../../live/andon.ts'
import { usePrinters } from '../../live/board.ts'
import { plural } from '../../ui/format.ts'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { jobTitle } from '../jobs/job-words.ts'
import { choose } from '../preferences/preferences.ts'

interface Entry {
  readonly key: string
  readonly icon: IconName
  readonly word: string
  readonly note: string
  readonly pick: () => void
}

interface PaletteProps {
  readonly onClose: () => void
  readonly onHelp: () => void
}

/** Pages, printers, jobs and acts by a few letters. */
export function Palette({ onClose, onHelp }: PaletteProps) {
  const [written, setWritten] = useState('')
  const [at, setAt] = useState(0)
  const list = useId()
  const entries = useEntries(written.trim(), onHelp)
  const chosen = Math.min(at, entries.length - 1)
  const pick = (entry: Entry | undefined) => {
    if (entry === undefined) return
    onClose()
    entry.pick()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setAt((chosen + step + entries.length) % Math.max(1, entries.length))
    } else if (event.key === 'Enter') pick(entries[chosen])
  }
  return (
    <Base.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/45" />
        <Base.Popup className="animate-rise fixed inset-x-3 top-[12dvh] z-50 mx-auto max-w-xl overflow-hidden rounded-2xl border border-line bg-raised shadow-pop">
          <Base.Title className="sr-only">Find or do anything</Base.Title>
          <div className="flex items-center gap-3 border-b border-line px-4">
            <Icon name="search" className="text-muted" />
            <input
              autoFocus
              role="combobox"
              aria-expanded="true"
              aria-controls={list}
              aria-activedescendant={entries.length === 0 ? undefined : `${list}-${chosen}`}
              aria-label="Find or do anything"
              placeholder="A page, a printer, an order, a job id …"
              value={written}
              onChange={(event) => {
                setWritten(event.target.value)
                setAt(0)
              }}
              onKeyDown={onKeyDown}
              className="min-h-14 flex-1 bg-transparent text-base outline-none placeholder:text-muted"
            />
          </div>
          <ul id={list} role="listbox" aria-label="Results" className="max-h-[55dvh] overflow-y-auto p-1.5">
            {entries.map((entry, index) => (
              <li
                key={entry.key}
                id={`${list}-${index}`}
                role="option"
                aria-selected={index === chosen}
                onClick={() => pick(entry)}
                onPointerMove={() => setAt(index)}
                className="flex min-h-12 cursor-pointer items-center gap-3 rounded-lg px-3 aria-selected:bg-accent-soft"
              >
                <Icon name={entry.icon} className="text-muted" />
                <span className="min-w-0 flex-1 truncate">{entry.word}</span>
                <span className="text-sm text-muted">{entry.note}</span>
              </li>
            ))}
            {entries.length === 0 ? <li className="px-3 py-6 text-center text-muted">Nothing is called so.</li> : null}
          </ul>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

function useEntries(written: string, onHelp: () => void): readonly Entry[] {
  const navigate = useNavigate()
  const printers = usePrinters() ?? []
  const asked = useDeferredValue(written)
  const found = useFoundJobs(asked)
  const runlists = useFoundRunlists(asked)
  const fixed = pagesAndActs(navigate, onHelp)
  const machines = printers.map(
    (printer): Entry => ({
      key: `printer ${printer.name}`,
      icon: 'printer',
      word: printer.name,
      note: printer.status_text,
      pick: () => void navigate({ to: '/printers/$name', params: { name: printer.name } }),
    }),
  )
  const wanted = written.toLowerCase()
  const named = [...fixed, ...machines].filter((entry) => entry.word.toLowerCase().includes(wanted))
  if (written === '') return named.slice(0, 10)
  const search: Entry = {
    key: 'search',
    icon: 'search',
    word: `Search jobs for “${written}”`,
    note: 'Jobs',
    pick: () => void navigate({ to: '/jobs', search: { q: written } }),
  }
  return [...named.slice(0, 6), ...runlists, ...found, search]
}

/** What can be found without asking anybody. */
function pagesAndActs(navigate: ReturnType<typeof useNavigate>, onHelp: () => void): Entry[] {
  return [
    { key: 'o', icon: 'grid', word: 'Overview', note: 'g o', pick: () => void navigate({ to: '/' }) },
    { key: 'j', icon: 'list', word: 'Jobs', note: 'g j', pick: () => void navigate({ to: '/jobs' }) },
    { key: 'er', icon: 'xCircle', word: 'Errors', note: 'g e', pick: () => void navigate({ to: '/errors' }) },
    { key: 'p', icon: 'printer', word: 'Printers', note: 'g p', pick: () => void navigate({ to: '/printers' }) },
    { key: 'st', icon: 'station', word: 'Stations', note: 'g s', pick: () => void navigate({ to: '/stations' }) },
    {
      key: 'ds',
      icon: 'station',
      word: 'Drive this station',
      note: 'Stations',
      pick: () => void navigate({ to: '/station' }),
    },
    { key: 'fl', icon: 'layers', word: 'Floor', note: 'g f', pick: () => void navigate({ to: '/floor' }) },
    { key: 'sc', icon: 'barcode', word: 'Scan a code', note: 'Floor', pick: () => void navigate({ to: '/floor' }) },
    {
      key: 'wo',
      icon: 'workers',
      word: 'Workers & queues',
      note: 'g w',
      pick: () => void navigate({ to: '/workers' }),
    },
    { key: 'sd', icon: 'calendar', word: 'Schedules', note: 'g c', pick: () => void navigate({ to: '/schedules' }) },
    { key: 'al', icon: 'bell', word: 'Alerts', note: 'g l', pick: () => void navigate({ to: '/alerts' }) },
    { key: 'an', icon: 'chart', word: 'Analytics', note: 'g a', pick: () => void navigate({ to: '/analytics' }) },
    { key: 's', icon: 'settings', word: 'Settings', note: 'g ,', pick: () => void navigate({ to: '/settings' }) },
    { key: 'b', icon: 'expand', word: 'Wall board', note: '', pick: () => void navigate({ to: '/board' }) },
    {
      key: 'f',
      icon: 'xCircle',
      word: 'Failed in the last 24 hours',
      note: 'Jobs',
      pick: () => void navigate({ to: '/jobs', search: { q: 'state:failed finished:<24h' } }),
    },
    {
      key: 'u',
      icon: 'ask',
      word: 'Prints that need confirmation',
      note: 'Jobs',
      pick: () => void navigate({ to: '/jobs', search: { q: 'wait:unconfirmed' } }),
    },
    { key: 'td', icon: 'settings', word: 'Dark theme', note: 'Theme', pick: () => choose({ theme: 'dark' }) },
    { key: 'tl', icon: 'settings', word: 'Light theme', note: 'Theme', pick: () => choose({ theme: 'light' }) },
    { key: '?', icon: 'keyboard', word: 'Keyboard', note: '?', pick: onHelp },
  ]
}

function useFoundJobs(written: string): readonly Entry[] {
  const navigate = useNavigate()
  const isId = /^[0-9a-f-]{4,36}$/i.test(written)
  const q = isId ? `id:${written.toLowerCase()}*` : `"${written.replace(/["\\]/g, '')}"`
  const { data } = useQuery({
    queryKey: ['palette', q],
    enabled: written.length >= 3,
    queryFn: ({ signal }) => andon.jobs.list({ q, limit: 5, signal }),
  })
  return (data?.data ?? []).map((job) => ({
    key: job.id,
    icon: 'list',
    word: jobTitle(job),
    note: job.printer ?? job.queue,
    pick: () => void navigate({ to: '/jobs/$jobId', params: { jobId: job.id } }),
  }))
}

function useFoundRunlists(written: string): readonly Entry[] {
  const navigate = useNavigate()
  const { data } = useQuery({
    queryKey: ['palette-runlists', written],
    enabled: written.length >= 2,
    queryFn: ({ signal }) => andon.floor.runlists({ q: written, limit: 3, signal }),
  })
  return (data?.data ?? []).map(({ jobs, runlist_id: runlistId }) => ({
    key: `runlist ${runlistId}`,
    icon: 'layers',
    word: runlistId,
    note: `Runlist, ${plural(jobs, 'job')}`,
    pick: () => void navigate({ to: '/floor/runlists/$runlistId', params: { runlistId } }),
  }))
}
