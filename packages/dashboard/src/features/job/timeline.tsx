import { durationWords, type JobDetail } from '@andon/core'
import { useNow } from '../../live/clock.ts'
import { clockTime, exactTime, secondsWords } from '../../ui/format.ts'
import { usePreferences } from '../preferences/preferences.ts'

interface Moment {
  readonly word: string
  readonly at: string
}

/** When what happened, and how long it waited and ran. */
export function Timeline({ job }: { readonly job: JobDetail }) {
  const now = useNow()
  const { zone } = usePreferences()
  const endMs = job.finished_at === null ? now : Date.parse(job.finished_at)
  const createdMs = Date.parse(job.created_at)
  const startedMs = job.started_at === null ? null : Date.parse(job.started_at)
  const isWaiting = startedMs === null || job.state === 'pending' || job.state === 'queued'
  const waitedMs = Math.max(0, (isWaiting ? endMs : startedMs) - createdMs)
  const ranMs = isWaiting ? 0 : Math.max(0, endMs - startedMs)
  const whole = Math.max(1, waitedMs + ranMs)
  return (
    <section aria-label="Timeline" className="card px-5 py-4">
      <div className="flex h-2.5 gap-0.5 overflow-hidden rounded-full" aria-hidden="true">
        <span className="min-w-1 bg-idle-solid" style={{ width: `${(waitedMs / whole) * 100}%` }} />
        {ranMs > 0 ? <span className="min-w-1 bg-run-solid" style={{ width: `${(ranMs / whole) * 100}%` }} /> : null}
      </div>
      <p className="num mt-2.5 flex flex-wrap gap-x-5 text-sm">
        <span>
          <span aria-hidden="true" className="mr-1.5 inline-block size-2.5 rounded-sm bg-idle-solid" />
          {isWaiting && job.finished_at === null ? 'Waiting' : 'Waited'} {words(waitedMs)}
        </span>
        {ranMs > 0 ? (
          <span>
            <span aria-hidden="true" className="mr-1.5 inline-block size-2.5 rounded-sm bg-run-solid" />
            {job.finished_at === null ? 'Running' : 'Ran'} {words(ranMs)}
          </span>
        ) : null}
        {job.attempt > 1 ? <span className="text-muted">{job.attempt} attempts</span> : null}
      </p>
      <ol className="mt-3 flex flex-wrap gap-x-8 gap-y-2">
        {momentsOf(job).map(({ word, at }) => (
          <li key={word} className="text-sm">
            <span className="block text-muted">{word}</span>
            <time dateTime={at} title={exactTime(at, zone)} className="num font-medium">
              {clockTime(at, zone)}
            </time>
          </li>
        ))}
      </ol>
    </section>
  )
}

function words(ms: number): string {
  return ms < 10_000 ? durationWords(ms) : secondsWords(ms)
}

function momentsOf(job: JobDetail): readonly Moment[] {
  const moments: readonly (readonly [string, string | null])[] = [
    ['Created', job.created_at],
    ['Queued', job.queued_at],
    ['Sent', job.sent_at],
    ['Started', job.started_at],
    ['Finished', job.finished_at],
  ]
  return moments.flatMap(([word, at]) => (at === null ? [] : [{ word, at }]))
}
