import type { ReprintsView } from '@andon/core'
import { useMemo } from 'react'
import { count } from '../../ui/format.ts'
import type { ChartSeries } from './chart.tsx'
import type { Figures } from './figures.ts'
import { FigurePanel, FigureTable, GroupButton } from './parts.tsx'
import { OverTime } from './over-time.tsx'
import { GROUP_TITLES, type PickGroup, pickOf } from './pick.ts'
import { amountWords, countOrNone, groupName, percent } from './words.ts'

interface ReprintsPanelProps {
  readonly figures: Figures<ReprintsView>
  readonly onPick: PickGroup
}

/** What was printed again, when, and whose it was. */
export function ReprintsPanel({ figures, onPick }: ReprintsPanelProps) {
  return (
    <FigurePanel
      title="Printed again"
      figures={figures}
      emptyWords={({ current, previous }) =>
        current.reprints + previous.reprints === 0
          ? 'Nothing was printed again in this period, nor in the one before.'
          : null
      }
    >
      {(view) => (
        <>
          <p className="num text-sm text-muted">
            {amountWords(view.current.labels, 'labels')} in {amountWords(view.current.reprints, 'reprints')},{' '}
            {percent(view.current.rate)} of all prints; {percent(view.previous.rate)} in the period before.
          </p>
          <ReprintsOverTime view={view} />
          <Groups view={view} onPick={onPick} />
        </>
      )}
    </FigurePanel>
  )
}

function ReprintsOverTime({ view }: { readonly view: ReprintsView }) {
  const { bucket, current, previous } = view
  const series = useMemo(
    (): ChartSeries[] => [
      { name: 'Reprints', values: current.reprints_at, kind: 'bars', colour: '--warn-solid' },
      { name: 'In the period before', values: previous.reprints_at, kind: 'dashes', colour: '--muted' },
    ],
    [current, previous],
  )
  return (
    <OverTime
      view={view}
      label={`Reprints by ${bucket}: ${count(current.reprints)} in all, ${count(previous.reprints)} in the period before.`}
      series={series}
      isWhole
      axisText={count}
      valueText={countOrNone}
      caption="Reprints"
      columns={['Reprints', 'In the period before']}
      cells={(place) => [count(current.reprints_at[place] ?? 0), count(previous.reprints_at[place] ?? 0)]}
    />
  )
}

function Groups({ onPick, view }: { readonly view: ReprintsView; readonly onPick: PickGroup }) {
  const { by, current } = view
  return (
    <div className="overflow-x-auto">
      <FigureTable
        caption={`Reprints by ${by}`}
        columns={[GROUP_TITLES[by], 'Reprints', 'Labels', 'Of prints']}
        rows={current.groups
          .filter(({ reprints }) => reprints > 0)
          .map(({ labels, name, rate, reprints }) => ({
            key: `${name}`,
            cells: [
              <GroupButton key="name" name={groupName(name)} onPick={pickOf(onPick, by, name)} />,
              count(reprints),
              count(labels),
              percent(rate),
            ],
          }))}
      />
    </div>
  )
}
