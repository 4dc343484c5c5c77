import type { AvailabilityPeriod, AvailabilityView, PrinterState } from '@andon/core'
import { Link } from '@tanstack/react-router'
import type { Figures } from './figures.ts'
import { ChartTable, Delta, FigurePanel } from './parts.tsx'
import { percent, secondsText, shareChange } from './words.ts'

type PrinterTime = AvailabilityPeriod['printers'][number]

/** How states look in a bar: those in which nothing comes out have stripes as well as a colour. */
const LOOKS: readonly { readonly state: PrinterState; readonly word: string; readonly background: string }[] = [
  { state: 'processing', word: 'Printing', background: 'var(--run-solid)' },
  { state: 'idle', word: 'Idle', background: 'var(--ok-solid)' },
  { state: 'stopped', word: 'Stopped', background: stripes('var(--bad-solid)') },
  { state: 'offline', word: 'Offline', background: stripes('var(--idle-solid)') },
  { state: 'unknown', word: 'Not known', background: 'var(--idle-soft)' },
]

function stripes(colour: string): string {
  return `repeating-linear-gradient(135deg, ${colour} 0 5px, color-mix(in oklab, ${colour} 55%, var(--surface)) 5px 8px)`
}

/** How long each printer could print, and what stopped it. */
export function AvailabilityPanel({ figures }: { readonly figures: Figures<AvailabilityView> }) {
  return (
    <FigurePanel
      title="Printers available"
      figures={figures}
      emptyWords={({ current }) =>
        current.printers.length === 0 ? 'There was no printer in this period. Add one on the Printers page.' : null
      }
    >
      {({ current, previous }) => (
        <>
          <ul aria-hidden="true" className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
            {LOOKS.map(({ background, state, word }) => (
              <li key={state} className="inline-flex items-center gap-1.5">
                <span className="size-3 rounded-sm border border-line" style={{ background }} />
                {word}
              </li>
            ))}
          </ul>
          <ul className="space-y-4">
            {current.printers.map((printer) => (
              <PrinterBar
                key={printer.name}
                printer={printer}
                before={previous.printers.find(({ name }) => name === printer.name)?.available ?? null}
              />
            ))}
          </ul>
          <StoppedBy stopped={current.stopped} />
          <ChartTable
            caption="Time of printers"
            columns={['Printer', ...LOOKS.map(({ word }) => word), 'Available']}
            rows={current.printers.map(({ available, name, seconds }) => ({
              key: name,
              cells: [name, ...LOOKS.map(({ state }) => secondsText(seconds[state])), percent(available)],
            }))}
          />
        </>
      )}
    </FigurePanel>
  )
}

function PrinterBar({ before, printer }: { readonly printer: PrinterTime; readonly before: number | null }) {
  const { available, name, seconds, stopped } = printer
  const whole = LOOKS.reduce((sum, { state }) => sum + seconds[state], 0)
  const parts = LOOKS.filter(({ state }) => seconds[state] > 0)
  const words = parts.map(({ state, word }) => `${word} ${secondsText(seconds[state])}`).join(', ')
  return (
    <li>
      <div className="flex flex-wrap items-baseline gap-x-3">
        <Link
          to="/printers/$name"
          params={{ name }}
          className="inline-flex min-h-6 items-center font-medium underline underline-offset-4"
        >
          {name}
        </Link>
        <span className="num ml-auto text-sm">
          {available === null ? (
            <span className="text-muted">Its state was not known</span>
          ) : (
            <>
              <b className="font-semibold">{percent(available)}</b> available{' '}
              <Delta change={shareChange(available, before, 'more')} />
            </>
          )}
        </span>
      </div>
      <div role="img" aria-label={`${name}: ${words}`} className="my-1.5 flex h-5 gap-px overflow-hidden rounded-md">
        {parts.map(({ background, state, word }) => (
          <span
            key={state}
            title={`${word} ${secondsText(seconds[state])}`}
            style={{ background, flexGrow: seconds[state] / whole, flexBasis: 0, minWidth: 3 }}
          />
        ))}
      </div>
      {stopped.length === 0 ? null : (
        <p className="num text-sm text-muted">
          Stood still {secondsText(seconds.stopped + seconds.offline)}: {stoppedWords(stopped)}
        </p>
      )}
    </li>
  )
}

/** Reasons that are named at each printer; the rest are in the list of all and in the CSV. */
const NAMED = 3

function stoppedWords(stopped: PrinterTime['stopped']): string {
  const named = stopped.slice(0, NAMED).map(({ seconds, title }) => `${title} ${secondsText(seconds)}`)
  const more = stopped.length - named.length
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(' · ')
}

function StoppedBy({ stopped }: Pick<AvailabilityPeriod, 'stopped'>) {
  const most = stopped[0]?.seconds ?? 0
  if (most === 0) return null
  return (
    <section aria-label="What stopped printers">
      <h3 className="mb-1 text-sm font-semibold">What stopped them</h3>
      <ol className="space-y-2">
        {stopped.map(({ reason, seconds, title }) => (
          <li key={reason ?? ''} className="flex flex-wrap items-baseline gap-x-3 text-sm">
            <span className="flex-1">{title}</span>
            <span className="num font-medium">{secondsText(seconds)}</span>
            <span aria-hidden="true" className="mt-1 h-2 w-full rounded-full bg-idle-soft">
              <span
                className="block h-full rounded-full bg-bad-solid"
                style={{ width: `${Math.max(1, (seconds / most) * 100)}%` }}
              />
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}
