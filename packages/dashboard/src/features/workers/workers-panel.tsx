import type { WorkerView } from '@andon/core'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Panel } from '../../ui/panel.tsx'
import { WorkerRow } from './worker-row.tsx'

/** Processes that execute jobs: those that are lost first, those that were stopped folded away. */
export function WorkersPanel({ workers }: { readonly workers: readonly WorkerView[] | undefined }) {
  const lost = workers?.filter((worker) => worker.is_lost) ?? []
  const stopped = workers?.filter((worker) => !worker.is_alive && !worker.is_lost) ?? []
  const shown = workers && [...lost, ...workers.filter((worker) => worker.is_alive)]
  return (
    <Panel
      title="Workers"
      aside={shown === undefined ? null : <span className="num text-sm text-muted">{shown.length}</span>}
    >
      {shown === undefined ? (
        <Skeleton />
      ) : shown.length === 0 ? (
        <Empty icon="workers" title="No worker runs, so no job does">
          Start one with <code>andon worker</code>, or everything in one process with <code>andon up</code>.
        </Empty>
      ) : (
        <ul className="divide-y divide-line">
          {shown.map((worker) => (
            <WorkerRow key={worker.id} worker={worker} />
          ))}
        </ul>
      )}
      {stopped.length === 0 ? null : (
        <details className="group border-t border-line">
          <summary className="flex min-h-13 list-none items-center gap-2 px-5 text-sm font-medium text-accent -outline-offset-4 [&::-webkit-details-marker]:hidden">
            <Icon name="chevronRight" size={16} className="transition-transform group-open:rotate-90" />
            {`${plural(stopped.length, 'worker')} stopped within a day`}
          </summary>
          <ul className="divide-y divide-line border-t border-line">
            {stopped.map((worker) => (
              <WorkerRow key={worker.id} worker={worker} />
            ))}
          </ul>
        </details>
      )}
    </Panel>
  )
}
