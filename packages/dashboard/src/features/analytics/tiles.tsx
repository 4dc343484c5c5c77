import type { AvailabilityView, FailuresView, ReprintsView, ThroughputView, WaitsView } from '@andon/core'
import type { ReactNode } from 'react'
import { count } from '../../ui/format.ts'
import type { Figures } from './figures.ts'
import { Delta } from './parts.tsx'
import { amountChange, type Change, percent, secondsText, shareChange, timeChange } from './words.ts'

interface TilesProps {
  readonly throughput: Figures<ThroughputView>
  readonly failures: Figures<FailuresView>
  readonly waits: Figures<WaitsView>
  readonly availability: Figures<AvailabilityView>
  readonly reprints: Figures<ReprintsView>
  readonly counted: 'labels' | 'jobs'
}

/** The period in six figures, each against the one before. */
export function Tiles({ availability, counted, failures, reprints, throughput, waits }: TilesProps) {
  return (
    <dl aria-label="The period in short" className="grid grid-cols-2 gap-3 xl:grid-cols-3 2xl:grid-cols-6">
      <Of figures={throughput} title={counted === 'labels' ? 'Labels' : 'Jobs'}>
        {({ current, previous }) => ({
          value: count(current[counted]),
          change: amountChange(current[counted], previous[counted]),
          note: counted === 'labels' ? `in ${count(current.jobs)} jobs` : null,
        })}
      </Of>
      <Of figures={failures} title="Failed">
        {({ current, previous }) => ({
          value: percent(current.rate),
          change: shareChange(current.rate, previous.rate, 'less'),
          note: `${count(current.failed)} of ${count(current.jobs)} jobs`,
        })}
      </Of>
      <Of figures={waits} title="Half waited at most">
        {({ current: { waiting }, previous }) => ({
          value: secondsText(waiting.p50_s),
          change: timeChange(waiting.p50_s, previous.waiting.p50_s),
          note: `95 % at most ${secondsText(waiting.p95_s)}`,
        })}
      </Of>
      <Of figures={waits} title="Half printed within">
        {({ current: { running }, previous }) => ({
          value: secondsText(running.p50_s),
          change: timeChange(running.p50_s, previous.running.p50_s),
          note: `95 % within ${secondsText(running.p95_s)}`,
        })}
      </Of>
      <Of figures={availability} title="Printers available">
        {({ current, previous }) => ({
          value: percent(current.available),
          change: shareChange(current.available, previous.available, 'more'),
          note: current.stopped[0] === undefined ? null : `most time: ${current.stopped[0].title}`,
        })}
      </Of>
      <Of figures={reprints} title="Printed again">
        {({ current, previous }) => ({
          value: count(current.reprints),
          change: amountChange(current.reprints, previous.reprints, 'less'),
          note: `${percent(current.rate)} of all prints`,
        })}
      </Of>
    </dl>
  )
}

interface TileText {
  readonly value: string
  readonly change: Change | null
  readonly note: string | null
}

function Of<V>({
  children,
  figures,
  title,
}: {
  readonly title: string
  readonly figures: Figures<V>
  readonly children: (view: V) => TileText
}): ReactNode {
  const { data, isOld } = figures
  const { change, note, value } = data === undefined ? { value: '–', change: null, note: null } : children(data)
  return (
    <div className={`card flex flex-col px-4 py-3 ${isOld ? 'opacity-70' : ''}`}>
      <dt className="text-sm text-muted">{title}</dt>
      <dd className="mt-0.5 flex flex-1 flex-col">
        <span className="num text-2xl font-semibold tracking-tight">{value}</span>
        <span className="num text-sm text-muted">{note ?? '\u00a0'}</span>
        <Delta change={change} className="mt-1 text-sm" />
      </dd>
    </div>
  )
}
