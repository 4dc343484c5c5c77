import type { FailuresPeriod, FailuresView } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { count } from '../../ui/format.ts'
import type { ChartSeries } from './chart.tsx'
import type { Figures } from './figures.ts'
import { Delta, FigurePanel, FigureTable, GroupButton, PartBar } from './parts.tsx'
import { OverTime } from './over-time.tsx'
import { GROUP_TITLES, type PickGroup, pickOf } from './pick.ts'
import type { AnalyticsView } from './view.ts'
import { amountWords, countOrNone, groupName, percent, shareChange } from './words.ts'

interface FailuresPanelProps {
  readonly figures: Figures<FailuresView>
  readonly view: AnalyticsView
  readonly onPick: PickGroup
}

/** Which reasons most failures have, when they happened, and whose they were. */
export function FailuresPanel({ figures, onPick, view }: FailuresPanelProps) {
  return (
    <FigurePanel
      title="Failures"
      figures={figures}
      emptyWords={({ current, previous }) =>
        current.failed + previous.failed === 0 ? 'No job failed in this period, nor in the one before.' : null
      }
    >
      {(found) => (
        <>
          <Reasons period={found.current} before={found.previous} view={view} />
          <FailuresOverTime view={found} />
          <Groups view={found} onPick={onPick} />
        </>
      )}
    </FigurePanel>
  )
}

/** The few reasons that most failures have, with how much of all they make together. */
function Reasons({
  before,
  period,
  view,
}: {
  readonly period: FailuresPeriod
  readonly before: FailuresPeriod
  readonly view: AnalyticsView
}) {
  const most = Math.max(1, ...period.reasons.map(({ jobs }) => jobs))
  let together = 0
  const rows = period.reasons.map((reason) => {
    together += reason.jobs
    return { ...reason, together: together / period.failed }
  })
  if (rows.length === 0) return <p className="text-muted">No job failed in this period.</p>
  return (
    <ol aria-label="Reasons, the most frequent first" className="space-y-1">
      {rows.map(({ code, jobs, title, together: sum }) => (
        <li key={code} className="py-1.5">
          <div className="mb-1 flex flex-wrap items-baseline gap-x-3">
            <ReasonLink code={code} title={title} view={view} />
            <span className="num ml-auto text-sm whitespace-nowrap">
              <b className="font-semibold">{amountWords(jobs, 'jobs')}</b>
              <span className="text-muted"> · {wasBefore(before, code)} before · </span>
              <span title="This reason and those above it">{percent(sum)} together</span>
            </span>
          </div>
          <PartBar part={jobs / most} colour="bg-bad-solid" />
        </li>
      ))}
    </ol>
  )
}

function wasBefore({ reasons }: FailuresPeriod, code: string): string {
  return count(reasons.find((reason) => reason.code === code)?.jobs ?? 0)
}

/** Leads to the jobs that failed so. */
function ReasonLink({ code, title, view }: { code: string; title: string | null; view: AnalyticsView }) {
  const words = title ?? (code === 'unknown' ? 'No reason kept' : code)
  if (code === 'unknown') return <span className="font-medium">{words}</span>
  const parts = [
    `error:${/^[\w.-]+$/.test(code) ? code : JSON.stringify(code)}`,
    `finished:>=${view.since.toISOString()}`,
    `finished:<${view.until.toISOString()}`,
    ...(view.type === null ? [] : [`type:${view.type}`]),
    ...(view.printer === null ? [] : [`printer:${JSON.stringify(view.printer)}`]),
    ...(view.user === null ? [] : [`by:${JSON.stringify(view.user)}`]),
  ]
  return (
    <Link
      to="/jobs"
      search={{ q: parts.join(' ') }}
      className="inline-flex min-h-6 items-center font-medium underline underline-offset-4"
    >
      {words}
      <span className="sr-only">: show these jobs</span>
    </Link>
  )
}

function FailuresOverTime({ view }: { readonly view: FailuresView }) {
  const { bucket, current, previous } = view
  const series = useMemo(
    (): ChartSeries[] => [
      { name: 'Failed', values: current.failed_at, kind: 'bars', colour: '--bad-solid' },
      { name: 'In the period before', values: previous.failed_at, kind: 'dashes', colour: '--muted' },
    ],
    [current, previous],
  )
  const cells = (place: number) => {
    const [failed, jobs] = [current.failed_at[place] ?? 0, current.jobs_at[place] ?? 0]
    return [count(failed), count(jobs), percent(jobs === 0 ? null : failed / jobs)]
  }
  return (
    <OverTime
      view={view}
      label={`Failed jobs by ${bucket}: ${count(current.failed)} in all, ${count(previous.failed)} in the period before.`}
      series={series}
      isWhole
      axisText={count}
      valueText={countOrNone}
      caption="Failures"
      columns={['Failed', 'Of jobs', 'Rate']}
      cells={cells}
    />
  )
}

function Groups({ onPick, view }: { readonly view: FailuresView; readonly onPick: PickGroup }) {
  const { by, current, previous } = view
  const before = new Map(previous.groups.map(({ name, rate }) => [name, rate]))
  return (
    <div className="overflow-x-auto">
      <FigureTable
        caption={`Failures by ${by}`}
        columns={[GROUP_TITLES[by], 'Failed', 'Of jobs', 'Rate', 'Change']}
        rows={current.groups.map(({ failed, jobs, name, rate }) => ({
          key: `${name}`,
          cells: [
            <GroupButton key="name" name={groupName(name)} onPick={pickOf(onPick, by, name)} />,
            count(failed),
            count(jobs),
            percent(rate),
            <Delta key="delta" change={shareChange(rate, before.get(name) ?? null, 'less')} />,
          ],
        }))}
      />
    </div>
  )
}
