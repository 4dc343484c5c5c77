import type { BulkAction, JobView } from '@andon/core'
import { planBulk } from '../bulk/bulk.ts'
import { useIsAtLeast } from '../session/session.ts'
import { Button } from '../../ui/button.tsx'
import { count, plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Menu, MenuItem, MenuLine } from '../../ui/menu.tsx'
import { canCancel, canRetry } from './job-words.ts'

interface BulkBarProps {
  readonly jobs: readonly JobView[]
  readonly q: string
  /** How many match the query; null while nobody knows. */
  readonly total: { readonly count: number; readonly is_exact: boolean } | null
  /** Everything that matches is meant, not only what is selected. */
  readonly isAll: boolean
  readonly canAct: boolean
  readonly onAll: () => void
  /** Jobs are gone, of which the stream does not tell. */
  readonly onDeleted: () => void
  readonly onClear: () => void
}

/** What can be done with the selected, or with all that match, at the foot of the page. Updates wait meanwhile. */
export function BulkBar({ jobs, q, total, isAll, canAct, onAll, onDeleted, onClear }: BulkBarProps) {
  const plan = (action: BulkAction) => planSelected(action, { jobs, q, isAll, onClear, onDeleted })
  const retryable = jobs.filter(canRetry).length
  const cancellable = jobs.filter(canCancel).length
  const mayBeMore = total?.is_exact !== true || total.count > jobs.length
  return (
    <div
      role="region"
      aria-label="Selection"
      className="animate-rise fixed inset-x-3 bottom-20 z-30 mx-auto flex max-w-4xl flex-wrap items-center gap-2 rounded-2xl border border-line bg-raised p-2.5 pl-4 shadow-pop lg:bottom-5 lg:left-60"
    >
      <span className="mr-auto flex flex-wrap items-center gap-x-2">
        <span role="status">
          <strong className="num font-semibold">
            {isAll ? `${allWords(total)} that match` : `${plural(jobs.length, 'job')} selected`}
          </strong>
          <span className="ml-2 inline-flex items-center gap-1 rounded-full bg-warn-soft px-2 py-0.5 text-xs font-medium text-warn">
            <Icon name="pause" size={13} />
            Updates paused
          </span>
        </span>
        {canAct && !isAll && mayBeMore ? (
          <Button look="quiet" onClick={onAll}>
            Select {allWords(total).toLowerCase()} that match
          </Button>
        ) : null}
      </span>
      {canAct ? (
        <>
          <Button icon="retry" disabled={!isAll && retryable === 0} onClick={() => plan('retry')}>
            Retry {isAll ? '…' : retryable}
          </Button>
          <Button icon="ban" look="danger" disabled={!isAll && cancellable === 0} onClick={() => plan('cancel')}>
            Cancel {isAll ? '…' : cancellable}
          </Button>
          <MoreActs onPick={plan} />
        </>
      ) : null}
      <Button look="quiet" icon="x" onClick={onClear}>
        Let go
      </Button>
    </div>
  )
}

/** What is done less often. */
function MoreActs({ onPick }: { readonly onPick: (action: BulkAction) => void }) {
  const mayDelete = useIsAtLeast('supervisor')
  return (
    <Menu side="top" trigger={<Button icon="more">More</Button>}>
      <MenuItem icon="pause" onPick={() => onPick('hold')}>
        Hold …
      </MenuItem>
      <MenuItem icon="play" onPick={() => onPick('release')}>
        Release …
      </MenuItem>
      <MenuItem icon="arrowUp" onPick={() => onPick('priority')}>
        Change the priority …
      </MenuItem>
      <MenuItem icon="send" onPick={() => onPick('move')}>
        Move …
      </MenuItem>
      {mayDelete ? (
        <>
          <MenuLine />
          <MenuItem icon="trash" isDangerous onPick={() => onPick('delete')}>
            Delete …
          </MenuItem>
        </>
      ) : null}
    </Menu>
  )
}

interface Selected {
  readonly jobs: readonly JobView[]
  readonly q: string
  readonly isAll: boolean
  readonly onClear: () => void
  readonly onDeleted?: () => void
}

/** Opens the dry run for the selected, or for all that match. */
export function planSelected(action: BulkAction, { isAll, jobs, onClear, onDeleted, q }: Selected): void {
  const all = q === '' ? 'all jobs' : `all jobs that match ${q}`
  const which = isAll ? { query: q } : { ids: jobs.map(({ id }) => id) }
  planBulk(action, which, {
    what: isAll ? all : `${plural(jobs.length, 'job')} selected`,
    onStarted: onClear,
    ...(action === 'delete' && onDeleted !== undefined ? { onEnded: onDeleted } : {}),
  })
}

/** A guess is not worth a number here: the dry run counts. */
function allWords(total: BulkBarProps['total']): string {
  return total?.is_exact === true ? `All ${count(total.count)}` : 'All'
}
