import type { QueueView, WorkerView } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { QueuesPanel } from '../features/queues/queues-panel.tsx'
import { WorkersPanel } from '../features/workers/workers-panel.tsx'
import { useJobSet } from '../live/jobs.ts'
import { reloadWorkers, useQueues, workersQuery } from '../live/queues.ts'
import { plural } from '../ui/format.ts'

/** Who works, what waits, and why. */
export function WorkersPage() {
  const queues = useQueues(reloadWorkers)
  const workers = useQuery(workersQuery).data
  // What the workers hold, so that their rows know its progress.
  useJobSet('state:running,sent', 200)
  return (
    <div className="mx-auto max-w-[100rem] space-y-5">
      <header>
        <h1 className="text-2xl">Workers &amp; queues</h1>
        {workers === undefined || queues === undefined ? null : (
          <p className="num text-muted">{summary(workers, queues)}</p>
        )}
      </header>
      <QueuesPanel queues={queues} />
      <WorkersPanel workers={workers} />
    </div>
  )
}

function summary(workers: readonly WorkerView[], queues: readonly QueueView[]): string {
  const alive = workers.filter((worker) => worker.is_alive).length
  const lost = workers.filter((worker) => worker.is_lost).length
  const waiting = queues.reduce((sum, { queued }) => sum + queued, 0)
  return [
    plural(alive, 'worker is there', 'workers are there'),
    lost === 0 ? 'none is lost' : `${lost} ${lost === 1 ? 'is' : 'are'} lost`,
    waiting === 0 ? 'no job waits' : plural(waiting, 'job waits', 'jobs wait'),
  ].join(', ')
}
