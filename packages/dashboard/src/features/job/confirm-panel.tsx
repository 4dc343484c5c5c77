import type { JobDetail } from '@andon/core'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/form.tsx'
import { Icon } from '../../ui/icon.tsx'
import { ask } from '../../ui/ask.tsx'
import { plural } from '../../ui/format.ts'
import { confirmJob, type OpenJob } from './job-commands.ts'

/** Asks the person at the printer what nobody else can know. */
export function ConfirmPanel({ job, open }: { readonly job: JobDetail; readonly open: OpenJob }) {
  const total = job.items?.total ?? 1
  const [from, setFrom] = useState((job.items?.done ?? 0) + 1)
  const canConfirm = job.actions.includes('confirm')
  const isWrong = !Number.isInteger(from) || from < 1 || from > total
  const again = async () => {
    const count = total - from + 1
    const answer = await ask({
      title: `Print ${plural(count, 'label')} again?`,
      lead: `A new job prints label ${from} to ${total}. This one ends with what came out before.`,
      act: `Print from label ${from}`,
    })
    if (answer !== null) await confirmJob(job, { printed: false, from: from - 1 }, open)
  }
  return (
    <section aria-labelledby="confirm-title" className="rounded-card border border-warn-solid/60 bg-warn-soft p-5">
      <h2 id="confirm-title" className="flex items-center gap-2 text-lg text-warn">
        <Icon name="ask" size={22} />
        Did it come out?
      </h2>
      <p className="mt-1.5 max-w-3xl">{job.error?.message ?? job.advice}</p>
      {job.error?.detail === undefined ? null : (
        <p className="mt-1 text-sm text-muted">
          The device said: <code>{job.error.detail}</code>
        </p>
      )}
      {canConfirm ? (
        <div className="mt-4 flex flex-wrap items-end gap-x-3 gap-y-4">
          <Button look="primary" icon="check" onClick={() => void confirmJob(job, { printed: true }, open)}>
            It was printed
          </Button>
          {job.items === null ? null : (
            <div className="w-36">
              <TextField
                label="First missing label"
                type="number"
                min={1}
                max={total}
                value={Number.isNaN(from) ? '' : from}
                onChange={(event) => setFrom(event.target.valueAsNumber)}
              />
            </div>
          )}
          <Button icon="retry" disabled={isWrong} onClick={() => void again()}>
            {job.items === null ? 'Print again' : `Print again from label ${isWrong ? '…' : from}`}
          </Button>
        </div>
      ) : (
        <p className="mt-3 text-sm font-medium">A supervisor decides this.</p>
      )}
    </section>
  )
}
