import { DAY_MS, type ScheduleView } from '@andon/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { andon } from '../../live/andon.ts'
import { useNow } from '../../live/clock.ts'
import { useJob } from '../../live/jobs.ts'
import { ask } from '../../ui/ask.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Menu, MenuItem } from '../../ui/menu.tsx'
import { notify, tried } from '../../ui/notify.ts'
import { Badge, lookOf, STATE_LOOKS } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { useIsAtLeast } from '../session/session.ts'
import { NextRuns } from './next-runs.tsx'
import { ScheduleDialog } from './schedule-dialog.tsx'
import { reloadSchedules, runTime, scheduleLook } from './schedules.ts'

/** One schedule: when it runs, what became of the last run, and what may be done. */
export function ScheduleCard({ schedule }: { readonly schedule: ScheduleView }) {
  const { cron, job, name, overlap, time_zone: timeZone, words } = schedule
  return (
    <article aria-label={name} className="card flex flex-col gap-4 p-5">
      <header className="flex items-start justify-between gap-x-3">
        <div className="min-w-0">
          <h2 className="truncate text-lg leading-tight">{name}</h2>
          <p className="mt-0.5">{words ?? cron}</p>
          <p className="text-sm text-muted">
            <code>{cron}</code> · {timeZone}
          </p>
        </div>
        <Badge look={scheduleLook(schedule)} />
      </header>
      <Notes schedule={schedule} />
      <dl className="num grid grid-cols-2 gap-4 border-t border-line pt-3 text-sm">
        <Fact word="Next run">
          <NextRun schedule={schedule} />
        </Fact>
        <Fact word="Last run">
          <LastRun schedule={schedule} />
        </Fact>
        <Fact word="Makes">
          <span className="break-words">{job.description ?? job.type}</span>
          <span className="block font-normal break-words text-muted">
            {`${job.description === undefined ? '' : `${job.type} · `}${job.queue ?? 'default'}`}
          </span>
        </Fact>
        <Fact word="While it runs">{overlap === 'skip' ? 'The run is skipped' : 'Another one starts'}</Fact>
      </dl>
      <Runs schedule={schedule} />
      <Acts schedule={schedule} />
    </article>
  )
}

function Fact({ word, children }: { readonly word: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted">{word}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  )
}

function NextRun({ schedule: { next_runs: runs, pause, time_zone: timeZone } }: { readonly schedule: ScheduleView }) {
  const [next] = runs
  if (next === undefined) return pause === null ? 'Never again' : 'Not while it is paused'
  return (
    <>
      <TimeAgo at={next} />
      <span className="block font-normal text-muted">{runTime(next, timeZone)}</span>
    </>
  )
}

/** The job's state comes by the stream where the reader has the job, and with the schedule otherwise. */
function LastRun({ schedule: { last_job: lastJob, last_run_at: at } }: { readonly schedule: ScheduleView }) {
  const job = useJob(lastJob?.id ?? '')
  if (at === null) return 'Never yet'
  return (
    <>
      <TimeAgo at={at} />
      {lastJob === null ? null : (
        <Link
          to="/jobs/$jobId"
          params={{ jobId: lastJob.id }}
          className="-my-1 flex min-h-11 items-center gap-1 font-normal hover:underline"
        >
          <span className="sr-only">The last job: </span>
          <Badge look={job === undefined ? STATE_LOOKS[lastJob.state] : lookOf(job)} />
          <Icon name="chevronRight" size={15} className="text-muted" />
        </Link>
      )}
    </>
  )
}

function Notes({ schedule }: { readonly schedule: ScheduleView }) {
  const now = useNow()
  const { pause, trouble } = schedule
  const missed = recent(schedule.missed, now)
  const skipped = recent(schedule.skipped, now)
  if (missed === null && pause === null && skipped === null && trouble === null) return null
  return (
    <ul className="space-y-2 text-sm">
      {trouble === null ? null : (
        <Note isBad>
          <strong className="font-medium">The last run made no job:</strong> {trouble}. Edit the schedule so that it
          can.
        </Note>
      )}
      {pause === null ? null : (
        <Note>
          Paused by {pause.by} <TimeAgo at={pause.at} />. Runs that fall into the pause are not made up for.
        </Note>
      )}
      {missed === null ? null : (
        <Note>
          {missed.count >= MISSED_AT_MOST
            ? 'A hundred runs or more were'
            : plural(missed.count, 'run was', 'runs were')}{' '}
          missed while no server ran; one job <TimeAgo at={missed.at} /> stands for them.
        </Note>
      )}
      {skipped === null ? null : (
        <Note>
          {plural(skipped.count, 'run was', 'runs were')} skipped since the job before was not done, the last one{' '}
          <TimeAgo at={skipped.at} />.
        </Note>
      )}
    </ul>
  )
}

/** No more are counted. */
const MISSED_AT_MOST = 100
/** What happened longer ago is history, and needs nobody. */
const RECENT_MS = 7 * DAY_MS

function recent(counted: ScheduleView['missed'], nowMs: number): ScheduleView['missed'] {
  return counted !== null && nowMs - Date.parse(counted.at) < RECENT_MS ? counted : null
}

function Note({ isBad = false, children }: { readonly isBad?: boolean; readonly children: ReactNode }) {
  const tone = isBad ? 'border-bad-solid/45 bg-bad-soft' : 'border-warn-solid/50 bg-warn-soft'
  return (
    <li className={`flex items-start gap-2.5 rounded-xl border px-4 py-2.5 ${tone}`}>
      <Icon name={isBad ? 'alert' : 'clock'} className={`mt-px ${isBad ? 'text-bad' : 'text-warn'}`} />
      <p className="min-w-0">{children}</p>
    </li>
  )
}

function Runs({ schedule }: { readonly schedule: ScheduleView }) {
  if (schedule.next_runs.length < 2) return null
  return (
    <details className="group -my-2">
      <summary className="inline-flex min-h-11 list-none items-center gap-1.5 text-sm font-medium text-accent [&::-webkit-details-marker]:hidden">
        <Icon name="chevronRight" size={15} className="transition-transform group-open:rotate-90" />
        {`Next ${schedule.next_runs.length} runs`}
        <span className="sr-only"> of {schedule.name}</span>
      </summary>
      <NextRuns runs={schedule.next_runs} timeZone={schedule.time_zone} none="" />
    </details>
  )
}

function Acts({ schedule }: { readonly schedule: ScheduleView }) {
  const [isEditing, setIsEditing] = useState(false)
  const navigate = useNavigate()
  const mayRun = useIsAtLeast('operator')
  const mayChange = useIsAtLeast('supervisor')
  const open = (jobId: string) => void navigate({ to: '/jobs/$jobId', params: { jobId } })
  const isPaused = schedule.pause !== null
  if (!mayRun) return null
  return (
    <div className="mt-auto flex flex-wrap gap-2">
      <Button icon="play" aria-label={`Run now: ${schedule.name}`} onClick={() => void runNow(schedule, open)}>
        Run now
      </Button>
      {mayChange ? (
        <Button
          icon={isPaused ? 'play' : 'pause'}
          look={isPaused ? 'primary' : 'plain'}
          aria-label={`${isPaused ? 'Resume' : 'Pause'}: ${schedule.name}`}
          onClick={() => void setPaused(schedule, !isPaused)}
        >
          {isPaused ? 'Resume' : 'Pause'}
        </Button>
      ) : null}
      {mayChange ? (
        <Menu trigger={<IconButton icon="dots" label={`More for ${schedule.name}`} />}>
          <MenuItem icon="settings" onPick={() => setIsEditing(true)}>
            Edit …
          </MenuItem>
          <MenuItem icon="x" isDangerous onPick={() => void remove(schedule)}>
            Remove …
          </MenuItem>
        </Menu>
      ) : null}
      {isEditing ? <ScheduleDialog schedule={schedule} onClose={() => setIsEditing(false)} /> : null}
    </div>
  )
}

async function runNow({ id, name }: ScheduleView, open: (jobId: string) => void): Promise<void> {
  const made = await tried(() => andon.schedules.run(id))
  if (made === null) return
  await reloadSchedules()
  const action = { label: 'Open', onPick: () => open(made.id) }
  void notify(
    made.is_existing
      ? { level: 'warning', title: `The last job of ${name} is not done`, text: 'No other one was started.', action }
      : { level: 'success', title: `${name} has made a job`, text: 'Its regular times stay.', action },
  )
}

/** Can be undone. */
async function setPaused(schedule: ScheduleView, isPaused: boolean): Promise<void> {
  const { id, name } = schedule
  const changed = await tried(() => (isPaused ? andon.schedules.pause(id) : andon.schedules.resume(id)))
  if (changed === null) return
  await reloadSchedules()
  const undo = { label: 'Undo', onPick: () => void setPaused(changed, !isPaused) }
  void notify({
    level: 'info',
    title: isPaused ? `${name} is paused` : `${name} goes on`,
    text: isPaused ? 'Jobs that it made go on.' : 'With the next time to come.',
    action: undo,
  })
}

async function remove({ id, name }: ScheduleView): Promise<void> {
  const answer = await ask({
    title: `Remove ${name}?`,
    lead: 'It makes no more jobs. The jobs that it made stay.',
    act: 'Remove schedule',
    isDangerous: true,
  })
  if (answer === null || (await tried(() => andon.schedules.remove(id).then(() => true))) === null) return
  await reloadSchedules()
  void notify({ level: 'success', title: `${name} is removed` })
}
