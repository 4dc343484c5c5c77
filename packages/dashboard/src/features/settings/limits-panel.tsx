import { reloadWorkers, useQueues } from '../../live/queues.ts'
import { QueueLimits } from '../limits/queue-limits.tsx'
import { RequestLimits } from '../limits/request-limits.tsx'
import { WorkerLimits } from '../limits/worker-limits.tsx'

/** What holds work back, with what is used of it now. */
export function LimitsPanel() {
  const queues = useQueues(reloadWorkers)
  return (
    <>
      <QueueLimits queues={queues} />
      <WorkerLimits />
      <RequestLimits />
    </>
  )
}
