import type { AnalyticsBucket } from '@andon/core'
import { useMemo } from 'react'
import { BucketChart, type BucketChartProps } from './chart.tsx'
import { ChartTable } from './parts.tsx'
import { startMark, startWords } from './words.ts'

/** Figures of a period in hours or days. */
interface Span {
  readonly bucket: AnalyticsBucket
  readonly zone: string
  readonly current: { readonly starts: readonly string[] }
}

interface OverTimeProps extends Omit<BucketChartProps, 'marks' | 'names'> {
  readonly view: Span
  /** What is shown, such as `Failures`; the table says by what. */
  readonly caption: string
  /** Columns of the table after the hour or day. */
  readonly columns: readonly string[]
  /** What stands in them for one hour or day, by its place. */
  readonly cells: (place: number) => readonly string[]
}

/** How something went from hour to hour or from day to day: as a chart, and every number of it as a table. */
export function OverTime({ caption, cells, columns, view, ...chart }: OverTimeProps) {
  const { bucket, current, zone } = view
  const names = useMemo(
    () => current.starts.map((start) => startWords(start, { bucket, zone })),
    [current, bucket, zone],
  )
  const marks = useMemo(
    () => current.starts.map((start) => startMark(start, { bucket, zone })),
    [current, bucket, zone],
  )
  return (
    <div>
      <BucketChart names={names} marks={marks} {...chart} />
      <ChartTable
        caption={`${caption} by ${bucket}`}
        columns={[bucket === 'hour' ? 'Hour' : 'Day', ...columns]}
        rows={names.map((name, place) => ({ key: current.starts[place] ?? name, cells: [name, ...cells(place)] }))}
      />
    </div>
  )
}
