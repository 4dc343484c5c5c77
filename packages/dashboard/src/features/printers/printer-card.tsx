import type { PrinterView } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Badge, printerLook } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { CurrentJob } from './current-job.tsx'
import { PrinterActs } from './printer-acts.tsx'
import { Supplies } from './supplies.tsx'
import { PauseNote, Troubles } from './trouble.tsx'

interface PrinterCardProps {
  readonly printer: PrinterView
  /** What the page has to say of it besides; null for nothing. */
  readonly note?: string | null
  /** What it prints now stands elsewhere on the page. Default: false. */
  readonly hidesJob?: boolean
}

/** One printer: how it is, what it prints, what waits, and what to do. */
export function PrinterCard({ printer, note = null, hidesJob = false }: PrinterCardProps) {
  const look = printerLook(printer)
  const waiting = printer.jobs_waiting
  return (
    <article aria-label={printer.name} className="card flex flex-col gap-4 p-5">
      <header className="flex items-start justify-between gap-x-3">
        <div className="min-w-0">
          <h2 className="text-lg leading-tight">
            <Link
              to="/printers/$name"
              params={{ name: printer.name }}
              className="inline-flex min-h-7 items-center hover:underline"
            >
              {printer.name}
            </Link>
          </h2>
          <p className="truncate text-sm text-muted">{placeOf(printer)}</p>
        </div>
        <Badge look={look} />
      </header>
      <Troubles troubles={printer.troubles.filter(({ severity }) => severity !== 'info')} />
      <PauseNote printer={printer} />
      {note === null ? null : (
        <p className="flex items-start gap-2 rounded-xl border border-line bg-sunken px-4 py-3 text-sm">
          <Icon name="ask" className="text-muted" />
          {note}
        </p>
      )}
      {hidesJob ? null : printer.current_job === null ? (
        <p className="text-sm text-muted">Nothing prints now.</p>
      ) : (
        <CurrentJob id={printer.current_job.id} />
      )}
      <Supplies supplies={printer.supplies} />
      <dl className="num mt-auto grid grid-cols-2 gap-4 border-t border-line pt-3 text-sm">
        <div>
          <dt className="text-muted">Queue</dt>
          <dd className="font-medium">{waiting === 0 ? 'Empty' : plural(waiting, 'job waits', 'jobs wait')}</dd>
        </div>
        <div>
          <dt className="text-muted">Last confirmed print</dt>
          <dd className="font-medium">
            <TimeAgo at={printer.last_confirmed_at} />
          </dd>
        </div>
      </dl>
      <PrinterActs printer={printer} />
    </article>
  )
}

/** Where it stands and what it is, in one line. */
export function placeOf(printer: PrinterView): string {
  const parts = [printer.location, printer.model, printer.pool === null ? null : `pool ${printer.pool}`]
  return parts.filter(Boolean).join(' · ') || printer.kind
}
