import { isFinal, type JobDetail } from '@andon/core'
import { IconButton } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'

/** What went in and what came out, as JSON. */
export function DataTab({ job }: { readonly job: JobDetail }) {
  if (job.is_redacted) {
    return (
      <Empty icon="key" title="Not allowed">
        Your account may not read what jobs carry. An administrator can allow it.
      </Empty>
    )
  }
  return (
    <div className="grid gap-5 p-5 lg:grid-cols-2">
      <Json title="Input" value={job.input} empty="This job has no input." />
      <Json
        title="Result"
        value={job.result}
        empty={isFinal(job.state) ? 'It left no result.' : 'There is no result yet.'}
      />
    </div>
  )
}

interface JsonProps {
  readonly title: string
  readonly value: unknown
  readonly empty: string
}

function Json({ title, value, empty }: JsonProps) {
  const text = value == null ? null : JSON.stringify(value, null, 2)
  return (
    <section aria-label={title}>
      <div className="flex min-h-11 items-center justify-between">
        <h2 className="text-[0.9375rem]">{title}</h2>
        {text === null ? null : (
          <IconButton
            icon="copy"
            label={`Copy the ${title.toLowerCase()}`}
            onClick={() => void navigator.clipboard.writeText(text)}
          />
        )}
      </div>
      {text === null ? (
        <p className="text-sm text-muted">{empty}</p>
      ) : (
        <pre
          tabIndex={0}
          className="max-h-[60dvh] overflow-auto rounded-xl border border-line bg-sunken p-4 text-[0.8125rem] leading-relaxed"
        >
          {text}
        </pre>
      )}
    </section>
  )
}
