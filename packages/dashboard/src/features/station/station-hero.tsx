import type { StationView } from '@andon/core'
import type { PageState } from '@andon/station/browser'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { andon } from '../../live/andon.ts'
import { Button } from '../../ui/button.tsx'
import { count } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import type { Tone } from '../../ui/state-badge.tsx'
import { tryAgain } from './driver.ts'
import { useLasting } from './lasting.ts'
import { HANDOVER_MS } from './station-printers.tsx'
import { isLeftToOthers, stationWords } from './station-state.ts'

const DOTS: Record<Tone, string> = {
  idle: 'bg-idle-soft text-idle border-idle-solid/60',
  run: 'bg-run-soft text-run border-run-solid/60',
  ok: 'bg-ok-soft text-ok border-ok-solid/60',
  warn: 'bg-warn-soft text-warn border-warn-solid/70',
  bad: 'bg-bad-soft text-bad border-bad-solid/60',
}

/** Labels of the last 24 hours: they change with each print, which is no reason to ask each time. */
const STATS_MS = 10_000

/** The state of the station for somebody who passes by: a dot, a word, and three numbers. */
export function StationHero({ station, state }: { readonly station: StationView; readonly state: PageState }) {
  const behindQz = station.printers.filter(({ driver }) => driver === 'qz')
  const areLeft = behindQz.length > 0 && behindQz.every((printer) => isLeftToOthers(state, printer))
  const { look, text } = stationWords(state, useLasting(areLeft, HANDOVER_MS))
  const printing = station.printers.filter((printer) => printer.current_job !== null)
  const hasEnded = state.phase === 'refused' || state.phase === 'unable'
  const { data: stats } = useQuery({
    queryKey: ['station-stats', station.id],
    queryFn: ({ signal }) => andon.stations.stats(station.id, { signal }),
    refetchInterval: STATS_MS,
  })
  return (
    <section
      aria-label="State"
      className="card grid gap-x-8 gap-y-5 p-5 lg:grid-cols-[minmax(0,1fr)_auto] lg:items-center"
    >
      <div className="flex flex-wrap items-center gap-4">
        <div role="status" className="flex min-w-0 flex-1 basis-64 items-center gap-4">
          <span className={`grid size-14 shrink-0 place-items-center rounded-full border-2 ${DOTS[look.tone]}`}>
            <Icon name={look.icon} size={28} />
          </span>
          <div className="min-w-0">
            <p className="text-xl leading-tight font-semibold tracking-tight">{look.word}</p>
            <p className="mt-0.5 text-sm text-muted">{text}</p>
          </div>
        </div>
        {hasEnded ? (
          <Button icon="refresh" onClick={tryAgain}>
            Try again
          </Button>
        ) : null}
      </div>
      <dl className="num grid grid-cols-3 gap-px overflow-hidden rounded-xl border border-line bg-line text-center">
        <Count word="Waiting">{count(station.pending_jobs)}</Count>
        <Count word="Printing">{count(printing.length)}</Count>
        <Count word="Labels, 24 h">{stats === undefined ? '–' : count(stats.labels_printed)}</Count>
      </dl>
    </section>
  )
}

function Count({ word, children }: { readonly word: string; readonly children: ReactNode }) {
  return (
    <div className="flex min-w-24 flex-col-reverse justify-end gap-0.5 bg-surface px-3 py-2.5">
      <dt className="text-xs text-muted">{word}</dt>
      <dd className="text-2xl leading-none font-semibold tracking-tight">{children}</dd>
    </div>
  )
}
