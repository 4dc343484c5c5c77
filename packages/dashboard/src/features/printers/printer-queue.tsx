import type { JobView, PrinterView } from '@andon/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { andon, jobCache, queries } from '../../live/andon.ts'
import { useJob } from '../../live/jobs.ts'
import { IconButton } from '../../ui/button.tsx'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { Panel } from '../../ui/panel.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { moveToFront } from '../job/job-commands.ts'
import { cancelJob } from '../jobs/job-acts.ts'
import { canCancel, jobTitle, waitWords } from '../jobs/job-words.ts'
import { useIsAtLeast } from '../session/session.ts'

/** Rows that are shown; the rest is one press away. */
const SHOWN = 50

/** What waits for the printer, in the order in which it will print. */
export function PrinterQueue({ printer }: { readonly printer: PrinterView }) {
  const key = ['printer-queue', printer.name]
  const { data, isPending } = useQuery({
    queryKey: [...key, printer.jobs_waiting, printer.current_job?.id],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const page = await andon.printers.jobs(printer.name, { limit: SHOWN, signal })
      jobCache.put(page.data)
      return page.data.map(({ id }) => id)
    },
  })
  const ids = (data ?? []).filter((id) => id !== printer.current_job?.id)
  const reload = () => void queries.invalidateQueries({ queryKey: key })
  return (
    <Panel
      title="Queue"
      aside={
        <Link
          to="/jobs"
          search={{ q: `printer:"${printer.name}"` }}
          className="inline-flex min-h-11 items-center text-sm font-medium text-accent hover:underline"
        >
          All its jobs
        </Link>
      }
    >
      {isPending ? (
        <Skeleton />
      ) : ids.length === 0 ? (
        <Empty icon="checkCircle" title="Nothing waits">
          Jobs for this printer or its pool line up here, by priority and then by age.
        </Empty>
      ) : (
        <ol className="divide-y divide-line">
          {ids.map((id, index) => (
            <QueueRow key={id} id={id} place={index + 1} onMoved={reload} />
          ))}
        </ol>
      )}
    </Panel>
  )
}

interface QueueRowProps {
  readonly id: string
  readonly place: number
  readonly onMoved: () => void
}

function QueueRow({ id, place, onMoved }: QueueRowProps) {
  const job = useJob(id)
  const mayAct = useIsAtLeast('operator')
  if (job === undefined) return null
  return (
    <li className="flex items-center gap-3 py-2 pr-2 pl-5">
      <span className="num w-6 text-right text-sm text-muted">{place}</span>
      <Link to="/jobs/$jobId" params={{ jobId: id }} className="min-w-0 flex-1 py-1 hover:underline">
        <span className="block truncate font-medium">{jobTitle(job)}</span>
        <span className="num block truncate text-sm text-muted">{noteOf(job)}</span>
      </Link>
      <span className="hidden text-sm text-muted sm:block">
        <TimeAgo at={job.created_at} />
      </span>
      <span className="max-sm:hidden">
        <StateBadge job={job} />
      </span>
      {mayAct && (job.state === 'queued' || job.state === 'pending') ? (
        <span className="flex">
          {place > 1 && job.state === 'queued' ? (
            <IconButton
              icon="arrowUp"
              label={`Move ${jobTitle(job)} to the front`}
              onClick={() => void moveToFront(job).then(onMoved)}
            />
          ) : (
            <span className="w-11" />
          )}
          {canCancel(job) ? (
            <IconButton icon="x" label={`Cancel ${jobTitle(job)}`} onClick={() => void cancelJob(job).then(onMoved)} />
          ) : null}
        </span>
      ) : null}
    </li>
  )
}

function noteOf(job: JobView): string {
  const items = job.items === null ? '' : `${job.items.total} labels`
  const priority = job.priority === 'normal' ? '' : `${job.priority} priority`
  return [items, priority, job.created_by, waitWords(job.wait_reason)].filter((part) => part !== '').join(' · ')
}
