import { isFinal, type JobDetail, type LogView } from '@andon/core'
import { useDeferredValue, useEffect, useRef, useState } from 'react'
import { andon } from '../../live/andon.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { clockTime, exactTime } from '../../ui/format.ts'
import { notifyError } from '../../ui/notify.ts'
import { CleanedNote } from './cleaned-note.tsx'
import { usePreferences } from '../preferences/preferences.ts'

const LEVELS = ['debug', 'info', 'warning', 'error'] as const
const LEVEL_WORDS = {
  debug: 'All levels',
  info: 'Info and above',
  warning: 'Warnings and errors',
  error: 'Errors',
} as const
const TONES = { debug: 'text-muted', info: 'text-ink', warning: 'text-warn', error: 'text-bad' } as const

/** Lines that are kept on the page; the download has all of them. */
const SHOWN = 5_000

/** What the handler wrote: followed live, by level, searched, and as a file. */
export function LogsTab({ job }: { readonly job: JobDetail }) {
  const [level, setLevel] = useState<LogView['level']>('debug')
  const [search, setSearch] = useState('')
  const [isFollowing, setIsFollowing] = useState(true)
  const { lines, error } = useLines(job.id, level, useDeferredValue(search.trim()))
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (isFollowing && box.current !== null) box.current.scrollTop = box.current.scrollHeight
  }, [lines, isFollowing])
  const isCleaned = job.cleaned !== null && job.cleaned.log_lines > 0
  if (isCleaned) return <CleanedNote job={job} of="log_lines" />
  return (
    <div className="space-y-3 p-5">
      <div className="flex flex-wrap items-center gap-2">
        <select
          aria-label="Lowest level"
          value={level}
          onChange={(event) => setLevel(LEVELS.find((one) => one === event.target.value) ?? 'debug')}
          className="field w-auto! pr-8"
        >
          {LEVELS.map((one) => (
            <option key={one} value={one}>
              {LEVEL_WORDS[one]}
            </option>
          ))}
        </select>
        <input
          type="search"
          aria-label="Search the log"
          placeholder="Search"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          className="field max-w-64 flex-1"
        />
        {isFinal(job.state) ? null : (
          <Button
            icon={isFollowing ? 'pause' : 'play'}
            aria-pressed={isFollowing}
            onClick={() => setIsFollowing(!isFollowing)}
          >
            {isFollowing ? 'Following' : 'Follow'}
          </Button>
        )}
        <Button icon="download" className="ml-auto" onClick={() => void download(job.id)}>
          Download
        </Button>
      </div>
      {error === null ? null : <p className="text-bad">{error}</p>}
      {lines.length === 0 ? (
        <div key={`${level} ${search}`} className="animate-late">
          <NoLines isFiltered={search !== '' || level !== 'debug'} isOver={isFinal(job.state)} />
        </div>
      ) : (
        <Lines lines={lines} place={box} onScrolledUp={() => setIsFollowing(false)} />
      )}
    </div>
  )
}

function NoLines({ isFiltered, isOver }: { readonly isFiltered: boolean; readonly isOver: boolean }) {
  if (isFiltered) {
    return (
      <Empty icon="list" title="No line matches">
        Search for something else, or show all levels.
      </Empty>
    )
  }
  return isOver ? (
    <Empty icon="list" title="Nothing was written">
      What happened to it stands under History.
    </Empty>
  ) : (
    <Empty icon="list" title="Nothing was written yet">
      Lines appear here as the handler writes them.
    </Empty>
  )
}

interface LinesProps {
  readonly lines: readonly LogView[]
  readonly place: React.RefObject<HTMLDivElement | null>
  readonly onScrolledUp: () => void
}

function Lines({ lines, place, onScrolledUp }: LinesProps) {
  const { zone } = usePreferences()
  return (
    <div
      ref={place}
      role="log"
      aria-live="off"
      aria-label="Log"
      tabIndex={0}
      onWheel={(event) => (event.deltaY < 0 ? onScrolledUp() : undefined)}
      className="max-h-[60dvh] overflow-auto rounded-xl border border-line bg-sunken py-2 font-mono text-[0.8125rem] leading-6"
    >
      {lines.map((line) => (
        <div
          key={line.n}
          className="flex gap-3 px-4 [contain-intrinsic-size:auto_24px] [content-visibility:auto] hover:bg-idle-soft"
        >
          <time dateTime={line.at} title={exactTime(line.at, zone)} className="num shrink-0 text-muted">
            {clockTime(line.at, zone)}
          </time>
          <span className={`w-16 shrink-0 max-sm:hidden ${TONES[line.level]}`}>{line.level}</span>
          <span className={`min-w-0 break-words whitespace-pre-wrap ${TONES[line.level]}`}>
            {line.step === null ? null : <span className="text-muted">{line.step}: </span>}
            {line.message}
            {line.data == null ? null : <span className="text-muted"> {JSON.stringify(line.data)}</span>}
          </span>
        </div>
      ))}
    </div>
  )
}

interface Shown {
  readonly lines: readonly LogView[]
  readonly error: string | null
}

/** Lines come one by one and are shown once a frame. */
function useLines(id: string, level: LogView['level'], search: string): Shown {
  const [shown, setShown] = useState<Shown>({ lines: [], error: null })
  useEffect(() => {
    const stop = new AbortController()
    let waiting: LogView[] = []
    const show = () => {
      const news = waiting
      waiting = []
      setShown(({ lines }) => ({ lines: [...lines, ...news].slice(-SHOWN), error: null }))
    }
    const read = async () => {
      const options = { level, signal: stop.signal, ...(search === '' ? {} : { search }) }
      for await (const line of andon.jobs.followLogs(id, options)) {
        waiting.push(line)
        if (waiting.length === 1) requestAnimationFrame(show)
      }
    }
    setShown({ lines: [], error: null })
    read().catch((error: unknown) => {
      if (!stop.signal.aborted) setShown(({ lines }) => ({ lines, error: String(error) }))
    })
    return () => stop.abort()
  }, [id, level, search])
  return shown
}

async function download(id: string): Promise<void> {
  try {
    const texts: string[] = []
    for await (const line of andon.jobs.eachLog(id)) {
      texts.push(`${line.at} ${line.level.padEnd(7)} ${line.step === null ? '' : `${line.step}: `}${line.message}\n`)
    }
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob(texts, { type: 'text/plain' }))
    link.download = `${id}.log`
    link.click()
    URL.revokeObjectURL(link.href)
  } catch (error) {
    notifyError(error, 'The log could not be loaded')
  }
}
