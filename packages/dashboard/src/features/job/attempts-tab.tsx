import { type AttemptView, type JobDetail, leftoverWords } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { andon } from '../../live/andon.ts'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { Badge, type Look } from '../../ui/state-badge.tsx'
import { Lasting, TimeAgo } from '../../ui/time-ago.tsx'
import { ErrorPanel } from './error-panel.tsx'

const LOOKS: Record<NonNullable<AttemptView['outcome']>, Look> = {
  succeeded: { word: 'Succeeded', icon: 'checkCircle', tone: 'ok' },
  failed: { word: 'Failed', icon: 'xCircle', tone: 'bad' },
  cancelled: { word: 'Cancelled', icon: 'ban', tone: 'idle' },
  lost: { word: 'Worker lost', icon: 'offline', tone: 'bad' },
  unconfirmed: { word: 'Unconfirmed', icon: 'ask', tone: 'warn' },
  snoozed: { word: 'Put off', icon: 'clock', tone: 'idle' },
}
const RUNNING: Look = { word: 'Running', icon: 'activity', tone: 'run' }

/** Every try, the last one first, with its error and what to do. */
export function AttemptsTab({ job }: { readonly job: JobDetail }) {
  const { data, isPending } = useQuery({
    queryKey: ['attempts', job.id, job.attempt, job.state],
    queryFn: ({ signal }) => andon.jobs.attempts(job.id, { signal }),
  })
  if (isPending) return <Skeleton />
  if (data === undefined || data.length === 0) {
    return (
      <Empty icon="retry" title="Not tried yet">
        The first attempt begins when a worker takes the job.
      </Empty>
    )
  }
  return (
    <ol className="divide-y divide-line">
      {data.toReversed().map((attempt) => (
        <li key={attempt.number} className="space-y-3 px-5 py-4">
          <div className="num flex flex-wrap items-center gap-x-4 gap-y-1.5">
            <h2 className="text-[0.9375rem]">Attempt {attempt.number}</h2>
            <Badge look={attempt.outcome === null ? RUNNING : LOOKS[attempt.outcome]} />
            <span className="text-sm text-muted">
              <TimeAgo at={attempt.started_at} />, took <Lasting from={attempt.started_at} to={attempt.ended_at} />
              {attempt.worker === null ? '' : ` on ${attempt.worker}`}
              {attempt.external_ref === null ? '' : `, device job ${attempt.external_ref}`}
            </span>
          </div>
          <LeftBehind attempt={attempt} />
          {attempt.error === null ? null : (
            <ErrorPanel error={attempt.error} title={`Error of attempt ${attempt.number}`} />
          )}
        </li>
      ))}
    </ol>
  )
}

/** Of what ran isolated: that nothing of it is there any more. */
function LeftBehind({ attempt: { ended_at: endedAt, resources } }: { readonly attempt: AttemptView }) {
  const words = endedAt === null || resources === null ? null : leftoverWords(resources)
  return words === null ? null : <p className="num text-sm text-muted">Left behind: {words}</p>
}
