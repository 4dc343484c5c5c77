import { DAY_MS, type ErrorGroupView, relativeTime } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { useId } from 'react'
import { useNow } from '../../live/clock.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { count, exactTime, minuteTime, plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { usePreferences } from '../preferences/preferences.ts'
import { jobsOfGroup, planGroupRetry } from './groups.ts'
import { Sparkline } from './sparkline.tsx'

interface GroupCardProps {
  readonly group: ErrorGroupView
  readonly bucket: 'hour' | 'day'
  readonly since: string
  readonly canRetry: boolean
}

/** One cause: what it is, how often, since when, what to do, and the way to do it. */
export function GroupCard({ bucket, canRetry, group, since }: GroupCardProps) {
  const id = useId()
  const title = group.title ?? group.message
  return (
    <li>
      <article aria-labelledby={id} className="card grid gap-x-6 gap-y-3 px-5 py-4 md:grid-cols-[minmax(0,1fr)_auto]">
        <div className="min-w-0">
          <h2 id={id} className="flex flex-wrap items-baseline gap-x-2.5 text-base">
            <Icon name="xCircle" size={18} className="translate-y-0.5 text-bad" />
            <span className="min-w-0 break-words">{title}</span>
            <span className="num font-semibold text-bad">×{count(group.count)}</span>
            <span className="num text-sm font-normal text-muted">
              since <Since at={group.first_seen_at} /> · last <TimeAgo at={group.last_seen_at} />
            </span>
          </h2>
          {group.title === null ? null : <p className="mt-1 break-words">{group.message}</p>}
          {group.hint === null ? null : (
            <p className="mt-1">
              <strong className="font-semibold">What to do: </strong>
              {group.hint}
            </p>
          )}
          <p className="mt-1.5 text-sm break-words text-muted">
            <code>{group.code}</code> · {group.types.join(', ')}
          </p>
        </div>
        <div className="flex flex-col justify-between gap-3 md:items-end">
          <Sparkline counts={group.counts} label={sparkWords(group, bucket)} />
          <div className="flex flex-wrap items-center gap-2">
            <Link to="/jobs" search={{ q: jobsOfGroup(group.fingerprint, since) }} className={buttonClass()}>
              <Icon name="list" />
              Show jobs<span className="sr-only"> of {title}</span>
            </Link>
            {group.open === 0 ? (
              <span className="inline-flex min-h-11 items-center gap-1.5 text-sm text-ok">
                <Icon name="checkCircle" size={17} />
                All retried
              </span>
            ) : canRetry ? (
              <Button icon="retry" onClick={() => planGroupRetry(group, since)}>
                Retry {count(group.open)}
                <span className="sr-only"> of {title}</span>
              </Button>
            ) : (
              <span className="num text-sm text-muted">{plural(group.open, 'job')} not retried</span>
            )}
          </div>
        </div>
      </article>
    </li>
  )
}

/** The time of day within a day, otherwise how long ago; exactly on hover. */
function Since({ at }: { readonly at: string }) {
  const now = useNow()
  const { zone } = usePreferences()
  const isRecent = now - Date.parse(at) < DAY_MS / 2
  return (
    <time dateTime={at} title={exactTime(at, zone)}>
      {isRecent ? minuteTime(at, zone) : relativeTime(Date.parse(at), now)}
    </time>
  )
}

function sparkWords({ count: jobs, counts }: ErrorGroupView, bucket: 'hour' | 'day'): string {
  const hit = counts.filter((one) => one > 0).length
  return `${plural(jobs, 'job')} in ${plural(hit, bucket)} of ${counts.length}, at most ${count(Math.max(0, ...counts))} in one`
}
