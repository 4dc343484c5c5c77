import { type ErrorEntry, ERRORS } from '@andon/core'
import { useDeferredValue, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { TextField } from '../../ui/form.tsx'
import { Panel } from '../../ui/panel.tsx'

/** Codes that are shown while nothing is looked for. */
const SHOWN = 8

const CODES: readonly (readonly [code: string, entry: ErrorEntry])[] = Object.entries(ERRORS).toSorted(([a], [b]) =>
  a.localeCompare(b, 'en'),
)

/** Every code that an answer or a job may have, and what to do about it. */
export function ErrorCodes() {
  const [written, setWritten] = useState('')
  const [isWhole, setIsWhole] = useState(false)
  const words = useDeferredValue(written.trim().toLowerCase())
  const found = CODES.filter(([code, { hint, title }]) => `${code} ${title} ${hint}`.toLowerCase().includes(words))
  const shown = words === '' && !isWhole ? found.slice(0, SHOWN) : found
  return (
    <Panel title="Error codes" aside={<span className="num text-sm text-muted">{CODES.length}</span>}>
      <div className="space-y-3 px-5 pt-1 pb-4">
        <p className="text-sm text-muted">
          What answers and failed jobs are called. A code never changes its meaning; handlers may fail with codes of
          their own.
        </p>
        <div className="max-w-xs">
          <TextField
            label="Code or words"
            placeholder="printer"
            autoCapitalize="none"
            value={written}
            onChange={(event) => setWritten(event.target.value)}
          />
        </div>
      </div>
      {found.length === 0 ? (
        <Empty
          icon="search"
          title="No code has these words"
          action={<Button onClick={() => setWritten('')}>Show all</Button>}
        >
          It may be one of a handler: those are in no catalogue.
        </Empty>
      ) : (
        <ul className="divide-y divide-line border-t border-line">
          {shown.map(([code, entry]) => (
            <CodeRow key={code} code={code} entry={entry} />
          ))}
        </ul>
      )}
      {shown.length === found.length ? null : (
        <div className="border-t border-line p-4 text-center">
          <Button onClick={() => setIsWhole(true)}>Show all {found.length}</Button>
        </div>
      )}
    </Panel>
  )
}

function CodeRow({ code, entry }: { readonly code: string; readonly entry: ErrorEntry }) {
  return (
    <li className="px-5 py-3">
      <p className="flex flex-wrap items-baseline gap-x-3">
        <code className="min-w-0 font-medium break-all">{code}</code>
        <span className="num ml-auto text-sm text-muted">
          {entry.status === null ? 'no HTTP status' : `HTTP ${entry.status}`}
          {entry.retryable ? ' · another try may help' : ''}
        </span>
      </p>
      <p className="mt-0.5">{entry.title}</p>
      <p className="text-sm text-muted">{entry.hint}</p>
    </li>
  )
}
