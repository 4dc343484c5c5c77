import { type PrinterView, troubleshoot } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { andon } from '../../live/andon.ts'
import { secondsWords } from '../../ui/format.ts'
import { Panel } from '../../ui/panel.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'

const WORDS: Record<PrinterView['state'], string> = {
  idle: 'Online',
  processing: 'Online',
  stopped: 'Stopped',
  offline: 'Offline',
  unknown: 'Unknown',
}
const COLOURS: Record<PrinterView['state'], string> = {
  idle: 'bg-ok-solid',
  processing: 'bg-ok-solid',
  stopped: 'bg-bad-solid',
  offline: 'bg-bad-solid',
  unknown: 'bg-idle-solid',
}

/** Most changes that are shown; more are in the API. */
const SHOWN = 12

/** Its states and reasons of the last day, the newest first, with how long each lasted. */
export function PrinterHistory({ printer }: { readonly printer: PrinterView }) {
  const { data } = useQuery({
    queryKey: ['printer-history', printer.name, printer.status_text, printer.troubles.map(({ reason }) => reason)],
    queryFn: ({ signal }) => andon.printers.history(printer.name, { signal }),
  })
  if (data === undefined || data.length === 0) return null
  return (
    <Panel title="Last 24 hours">
      <ol className="px-5 pt-1 pb-5">
        {data.slice(0, SHOWN).map(({ at, state, reasons }, index) => {
          const until = index === 0 ? Date.now() : Date.parse(data[index - 1]?.at ?? at)
          return (
            <li key={`${at} ${index}`} className="relative border-l-2 border-line pb-3.5 pl-4 text-sm last:pb-0">
              <span
                aria-hidden="true"
                className={`absolute top-1 -left-[7px] size-3 rounded-full border-2 border-surface ${COLOURS[state]}`}
              />
              <p className="num flex justify-between gap-3">
                <span className="font-medium">
                  {WORDS[state]}{' '}
                  <span className="font-normal text-muted">for {secondsWords(until - Date.parse(at))}</span>
                </span>
                <span className="text-muted">
                  <TimeAgo at={at} />
                </span>
              </p>
              {reasons.length === 0 ? null : (
                <p className="text-muted">
                  {reasons.map(({ reason, raw }) => troubleshoot(reason, raw).title).join(', ')}
                </p>
              )}
            </li>
          )
        })}
      </ol>
    </Panel>
  )
}
