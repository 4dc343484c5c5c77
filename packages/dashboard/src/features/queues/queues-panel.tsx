import type { QueueView } from '@andon/core'
import { keyOf } from '../../live/queues.ts'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Panel } from '../../ui/panel.tsx'
import { QueueRow } from './queue-row.tsx'

/** Queues of background work; those of printers and pools are folded away, since printers have a page of their own. */
export function QueuesPanel({ queues }: { readonly queues: readonly QueueView[] | undefined }) {
  const own = queues?.filter(({ kind }) => kind === 'queue')
  const ofPrinters = queues?.filter(({ kind }) => kind !== 'queue') ?? []
  return (
    <Panel
      title="Queues"
      aside={own === undefined ? null : <span className="num text-sm text-muted">{own.length}</span>}
    >
      {own === undefined ? (
        <Skeleton />
      ) : own.length === 0 ? (
        <Empty icon="list" title="No queues yet">
          The first job that names a queue makes it: <code>andon jobs create report.pdf --queue reports</code>
        </Empty>
      ) : (
        <ul className="divide-y divide-line">
          {own.map((queue) => (
            <QueueRow key={keyOf(queue)} queue={queue} />
          ))}
        </ul>
      )}
      {ofPrinters.length === 0 ? null : (
        <details className="group border-t border-line">
          <summary className="flex min-h-13 list-none items-center gap-2 px-5 text-sm font-medium text-accent -outline-offset-4 [&::-webkit-details-marker]:hidden">
            <Icon name="chevronRight" size={16} className="transition-transform group-open:rotate-90" />
            {`${plural(ofPrinters.length, 'queue')} of printers and pools`}
            <WaitCount queues={ofPrinters} />
          </summary>
          <ul className="divide-y divide-line border-t border-line">
            {ofPrinters.map((queue) => (
              <QueueRow key={keyOf(queue)} queue={queue} />
            ))}
          </ul>
        </details>
      )}
    </Panel>
  )
}

function WaitCount({ queues }: { readonly queues: readonly QueueView[] }) {
  const waiting = queues.reduce((sum, { queued }) => sum + queued, 0)
  return waiting === 0 ? null : (
    <span className="num font-normal text-muted">· {plural(waiting, 'job waits', 'jobs wait')}</span>
  )
}
