import type { PrinterView } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { usePrinters } from '../../live/board.ts'
import { useJob } from '../../live/jobs.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { plural } from '../../ui/format.ts'
import { Panel } from '../../ui/panel.tsx'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { Badge, printerLook, TILE_EDGES } from '../../ui/state-badge.tsx'
import { progressText } from '../jobs/job-words.ts'

/** Every printer at a glance. */
export function PrinterTiles() {
  const printers = usePrinters()
  return (
    <Panel
      title="Printers"
      aside={
        <Link
          to="/printers"
          className="inline-flex min-h-11 items-center text-sm font-medium text-accent hover:underline"
        >
          All printers
        </Link>
      }
    >
      {printers === undefined ? (
        <Skeleton />
      ) : printers.length === 0 ? (
        <Empty
          icon="printer"
          title="No printers yet"
          action={
            <Link to="/printers" className={buttonClass('primary')}>
              Add a printer
            </Link>
          }
        >
          Andon drives network printers, CUPS queues, label printers on port 9100 and print servers.
        </Empty>
      ) : (
        <ul className="grid gap-2.5 p-4 pt-1 sm:grid-cols-2">
          {printers.map((printer) => (
            <PrinterTile key={printer.name} printer={printer} />
          ))}
        </ul>
      )}
    </Panel>
  )
}

function PrinterTile({ printer }: { readonly printer: PrinterView }) {
  const look = printerLook(printer)
  const trouble = printer.troubles[0]
  return (
    <li>
      <Link
        to="/printers/$name"
        params={{ name: printer.name }}
        className={`flex h-full min-h-24 flex-col gap-2 rounded-xl border px-3.5 py-3 hover:shadow-card ${TILE_EDGES[look.tone]}`}
      >
        <span className="flex flex-wrap items-center justify-between gap-x-2 gap-y-1">
          <span className="font-semibold">{printer.name}</span>
          <Badge look={look} />
        </span>
        <span className="mt-auto text-sm text-muted">
          {trouble !== undefined && trouble.severity !== 'info' ? (
            <span className="line-clamp-2 text-ink">{trouble.title}</span>
          ) : printer.pause !== null ? (
            <span className="line-clamp-2 text-ink">{printer.pause.reason ?? `Paused by ${printer.pause.by}`}</span>
          ) : null}
          {printer.current_job === null ? (
            <span className="num block">
              {printer.jobs_waiting === 0 ? 'Nothing waits' : plural(printer.jobs_waiting, 'job waits', 'jobs wait')}
            </span>
          ) : (
            <CurrentJob id={printer.current_job.id} waiting={printer.jobs_waiting} />
          )}
        </span>
      </Link>
    </li>
  )
}

function CurrentJob({ id, waiting }: { readonly id: string; readonly waiting: number }) {
  const job = useJob(id)
  if (job === undefined) return null
  return (
    <span className="block">
      <span className="num mb-1 flex justify-between gap-2">
        <span className="truncate">{progressText(job)}</span>
        {waiting > 0 ? <span className="shrink-0">{waiting} wait</span> : null}
      </span>
      <ProgressBar percent={job.progress?.percent ?? null} label={`Progress on this printer`} height="thin" />
    </span>
  )
}
