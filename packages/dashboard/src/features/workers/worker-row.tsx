import type { WorkerView } from '@andon/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { andon } from '../../live/andon.ts'
import { useJob } from '../../live/jobs.ts'
import { reloadWorkers } from '../../live/queues.ts'
import { ask } from '../../ui/ask.tsx'
import { Button } from '../../ui/button.tsx'
import { count, plural, shortId } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { notify, tried } from '../../ui/notify.ts'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { Badge } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { JobProgress } from '../jobs/job-progress.tsx'
import { jobTitle } from '../jobs/job-words.ts'
import { useIsAtLeast } from '../session/session.ts'
import { KIND_WORDS, memoryWords, workerLook, workerNote } from './worker-words.ts'

/** Jobs that are shown before the row is opened. */
const SHOWN = 3

/** One worker: whether it is heard, what it has against what it may have, and its jobs; the rest when it is opened. */
export function WorkerRow({ worker }: { readonly worker: WorkerView }) {
  const note = workerNote(worker)
  const mayDrain = useIsAtLeast('supervisor')
  return (
    <li aria-label={worker.name} className="px-5 py-4">
      <div className="grid gap-x-5 gap-y-3 lg:grid-cols-[minmax(0,4fr)_minmax(0,6fr)_10rem]">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h3 className="truncate text-base leading-8">{worker.name}</h3>
            <Badge look={workerLook(worker)} />
          </div>
          <p className="text-sm text-muted">
            {KIND_WORDS[worker.kind]} on {worker.host} · heard <TimeAgo at={worker.heartbeat_at} />
          </p>
        </div>
        <Use worker={worker} />
        {mayDrain && worker.is_alive ? (
          <div className="lg:justify-self-end">
            <Button
              icon={worker.is_draining ? 'play' : 'download'}
              aria-label={`${worker.is_draining ? 'Let take jobs again' : 'Drain'}: ${worker.name}`}
              onClick={() => void drain(worker, !worker.is_draining)}
            >
              {worker.is_draining ? 'Take jobs again' : 'Drain'}
            </Button>
          </div>
        ) : null}
      </div>
      {note === null ? null : (
        <p
          className={`mt-3 flex items-start gap-2.5 rounded-xl border px-4 py-2.5 text-sm ${worker.is_alive ? 'border-warn-solid/50 bg-warn-soft' : 'border-bad-solid/45 bg-bad-soft'}`}
        >
          <Icon
            name={worker.is_alive ? 'wait' : 'alert'}
            className={`mt-px ${worker.is_alive ? 'text-warn' : 'text-bad'}`}
          />
          {note}
        </p>
      )}
      <Jobs ids={worker.jobs.slice(0, SHOWN)} />
      <Details worker={worker} />
    </li>
  )
}

function Use({ worker }: { readonly worker: WorkerView }) {
  const { cpu_percent: cpu, memory_mb: memory, name, running, slots, waits_for } = worker
  return (
    <dl className="num grid grid-cols-3 gap-4 text-sm">
      <Measure word="Slots" value={`${count(running)} of ${count(slots)}`}>
        <ProgressBar
          percent={slots === 0 ? 0 : (running / slots) * 100}
          tone={running >= slots ? 'warn' : 'run'}
          height="thin"
          label={`Slots of ${name} in use`}
        />
      </Measure>
      <Measure word="CPU" value={cpu === null ? '–' : `${Math.round(cpu)} %`}>
        {cpu === null ? null : (
          <ProgressBar
            percent={Math.min(100, cpu)}
            tone={waits_for === 'cpu' ? 'warn' : 'run'}
            height="thin"
            label={`CPU of ${name}`}
          />
        )}
      </Measure>
      <Measure word="Memory" value={memory === null ? '–' : memoryWords(memory)}>
        {waits_for === 'memory' ? <span className="text-warn">short</span> : null}
      </Measure>
    </dl>
  )
}

function Measure({
  word,
  value,
  children,
}: {
  readonly word: string
  readonly value: string
  readonly children?: ReactNode
}) {
  return (
    <div>
      <dt className="text-muted">{word}</dt>
      <dd className="font-medium">
        {value}
        <span className="mt-1 block max-w-28">{children}</span>
      </dd>
    </div>
  )
}

function Jobs({ ids }: { readonly ids: readonly string[] }) {
  if (ids.length === 0) return null
  return (
    <ul className="mt-3 space-y-1">
      {ids.map((id) => (
        <HeldJob key={id} id={id} />
      ))}
    </ul>
  )
}

/** A job that the reader may not see is named by its id alone. */
function HeldJob({ id }: { readonly id: string }) {
  const job = useJob(id)
  if (job === undefined) {
    return <li className="px-2 text-sm text-muted">A job of somebody else ({shortId(id)})</li>
  }
  return (
    <li>
      <Link
        to="/jobs/$jobId"
        params={{ jobId: id }}
        className="-mx-2 grid min-h-11 grid-cols-1 items-center gap-x-4 gap-y-1 rounded-lg px-2 py-1.5 hover:bg-ground sm:grid-cols-[minmax(0,4fr)_minmax(0,6fr)]"
      >
        <span className="min-w-0">
          <span className="block truncate text-sm font-medium">{jobTitle(job)}</span>
          <span className="block truncate text-[0.8125rem] text-muted">{`${job.printer ?? job.queue} · ${job.type}`}</span>
        </span>
        <JobProgress job={job} />
      </Link>
    </li>
  )
}

function Details({ worker }: { readonly worker: WorkerView }) {
  const { jobs, pid, running, started_at, types, version } = worker
  const rest = jobs.slice(SHOWN)
  const unseen = running - jobs.length
  return (
    <details className="group mt-2">
      <summary className="inline-flex min-h-11 list-none items-center gap-1.5 text-sm font-medium text-accent [&::-webkit-details-marker]:hidden">
        <Icon name="chevronRight" size={15} className="transition-transform group-open:rotate-90" />
        {rest.length > 0 ? `${plural(rest.length + unseen, 'more job')}, types and version` : 'Types and version'}
        <span className="sr-only"> of {worker.name}</span>
      </summary>
      <Jobs ids={rest} />
      {unseen > 0 ? <p className="text-sm text-muted">{plural(unseen, 'job')} more</p> : null}
      <dl className="mt-2 grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[auto_minmax(0,1fr)]">
        <dt className="text-muted">Runs</dt>
        <dd className="flex flex-wrap gap-1.5">
          {types.length === 0 ? 'Nothing' : null}
          {types.map((type) => (
            <code key={type} className="rounded-md bg-idle-soft px-1.5 py-0.5 text-[0.8125rem]">
              {type === '*' ? 'every type' : type}
            </code>
          ))}
        </dd>
        <dt className="text-muted">Started</dt>
        <dd>
          <TimeAgo at={started_at} />
        </dd>
        <dt className="text-muted">Version</dt>
        <dd className="num">
          {version}, process {pid}, worker {worker.id}
        </dd>
      </dl>
    </details>
  )
}

async function drain(worker: WorkerView, isDraining: boolean): Promise<void> {
  if (isDraining) {
    const has = worker.running === 0 ? 'It has nothing under way.' : `It finishes ${plural(worker.running, 'job')}.`
    const lead = `${has} It takes nothing new until you undo this or start it again: what waits is done by other workers. Do this before you stop it.`
    if ((await ask({ title: `Drain ${worker.name}?`, lead, act: 'Drain' })) === null) return
  }
  const changed = await tried(() => andon.workers.drain(worker.id, { is_draining: isDraining }))
  if (changed === null) return
  reloadWorkers()
  const undo = { label: 'Undo', onPick: () => void drain(changed, false) }
  const title = isDraining ? `${worker.name} takes nothing new` : `${worker.name} takes jobs again`
  void notify({ level: isDraining ? 'info' : 'success', title, ...(isDraining ? { action: undo } : {}) })
}
