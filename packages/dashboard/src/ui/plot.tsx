import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { usePreferences, useShownColours } from '../features/preferences/preferences.ts'

export interface PlotProps {
  readonly data: uPlot.AlignedData
  /** What is to be seen, in words: a picture says nothing to those who cannot see it. */
  readonly label: string
  /** What is drawn how. Colours are read when the chart is made: it is made anew with other ones or another zone. */
  readonly optionsFor: (look: PlotLook) => PlotOptions
  /** Made anew when it changes: names what the options depend on. */
  readonly shape?: string
}

export type PlotOptions = Omit<uPlot.Options, 'width' | 'height'>

/** What charts have in common. */
export interface PlotLook {
  readonly axis: uPlot.Axis
  /** The value of a colour of the theme, such as `--bad-solid`. */
  readonly colour: (name: string) => string
  /** Bars of at most so many pixels; 14 unless told. */
  readonly bars: (label: string, fill: string, mostPx?: number) => uPlot.Series
}

/** A chart that fills its place. */
export function Plot({ data, label, optionsFor, shape = '' }: PlotProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const latest = useRef({ data, optionsFor })
  latest.current = { data, optionsFor }
  const { zone } = usePreferences()
  const colours = useShownColours()

  useEffect(() => {
    const box = place.current
    if (box === null) return
    const size = () => ({ width: box.clientWidth, height: box.clientHeight })
    const made = new uPlot({ ...latest.current.optionsFor(lookOf()), ...size() }, latest.current.data, box)
    plot.current = made
    const watcher = new ResizeObserver(() => made.setSize(size()))
    watcher.observe(box)
    return () => {
      watcher.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [colours, zone, shape])

  useEffect(() => {
    plot.current?.setData(data)
  }, [data])

  return <div ref={place} role="img" aria-label={label} className="h-full w-full" />
}

function lookOf(): PlotLook {
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const barsOf = (mostPx: number) => uPlot.paths.bars?.({ size: [0.72, mostPx], radius: 0.2 })
  return {
    colour,
    axis: {
      stroke: colour('--muted'),
      font: '12px "Geist Variable", sans-serif',
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
    },
    bars: (label, fill, mostPx = 14) => {
      const paths = barsOf(mostPx)
      const look = { label, fill, stroke: fill, width: 0, points: { show: false } }
      return paths === undefined ? look : { ...look, paths }
    },
  }
}
