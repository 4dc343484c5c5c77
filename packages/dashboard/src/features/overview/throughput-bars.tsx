import type { JobStats } from '@andon/core'
import { useMemo } from 'react'
import type uPlot from 'uplot'
import { minuteTime } from '../../ui/format.ts'
import { Plot, type PlotLook, type PlotOptions } from '../../ui/plot.tsx'
import { usePreferences } from '../preferences/preferences.ts'

type Minutes = JobStats['throughput']

/** Bars for each minute: what failed stands on what was completed. */
export function ThroughputBars({ minutes }: { readonly minutes: Minutes }) {
  const { zone } = usePreferences()
  const completed = minutes.reduce((sum, minute) => sum + minute.completed, 0)
  const failed = minutes.reduce((sum, minute) => sum + minute.failed, 0)
  const words = `Bars for each minute of the last hour: ${completed} completed, ${failed} failed in all.`
  const data = useMemo(() => toData(minutes), [minutes])
  return <Plot data={data} label={words} optionsFor={(look) => optionsFor(look, zone)} />
}

function toData(minutes: Minutes): uPlot.AlignedData {
  return [
    minutes.map(({ minute }) => Date.parse(minute) / 1000),
    minutes.map(({ completed, failed }) => completed + failed),
    minutes.map(({ completed }) => completed),
  ]
}

function optionsFor({ axis, bars, colour }: PlotLook, zone: string): PlotOptions {
  const clock = (seconds: number) => minuteTime(seconds * 1000, zone)
  return {
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 20, 0, 0],
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(4, max * 1.1)] } },
    axes: [
      { ...axis, grid: { show: false }, values: (_plot, times) => times.map(clock), space: 70, size: 26 },
      { ...axis, size: 34, space: 36, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000] },
    ],
    series: [{}, bars('Failed', colour('--bad-solid')), bars('Completed', colour('--ok-solid'))],
  }
}
