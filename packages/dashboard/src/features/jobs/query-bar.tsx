import { completeQuery, type QueryCandidate } from '@andon/core'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { usePrinters } from '../../live/board.ts'
import { IconButton } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { useKeys } from '../keys/keys.ts'
import { firstError } from './query-edit.ts'

interface QueryBarProps {
  /** The query that is shown now. */
  readonly q: string
  readonly onQuery: (q: string) => void
}

/** The query as text, with proposals at the caret and a mark under what is wrong. */
export function QueryBar({ q, onQuery }: QueryBarProps) {
  const bar = useQueryBar({ q, onQuery })
  const list = useId()
  return (
    <div className="relative min-w-0 flex-1">
      <div className="relative">
        <Icon name="search" className="pointer-events-none absolute top-3.25 left-3.5 text-muted" />
        <input
          ref={bar.input}
          role="combobox"
          aria-label="Query"
          aria-expanded={bar.candidates.length > 0}
          aria-controls={list}
          aria-autocomplete="list"
          aria-invalid={bar.error !== null || undefined}
          aria-describedby={`${list}-error`}
          {...(bar.candidates.length > 0 && bar.at >= 0 ? { 'aria-activedescendant': `${list}-${bar.at}` } : {})}
          value={bar.text}
          spellCheck={false}
          autoComplete="off"
          placeholder="state:failed printer:“Label 01” created:<24h or any words"
          onChange={(event) => bar.write(event.target.value)}
          onSelect={bar.look}
          onBlur={bar.leave}
          onKeyDown={bar.onKeyDown}
          className="field pr-12 pl-10 font-mono text-sm placeholder:font-sans"
        />
        {bar.text === '' ? (
          <kbd className="pointer-events-none absolute top-2.75 right-3 hidden rounded border border-line px-1.5 font-sans text-xs text-muted sm:block">
            /
          </kbd>
        ) : (
          <IconButton icon="x" label="Clear the query" className="absolute top-0 right-0" onClick={() => bar.run('')} />
        )}
      </div>
      <div id={`${list}-error`} aria-live="polite">
        {bar.error === null || bar.candidates.length > 0 ? null : (
          <ErrorMark text={bar.text} error={bar.error} onFix={bar.run} />
        )}
      </div>
      {bar.candidates.length === 0 ? null : (
        <ul
          id={list}
          role="listbox"
          aria-label="Proposals"
          className="absolute inset-x-0 top-12 z-40 max-h-80 overflow-y-auto rounded-xl border border-line bg-raised p-1.5 shadow-pop"
        >
          {bar.candidates.map((candidate, index) => (
            <li
              key={candidate.text}
              id={`${list}-${index}`}
              role="option"
              aria-selected={index === bar.at}
              onPointerDown={(event) => {
                event.preventDefault()
                bar.take(candidate)
              }}
              className="flex min-h-11 cursor-pointer items-center gap-3 rounded-lg px-3 hover:bg-idle-soft aria-selected:bg-accent-soft"
            >
              <code className="text-sm font-medium whitespace-nowrap">{candidate.text}</code>
              <span className="min-w-0 flex-1 truncate text-sm text-muted">{candidate.doc}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

type Wrong = NonNullable<ReturnType<typeof firstError>>

/** The text again, with the wrong place marked, why it is wrong, and what was probably meant. */
function ErrorMark({
  text,
  error,
  onFix,
}: {
  readonly text: string
  readonly error: Wrong
  readonly onFix: (q: string) => void
}) {
  const { start, end, message, suggestion } = error
  const mended = suggestion === null ? null : text.slice(0, start) + suggestion + text.slice(end)
  return (
    <div className="mt-1.5 rounded-lg border border-bad-solid/40 bg-bad-soft px-3 py-2 text-sm text-bad">
      <code className="block overflow-x-auto whitespace-pre">
        {text.slice(0, start)}
        <span className="underline decoration-wavy decoration-2 underline-offset-4">
          {text.slice(start, Math.max(end, start + 1)) || ' '}
        </span>
        {text.slice(Math.max(end, start + 1))}
      </code>
      <p className="mt-1">
        {message}{' '}
        {mended === null ? null : (
          <button type="button" onClick={() => onFix(mended)} className="min-h-6 font-semibold underline">
            Did you mean “{suggestion}”?
          </button>
        )}
      </p>
    </div>
  )
}

function useQueryBar({ q, onQuery }: QueryBarProps) {
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(q)
  const [caret, setCaret] = useState<number | null>(null)
  const [at, setAt] = useState(-1)
  const names = (usePrinters() ?? []).map((printer) => printer.name)
  useEffect(() => setText(q), [q])
  useKeys({ '/': () => input.current?.focus() })

  const completion = caret === null ? null : completeQuery(text, caret, { printer: names })
  const candidates = isDone(text, caret, completion?.candidates ?? [])
    ? []
    : (completion?.candidates ?? []).slice(0, 12)
  const error = firstError(text)
  const run = (next: string) => {
    setText(next)
    setCaret(null)
    setAt(-1)
    if (firstError(next) === null) onQuery(next.trim())
  }
  const take = (candidate: QueryCandidate) => {
    if (completion === null) return
    const end =
      candidate.kind === 'value' && !text.slice(completion.end).startsWith(' ') ? `${candidate.text} ` : candidate.text
    const next = text.slice(0, completion.start) + end + text.slice(completion.end)
    setText(next)
    setAt(-1)
    const place = completion.start + end.length
    setCaret(place)
    requestAnimationFrame(() => input.current?.setSelectionRange(place, place))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0 && candidates.length > 0) setAt((at + step + candidates.length) % candidates.length)
    else if (event.key === 'Tab' && candidates[Math.max(0, at)] !== undefined && at >= 0)
      take(candidates[at] ?? { text: '', doc: '', kind: 'value' })
    else if (event.key === 'Enter' && at >= 0 && candidates[at] !== undefined) take(candidates[at])
    else if (event.key === 'Enter') run(text)
    else if (event.key === 'Escape' && candidates.length > 0) setCaret(null)
    else if (event.key === 'Escape') input.current?.blur()
    else return
    event.preventDefault()
  }
  return {
    input,
    text,
    at,
    candidates,
    error,
    run,
    take,
    onKeyDown,
    write: (next: string) => {
      setText(next)
      setAt(-1)
      setCaret(input.current?.selectionStart ?? next.length)
    },
    look: () => setCaret(input.current?.selectionStart ?? null),
    leave: () => {
      setCaret(null)
      if (text !== q) run(text)
    },
  }
}

/** Whether the word at the caret is finished: a list with nothing but it would only be in the way. */
function isDone(text: string, caret: number | null, candidates: readonly QueryCandidate[]): boolean {
  if (caret === null) return true
  const [only] = candidates
  return candidates.length === 1 && only !== undefined && text.slice(0, caret).endsWith(only.text)
}
