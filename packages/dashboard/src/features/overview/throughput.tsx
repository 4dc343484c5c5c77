import { lazy, Suspense } from 'react'
import { useStats } from '../../live/board.ts'
import { count } from '../../ui/format.ts'
import { Panel } from '../../ui/panel.tsx'

const Bars = lazy(async () => ({ default: (await import('./throughput-bars.tsx')).ThroughputBars }))

/** What ended in each minute of the last hour. */
export function Throughput() {
  const stats = useStats()
  return (
    <Panel
      title="Last hour"
      aside={
        stats === undefined ? null : (
          <span className="num flex gap-4 text-sm">
            <Legend colour="bg-ok-solid" text={`${count(stats.completed_last_hour)} completed`} />
            <Legend colour="bg-bad-solid" text={`${count(stats.failed_last_hour)} failed`} />
          </span>
        )
      }
    >
      <div className="h-44 px-3 pt-2 pb-3">
        {stats === undefined ? null : (
          <Suspense>
            <Bars minutes={stats.throughput} />
          </Suspense>
        )}
      </div>
    </Panel>
  )
}

function Legend({ colour, text }: { readonly colour: string; readonly text: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span aria-hidden="true" className={`size-2.5 rounded-sm ${colour}`} />
      {text}
    </span>
  )
}
