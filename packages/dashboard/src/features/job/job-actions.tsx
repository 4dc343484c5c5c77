import type { JobDetail } from '@andon/core'
import { useState } from 'react'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/form.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Menu, MenuItem, MenuLabel, MenuLine } from '../../ui/menu.tsx'
import { itemsLeft } from '../jobs/job-words.ts'
import {
  cancelJob,
  cloneJob,
  holdJob,
  killJob,
  moveToFront,
  type OpenJob,
  redoJob,
  releaseJob,
  setPriority,
} from './job-commands.ts'

interface JobActionsProps {
  readonly job: JobDetail
  readonly open: OpenJob
}

/** What may be done with the job now: the server says what, the page shows just that. */
export function JobActions({ job, open }: JobActionsProps) {
  const can = new Set(job.actions)
  return (
    <div className="flex flex-wrap gap-2">
      {can.has('kill') && job.is_cancelling ? (
        <Button look="danger" icon="stop" onClick={() => void killJob(job)}>
          Kill
        </Button>
      ) : null}
      {can.has('cancel') && !job.is_cancelling ? (
        <Button look="danger" icon="ban" onClick={() => void cancelJob(job)}>
          Cancel
        </Button>
      ) : null}
      {can.has('release') ? (
        <Button look="primary" icon="play" onClick={() => void releaseJob(job)}>
          Release
        </Button>
      ) : null}
      {can.has('hold') ? (
        <Button icon="pause" onClick={() => void holdJob(job)}>
          Hold
        </Button>
      ) : null}
      <RedoButtons job={job} open={open} />
      <MoreMenu job={job} open={open} />
    </div>
  )
}

function RedoButtons({ job, open }: JobActionsProps) {
  const [isAsking, setIsAsking] = useState(false)
  const canRetry = job.actions.includes('retry')
  if (!canRetry) return null
  const isPrint = job.type.startsWith('print.')
  const left = itemsLeft(job)
  const word = isPrint ? 'Reprint' : 'Retry'
  if (job.items === null) {
    return (
      <Button look="primary" icon="retry" onClick={() => void redoJob(job, undefined, open)}>
        {word}
      </Button>
    )
  }
  return (
    <>
      {left === null ? null : (
        <Button look="primary" icon="retry" onClick={() => void redoJob(job, 'failed', open)}>
          {word} {left === job.items.failed ? `${left} failed` : `the other ${left}`}
        </Button>
      )}
      <Menu
        trigger={
          <button type="button" className={buttonClass(left === null ? 'primary' : 'plain')}>
            <Icon name="retry" />
            {left === null ? word : 'More'}
            <Icon name="chevronDown" size={15} />
          </button>
        }
      >
        <MenuItem icon="list" onPick={() => setIsAsking(true)}>
          {word} from item …
        </MenuItem>
        <MenuItem icon="copy" onPick={() => void redoJob(job, 'all', open)}>
          {word} all {job.items.total}
        </MenuItem>
      </Menu>
      {isAsking ? <FromDialog job={job} open={open} word={word} onClose={() => setIsAsking(false)} /> : null}
    </>
  )
}

function FromDialog({
  job,
  open,
  word,
  onClose,
}: JobActionsProps & { readonly word: string; readonly onClose: () => void }) {
  const total = job.items?.total ?? 1
  const [from, setFrom] = useState(Math.min(total, (job.items?.done ?? 0) + 1))
  const isWrong = !Number.isInteger(from) || from < 1 || from > total
  const submit = () => {
    onClose()
    void redoJob(job, { from: from - 1 }, open)
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`${word} from item …`}
      lead={isWrong ? `1 to ${total}` : `${total - from + 1} of ${total} items become a new job.`}
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button look="primary" disabled={isWrong} onClick={submit}>
            {word} from {isWrong ? '…' : from}
          </Button>
        </>
      }
    >
      <TextField
        label="First item"
        type="number"
        inputMode="numeric"
        min={1}
        max={total}
        value={Number.isNaN(from) ? '' : from}
        onChange={(event) => setFrom(event.target.valueAsNumber)}
        error={isWrong ? `A number from 1 to ${total}.` : null}
      />
    </Dialog>
  )
}

function MoreMenu({ job, open }: JobActionsProps) {
  const can = new Set(job.actions)
  return (
    <Menu
      trigger={
        <button type="button" aria-label="More acts" title="More acts" className={buttonClass('plain', true)}>
          <Icon name="dots" />
        </button>
      }
    >
      {can.has('front') ? (
        <MenuItem icon="arrowUp" onPick={() => void moveToFront(job)}>
          Move to the front
        </MenuItem>
      ) : null}
      {can.has('priority') ? (
        <>
          <MenuLabel>Priority</MenuLabel>
          {(['urgent', 'high', 'normal', 'low'] as const).map((priority) => (
            <MenuItem
              key={priority}
              {...(job.priority === priority ? { icon: 'check' as const } : {})}
              onPick={() => void setPriority(job, priority)}
            >
              <span className="capitalize">{priority}</span>
            </MenuItem>
          ))}
          <MenuLine />
        </>
      ) : null}
      {can.has('clone') ? (
        <MenuItem icon="copy" onPick={() => void cloneJob(job, open)}>
          Clone
        </MenuItem>
      ) : null}
      <MenuItem icon="link" onPick={() => void navigator.clipboard.writeText(job.id)}>
        Copy the id
      </MenuItem>
    </Menu>
  )
}
