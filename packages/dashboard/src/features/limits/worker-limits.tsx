import type { WorkerView } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { workersQuery } from '../../live/queues.ts'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Badge } from '../../ui/state-badge.tsx'
import { memoryWords, workerLook } from '../workers/worker-words.ts'
import { Measure } from './measure.tsx'

/** Slots of the workers, and whether their machines have room for more. */
export function WorkerLimits() {
  const workers = useQuery(workersQuery).data?.filter(({ is_alive }) => is_alive)
  return (
    <Panel
      title="Workers"
      aside={
        <Link to="/workers" className="text-sm font-medium text-accent hover:underline">
          Workers &amp; queues
        </Link>
      }
    >
      <p className="px-5 pb-2 text-sm text-muted">
        A worker runs as many jobs as it was started with slots for. It starts nothing new while its machine is above
        its CPU threshold (80 % unless told) or short of memory; inside a container, its limits are the machine’s.
      </p>
      {workers === undefined ? (
        <Skeleton rows={2} />
      ) : workers.length === 0 ? (
        <Empty icon="workers" title="No worker runs, so no job does">
          Start one with <code>andon worker</code>, or everything in one process with <code>andon up</code>.
        </Empty>
      ) : (
        <ul className="divide-y divide-line border-t border-line">
          {workers.map((worker) => (
            <WorkerLimit key={worker.id} worker={worker} />
          ))}
        </ul>
      )}
    </Panel>
  )
}

function WorkerLimit({ worker }: { readonly worker: WorkerView }) {
  const { cpu_percent: cpu, host, memory_mb: memory, name, running, slots, waits_for } = worker
  return (
    <li
      aria-label={name}
      className="grid items-center gap-x-5 gap-y-3 px-5 py-3.5 sm:grid-cols-[minmax(0,3fr)_minmax(0,5fr)_9rem]"
    >
      <div className="min-w-0">
        <p className="truncate font-medium">{name}</p>
        <p className="truncate text-sm text-muted">on {host}</p>
      </div>
      <dl className="num grid grid-cols-3 gap-4 text-sm">
        <Measure word="Slots" used={running} of={slots} label={`Slots of ${name} in use`} />
        <div>
          <dt className="text-muted">CPU</dt>
          <dd className="font-medium">{cpu === null ? '–' : `${Math.round(cpu)} %`}</dd>
        </div>
        <div>
          <dt className="text-muted">Memory</dt>
          <dd className="font-medium">
            {memory === null ? '–' : memoryWords(memory)}
            {waits_for === 'memory' ? <span className="block text-warn">short</span> : null}
          </dd>
        </div>
      </dl>
      <span className="justify-self-start sm:justify-self-end">
        <Badge look={workerLook(worker)} />
      </span>
    </li>
  )
}
