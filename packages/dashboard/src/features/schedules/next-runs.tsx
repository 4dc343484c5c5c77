import { TimeAgo } from '../../ui/time-ago.tsx'
import { runTime } from './schedules.ts'

export interface NextRunsProps {
  readonly runs: readonly string[]
  readonly timeZone: string
  /** What to say when there are none. */
  readonly none: string
}

/** The runs to come, each with the time that a clock in the schedule's zone shows. */
export function NextRuns({ runs, timeZone, none }: NextRunsProps) {
  if (runs.length === 0) return <p className="text-sm text-muted">{none}</p>
  return (
    <ol className="num space-y-1 text-sm">
      {runs.map((at) => (
        <li key={at} className="flex flex-wrap justify-between gap-x-4">
          <span className="font-medium">{runTime(at, timeZone)}</span>
          <span className="text-muted">
            <TimeAgo at={at} />
          </span>
        </li>
      ))}
    </ol>
  )
}
