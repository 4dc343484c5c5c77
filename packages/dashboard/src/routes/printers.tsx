import { useState } from 'react'
import { AddPrinter } from '../features/printers/add-printer.tsx'
import { PrinterCard } from '../features/printers/printer-card.tsx'
import { useIsAtLeast } from '../features/session/session.ts'
import { usePrinters } from '../live/board.ts'
import { Button } from '../ui/button.tsx'
import { Empty, Skeleton } from '../ui/empty.tsx'
import { plural } from '../ui/format.ts'

/** Every printer with its state in words, its reasons, and what to do. */
export function PrintersPage() {
  const printers = usePrinters()
  const [isAdding, setIsAdding] = useState(false)
  const mayAdd = useIsAtLeast('supervisor')
  const add = mayAdd ? (
    <Button look="primary" icon="plus" onClick={() => setIsAdding(true)}>
      Add printer
    </Button>
  ) : null
  const down = printers?.filter(({ state }) => state === 'offline' || state === 'stopped').length ?? 0
  return (
    <div className="mx-auto max-w-[100rem]">
      <header className="mb-5 flex flex-wrap items-center justify-between gap-3">
        <div>
          <h1 className="text-2xl">Printers</h1>
          {printers === undefined || printers.length === 0 ? null : (
            <p className="num text-muted">
              {plural(printers.length - down, 'works', 'work')}
              {down === 0 ? ', none is down' : `, ${down} ${down === 1 ? 'is' : 'are'} down`}
            </p>
          )}
        </div>
        {add}
      </header>
      {printers === undefined ? (
        <Skeleton />
      ) : printers.length === 0 ? (
        <div className="card">
          <Empty icon="printer" title="No printers yet" action={add}>
            Andon drives network printers (IPP), CUPS queues, label and receipt printers on port 9100, and print
            servers.
            {mayAdd ? '' : ' A supervisor can add them.'}
          </Empty>
        </div>
      ) : (
        <div className="grid grid-cols-1 gap-5 md:grid-cols-2 2xl:grid-cols-3">
          {printers.map((printer) => (
            <PrinterCard key={printer.name} printer={printer} />
          ))}
        </div>
      )}
      {isAdding ? <AddPrinter onClose={() => setIsAdding(false)} /> : null}
    </div>
  )
}
