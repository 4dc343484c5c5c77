import { durationWords, type JobDetail } from '@andon/core'
import { useEffect } from 'react'
import { queries } from '../../live/andon.ts'
import { Empty } from '../../ui/empty.tsx'
import { count } from '../../ui/format.ts'
import { ProgressBar } from '../../ui/progress-bar.tsx'

type Use = NonNullable<JobDetail['resources']>

/** How often the use of what runs is asked for: the stream tells of states and progress alone. */
const ASK_MS = 2_000

/** Above this share of a limit the bar warns. */
const NEAR_PERCENT = 80

/** What it uses or used of the machine, against what it may. */
export function ResourcesTab({ job }: { readonly job: JobDetail }) {
  const used = job.resources
  const isRunning = job.state === 'running'
  useEffect(() => {
    if (!isRunning) return
    const asking = setInterval(() => void queries.invalidateQueries({ queryKey: ['job'] }), ASK_MS)
    return () => clearInterval(asking)
  }, [isRunning])
  if (used === null) {
    return (
      <Empty icon="activity" title="Nothing measured">
        Memory and CPU are measured of handlers that run isolated; prints use the printer instead.
      </Empty>
    )
  }
  return (
    <dl className="num grid grid-cols-1 gap-x-8 gap-y-6 p-5 sm:grid-cols-2 lg:grid-cols-3">
      <Memory used={used} />
      <Figure
        word="CPU time"
        value={used.cpu_ms === null ? '–' : durationWords(used.cpu_ms)}
        note={used.cpu_percent === null ? null : `${Math.round(used.cpu_percent)} % of one core`}
        limit={limitOf(used.cpu_ms, used.cpu_limit_ms, durationWords)}
      />
      <Figure
        word="Time"
        value={durationWords(used.wall_ms)}
        note={job.estimated_ms === null ? null : `estimated ${durationWords(job.estimated_ms)}`}
        limit={limitOf(used.wall_ms, used.wall_limit_ms, durationWords)}
      />
    </dl>
  )
}

/** While it runs what it has now stands in front, and the peak beside it. */
function Memory({ used }: { readonly used: Use }) {
  const now = used.memory_mb ?? null
  const peak = used.peak_memory_mb
  const shown = now ?? peak
  return (
    <Figure
      word={now === null ? 'Peak memory' : 'Memory now'}
      value={shown === null ? '–' : megabytes(shown)}
      note={now === null || peak === null ? null : `peak ${megabytes(peak)}`}
      limit={limitOf(shown, used.memory_limit_mb, megabytes)}
    />
  )
}

interface Limit {
  readonly percent: number
  readonly words: string
}

function limitOf(
  value: number | null,
  limit: number | null | undefined,
  words: (limit: number) => string,
): Limit | null {
  if (value === null || limit === null || limit === undefined || limit <= 0) return null
  return { percent: Math.min(100, (100 * value) / limit), words: `of ${words(limit)}` }
}

interface FigureProps {
  readonly word: string
  readonly value: string
  readonly note: string | null
  readonly limit: Limit | null
}

function Figure({ word, value, note, limit }: FigureProps) {
  return (
    <div>
      <dt className="text-sm text-muted">{word}</dt>
      <dd className="mt-1">
        <span className="text-xl font-semibold">{value}</span>
        {limit === null ? null : <span className="ml-1.5 text-sm text-muted">{limit.words}</span>}
        {limit === null ? null : (
          <div className="mt-2">
            <ProgressBar
              percent={limit.percent}
              tone={limit.percent >= NEAR_PERCENT ? 'warn' : 'ok'}
              label={`${word} against its limit`}
              height="thin"
            />
          </div>
        )}
        {note === null ? null : <p className="mt-1.5 text-sm text-muted">{note}</p>}
      </dd>
    </div>
  )
}

function megabytes(mb: number): string {
  return `${count(Math.round(mb))} MB`
}
