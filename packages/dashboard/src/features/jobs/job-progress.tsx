import { isFinal, type JobView } from '@andon/core'
import { type BarTone, ProgressBar } from '../../ui/progress-bar.tsx'
import { jobTitle, progressText, remainingWords } from './job-words.ts'

/** The bar of a job with "150 of 200 printed" and the time that remains. */
export function JobProgress({ job, isThick = false }: { readonly job: JobView; readonly isThick?: boolean }) {
  const remaining = remainingWords(job.progress)
  const failed = job.items?.failed ?? 0
  return (
    <span className="block min-w-0">
      <ProgressBar
        percent={percentOf(job)}
        failedPercent={job.items === null || job.items.total === 0 ? 0 : (failed / job.items.total) * 100}
        tone={toneOf(job)}
        label={`Progress of ${jobTitle(job)}`}
        height={isThick ? 'thick' : 'normal'}
      />
      <span
        className={`num mt-1 flex justify-between gap-3 text-muted ${isThick ? 'text-[0.95em]' : 'text-[0.8125rem]'}`}
      >
        <span className="truncate">
          {progressText(job)}
          {failed > 0 ? <span className="font-medium text-bad"> · {failed} failed</span> : null}
        </span>
        {remaining === null ? null : (
          <span className="shrink-0" title={`Known ${remaining.basis}`}>
            {remaining.text}
          </span>
        )}
      </span>
    </span>
  )
}

function percentOf(job: JobView): number | null {
  const { items, progress } = job
  if (items !== null && items.total > 0) return ((items.done + items.failed) / items.total) * 100
  if (job.state === 'completed') return 100
  if (progress?.percent != null) return progress.percent
  return job.state === 'running' ? null : 0
}

/** The colour of what is filled. */
export function toneOf(job: JobView): BarTone {
  if (job.state === 'failed') return 'bad'
  if (job.state === 'completed') return 'ok'
  if (job.state === 'completed_with_errors') return 'ok'
  if (job.is_cancelling || job.wait_reason === 'unconfirmed') return 'warn'
  return isFinal(job.state) || job.state === 'pending' || job.state === 'queued' ? 'idle' : 'run'
}
