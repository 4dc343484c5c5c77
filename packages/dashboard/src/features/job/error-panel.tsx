import type { JobView } from '@andon/core'
import { Icon } from '../../ui/icon.tsx'

type JobError = NonNullable<JobView['error']>

/** What went wrong, why, and what to do next; the traceback folded away. */
export function ErrorPanel({ error, title }: { readonly error: JobError; readonly title?: string }) {
  return (
    <section aria-label={title ?? 'Error'} className="rounded-card border border-bad-solid/40 bg-bad-soft px-5 py-4">
      <p className="flex items-start gap-2.5 font-semibold text-bad">
        <Icon name="xCircle" size={20} className="mt-0.5" />
        {error.message}
      </p>
      {error.detail === undefined ? null : <p className="mt-1 pl-7.5">{error.detail}</p>}
      {error.hint === null ? null : (
        <p className="mt-1.5 pl-7.5">
          <strong className="font-semibold">What to do: </strong>
          {error.hint}
        </p>
      )}
      <p className="mt-2 pl-7.5 text-sm text-muted">
        <code>{error.code}</code> · {error.retryable ? 'worth another try' : 'trying again as it is will not help'}
      </p>
      {error.traceback === undefined ? null : (
        <details className="mt-2 pl-7.5">
          <summary className="min-h-8 text-sm font-medium">Traceback</summary>
          <pre tabIndex={0} className="mt-1 overflow-x-auto rounded-lg bg-surface p-3 text-xs leading-relaxed">
            {error.traceback}
          </pre>
        </details>
      )}
    </section>
  )
}
