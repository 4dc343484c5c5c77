import type { JobView } from '@andon/core'
import { Button } from '../../ui/button.tsx'
import { plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { cancelJobs, retryJobs } from './job-acts.ts'
import { canCancel, canRetry } from './job-words.ts'

interface BulkBarProps {
  readonly jobs: readonly JobView[]
  readonly canAct: boolean
  readonly onClear: () => void
}

/** What can be done with the selected, at the foot of the page. Says that updates wait meanwhile. */
export function BulkBar({ jobs, canAct, onClear }: BulkBarProps) {
  const cancellable = jobs.filter(canCancel).length
  const retryable = jobs.filter(canRetry).length
  const then = async (act: Promise<boolean>) => {
    if (await act) onClear()
  }
  return (
    <div
      role="region"
      aria-label="Selection"
      className="animate-rise fixed inset-x-3 bottom-20 z-30 mx-auto flex max-w-3xl flex-wrap items-center gap-2 rounded-2xl border border-line bg-raised p-2.5 pl-4 shadow-pop lg:bottom-5 lg:left-60"
    >
      <span role="status" className="mr-auto">
        <strong className="num font-semibold">{plural(jobs.length, 'job')} selected</strong>
        <span className="ml-2 inline-flex items-center gap-1 rounded-full bg-warn-soft px-2 py-0.5 text-xs font-medium text-warn">
          <Icon name="pause" size={13} />
          Updates paused
        </span>
      </span>
      {canAct ? (
        <>
          <Button icon="retry" disabled={retryable === 0} onClick={() => void then(retryJobs(jobs))}>
            Retry {retryable}
          </Button>
          <Button icon="ban" look="danger" disabled={cancellable === 0} onClick={() => void then(cancelJobs(jobs))}>
            Cancel {cancellable}
          </Button>
        </>
      ) : null}
      <Button look="quiet" icon="x" onClick={onClear}>
        Let go
      </Button>
    </div>
  )
}
