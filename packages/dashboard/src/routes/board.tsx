import type { PrinterView } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useAttention, useStackLight } from '../features/overview/attention.ts'
import { useCounters } from '../features/overview/counters.tsx'
import { JobProgress } from '../features/jobs/job-progress.tsx'
import { jobTitle, progressText } from '../features/jobs/job-words.ts'
import { usePreferences } from '../features/preferences/preferences.ts'
import { useKeys } from '../features/keys/keys.ts'
import { andon, wallToken } from '../live/andon.ts'
import { useLiveStatus, usePrinters } from '../live/board.ts'
import { useNow } from '../live/clock.ts'
import { useJob, useJobSet } from '../live/jobs.ts'
import { minuteTime, plural, secondsWords } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { Logo } from '../ui/logo.tsx'
import { Badge, printerLook, type Tone } from '../ui/state-badge.tsx'

/** What is shown of each; a wall has no scroll bar. */
const JOBS_SHOWN = 8
const NEEDS_SHOWN = 3

/** The board for a wall screen: nothing to press, readable from metres away, with the age of its data. */
export function BoardPage() {
  const light = useStackLight()
  useKeys({ f: () => void document.documentElement.requestFullscreen().catch(() => undefined) })
  useWakeLock()
  return (
    <main className="flex h-dvh flex-col gap-[1.6vmin] overflow-hidden p-[2vmin] text-[clamp(0.8rem,1.7vmin,2rem)] max-md:h-auto max-md:overflow-visible">
      <header className="flex items-center gap-[1.5vmin]">
        {wallToken === undefined ? (
          <Link to="/" aria-label="Back to the overview" className="grid min-h-11 min-w-11 place-items-center">
            <Logo size={44} {...(light === undefined ? {} : { lit: light })} />
          </Link>
        ) : (
          <Logo size={44} {...(light === undefined ? {} : { lit: light })} />
        )}
        <Headline />
        <Age />
      </header>
      <Numbers />
      <div className="grid min-h-0 flex-1 gap-[1.6vmin] md:grid-cols-[3fr_2fr]">
        <div className="flex min-h-0 flex-col gap-[1.6vmin]">
          <Needs />
          <Jobs />
        </div>
        <Printers />
      </div>
    </main>
  )
}

const TEXTS = { ok: 'text-ok', warn: 'text-warn', bad: 'text-bad' } as const

function Headline() {
  const isStale = useLiveStatus().state === 'stale'
  const shown = useStackLight()
  const light = isStale ? 'bad' : shown
  const needs = useAttention()?.length ?? 0
  return (
    <h1
      className={`flex-1 text-[clamp(1.5rem,4.5vmin,5rem)] leading-none ${light === undefined ? 'text-muted' : TEXTS[light]}`}
    >
      {isStale ? 'The server is away' : needs === 0 ? 'All is well' : plural(needs, 'needs somebody', 'need somebody')}
    </h1>
  )
}

function Age() {
  const now = useNow()
  const ageMs = andon.live.ageMs(now)
  const isOld = ageMs !== null && ageMs > 15_000
  const { zone } = usePreferences()
  return (
    <p className="num text-right leading-tight">
      <span className="block text-[clamp(1.2rem,3.4vmin,4rem)] font-semibold">{minuteTime(now, zone)}</span>
      <span className={isOld ? 'font-semibold text-bad' : 'text-muted'}>
        {ageMs === null ? 'connecting' : ageMs < 6_000 ? 'live' : `${secondsWords(ageMs)} old`}
      </span>
    </p>
  )
}

const TILES: Record<Tone, string> = {
  idle: 'border-line bg-surface text-ink',
  run: 'border-line bg-surface text-run',
  ok: 'border-line bg-surface text-ok',
  warn: 'border-warn-solid bg-warn-soft text-warn',
  bad: 'border-bad-solid bg-bad-soft text-bad',
}

function Numbers() {
  return (
    <ul
      aria-label="Counters"
      className="grid grid-cols-2 gap-[1.2vmin] sm:grid-cols-4 lg:auto-cols-fr lg:grid-flow-col lg:grid-cols-none"
    >
      {useCounters().map(({ key, word, value, tone, note }) => (
        <li key={key} className={`rounded-[1.4vmin] border-2 px-[1.6vmin] py-[1.4vmin] ${TILES[tone]}`}>
          <span className="block font-medium">{word}</span>
          <span className="block text-[clamp(2rem,8vmin,9rem)] leading-none font-semibold tracking-tight">
            {value ?? '–'}
            <span className="ml-[1vmin] text-[clamp(0.9rem,2.4vmin,3rem)] font-medium">{note}</span>
          </span>
        </li>
      ))}
    </ul>
  )
}

function Needs() {
  const needs = useAttention() ?? []
  if (needs.length === 0) return null
  return (
    <ul aria-label="Needs attention" className="space-y-[1vmin]">
      {needs.slice(0, NEEDS_SHOWN).map((need) => (
        <li
          key={`${need.kind} ${need.id}`}
          className={`flex items-center gap-[1.6vmin] rounded-[1.4vmin] border-2 px-[1.8vmin] py-[1.2vmin] ${TILES[need.severity === 'error' ? 'bad' : 'warn']}`}
        >
          <Icon name={need.severity === 'error' ? 'alert' : 'ask'} size={40} />
          <span className="min-w-0">
            <span className="block text-[clamp(1rem,2.7vmin,3.4rem)] leading-tight font-semibold">{need.title}</span>
            <span className="block text-ink">{need.steps[0] ?? need.what}</span>
          </span>
        </li>
      ))}
      {needs.length > NEEDS_SHOWN ? (
        <li className="pl-[2vmin] font-semibold">and {needs.length - NEEDS_SHOWN} more</li>
      ) : null}
    </ul>
  )
}

function Jobs() {
  const { ids } = useJobSet('state:running,sent', 200)
  return (
    <section
      aria-label="Active jobs"
      className="min-h-0 flex-1 overflow-hidden rounded-[1.4vmin] border-2 border-line bg-surface"
    >
      <ul className="divide-y divide-line">
        {ids.slice(0, JOBS_SHOWN).map((id) => (
          <BoardJob key={id} id={id} />
        ))}
      </ul>
      {ids.length === 0 ? <p className="p-[3vmin] text-muted">Nothing is running.</p> : null}
    </section>
  )
}

function BoardJob({ id }: { readonly id: string }) {
  const job = useJob(id)
  if (job === undefined) return null
  return (
    <li className="grid grid-cols-2 items-center gap-[2vmin] px-[1.8vmin] py-[1vmin]">
      <span className="min-w-0">
        <span className="block truncate font-semibold">{jobTitle(job)}</span>
        <span className="block truncate text-muted">{job.printer ?? job.queue}</span>
      </span>
      <JobProgress job={job} isThick />
    </li>
  )
}

function Printers() {
  const printers = usePrinters() ?? []
  return (
    <ul aria-label="Printers" className="grid min-h-0 auto-rows-fr gap-[1vmin] overflow-hidden sm:grid-cols-2">
      {printers.map((printer) => (
        <BoardPrinter key={printer.name} printer={printer} />
      ))}
    </ul>
  )
}

function BoardPrinter({ printer }: { readonly printer: PrinterView }) {
  const look = printerLook(printer)
  const trouble = printer.troubles.find(({ severity }) => severity !== 'info')
  return (
    <li
      className={`flex min-h-0 flex-col justify-center gap-[0.6vmin] overflow-hidden rounded-[1.4vmin] border-2 px-[1.6vmin] py-[1vmin] ${TILES[look.tone]}`}
    >
      <span className="flex flex-wrap items-center justify-between gap-x-2">
        <span className="text-[clamp(1rem,2.3vmin,3rem)] font-semibold text-ink">{printer.name}</span>
        <Badge look={look} isLarge />
      </span>
      <span className="truncate text-ink">{trouble?.title ?? printer.pause?.reason ?? <Work printer={printer} />}</span>
    </li>
  )
}

/** What a printer that is well has to do. */
function Work({ printer }: { readonly printer: PrinterView }) {
  const job = useJob(printer.current_job?.id ?? '')
  const waiting = printer.jobs_waiting
  const waits = waiting === 0 ? '' : plural(waiting, 'job waits', 'jobs wait')
  const words = [job === undefined ? '' : progressText(job), waits].filter((part) => part !== '')
  return words.length === 0 ? 'Nothing waits' : words.join(' · ')
}

/** A wall screen must not fall asleep, where the browser can hold it awake. */
function useWakeLock(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined
    const hold = () => {
      if (document.hidden) return
      navigator.wakeLock?.request('screen').then(
        (held) => {
          lock = held
        },
        () => undefined,
      )
    }
    hold()
    document.addEventListener('visibilitychange', hold)
    return () => {
      document.removeEventListener('visibilitychange', hold)
      void lock?.release()
    }
  }, [])
}
