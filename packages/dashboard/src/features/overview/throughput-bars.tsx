import type { JobStats } from '@andon/core'
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { minuteTime } from '../../ui/format.ts'
import { usePreferences } from '../preferences/preferences.ts'

type Minutes = JobStats['throughput']

/** Bars for each minute: what failed stands on what was completed. */
export function ThroughputBars({ minutes }: { readonly minutes: Minutes }) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const latest = useRef(minutes)
  latest.current = minutes
  const { theme, contrast, zone } = usePreferences()

  useEffect(() => {
    const box = place.current
    if (box === null) return
    const made = new uPlot(optionsFor(box, zone), toData(latest.current), box)
    plot.current = made
    const watcher = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height: box.clientHeight }))
    watcher.observe(box)
    return () => {
      watcher.disconnect()
      made.destroy()
      plot.current = null
    }
    // Colours are read when the chart is made.
  }, [theme, contrast, zone])

  useEffect(() => {
    plot.current?.setData(toData(minutes))
  }, [minutes])

  const completed = minutes.reduce((sum, minute) => sum + minute.completed, 0)
  const failed = minutes.reduce((sum, minute) => sum + minute.failed, 0)
  const words = `Bars for each minute of the last hour: ${completed} completed, ${failed} failed in all.`
  return <div ref={place} role="img" aria-label={words} className="h-full w-full" />
}

function toData(minutes: Minutes): uPlot.AlignedData {
  return [
    minutes.map(({ minute }) => Date.parse(minute) / 1000),
    minutes.map(({ completed, failed }) => completed + failed),
    minutes.map(({ completed }) => completed),
  ]
}

function optionsFor(box: HTMLElement, zone: string): uPlot.Options {
  const clock = (seconds: number) => minuteTime(seconds * 1000, zone)
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const bars = uPlot.paths.bars?.({ size: [0.72, 14], radius: 0.2 })
  const series = (label: string, fill: string): uPlot.Series => ({
    label,
    fill,
    stroke: fill,
    width: 0,
    points: { show: false },
    ...(bars === undefined ? {} : { paths: bars }),
  })
  const axis: uPlot.Axis = {
    stroke: colour('--muted'),
    font: '12px "Geist Variable", sans-serif',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  }
  return {
    width: box.clientWidth,
    height: box.clientHeight,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 20, 0, 0],
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(4, max * 1.1)] } },
    axes: [
      { ...axis, grid: { show: false }, values: (_plot, times) => times.map(clock), space: 70, size: 26 },
      { ...axis, size: 34, space: 36, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000] },
    ],
    series: [{}, series('Failed', colour('--bad-solid')), series('Completed', colour('--ok-solid'))],
  }
}
