import { type QueueView, type QueueWait, SECOND_MS } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { Button, IconButton } from '../../ui/button.tsx'
import { count, secondsWords } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Menu, MenuItem } from '../../ui/menu.tsx'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { Badge } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { useIsAtLeast } from '../session/session.ts'
import { LimitsDialog } from './limits-dialog.tsx'
import { PauseDialog } from './pause-dialog.tsx'
import { drainQueue, pauseQueue, resumeQueue } from './queue-commands.ts'
import { limitWords, queueLook } from './queue-words.ts'

/** One queue: what is in it against its limits, why it waits, and what may be done. */
export function QueueRow({ queue }: { readonly queue: QueueView }) {
  return (
    <li
      aria-label={queue.name}
      className="grid gap-x-5 gap-y-3 px-5 py-4 lg:grid-cols-[minmax(0,4fr)_minmax(0,6fr)_auto]"
    >
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h3 className="min-w-0 text-base">
            <QueueLink queue={queue} />
          </h3>
          <Badge look={queueLook(queue)} />
        </div>
        <p className="mt-1 text-sm text-muted">{limitWords(queue)}</p>
      </div>
      <Counts queue={queue} />
      <Acts queue={queue} />
      <Reasons queue={queue} />
    </li>
  )
}

function QueueLink({ queue: { kind, name } }: { readonly queue: QueueView }) {
  const className = 'inline-flex min-h-8 max-w-full items-center hover:underline'
  if (kind === 'printer') {
    return (
      <Link to="/printers/$name" params={{ name }} className={className}>
        <span className="truncate">{name}</span>
      </Link>
    )
  }
  const q = `${kind === 'pool' ? 'printer' : 'queue'}:"${name}" state:active`
  return (
    <Link to="/jobs" search={{ q }} className={className}>
      <span className="truncate">{name}</span>
    </Link>
  )
}

function Counts({ queue }: { readonly queue: QueueView }) {
  const { depth_limit, oldest_wait_s, pending, queued, running, slots } = queue
  const hasSlots = slots !== null && queue.kind !== 'printer'
  return (
    <dl className="num grid grid-cols-2 gap-x-4 gap-y-2 text-sm sm:grid-cols-4">
      <Fact word="Running" note={hasSlots ? `of ${count(slots)}` : ''}>
        {count(running)}
        {hasSlots ? (
          <span className="mt-1 block max-w-24">
            <ProgressBar
              percent={(running / slots) * 100}
              tone={running >= slots ? 'warn' : 'run'}
              height="thin"
              label={`Slots of ${queue.name} in use`}
            />
          </span>
        ) : null}
      </Fact>
      <Fact word="Queued" note={depth_limit === null ? '' : `of ${count(depth_limit)}`}>
        {count(queued)}
      </Fact>
      <Fact word="Later" title="Scheduled, held, or waiting for a retry or another job">
        {count(pending)}
      </Fact>
      <Fact word="Oldest wait">{oldest_wait_s === null ? '–' : secondsWords(oldest_wait_s * SECOND_MS)}</Fact>
    </dl>
  )
}

interface FactProps {
  readonly word: string
  readonly note?: string
  readonly title?: string
  readonly children: ReactNode
}

function Fact({ word, note = '', title, children }: FactProps) {
  return (
    <div title={title}>
      <dt className="text-muted">{word}</dt>
      <dd className="font-medium">
        {children}
        {note === '' ? null : <span className="font-normal text-muted"> {note}</span>}
      </dd>
    </div>
  )
}

function Acts({ queue }: { readonly queue: QueueView }) {
  const [open, setOpen] = useState<'limits' | 'pause' | null>(null)
  const mayPause = useIsAtLeast('operator')
  const mayLimit = useIsAtLeast('supervisor')
  const close = () => setOpen(null)
  if (!mayPause) return null
  return (
    <div className="flex items-start gap-2 lg:justify-end">
      {queue.pause === null ? (
        <Button icon="pause" onClick={() => setOpen('pause')} aria-label={`Pause ${queue.name}`}>
          Pause
        </Button>
      ) : (
        <Button icon="play" look="primary" onClick={() => void resumeQueue(queue)} aria-label={`Resume ${queue.name}`}>
          Resume
        </Button>
      )}
      {mayLimit ? (
        <Menu trigger={<IconButton icon="dots" label={`More for ${queue.name}`} />}>
          <MenuItem icon="settings" onPick={() => setOpen('limits')}>
            Limits …
          </MenuItem>
          {queue.is_draining ? (
            <MenuItem icon="play" onPick={() => void drainQueue(queue, false)}>
              Take jobs again
            </MenuItem>
          ) : (
            <MenuItem icon="download" onPick={() => void drainQueue(queue, true)}>
              Drain …
            </MenuItem>
          )}
        </Menu>
      ) : null}
      {open === 'pause' ? (
        <PauseDialog name={queue.name} what="queue" pause={(request) => pauseQueue(queue, request)} onClose={close} />
      ) : null}
      {open === 'limits' ? <LimitsDialog queue={queue} onClose={close} /> : null}
    </div>
  )
}

/** In words why nothing is taken, and what to do; a pause and a drain also while nothing waits. */
function Reasons({ queue }: { readonly queue: QueueView }) {
  const { is_draining, pause } = queue
  const waits = queue.waits.filter(({ reason }) => reason !== 'paused')
  if (pause === null && waits.length === 0 && !is_draining) return null
  return (
    <ul className="space-y-2 lg:col-span-3">
      {pause === null ? null : (
        <Reason text={`Paused by ${pause.by}${pause.reason === null ? '.' : `: ${pause.reason}`}`} isBad={false}>
          since <TimeAgo at={pause.at} />
          {pause.until === null ? null : (
            <>
              , goes on <TimeAgo at={pause.until} />
            </>
          )}
          {pause.is_by_trouble ? '. It goes on by itself when the device is well.' : null}
        </Reason>
      )}
      {is_draining ? (
        <Reason text="It drains: new jobs are refused, what is there is still done." isBad={false} />
      ) : null}
      {waits.map((wait) => (
        <Reason key={wait.reason} text={wait.text} isBad={isBad(wait)}>
          {wait.advice}
        </Reason>
      ))}
    </ul>
  )
}

function isBad({ reason }: QueueWait): boolean {
  return reason === 'no_worker'
}

interface ReasonProps {
  readonly text: string
  readonly isBad: boolean
  readonly children?: ReactNode
}

function Reason({ text, isBad: isWorst, children }: ReasonProps) {
  const tone = isWorst ? 'border-bad-solid/45 bg-bad-soft' : 'border-warn-solid/50 bg-warn-soft'
  return (
    <li className={`flex items-start gap-2.5 rounded-xl border px-4 py-2.5 text-sm ${tone}`}>
      <Icon name={isWorst ? 'alert' : 'wait'} className={`mt-px ${isWorst ? 'text-bad' : 'text-warn'}`} />
      <p>
        <strong className="font-medium">{text}</strong> {children === undefined ? null : <span>{children}</span>}
      </p>
    </li>
  )
}
