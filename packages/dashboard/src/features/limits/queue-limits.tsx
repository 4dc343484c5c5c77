import { durationWords, type QueueView } from '@andon/core'
import { useState } from 'react'
import { keyOf } from '../../live/queues.ts'
import { Button } from '../../ui/button.tsx'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { count, plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Panel } from '../../ui/panel.tsx'
import { LimitsDialog } from '../queues/limits-dialog.tsx'
import { useIsAtLeast } from '../session/session.ts'
import { Measure } from './measure.tsx'

/** Limits of queues with what is used of them now; queues that have none are folded away. */
export function QueueLimits({ queues }: { readonly queues: readonly QueueView[] | undefined }) {
  const mayChange = useIsAtLeast('supervisor')
  const limited = queues?.filter(hasLimit) ?? []
  const free = queues?.filter((queue) => !hasLimit(queue)) ?? []
  return (
    <Panel title="Queues">
      <p className="px-5 pb-2 text-sm text-muted">
        How many jobs run at once over all workers, how many may wait before more are refused, and how many start in a
        time. A printer does one at a time.
      </p>
      {queues === undefined ? (
        <Skeleton rows={3} />
      ) : queues.length === 0 ? (
        <Empty icon="list" title="No queues yet">
          The first job that names a queue makes it. Then it can be given limits here.
        </Empty>
      ) : limited.length === 0 ? (
        <Empty icon="list" title="No queue has a limit of its own">
          Workers take as much as they have slots for.{mayChange ? ' Choose a queue below to hold it back.' : ''}
        </Empty>
      ) : (
        <QueueList queues={limited} />
      )}
      {free.length === 0 ? null : (
        <details className="group border-t border-line">
          <summary className="flex min-h-13 list-none items-center gap-2 px-5 text-sm font-medium text-accent -outline-offset-4 [&::-webkit-details-marker]:hidden">
            <Icon name="chevronRight" size={16} className="transition-transform group-open:rotate-90" />
            {plural(free.length, 'queue has no limit of its own', 'queues have no limits of their own')}
          </summary>
          <QueueList queues={free} />
        </details>
      )}
    </Panel>
  )
}

function QueueList({ queues }: { readonly queues: readonly QueueView[] }) {
  return (
    <ul className="divide-y divide-line border-t border-line">
      {queues.map((queue) => (
        <QueueLimit key={keyOf(queue)} queue={queue} />
      ))}
    </ul>
  )
}

function QueueLimit({ queue }: { readonly queue: QueueView }) {
  const [isChanging, setIsChanging] = useState(false)
  const mayChange = useIsAtLeast('supervisor')
  const { depth_limit, kind, name, queued, rate_limit, rate_per_ms, running, slots } = queue
  return (
    <li
      aria-label={name}
      className="grid items-center gap-x-5 gap-y-3 px-5 py-3.5 sm:grid-cols-[minmax(0,3fr)_minmax(0,5fr)_auto]"
    >
      <div className="min-w-0">
        <p className="truncate font-medium">{name}</p>
        <p className="text-sm text-muted">{KINDS[kind]}</p>
      </div>
      <dl className="num grid grid-cols-3 gap-4 text-sm">
        <Measure word="Running" used={running} of={kind === 'printer' ? 1 : slots} label={`Running in ${name}`} />
        <Measure word="Waiting" used={queued} of={depth_limit} label={`Waiting in ${name}`} />
        <div>
          <dt className="text-muted">Starts</dt>
          <dd className="font-medium">
            {rate_limit === null || rate_per_ms === null
              ? 'No limit'
              : `${count(rate_limit)} in ${durationWords(rate_per_ms)}`}
          </dd>
        </div>
      </dl>
      {mayChange ? (
        <Button
          aria-label={`Change the limits of ${name}`}
          className="justify-self-start"
          onClick={() => setIsChanging(true)}
        >
          Change
        </Button>
      ) : null}
      {isChanging ? <LimitsDialog queue={queue} onClose={() => setIsChanging(false)} /> : null}
    </li>
  )
}

const KINDS = { queue: 'Queue', printer: 'Printer', pool: 'Pool' } as const

/** That a printer does one job at a time is no limit that somebody set. */
function hasLimit({ depth_limit, kind, rate_limit, slots }: QueueView): boolean {
  return (slots !== null && kind !== 'printer') || depth_limit !== null || rate_limit !== null
}
