import type { ItemView, JobDetail } from '@andon/core'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Icon } from '../../ui/icon.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { PROOF_WORDS } from '../jobs/job-words.ts'
import { ErrorPanel } from './error-panel.tsx'
import { ITEM_LOOKS, itemWord } from './item-looks.ts'
import { type OpenJob, redoJob } from './job-commands.ts'

interface ItemDialogProps {
  readonly job: JobDetail
  readonly item: ItemView
  readonly open: OpenJob
  readonly onClose: () => void
}

/** One label: its picture, what became of it, and printing from it on. */
export function ItemDialog({ job, item, open, onClose }: ItemDialogProps) {
  const look = ITEM_LOOKS[item.state]
  const number = item.index + 1
  const again = () => {
    onClose()
    void redoJob(job, { from: item.index }, open)
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Item ${number}${item.ref === null ? '' : ` · ${item.ref}`}`}
      footer={
        job.actions.includes('retry') ? (
          <Button icon="retry" onClick={again}>
            Print again from item {number}
          </Button>
        ) : undefined
      }
    >
      {job.cleaned !== null && job.cleaned.items + job.cleaned.documents > 0 ? (
        <p className="text-sm text-muted">
          What it printed was cleaned <TimeAgo at={job.cleaned.at} />, by the rule “{job.cleaned.rule}”.
        </p>
      ) : (
        <Preview url={andon.jobs.itemPreviewUrl(job.id, item.index)} number={number} />
      )}
      <p className="mt-4 flex flex-wrap items-center gap-2">
        <span className={`inline-flex items-center gap-1.5 rounded-full px-2.5 py-1 text-sm font-medium ${look.tone}`}>
          {look.icon === null ? null : <Icon name={look.icon} size={15} />}
          {itemWord(item.state, job)}
        </span>
        <span className="text-sm text-muted">
          {PROOF_WORDS[item.proof]}
          {item.attempt === null ? '' : ` · attempt ${item.attempt}`}
        </span>
        {item.outcome_at === null ? null : (
          <span className="text-sm text-muted">
            <TimeAgo at={item.outcome_at} />
          </span>
        )}
      </p>
      {item.error === null ? null : (
        <div className="mt-3">
          <ErrorPanel error={item.error} />
        </div>
      )}
    </Dialog>
  )
}

function Preview({ url, number }: { readonly url: string; readonly number: number }) {
  const [state, setState] = useState<'loading' | 'shown' | 'none'>('loading')
  return (
    <div className="grid min-h-44 place-items-center rounded-xl border border-line bg-sunken p-4">
      {state === 'none' ? (
        <p className="text-sm text-muted">There is no preview of this item.</p>
      ) : (
        <img
          src={url}
          alt={`Preview of label ${number}`}
          onLoad={() => setState('shown')}
          onError={() => setState('none')}
          className={`max-h-80 rounded bg-white shadow-card ${state === 'loading' ? 'opacity-0' : ''}`}
        />
      )}
    </div>
  )
}
