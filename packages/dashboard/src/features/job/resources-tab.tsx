import { durationWords, type JobDetail } from '@andon/core'
import { Empty } from '../../ui/empty.tsx'
import { count } from '../../ui/format.ts'

/** What it used of the machine. */
export function ResourcesTab({ job }: { readonly job: JobDetail }) {
  const used = job.resources
  if (used === null) {
    return (
      <Empty icon="activity" title="Nothing measured">
        Use is measured while a job runs on a worker; prints use the printer instead.
      </Empty>
    )
  }
  return (
    <dl className="num grid grid-cols-2 gap-6 p-5 sm:grid-cols-4">
      <Figure
        word="Peak memory"
        value={used.peak_memory_mb === null ? '–' : `${count(Math.round(used.peak_memory_mb))} MB`}
      />
      <Figure word="CPU" value={used.cpu_percent === null ? '–' : `${Math.round(used.cpu_percent)} %`} />
      <Figure word="Time" value={durationWords(used.wall_ms)} />
      <Figure word="CPU time" value={used.cpu_ms === null ? '–' : durationWords(used.cpu_ms)} />
      {job.estimated_ms === null ? null : <Figure word="Estimated" value={durationWords(job.estimated_ms)} />}
    </dl>
  )
}

function Figure({ word, value }: { readonly word: string; readonly value: string }) {
  return (
    <div>
      <dt className="text-sm text-muted">{word}</dt>
      <dd className="mt-1 text-xl font-semibold">{value}</dd>
    </div>
  )
}
