import type { JobDetail } from '@andon/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { PROOF_WORDS } from '../jobs/job-words.ts'

/** What is known of a job beside its state. */
export function Facts({ job }: { readonly job: JobDetail }) {
  return (
    <dl className="card grid grid-cols-2 gap-x-6 gap-y-4 px-5 py-4 text-sm md:grid-cols-4 xl:grid-cols-2">
      {job.printer === null ? null : (
        <Fact word="Printer">
          <Link to="/printers/$name" params={{ name: job.printer }} className="font-medium text-accent hover:underline">
            {job.printer}
          </Link>
        </Fact>
      )}
      {job.proof === null ? null : <Fact word="Proof">{PROOF_WORDS[job.proof]}</Fact>}
      <Fact word="Type">
        <code>{job.type}</code>
      </Fact>
      <Fact word="Queue">{job.queue}</Fact>
      <Fact word="Priority">
        <span className="capitalize">{job.priority}</span>
      </Fact>
      <Fact word="By">{job.created_by}</Fact>
      <Fact word="Created">
        <TimeAgo at={job.created_at} />
      </Fact>
      <Fact word="Attempt">
        {job.attempt} of {job.max_attempts}
      </Fact>
      {job.subject === null ? null : <Fact word={capital(job.subject.type)}>{job.subject.id}</Fact>}
      {job.worker === null ? null : <Fact word="Worker">{job.worker}</Fact>}
      {job.external_ref === null ? null : <Fact word="Device job">{job.external_ref}</Fact>}
      {job.deadline_at === null ? null : (
        <Fact word="Deadline">
          <TimeAgo at={job.deadline_at} />
        </Fact>
      )}
      {job.expires_at === null ? null : (
        <Fact word="Expires">
          <TimeAgo at={job.expires_at} />
        </Fact>
      )}
      {Object.keys(job.tags).length === 0 ? null : (
        <Fact word="Tags">
          <span className="flex flex-wrap gap-1">
            {Object.entries(job.tags).map(([key, value]) => (
              <code key={key} className="rounded bg-idle-soft px-1.5 py-0.5 text-xs">
                {value === '' ? key : `${key}=${value}`}
              </code>
            ))}
          </span>
        </Fact>
      )}
      <Fact word="Id" isWide>
        <code className="text-xs break-all">{job.id}</code>
      </Fact>
    </dl>
  )
}

function Fact({
  word,
  children,
  isWide = false,
}: {
  readonly word: string
  readonly children: ReactNode
  readonly isWide?: boolean
}) {
  return (
    <div className={isWide ? 'col-span-2' : 'min-w-0'}>
      <dt className="text-muted">{word}</dt>
      <dd className="num mt-0.5 break-words">{children}</dd>
    </div>
  )
}

function capital(word: string): string {
  const words = word.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
