import { useMemo, useState } from 'react'
import type uPlot from 'uplot'
import { Plot, type PlotLook, type PlotOptions } from '../../ui/plot.tsx'

/** One line or row of bars. */
export interface ChartSeries {
  /** As in the legend. */
  readonly name: string
  readonly values: readonly (number | null)[]
  readonly kind: 'bars' | 'line' | 'dashes'
  /** Colour of the theme, such as `--run-solid`. */
  readonly colour: string
}

export interface BucketChartProps {
  /** What is to be seen, in words. */
  readonly label: string
  /** Names of the hours or days, short ones for the axis. */
  readonly marks: readonly string[]
  /** The same in full. */
  readonly names: readonly string[]
  readonly series: readonly ChartSeries[]
  /** A value as it is written on the axis, and when it is pointed at. */
  readonly axisText: (value: number) => string
  readonly valueText: (value: number | null) => string
  /** Nothing lies between whole numbers. */
  readonly isWhole?: boolean
}

/** Hours or days side by side, each as wide as the others whatever its clock does. */
export function BucketChart(props: BucketChartProps) {
  const { label, marks, names, series, valueText } = props
  const [place, setPlace] = useState<number | null>(null)
  const data = useMemo(() => toData(marks.length, series), [marks, series])
  const shape = JSON.stringify([marks, series.map(({ colour, kind, name }) => [name, kind, colour])])
  const pointed = place === null ? undefined : names[place]
  return (
    <div>
      <div className="flex min-h-6 flex-wrap items-center gap-x-4 gap-y-1 text-sm" aria-hidden="true">
        {series.map(({ colour, kind, name, values }) => (
          <span key={name} className="inline-flex items-center gap-1.5">
            <Key colour={colour} kind={kind} />
            {name}
            {pointed === undefined || place === null ? null : (
              <b className="num font-semibold">{valueText(values[place] ?? null)}</b>
            )}
          </span>
        ))}
        <span className="num ml-auto text-muted">{pointed}</span>
      </div>
      <div className="mt-1 h-44">
        <Plot data={data} label={label} shape={shape} optionsFor={(look) => optionsFor(look, props, setPlace)} />
      </div>
    </div>
  )
}

function Key({ colour, kind }: Pick<ChartSeries, 'colour' | 'kind'>) {
  if (kind === 'bars') return <span className="size-2.5 rounded-sm" style={{ background: `var(${colour})` }} />
  const style = kind === 'line' ? 'solid' : 'dashed'
  return <span style={{ width: 20, borderTop: `2.5px ${style} var(${colour})` }} />
}

function toData(length: number, series: readonly ChartSeries[]): uPlot.AlignedData {
  const places = Array.from({ length }, (_, place) => place)
  return [places, ...series.map(({ values }) => places.map((place) => values[place] ?? null))]
}

/** Pixels for each letter of an axis, and beside it. */
const LETTER_PX = 7.5
const BESIDE_PX = 14

function optionsFor(
  look: PlotLook,
  { axisText, isWhole = false, marks, series }: BucketChartProps,
  onPoint: (place: number | null) => void,
): PlotOptions {
  const { axis } = look
  const most = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)))
  const longest = Math.max(...[most, most / 2, most / 3].map((value) => axisText(Math.ceil(value)).length))
  return {
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    padding: [8, 14, 0, 0],
    scales: {
      x: { time: false, range: [-0.5, marks.length - 0.5] },
      y: { range: (_plot, _min, max) => [0, Math.max(isWhole ? 4 : 1, max * 1.08)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        values: (_plot, places) => places.map((place) => marks[place] ?? ''),
        incrs: [1, 2, 3, 4, 6, 7, 12, 14, 28, 60, 90],
        space: 62,
        size: 28,
      },
      {
        ...axis,
        size: Math.max(34, longest * LETTER_PX + BESIDE_PX),
        space: 40,
        values: (_plot, values) => values.map(axisText),
        incrs: isWhole ? WHOLE : SECONDS,
      },
    ],
    series: [{}, ...series.map((each) => seriesOf(look, each))],
    hooks: {
      setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)],
    },
  }
}

/** Steps that read as times: tenths, then what divides minutes, hours and days. */
const SECONDS = [
  0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
]
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000]

function seriesOf({ bars, colour }: PlotLook, series: ChartSeries): uPlot.Series {
  const stroke = colour(series.colour)
  if (series.kind === 'bars') return bars(series.name, stroke, 44)
  return {
    label: series.name,
    stroke,
    width: 2,
    points: { show: series.values.length < 40, size: 5, fill: stroke },
    ...(series.kind === 'dashes' ? { dash: [5, 4], points: { show: false } } : {}),
  }
}
