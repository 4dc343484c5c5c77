import { type AndonError, BULK_VERBS, type BulkPreview, bulkActWords, clientProblem, isProblem } from '@andon/core'
import { useEffect, useRef, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Skeleton } from '../../ui/empty.tsx'
import { count, plural, shortId } from '../../ui/format.ts'
import { problemWords } from '../../ui/problem-words.ts'
import { STATE_LOOKS } from '../../ui/state-badge.tsx'
import { jobTitle } from '../jobs/job-words.ts'
import type { BulkFields, BulkPlan } from './bulk.ts'
import { BulkFieldsForm, isFilled } from './bulk-fields.tsx'
import { BulkRun } from './bulk-run.tsx'

interface BulkDialogProps {
  readonly plan: BulkPlan
  readonly onClose: () => void
}

/** From what would be done to how many, over the doing, to what became of them. */
export function BulkDialog({ plan, onClose }: BulkDialogProps) {
  const [jobId, setJobId] = useState<string | null>(null)
  if (jobId !== null) return <BulkRun plan={plan} jobId={jobId} onClose={onClose} />
  return (
    <DryRun
      plan={plan}
      onClose={onClose}
      onStarted={(id) => {
        setJobId(id)
        plan.onStarted?.()
      }}
    />
  )
}

function DryRun({ plan, onClose, onStarted }: BulkDialogProps & { readonly onStarted: (id: string) => void }) {
  const [fields, setFields] = useState<BulkFields>({})
  const [isStarting, setIsStarting] = useState(false)
  const { error: previewError, preview } = usePreview(plan, fields)
  const [startError, setStartError] = useState<AndonError | null>(null)
  const harmless = useRef<HTMLButtonElement>(null)
  const { action } = plan
  const error = startError ?? previewError
  const start = async () => {
    setIsStarting(true)
    try {
      onStarted((await plan.start(fields)).id)
    } catch (cause) {
      setStartError(isProblem(cause) ? cause : clientProblem('internal', { cause }))
    }
    setIsStarting(false)
  }
  const jobs = preview === null ? 'jobs' : amount(preview)
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`${BULK_VERBS[action]} ${preview === null ? 'jobs' : plural(preview.count, 'job')}?`}
      lead={`Of ${plan.what}. It is done as a job of its own, which you can follow and stop.`}
      initialFocus={harmless}
      footer={
        <>
          <Button ref={harmless} onClick={onClose}>
            Leave as it is
          </Button>
          <Button
            look={action === 'cancel' || action === 'delete' ? 'danger' : 'primary'}
            isBusy={isStarting}
            disabled={preview === null || preview.count === 0 || !isFilled(action, fields)}
            onClick={() => void start()}
          >
            {BULK_VERBS[action]} {jobs}
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        <BulkFieldsForm action={action} fields={fields} onChange={setFields} />
        {error !== null ? (
          <p role="alert" className="text-bad">
            <strong className="font-semibold">{error.title}.</strong> {problemWords(error)}
          </p>
        ) : preview === null ? (
          isFilled(action, fields) ? (
            <Skeleton rows={3} />
          ) : null
        ) : (
          <Forecast plan={plan} preview={preview} />
        )}
      </div>
    </Dialog>
  )
}

/** What would be done, counted anew when what was filled in changes it. */
function usePreview(
  plan: BulkPlan,
  fields: BulkFields,
): { readonly preview: BulkPreview | null; readonly error: AndonError | null } {
  const [found, setFound] = useState<{ preview: BulkPreview | null; error: AndonError | null }>({
    preview: null,
    error: null,
  })
  const { printer, priority, queue } = fields
  useEffect(() => {
    // A reason changes nothing about which jobs are touched.
    const asked: BulkFields = {
      ...(printer === undefined ? {} : { printer }),
      ...(priority === undefined ? {} : { priority }),
      ...(queue === undefined ? {} : { queue }),
    }
    if (!isFilled(plan.action, asked)) return
    let isOver = false
    setFound({ preview: null, error: null })
    plan.preview(asked).then(
      (preview) => (isOver ? undefined : setFound({ preview, error: null })),
      (cause: unknown) => {
        const error = isProblem(cause) ? cause : clientProblem('internal', { cause })
        if (!isOver) setFound({ preview: null, error })
      },
    )
    return () => {
      isOver = true
    }
  }, [plan, printer, priority, queue])
  return found
}

function amount(preview: BulkPreview): string {
  return `${preview.is_complete ? '' : 'at least '}${plural(preview.count, 'job')}`
}

function Forecast({ plan, preview }: { readonly plan: BulkPlan; readonly preview: BulkPreview }) {
  const states = Object.entries(preview.by_state) as [keyof typeof STATE_LOOKS, number][]
  if (preview.matched === 0) return <p className="text-muted">No job matches.</p>
  return (
    <>
      <dl aria-label="What would be done" className="num space-y-1.5">
        {states.map(([state, jobs]) => (
          <Line key={state} jobs={jobs} words={`${STATE_LOOKS[state].word}: would be ${bulkActWords(plan.action)}`} />
        ))}
        {preview.left.map(({ count: jobs, reason, words }) => (
          <Line key={reason} jobs={jobs} words={`Left alone: ${words}`} isQuiet />
        ))}
      </dl>
      {preview.is_complete ? null : (
        <p className="text-sm text-muted">
          There are so many that counting was cut off
          {preview.estimate === null ? '' : `; about ${count(preview.estimate)} match`}. All of them are worked through.
        </p>
      )}
      {preview.examples.length === 0 ? null : (
        <div className="text-sm">
          <p className="text-muted">Such as</p>
          <ul className="mt-1 space-y-0.5">
            {preview.examples.map((job) => (
              <li key={job.id} className="truncate">
                {jobTitle(job)} <span className="num text-muted">· {shortId(job.id)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  )
}

function Line({
  isQuiet = false,
  jobs,
  words,
}: {
  readonly jobs: number
  readonly words: string
  readonly isQuiet?: boolean
}) {
  return (
    <div className={`flex gap-3 ${isQuiet ? 'text-muted' : ''}`}>
      <dd className="min-w-14 text-right font-semibold">{count(jobs)}</dd>
      <dt>{words}</dt>
    </div>
  )
}
