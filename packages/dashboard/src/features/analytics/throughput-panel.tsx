import type { ThroughputPeriod, ThroughputView } from '@andon/core'
import { useMemo } from 'react'
import { count, shortCount } from '../../ui/format.ts'
import type { ChartSeries } from './chart.tsx'
import type { Figures } from './figures.ts'
import { BAR_COLUMN, Delta, FigurePanel, FigureTable, GroupButton, PartBar } from './parts.tsx'
import { OverTime } from './over-time.tsx'
import { GROUP_TITLES, type PickGroup, pickOf } from './pick.ts'
import { amountChange, countOrNone, groupName } from './words.ts'

interface ThroughputPanelProps {
  readonly figures: Figures<ThroughputView>
  readonly counted: 'labels' | 'jobs'
  readonly onPick: PickGroup
}

/** Labels or jobs by hour or day against the period before, and who they are of. */
export function ThroughputPanel({ counted, figures, onPick }: ThroughputPanelProps) {
  const title = counted === 'labels' ? 'Labels printed' : 'Jobs ended'
  return (
    <FigurePanel
      title={title}
      figures={figures}
      emptyWords={({ current, previous }) =>
        current.jobs + previous.jobs === 0 ? 'Nothing ended in this period, nor in the one before.' : null
      }
    >
      {(view) => (
        <>
          <SumsOverTime view={view} counted={counted} title={title} />
          <PartsNote view={view} />
          <Groups view={view} counted={counted} onPick={onPick} />
        </>
      )}
    </FigurePanel>
  )
}

/** What came together at each start. */
function sumsOf({ groups, starts }: ThroughputPeriod, counted: 'labels' | 'jobs'): number[] {
  return starts.map((_, place) => groups.reduce((sum, group) => sum + (group[`${counted}_at`][place] ?? 0), 0))
}

function SumsOverTime({
  counted,
  title,
  view,
}: {
  readonly view: ThroughputView
  readonly counted: 'labels' | 'jobs'
  readonly title: string
}) {
  const { current, previous } = view
  const series = useMemo(
    (): ChartSeries[] => [
      { name: 'This period', values: sumsOf(current, counted), kind: 'bars', colour: '--run-solid' },
      { name: 'The one before', values: sumsOf(previous, counted), kind: 'dashes', colour: '--muted' },
    ],
    [current, previous, counted],
  )
  const [now = [], before = []] = series.map(({ values }) => values)
  return (
    <OverTime
      view={view}
      label={`${title} by ${view.bucket}: ${count(current[counted])} in all, ${count(previous[counted])} in the period before.`}
      series={series}
      isWhole
      axisText={shortCount}
      valueText={countOrNone}
      caption={title}
      columns={['This period', 'The one before']}
      cells={(place) => [count(now[place] ?? 0), countOrNone(before[place] ?? null)]}
    />
  )
}

/** A day of which only the afternoon is in the period looks like a bad day: it is said that it is a part. */
function PartsNote({ view: { bucket, current } }: { readonly view: ThroughputView }) {
  const isWhole = current.starts[0] === current.since
  if (isWhole) return null
  return <p className="text-sm text-muted">The first and the last {bucket} are only partly in this period.</p>
}

function Groups({ counted, onPick, view }: Omit<ThroughputPanelProps, 'figures'> & { readonly view: ThroughputView }) {
  const { by, current, previous } = view
  const groups = current.groups.toSorted((one, other) => other[counted] - one[counted])
  const most = Math.max(1, ...groups.map((group) => group[counted]))
  const beforeOf = (name: string | null) => previous.groups.find((group) => group.name === name)?.[counted] ?? 0
  return (
    <div className="overflow-x-auto">
      <FigureTable
        caption={`By ${by}`}
        columns={[GROUP_TITLES[by], BAR_COLUMN, 'Labels', 'Jobs', `Change of ${counted}`]}
        rows={groups.map((group) => ({
          key: `${group.name}`,
          cells: [
            <GroupButton key="name" name={groupName(group.name)} onPick={pickOf(onPick, by, group.name)} />,
            <PartBar key="bar" part={group[counted] / most} />,
            count(group.labels),
            count(group.jobs),
            <Delta key="delta" change={amountChange(group[counted], beforeOf(group.name))} />,
          ],
        }))}
      />
    </div>
  )
}
