import { MINUTE_MS, type QueueLimits, type QueueView, SECOND_MS } from '@andon/core'
import { useState } from 'react'
import { FormDialog, useSubmission } from '../../ui/form-dialog.tsx'
import { SelectField, TextField } from '../../ui/form.tsx'
import { limitQueue } from './queue-commands.ts'

const SPANS = [
  { value: String(SECOND_MS), label: 'a second' },
  { value: String(MINUTE_MS), label: 'a minute' },
  { value: String(60 * MINUTE_MS), label: 'an hour' },
  { value: String(24 * 60 * MINUTE_MS), label: 'a day' },
]

interface Draft {
  readonly slots: string
  readonly depth: string
  readonly rate: string
  readonly perMs: string
}

/** How many run at once, how many may wait, how many start in a time. An empty field lifts the limit. */
export function LimitsDialog({ queue, onClose }: { readonly queue: QueueView; readonly onClose: () => void }) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(queue))
  const { forget, isBusy, refusal, submit } = useSubmission(async () => {
    await limitQueue(queue, limitsOf(draft, queue))
    onClose()
  })
  const change = (part: Partial<Draft>) => {
    forget()
    setDraft({ ...draft, ...part })
  }
  const spans = SPANS.some(({ value }) => value === draft.perMs)
    ? SPANS
    : [...SPANS, { value: draft.perMs, label: `${Number(draft.perMs) / SECOND_MS} seconds` }]
  return (
    <FormDialog
      onClose={onClose}
      title={`Limits of ${queue.name}`}
      lead="What runs is not stopped. An empty field means no limit."
      act="Set limits"
      isBusy={isBusy}
      refusal={refusal}
      onSubmit={submit}
    >
      {queue.kind === 'printer' ? null : (
        <TextField
          {...NUMBER}
          label="Jobs at once"
          hint="Over all workers together."
          value={draft.slots}
          onChange={(event) => change({ slots: event.target.value })}
        />
      )}
      <TextField
        {...NUMBER}
        label="Jobs that may wait"
        hint="More are refused with a message that says so."
        value={draft.depth}
        onChange={(event) => change({ depth: event.target.value })}
      />
      <div className="grid grid-cols-2 gap-3">
        <TextField
          {...NUMBER}
          label="Starts"
          value={draft.rate}
          onChange={(event) => change({ rate: event.target.value })}
        />
        <SelectField
          label="in"
          options={spans}
          value={draft.perMs}
          onChange={(event) => change({ perMs: event.target.value })}
        />
      </div>
    </FormDialog>
  )
}

const NUMBER = { type: 'number', inputMode: 'numeric', min: 1, placeholder: 'No limit' } as const

function draftOf({ depth_limit, rate_limit, rate_per_ms, slots }: QueueView): Draft {
  return {
    slots: String(slots ?? ''),
    depth: String(depth_limit ?? ''),
    rate: String(rate_limit ?? ''),
    perMs: String(rate_per_ms ?? MINUTE_MS),
  }
}

/** What is no number is left to the server, which says what is allowed. */
function limitsOf({ depth, perMs, rate, slots }: Draft, { kind }: QueueView): QueueLimits {
  return {
    ...(kind === 'printer' ? {} : { slots: numberOf(slots) }),
    depth_limit: numberOf(depth),
    rate_limit: numberOf(rate),
    rate_per_ms: rate.trim() === '' ? null : Number(perMs),
  }
}

function numberOf(written: string): number | null {
  return written.trim() === '' ? null : Number(written)
}
