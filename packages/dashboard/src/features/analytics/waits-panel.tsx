import type { SpreadView, WaitsPeriod, WaitsView } from '@andon/core'
import { useMemo } from 'react'
import { count } from '../../ui/format.ts'
import type { ChartSeries } from './chart.tsx'
import type { Figures } from './figures.ts'
import { Delta, FigurePanel, FigureTable, GroupButton } from './parts.tsx'
import { OverTime } from './over-time.tsx'
import { GROUP_TITLES, type PickGroup, pickOf } from './pick.ts'
import { axisSeconds, groupName, secondsText, timeChange } from './words.ts'

interface WaitsPanelProps {
  readonly figures: Figures<WaitsView>
  readonly onPick: PickGroup
}

/** How long jobs waited and printed: half of them, and 95 of 100. */
export function WaitsPanel({ figures, onPick }: WaitsPanelProps) {
  return (
    <FigurePanel
      title="Waiting and printing"
      figures={figures}
      emptyWords={({ current, previous }) =>
        current.waiting.jobs + previous.waiting.jobs === 0 ? 'No job that ended had started.' : null
      }
    >
      {(view) => (
        <>
          <div className="grid gap-x-8 gap-y-4 lg:grid-cols-2">
            <WaitsOverTime view={view} what="waiting" title="Time waiting" />
            <WaitsOverTime view={view} what="running" title="Time printing" />
          </div>
          <Groups view={view} onPick={onPick} />
        </>
      )}
    </FigurePanel>
  )
}

type What = 'waiting' | 'running'

function WaitsOverTime({
  title,
  view,
  what,
}: {
  readonly view: WaitsView
  readonly what: What
  readonly title: string
}) {
  const { bucket, current, previous } = view
  const spreads = current[`${what}_at`]
  const series = useMemo(
    (): ChartSeries[] => [
      { name: 'Half of the jobs', values: spreads.map(({ p50_s }) => p50_s), kind: 'line', colour: '--run-solid' },
      { name: '95 of 100', values: spreads.map(({ p95_s }) => p95_s), kind: 'dashes', colour: '--accent' },
    ],
    [spreads],
  )
  const whole = current[what]
  return (
    <div>
      <h3 className="text-sm font-semibold">{title}</h3>
      <p className="num mb-2 text-sm text-muted">
        Half: {secondsText(whole.p50_s)} <Delta change={timeChange(whole.p50_s, previous[what].p50_s)} /> · 95 of 100:{' '}
        {secondsText(whole.p95_s)} <Delta change={timeChange(whole.p95_s, previous[what].p95_s)} />
      </p>
      <OverTime
        view={view}
        label={`${title} by ${bucket}: half of the jobs at most ${secondsText(whole.p50_s)}, 95 of 100 at most ${secondsText(whole.p95_s)}.`}
        series={series}
        axisText={axisSeconds}
        valueText={secondsText}
        caption={title}
        columns={['Jobs', 'Half', '95 of 100']}
        cells={(place) => spreadCells(spreads[place])}
      />
    </div>
  )
}

function spreadCells(spread: SpreadView | undefined): string[] {
  return [count(spread?.jobs ?? 0), secondsText(spread?.p50_s ?? null), secondsText(spread?.p95_s ?? null)]
}

function Groups({ onPick, view }: { readonly view: WaitsView; readonly onPick: PickGroup }) {
  const { by, current, previous } = view
  return (
    <div className="overflow-x-auto">
      <FigureTable
        caption={`Waiting and printing by ${by}`}
        columns={[
          GROUP_TITLES[by],
          'Waited: half',
          'Waited: 95 of 100',
          'Change',
          'Printed: half',
          'Printed: 95 of 100',
        ]}
        rows={current.groups.map(({ name, running, waiting }) => ({
          key: `${name}`,
          cells: [
            <GroupButton key="name" name={groupName(name)} onPick={pickOf(onPick, by, name)} />,
            secondsText(waiting.p50_s),
            secondsText(waiting.p95_s),
            <Delta key="delta" change={timeChange(waiting.p95_s, waitBefore(previous, name))} />,
            secondsText(running.p50_s),
            secondsText(running.p95_s),
          ],
        }))}
      />
    </div>
  )
}

function waitBefore({ groups }: WaitsPeriod, name: string | null): number | null {
  return groups.find((group) => group.name === name)?.waiting.p95_s ?? null
}
