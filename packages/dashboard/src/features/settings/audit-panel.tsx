import type { AuditView } from '@andon/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { Button } from '../../ui/button.tsx'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { SelectField, TextField } from '../../ui/form.tsx'
import { Panel } from '../../ui/panel.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'

const PERIODS = [
  { value: '', label: 'Any time', hours: null },
  { value: 'day', label: 'The last day', hours: 24 },
  { value: 'week', label: 'The last week', hours: 7 * 24 },
  { value: 'month', label: 'The last 30 days', hours: 30 * 24 },
] as const

const KINDS = [
  { value: '', label: 'Everything' },
  { value: 'account.', label: 'Users' },
  { value: 'token.', label: 'Tokens' },
  { value: 'session.', label: 'Sessions' },
  { value: 'job.', label: 'Jobs' },
  { value: 'printer.', label: 'Printers' },
  { value: 'pool.', label: 'Pools' },
  { value: 'queue.', label: 'Queues' },
  { value: 'station.', label: 'Stations' },
  { value: 'schedule.', label: 'Schedules' },
  { value: 'rule.', label: 'Rules' },
  { value: 'floor.', label: 'Floor' },
  { value: 'retention.', label: 'Retention' },
  { value: 'history.', label: 'Months of history' },
] as const

const PER_PAGE = 50

/** Who did what to what, when, from where; with what was before and what is after. */
export function AuditPanel() {
  const [actor, setActor] = useState('')
  const [target, setTarget] = useState('')
  const [action, setAction] = useState('')
  const [period, setPeriod] = useState('')
  const filter = { actor: actor.trim(), target: target.trim(), action, period }
  return (
    <Panel title="Audit">
      <div className="grid gap-4 px-5 pt-1 pb-4 sm:grid-cols-2 lg:grid-cols-4">
        <TextField label="Who" placeholder="anna" value={actor} onChange={(event) => setActor(event.target.value)} />
        <SelectField label="What" options={KINDS} value={action} onChange={(event) => setAction(event.target.value)} />
        <TextField
          label="To what"
          placeholder="printer:Badge 01"
          value={target}
          onChange={(event) => setTarget(event.target.value)}
        />
        <SelectField
          label="When"
          options={PERIODS}
          value={period}
          onChange={(event) => setPeriod(event.target.value)}
        />
      </div>
      <Entries filter={filter} />
    </Panel>
  )
}

interface Filter {
  readonly actor: string
  readonly target: string
  readonly action: string
  readonly period: string
}

function Entries({ filter }: { readonly filter: Filter }) {
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['audit', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      andon.audit.list({ ...partsOf(filter), cursor: pageParam, limit: PER_PAGE, signal }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })
  if (data === undefined) return <Skeleton />
  const entries = data.pages.flatMap((page) => page.data)
  if (entries.length === 0) {
    return (
      <Empty icon="search" title="Nobody did anything of that kind">
        “Who” and “to what” are compared as a whole: a user’s name, and a thing such as <code>account:anna</code>.
      </Empty>
    )
  }
  return (
    <>
      <ul className="divide-y divide-line border-t border-line">
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ul>
      {hasNextPage ? (
        <div className="border-t border-line p-4 text-center">
          <Button isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show older ones
          </Button>
        </div>
      ) : null}
    </>
  )
}

/** What is empty does not matter. */
function partsOf({ actor, target, action, period }: Filter) {
  const hours = PERIODS.find(({ value }) => value === period)?.hours ?? null
  return {
    actor: actor === '' ? undefined : actor,
    target: target === '' ? undefined : target,
    action: action === '' ? undefined : action,
    since: hours === null ? undefined : new Date(Date.now() - hours * 3_600_000).toISOString(),
  }
}

function Entry({ entry }: { readonly entry: AuditView }) {
  const changes = changesOf(entry)
  return (
    <li className="px-5 py-3">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <span className="font-medium">{entry.actor}</span>
        <code className="text-sm">{entry.action}</code>
        <span className="min-w-0 text-sm break-all text-muted">{entry.target}</span>
        <span className="ml-auto text-sm text-muted">
          {entry.address === null ? '' : `${entry.address} · `}
          <TimeAgo at={entry.at} />
        </span>
      </div>
      {changes.length === 0 ? null : (
        <dl className="mt-1.5 grid gap-x-4 gap-y-0.5 text-sm sm:grid-cols-[minmax(8rem,max-content)_1fr]">
          {changes.map(({ name, before, after }) => (
            <div key={name} className="contents">
              <dt className="text-muted">{name}</dt>
              <dd className="min-w-0 break-words">
                {before === undefined ? null : <del className="text-muted">{before}</del>}
                {before === undefined || after === undefined ? null : ' → '}
                {after === undefined ? null : <ins className="no-underline">{after}</ins>}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  )
}

interface Change {
  readonly name: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** The fields that are not the same on both sides. */
function changesOf({ before, after }: AuditView): Change[] {
  const [old, now] = [fieldsOf(before), fieldsOf(after)]
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])]
  return names
    .map((name) => ({ name, before: textOf(old[name]), after: textOf(now[name]) }))
    .filter((change) => change.before !== change.after)
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (value === null || value === undefined) return {}
  return typeof value === 'object' && !Array.isArray(value) ? { ...value } : { value }
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}
