import { type MonthView, monthWords } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { ask } from '../../ui/ask.tsx'
import { Button } from '../../ui/button.tsx'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { plural } from '../../ui/format.ts'
import { tried } from '../../ui/notify.ts'
import { Panel } from '../../ui/panel.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { MaintenanceRun } from './maintenance-run.tsx'

const KB = 1024
const MB = KB * 1024
const GB = MB * 1024

/** The months of finished jobs: which are in the lists, which were archived, and bringing them back. */
export function MonthsPanel() {
  const { data } = useQuery({ queryKey: ['history'], queryFn: ({ signal }) => andon.history.list({ signal }) })
  const [moving, setMoving] = useState<ReadonlyMap<string, string>>(new Map())
  const begin = async ({ month }: MonthView, asked: Promise<string | null>) => {
    const jobId = await asked
    if (jobId !== null) setMoving((now) => new Map([...now, [month, jobId]]))
  }
  return (
    <Panel title="Months of history">
      <p className="px-5 pb-2 text-sm text-muted">
        Jobs of an archived month are in no list and no search. Nothing of them is lost: they come back with their
        month, unless somebody deletes it.
      </p>
      {data === undefined ? (
        <Skeleton rows={3} />
      ) : data.length === 0 ? (
        <Empty icon="clock" title="No history yet">
          Finished jobs are kept here by the month in which they were made.
        </Empty>
      ) : (
        <ul className="divide-y divide-line pb-2">
          {data.map((month) => (
            <MonthRow
              key={month.month}
              month={month}
              jobId={moving.get(month.month) ?? null}
              onMove={() => void begin(month, month.is_archived ? restore(month) : archive(month))}
              onDelete={() => void begin(month, remove(month))}
            />
          ))}
        </ul>
      )}
    </Panel>
  )
}

interface MonthRowProps {
  readonly month: MonthView
  /** Of what was asked last; null: nothing. */
  readonly jobId: string | null
  readonly onMove: () => void
  readonly onDelete: () => void
}

function MonthRow({ jobId, month, onDelete, onMove }: MonthRowProps) {
  const { is_archived: isArchived, jobs, restored, size_bytes: bytes } = month
  return (
    <li>
      <div className="flex min-h-14 flex-wrap items-center gap-x-4 gap-y-1 px-5 py-2">
        <span className="min-w-36 flex-1">
          <span className="font-medium">{monthWords(month.month)}</span>
          <span className="block text-sm text-muted">
            {restored !== null ? (
              <>
                Brought back by {restored.by} <TimeAgo at={restored.at} />: it stays until it is archived again
              </>
            ) : isArchived ? (
              'In the archive'
            ) : (
              'In the lists'
            )}
          </span>
        </span>
        <span className="num text-sm text-muted">
          {jobs === null ? '' : `about ${plural(jobs, 'job')}, `}
          {sizeWords(bytes)}
        </span>
        {isArchived ? (
          <>
            <Button icon="retry" onClick={onMove} aria-label={`Bring back ${monthWords(month.month)}`}>
              Bring back
            </Button>
            <Button look="danger" icon="trash" onClick={onDelete} aria-label={`Delete ${monthWords(month.month)}`}>
              Delete
            </Button>
          </>
        ) : restored === null ? null : (
          <Button icon="download" onClick={onMove}>
            Archive
          </Button>
        )}
      </div>
      {jobId === null ? null : <MaintenanceRun key={jobId} jobId={jobId} label={monthWords(month.month)} />}
    </li>
  )
}

async function restore({ month }: MonthView): Promise<string | null> {
  return (await tried(() => andon.history.restore(month)))?.id ?? null
}

async function archive({ month }: MonthView): Promise<string | null> {
  const answer = await ask({
    title: `Archive ${monthWords(month)}?`,
    lead: 'Its jobs leave the lists and the search. They can be brought back at any time.',
    act: 'Archive the month',
  })
  return answer === null ? null : ((await tried(() => andon.history.archive(month)))?.id ?? null)
}

async function remove({ jobs, month }: MonthView): Promise<string | null> {
  const all = jobs === null ? 'All its jobs go' : `About ${plural(jobs, 'job')} of it ${jobs === 1 ? 'goes' : 'go'}`
  const answer = await ask({
    title: `Delete ${monthWords(month)}?`,
    lead: `${all}, with labels, logs and documents. They cannot be brought back. The audit keeps what people did.`,
    act: 'Delete the month',
    isDangerous: true,
  })
  if (answer === null) return null
  return (await tried(() => andon.history.delete(month)))?.id ?? null
}

function sizeWords(bytes: number): string {
  if (bytes >= GB) return `${(bytes / GB).toFixed(1)} GB`
  return bytes >= MB ? `${(bytes / MB).toFixed(1)} MB` : `${Math.ceil(bytes / KB)} KB`
}
