import { isProblem } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Diagnosis } from '../features/printers/diagnosis.tsx'
import { CurrentJob } from '../features/printers/current-job.tsx'
import { placeOf } from '../features/printers/printer-card.tsx'
import { PrinterActs } from '../features/printers/printer-acts.tsx'
import { PrinterFacts } from '../features/printers/printer-facts.tsx'
import { PrinterHistory } from '../features/printers/printer-history.tsx'
import { PrinterQueue } from '../features/printers/printer-queue.tsx'
import { Supplies } from '../features/printers/supplies.tsx'
import { PauseNote, Troubles } from '../features/printers/trouble.tsx'
import { andon } from '../live/andon.ts'
import { usePrinters } from '../live/board.ts'
import { buttonClass } from '../ui/button.tsx'
import { Empty, Skeleton } from '../ui/empty.tsx'
import { Icon } from '../ui/icon.tsx'
import { Panel } from '../ui/panel.tsx'
import { problemWords } from '../ui/problem-words.ts'
import { Badge, printerLook } from '../ui/state-badge.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'

const route = getRouteApi('/inside/shell/printers/$name')

/** One printer: what is the matter, its queue in order, and what it was like before. */
export function PrinterPage() {
  const { name } = route.useParams()
  const live = usePrinters()?.find((printer) => printer.name === name)
  const { data, error } = useQuery({
    queryKey: ['printer', name],
    enabled: live === undefined,
    queryFn: ({ signal }) => andon.printers.get(name, { signal }),
  })
  const printer = live ?? data
  if (printer === undefined) return error === null ? <Skeleton rows={8} /> : <NoPrinter error={error} />
  const look = printerLook(printer)
  return (
    <div className="mx-auto max-w-[90rem] space-y-5">
      <header className="space-y-3">
        <Link
          to="/printers"
          className="inline-flex min-h-11 items-center gap-1.5 text-sm font-medium text-muted hover:text-ink"
        >
          <Icon name="arrowLeft" size={16} />
          Printers
        </Link>
        <div className="flex flex-wrap items-start justify-between gap-4">
          <div>
            <h1 className="text-2xl sm:text-[1.75rem]">{printer.name}</h1>
            <p className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-muted">
              <span aria-live="polite">
                <Badge look={look} isLarge />
              </span>
              {look.tone === 'ok' ? null : (
                <span>
                  since <TimeAgo at={printer.state_since} />
                </span>
              )}
              <span>{placeOf(printer)}</span>
            </p>
          </div>
          <PrinterActs printer={printer} />
        </div>
      </header>
      <Troubles troubles={printer.troubles} />
      <PauseNote printer={printer} />
      <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="min-w-0 space-y-5">
          {printer.current_job === null ? null : (
            <Panel title="Prints now">
              <div className="px-5 pt-1 pb-5">
                <CurrentJob id={printer.current_job.id} />
              </div>
            </Panel>
          )}
          <PrinterQueue printer={printer} />
        </div>
        <div className="space-y-5">
          {printer.supplies.length === 0 ? null : (
            <Panel title="Supplies">
              <div className="px-5 pt-1 pb-5">
                <Supplies supplies={printer.supplies} />
              </div>
            </Panel>
          )}
          <PrinterFacts printer={printer} />
          <Diagnosis printer={printer} />
          <PrinterHistory printer={printer} />
        </div>
      </div>
    </div>
  )
}

function NoPrinter({ error }: { readonly error: unknown }) {
  return (
    <Empty
      isPage
      icon="printer"
      title={isProblem(error) ? error.title : 'The printer could not be loaded'}
      action={
        <Link to="/printers" className={buttonClass('primary')}>
          To the printers
        </Link>
      }
    >
      {isProblem(error) ? problemWords(error) : null}
    </Empty>
  )
}
