import type { AuditView, EventView, JobDetail } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { andon } from '../../live/andon.ts'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { exactTime } from '../../ui/format.ts'
import { usePreferences } from '../preferences/preferences.ts'
import { useIsAtLeast } from '../session/session.ts'

const WORDS: Readonly<Record<string, string>> = {
  created: 'Created',
  ready: 'Became eligible',
  claimed: 'Taken by a worker',
  sent: 'Sent to the device',
  queued: "In the device's own queue",
  running: 'Began to run',
  completed: 'Completed',
  completed_with_errors: 'Completed with errors',
  failed: 'Failed',
  cancelled: 'Cancelled',
  cancel_requested: 'Its end was asked for',
  retry_scheduled: 'Will be tried again',
  snoozed: 'Put off',
  held: 'Held',
  released: 'Released',
  unconfirmed: 'Nobody can prove that it came out',
  confirmed: 'Settled by a person',
  lost: 'Its worker was lost',
  expired: 'Expired before it could start',
  moved: 'Moved',
  priority_changed: 'Priority changed',
  retried: 'Retried as a new job',
  returned: 'Given back untouched',
  refused: 'A late report was refused',
}

/** Most acts on one job that are asked for; the rest is in the audit. */
const SHOWN = 200

/** Every recorded fact about the job, and for administrators who did what. */
export function HistoryTab({ job }: { readonly job: JobDetail }) {
  const { zone } = usePreferences()
  const mayAudit = useIsAtLeast('admin')
  const events = useQuery({
    queryKey: ['events', job.id, job.state, job.attempt],
    queryFn: ({ signal }) => andon.jobs.events(job.id, { signal }),
  })
  const audit = useQuery({
    queryKey: ['audit', job.id, job.state],
    enabled: mayAudit,
    queryFn: ({ signal }) => andon.audit.list({ target: `job:${job.id}`, limit: SHOWN, signal }),
  })
  if (events.isPending) return <Skeleton />
  const lines = [...(events.data?.data ?? []).map(lineOfEvent), ...(audit.data?.data ?? []).map(lineOfAudit)]
  if (lines.length === 0) return <Empty icon="clock" title="Nothing is recorded" />
  lines.sort((a, b) => a.at.localeCompare(b.at))
  return (
    <ol className="px-5 py-4">
      {lines.map((line) => (
        <li key={line.key} className="relative border-l-2 border-line pb-4 pl-5 last:pb-0">
          <span
            aria-hidden="true"
            className={`absolute top-1.5 -left-[7px] size-3 rounded-full border-2 border-surface ${line.isAudit ? 'bg-accent' : 'bg-idle-solid'}`}
          />
          <p className="flex flex-wrap gap-x-3">
            <span className="font-medium">{line.word}</span>
            {line.actor === null ? null : <span className="text-muted">by {line.actor}</span>}
            <time dateTime={line.at} className="num ml-auto text-sm text-muted">
              {exactTime(line.at, zone)}
            </time>
          </p>
          {line.text === '' ? null : <p className="text-sm text-muted">{line.text}</p>}
        </li>
      ))}
    </ol>
  )
}

interface HistoryLine {
  readonly key: string
  readonly at: string
  readonly word: string
  readonly actor: string | null
  readonly text: string
  readonly isAudit: boolean
}

function lineOfEvent(event: EventView, index: number): HistoryLine {
  const word = WORDS[event.kind] ?? event.kind
  return {
    key: `${event.seq ?? 'd'} ${index}`,
    at: event.at,
    word,
    actor: event.actor,
    text: textOf(event.data),
    isAudit: false,
  }
}

function lineOfAudit(entry: AuditView): HistoryLine {
  const text = [entry.address, textOf(entry.after)].filter(Boolean).join(' · ')
  return { key: `a ${entry.id}`, at: entry.at, word: `Audit: ${entry.action}`, actor: entry.actor, text, isAudit: true }
}

/** The members of an event that a person understands. */
function textOf(data: unknown): string {
  if (typeof data !== 'object' || data === null) return ''
  const parts: string[] = []
  for (const [key, value] of Object.entries(data)) {
    if (key === 'error' && typeof value === 'object' && value !== null && 'message' in value)
      parts.push(String(value.message))
    else if (typeof value === 'string' || typeof value === 'number') parts.push(`${key}: ${value}`)
    else if (value === true) parts.push(key)
  }
  return parts.join(' · ')
}
