import {
  type CreatePrinter,
  type DiscoveredPrinterView,
  isProblem,
  type PrinterView,
  qzPrinterName,
  qzUri,
  type StationView,
} from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { tellPrinters } from '../../live/board.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Skeleton } from '../../ui/empty.tsx'
import { SelectField, TextField } from '../../ui/form.tsx'
import { Icon } from '../../ui/icon.tsx'
import { notify } from '../../ui/notify.ts'
import { problemWords } from '../../ui/problem-words.ts'
import { useStations } from '../stations/stations.ts'

const DRIVERS = [
  { value: 'ipp', label: 'Network printer or CUPS queue (IPP)', uri: 'ipp://printer.example/ipp/print' },
  { value: 'raw', label: 'Label or receipt printer (port 9100)', uri: 'socket://10.0.0.40:9100' },
  { value: 'qz', label: 'Printer behind QZ Tray, at a station', uri: 'Zebra ZD420' },
  { value: 'http', label: 'Print server (HTTP)', uri: 'http://print-server.example:8080' },
  { value: 'virtual', label: 'Virtual printer, to try things', uri: 'virtual:demo' },
] as const

const KINDS = [
  { value: 'label', label: 'Labels' },
  { value: 'document', label: 'Documents' },
  { value: 'receipt', label: 'Receipts' },
  { value: 'badge', label: 'Badges' },
] as const

/** An empty station is none: the server drives the printer. */
type Draft = Pick<CreatePrinter, 'driver' | 'name' | 'uri'> & {
  kind: PrinterView['kind']
  location: string
  station: string
}

const BLANK: Draft = { driver: 'ipp', name: '', uri: '', kind: 'label', location: '', station: '' }

interface AddPrinterProps {
  readonly onClose: () => void
  /** What is known already; then nothing is looked for. */
  readonly start?: Partial<Draft>
}

/** Adds a printer: one that was found, or by its address. It is asked before it is added. */
export function AddPrinter({ onClose, start }: AddPrinterProps) {
  const [draft, setDraft] = useState<Draft>({ ...BLANK, ...start })
  const [refusal, setRefusal] = useState<{ readonly text: string; readonly mayForce: boolean } | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const change = (part: Partial<Draft>) => {
    setRefusal(null)
    setDraft({ ...draft, ...part })
  }
  const submit = async (isUnchecked: boolean) => {
    setIsBusy(true)
    try {
      const added = await andon.printers.add({ ...toRequest(draft), ...(isUnchecked ? { is_unchecked: true } : {}) })
      tellPrinters([added])
      void notify({ level: 'success', title: `${added.name} is added`, text: added.status_text })
      onClose()
    } catch (error) {
      setRefusal(refusalOf(error))
    }
    setIsBusy(false)
  }
  return (
    <Dialog
      isOpen
      isWide
      onClose={onClose}
      title="Add a printer"
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          {refusal?.mayForce ? <Button onClick={() => void submit(true)}>Add it all the same</Button> : null}
          <Button look="primary" isBusy={isBusy} disabled={!isComplete(draft)} onClick={() => void submit(false)}>
            Check and add
          </Button>
        </>
      }
    >
      {start === undefined ? (
        <Found
          onPick={(found) =>
            change({ driver: found.driver, name: nameOf(found), uri: found.uri, location: found.location ?? '' })
          }
        />
      ) : null}
      <form
        className="mt-5 grid gap-4 sm:grid-cols-2"
        onSubmit={(event) => {
          event.preventDefault()
          if (isComplete(draft)) void submit(false)
        }}
      >
        <Fields draft={draft} error={refusal?.text} change={change} />
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  )
}

interface FieldsProps {
  readonly draft: Draft
  /** What the server has against it. */
  readonly error: string | undefined
  readonly change: (part: Partial<Draft>) => void
}

function Fields({ draft, error, change }: FieldsProps) {
  const stations = useStations() ?? []
  const isBehindQz = draft.driver === 'qz'
  return (
    <>
      <SelectField
        label="Kind of connection"
        options={DRIVERS}
        value={draft.driver}
        onChange={(event) =>
          change({ driver: DRIVERS.find(({ value }) => value === event.target.value)?.value ?? 'ipp' })
        }
      />
      <SelectField
        label="Prints"
        options={KINDS}
        value={draft.kind}
        onChange={(event) =>
          change({ kind: KINDS.find(({ value }) => value === event.target.value)?.value ?? 'label' })
        }
      />
      <TextField
        label="Name"
        value={draft.name}
        maxLength={100}
        placeholder="Label 01"
        onChange={(event) => change({ name: event.target.value })}
      />
      <TextField
        label="Place"
        value={draft.location}
        maxLength={200}
        placeholder="Hall 1, bay 3"
        onChange={(event) => change({ location: event.target.value })}
      />
      <SelectField
        label="Driven by"
        options={driversOf(draft, stations)}
        value={draft.station}
        onChange={(event) => change({ station: event.target.value })}
        hint={isHomeless(draft) ? 'QZ Tray runs on a machine at a desk: choose which.' : undefined}
      />
      <TextField
        label={isBehindQz ? 'Its name in QZ Tray' : 'Address'}
        value={draft.uri}
        maxLength={500}
        spellCheck={false}
        placeholder={DRIVERS.find(({ value }) => value === draft.driver)?.uri}
        onChange={(event) => change({ uri: event.target.value })}
        error={error}
      />
    </>
  )
}

function Found({ onPick }: { readonly onPick: (found: DiscoveredPrinterView) => void }) {
  const { data, isPending, error } = useQuery({
    queryKey: ['discover'],
    queryFn: ({ signal }) => andon.printers.discover({ signal }),
  })
  return (
    <section aria-label="Found printers">
      <h3 className="mb-2 text-sm text-muted">Found by CUPS on the server</h3>
      {isPending ? <Skeleton rows={2} /> : null}
      {error !== null || data?.length === 0 ? (
        <p className="text-sm text-muted">None was found. Write the address below.</p>
      ) : null}
      <ul className="space-y-2">
        {data?.map((found) => (
          <li key={found.uri}>
            <button
              type="button"
              disabled={found.added_as !== null}
              onClick={() => onPick(found)}
              className="flex w-full items-center gap-3 rounded-xl border border-line px-4 py-2.5 text-left hover:border-edge disabled:bg-sunken"
            >
              <Icon name="printer" className="text-muted" />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{nameOf(found)}</span>
                <span className="block truncate text-sm text-muted">
                  {[found.model, found.location].filter(Boolean).join(' · ')}
                </span>
                {found.warning === null ? null : <span className="mt-1 block text-sm text-warn">{found.warning}</span>}
              </span>
              <span className="text-sm text-muted">
                {found.added_as === null ? 'Use' : `Added as ${found.added_as}`}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

function isComplete(draft: Draft): boolean {
  return draft.name.trim() !== '' && draft.uri.trim() !== '' && !isHomeless(draft)
}

/** A printer behind QZ Tray is reached from its station only. */
function isHomeless({ driver, station }: Draft): boolean {
  return driver === 'qz' && station === ''
}

function driversOf({ driver }: Draft, stations: readonly StationView[]): { value: string; label: string }[] {
  const server = { value: '', label: driver === 'qz' ? 'Choose a station' : 'The server' }
  return [server, ...stations.map(({ name }) => ({ value: name, label: `Station ${name}` }))]
}

function toRequest({ location, station, uri, ...rest }: Draft): CreatePrinter {
  const isName = rest.driver === 'qz' && qzPrinterName(uri) === null
  return {
    ...rest,
    uri: isName ? qzUri(uri.trim()) : uri,
    ...(location.trim() === '' ? {} : { location: location.trim() }),
    ...(station === '' ? {} : { station }),
  }
}

function nameOf(found: DiscoveredPrinterView): string {
  return found.name.replaceAll('_', ' ')
}

/** A device that is only away now may be added unchecked; a wrong address may not. */
function refusalOf(error: unknown): { readonly text: string; readonly mayForce: boolean } {
  if (!isProblem(error)) return { text: String(error), mayForce: false }
  const isAway = error.code.startsWith('printer_') && error.code !== 'printer_not_found'
  return { text: problemWords(error), mayForce: isAway }
}
