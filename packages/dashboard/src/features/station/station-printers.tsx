import { type PrinterView, qzPrinterName, type StationView } from '@andon/core'
import type { PageState } from '@andon/station/browser'
import { lazy, Suspense, useState } from 'react'
import { usePrinters } from '../../live/board.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Panel } from '../../ui/panel.tsx'
import { PrinterCard } from '../printers/printer-card.tsx'
import { useIsAtLeast } from '../session/session.ts'
import { reloadStations } from '../stations/stations.ts'
import { useLasting } from './lasting.ts'
import { isLeftToOthers } from './station-state.ts'

const AddPrinter = lazy(async () => ({ default: (await import('../printers/add-printer.tsx')).AddPrinter }))

/** A printer that was just added, or that another machine lets go of, is taken within this time. */
export const HANDOVER_MS = 6_000

const ELSEWHERE = 'Another machine or browser drives this printer now. Stop that one, and this page takes it.'
const UNREACHABLE =
  'A page reaches printers behind QZ Tray only. Drive this one with andon station, or add it again behind QZ Tray.'

/** The printers of a station, as the live stream tells of them. */
export function useStationPrinters(station: StationView): readonly PrinterView[] {
  const live = usePrinters()
  return station.printers.map((printer) => live?.find(({ name }) => name === printer.name) ?? printer)
}

interface StationPrintersProps {
  readonly printers: readonly PrinterView[]
  readonly state: PageState
}

/** A tile for each printer: how it is, what to do, and what may be done with it. */
export function StationPrinters({ printers, state }: StationPrintersProps) {
  if (printers.length === 0) return null
  return (
    <section aria-labelledby="station-printers" className="space-y-3">
      <h2 id="station-printers" className="text-base">
        Printers
      </h2>
      <div className="grid grid-cols-1 items-start gap-5 md:grid-cols-2">
        {printers.map((printer) => (
          <StationPrinter key={printer.name} printer={printer} state={state} />
        ))}
      </div>
    </section>
  )
}

function StationPrinter({ printer, state }: { readonly printer: PrinterView; readonly state: PageState }) {
  const isLeft = useLasting(isLeftToOthers(state, printer), HANDOVER_MS)
  const note = printer.driver === 'qz' ? (isLeft ? ELSEWHERE : null) : UNREACHABLE
  return <PrinterCard printer={printer} note={note} hidesJob />
}

/** What QZ Tray has on this machine and Andon does not know yet, one press away from being added. */
export function FoundPrinters({ station, state }: { readonly station: StationView; readonly state: PageState }) {
  const [adding, setAdding] = useState<string | null>(null)
  const mayAdd = useIsAtLeast('supervisor')
  const found = useUnknownPrinters(station, state)
  if (found === null) return null
  if (found.length === 0) return station.printers.length === 0 ? <NoPrinters /> : null
  return (
    <Panel title="Found by QZ Tray on this machine">
      <ul className="divide-y divide-line pb-1">
        {found.map((name) => (
          <li key={name} className="flex min-h-14 items-center gap-3 px-5 py-1.5">
            <Icon name="printer" className="text-muted" />
            <span className="min-w-0 flex-1 truncate font-medium">{name}</span>
            {mayAdd ? (
              <Button icon="plus" onClick={() => setAdding(name)} aria-label={`Add ${name}`}>
                Add
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {mayAdd ? null : <p className="px-5 pb-4 text-sm text-muted">A supervisor can add them to this station.</p>}
      {adding === null ? null : (
        <Suspense>
          <AddPrinter
            start={{ driver: 'qz', name: adding, uri: adding, station: station.name }}
            onClose={() => {
              setAdding(null)
              void reloadStations()
            }}
          />
        </Suspense>
      )}
    </Panel>
  )
}

function NoPrinters() {
  return (
    <div className="card">
      <Empty icon="printer" title="QZ Tray has no printers">
        Set a printer up in the system of this machine, as for any other program. It appears here within some minutes,
        or at once when QZ Tray is started again.
      </Empty>
    </div>
  )
}

/** Null while nobody knows what QZ Tray has. */
function useUnknownPrinters(station: StationView, state: PageState): readonly string[] | null {
  const all = usePrinters() ?? []
  if (state.phase !== 'driving' || state.qzPrinters === null) return null
  const known = new Set(all.filter((printer) => printer.station === station.name).map(({ uri }) => qzPrinterName(uri)))
  return state.qzPrinters.filter((name) => !known.has(name))
}
