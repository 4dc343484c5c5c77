import type { FloorJob, RunlistDetail } from '@andon/core'
import { plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { jobCode, operationWord } from './floor-words.ts'

interface RunlistAlertsProps {
  readonly runlist: RunlistDetail
  /** Shows the row of a job. */
  readonly onShow: (code: string) => void
  readonly onShowAll: () => void
}

/** So many are named; the tab has the rest. */
const NAMED = 3

/** What went wrong, in one line for each operation, with the way to its rows. */
export function RunlistAlerts({ runlist, onShow, onShowAll }: RunlistAlertsProps) {
  const { job_list: jobs, operation_types: types } = runlist
  const aborted = types.map((type) => ({
    key: type,
    words: (n: number) => `${plural(n, 'job')} aborted at ${operationWord(type).toLowerCase()}`,
    jobs: jobs.filter(({ operations }) => operations[type]?.state === 'aborted'),
  }))
  const conflicts = {
    key: 'conflict',
    words: (n: number) => `${plural(n, 'job')} in conflict`,
    jobs: jobs.filter(({ operations }) => Object.values(operations).some(({ conflict }) => conflict !== null)),
  }
  const alerts = [...aborted, conflicts].filter((alert) => alert.jobs.length > 0)
  return (
    <div aria-live="polite" className="space-y-2 empty:hidden">
      {alerts.map((alert) => (
        <p
          key={alert.key}
          className={`num flex flex-wrap items-center gap-x-3 gap-y-1 rounded-xl border px-4 py-1.5 text-[1.0625rem] ${alert.key === 'conflict' ? 'border-warn-solid/50 bg-warn-soft' : 'border-bad-solid/45 bg-bad-soft'}`}
        >
          <strong
            className={`inline-flex items-center gap-2.5 font-semibold ${alert.key === 'conflict' ? 'text-warn' : 'text-bad'}`}
          >
            <Icon name={alert.key === 'conflict' ? 'alert' : 'xCircle'} size={24} />
            {alert.words(alert.jobs.length)}:
          </strong>
          <Named jobs={alert.jobs} onShow={onShow} onShowAll={onShowAll} />
        </p>
      ))}
    </div>
  )
}

interface NamedProps extends Omit<RunlistAlertsProps, 'runlist'> {
  readonly jobs: readonly FloorJob[]
}

function Named({ jobs, onShow, onShowAll }: NamedProps) {
  const rest = jobs.length - NAMED
  const look = 'inline-flex min-h-11 items-center font-medium underline underline-offset-3 hover:no-underline'
  return (
    <>
      {jobs.slice(0, NAMED).map((job) => (
        <button key={jobCode(job)} type="button" onClick={() => onShow(jobCode(job))} className={look}>
          {jobCode(job)}
        </button>
      ))}
      {rest > 0 ? (
        <button type="button" onClick={onShowAll} className={look}>
          and {plural(rest, 'more', 'more')}
        </button>
      ) : null}
    </>
  )
}
