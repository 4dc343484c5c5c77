import type { PrinterView } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { useJob } from '../../live/jobs.ts'
import { Icon } from '../../ui/icon.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Badge, StateBadge } from '../../ui/state-badge.tsx'
import { JobProgress } from '../jobs/job-progress.tsx'
import { jobTitle } from '../jobs/job-words.ts'

/** What each printer of the station prints at this moment, with its bar. */
export function NowPrinting({ printers }: { readonly printers: readonly PrinterView[] }) {
  const busy = printers.flatMap((printer) =>
    printer.current_job === null ? [] : { id: printer.current_job.id, printer },
  )
  return (
    <Panel title="Prints now">
      {busy.length === 0 ? (
        <p className="flex items-center gap-2.5 px-5 pt-1 pb-5 text-muted">
          <Icon name="checkCircle" />
          Nothing is under way. Jobs appear here as soon as a printer takes them.
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {busy.map(({ id, printer }) => (
            <Printing key={id} id={id} printer={printer} />
          ))}
        </ul>
      )}
    </Panel>
  )
}

function Printing({ id, printer }: { readonly id: string; readonly printer: PrinterView }) {
  const job = useJob(id)
  if (job === undefined) return null
  const trouble = printer.troubles.find(({ severity }) => severity === 'error')
  return (
    <li>
      <Link
        to="/jobs/$jobId"
        params={{ jobId: id }}
        className="block px-5 py-3.5 -outline-offset-4 hover:bg-ground"
        aria-label={`${jobTitle(job)} on ${printer.name}`}
      >
        <span className="mb-2 flex flex-wrap items-start justify-between gap-x-3 gap-y-1">
          <span className="min-w-0">
            <span className="block truncate text-[1.0625rem] font-medium">{jobTitle(job)}</span>
            <span className="block truncate text-sm text-muted">{printer.name}</span>
          </span>
          {trouble === undefined ? (
            <StateBadge job={job} />
          ) : (
            <Badge look={{ word: `Stands still: ${trouble.title}`, icon: 'alert', tone: 'bad' }} />
          )}
        </span>
        <JobProgress job={job} isThick />
      </Link>
    </li>
  )
}
